import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  check,
  defineInvariant,
  formatFailure,
  formatReport,
  formatResult,
  unitRoundoff,
} from "../src/index.ts";

interface Squarer {
  readonly unitRoundoff?: number;
  square(x: number): number;
}

const nonNegative = defineInvariant<Squarer>()({
  id: "example/square-matches-product",
  statement: "square(x) = x x",
  source: "definition",
  arbitrary: fc.integer({ min: -1000, max: 1000 }),
  measure: (x, subject) => ({
    error: Math.abs(subject.square(x) - x * x),
    tolerance: unitRoundoff(subject) * x * x,
  }),
});

describe("check", () => {
  test("reports a statement that holds, with the cases tried and the worst ratio", () => {
    const result = check(nonNegative, { square: (x) => x * x }, { runs: 250, seed: 1 });
    expect(result.status).toBe("holds");
    expect(result.cases).toBe(250);
    expect(result.worstRatio).toBe(0);
    expect(result.counterexample).toBeUndefined();
    expect(formatFailure(result)).toBe("");
  });

  test("records the case with the largest error / tolerance, not the last", () => {
    const slack = defineInvariant<null>()({
      id: "example/slack",
      statement: "x <= 10",
      source: "test",
      arbitrary: fc.integer({ min: 0, max: 10 }),
      measure: (x) => ({ error: x, tolerance: 10 }),
    });
    const result = check(slack, null, { runs: 500, seed: 3 });
    expect(result.status).toBe("holds");
    expect(result.worstRatio).toBe(1);
    expect(result.worst).toMatchObject({ case: 10, error: 10, tolerance: 10 });
    // And the path leads back to it.
    const again = check(slack, null, { seed: 3, path: result.worst!.path! });
    expect(again.worst).toEqual(result.worst);
    expect(again.cases).toBe(1);
  });

  test("the path of the worst case counts discarded ones, and examples have none", () => {
    const odd = defineInvariant<null>()({
      id: "example/odd",
      statement: "x <= 1e6, for odd x",
      source: "test",
      arbitrary: fc.integer({ min: 0, max: 1_000_000 }),
      measure: (x) => {
        fc.pre(x % 2 === 1);
        return { error: x, tolerance: 1e6 };
      },
    });
    for (const seed of [1, 2, 3]) {
      const result = check(odd, null, { runs: 40, seed, examples: [7, 4] });
      expect(result.discarded).toBeGreaterThan(1);
      const again = check(odd, null, { seed, path: result.worst!.path! });
      expect(again.worst?.case).toBe(result.worst!.case);
    }
    const worstIsExample = check(odd, null, { runs: 3, seed: 1, examples: [999_999] });
    expect(worstIsExample.worst).toEqual({
      case: 999_999,
      error: 999_999,
      tolerance: 1e6,
      path: undefined,
    });
  });

  test("onRatio sees every measured case once, and no shrinking attempt", () => {
    const ratios: number[] = [];
    const onRatio = (r: number): void => void ratios.push(r);
    const good = check(
      nonNegative,
      { square: (x) => x * x * (1 + 2 ** -53) },
      { runs: 50, seed: 1, onRatio },
    );
    expect(ratios).toHaveLength(50);
    expect(Math.max(...ratios)).toBe(good.worstRatio);
    ratios.length = 0;
    const bad = check(nonNegative, { square: (x) => x }, { runs: 50, seed: 1, onRatio });
    expect(ratios).toHaveLength(bad.cases);
    expect(ratios.filter((r) => r > 1)).toHaveLength(1);
  });

  test("options out of range are named", () => {
    const fine = { square: (x: number) => x * x };
    expect(() => check(nonNegative, fine, { runs: 0 })).toThrow("runs = 0, expected an integer");
    expect(() => check(nonNegative, fine, { seed: 1.5 })).toThrow("seed = 1.5");
    expect(() => check(nonNegative, fine, { timeLimit: Number.NaN })).toThrow("timeLimit = NaN");
  });

  test("shrinks a counterexample and replays it from seed and path", () => {
    const wrong: Squarer = { square: (x) => (x > 17 ? x : x * x) };
    const result = check(nonNegative, wrong, { runs: 1000, seed: 7 });
    expect(result.status).toBe("fails");
    expect(result.counterexample?.case).toBe(18);
    expect(result.counterexample?.measurement?.error).toBe(18 * 18 - 18);
    expect(result.worstRatio).toBeGreaterThan(1);
    const replay = check(nonNegative, wrong, { seed: result.seed, path: result.path! });
    expect(replay.status).toBe("fails");
    expect(replay.cases).toBe(1);
    expect(replay.counterexample?.case).toBe(18);
    expect(formatFailure(result)).toContain("case: 18");
    expect(formatFailure(result)).toContain(`seed ${result.seed}`);
  });

  test("NaN is a failure, as error and as tolerance", () => {
    for (const [error, tolerance] of [
      [Number.NaN, 1],
      [1, Number.NaN],
      [0, Number.NaN],
      [0, -1],
    ] as const) {
      const invariant = defineInvariant<null>()({
        id: "example/nan",
        statement: "never",
        source: "test",
        arbitrary: fc.constant(0),
        measure: () => ({ error, tolerance }),
      });
      expect(check(invariant, null, { runs: 1, seed: 1 }).status).toBe("fails");
    }
  });

  test("an exception of the subject is a failure that names it", () => {
    const result = check(
      nonNegative,
      {
        square: () => {
          throw new RangeError("out of order");
        },
      },
      { runs: 10, seed: 1 },
    );
    expect(result.status).toBe("fails");
    expect(result.counterexample?.error).toBe("RangeError: out of order");
    expect(result.worstRatio).toBe(Infinity);
  });

  test("tolerances scale with the declared precision of the subject", () => {
    const float32: Squarer = {
      unitRoundoff: 2 ** -24,
      square: (x) => Math.fround((x + 1e-9) ** 2),
    };
    expect(
      check(nonNegative, float32, { runs: 200, seed: 5, examples: [999] }).worstRatio,
    ).toBeGreaterThan(0);
    expect(
      check(nonNegative, { square: (x) => x * x * (1 + 2 ** -24) }, { runs: 200, seed: 5 }).status,
    ).toBe("fails");
  });

  test("discards are counted; an invariant that is never measured does not hold", () => {
    const never = defineInvariant<null>()({
      id: "example/never",
      statement: "nothing",
      source: "test",
      arbitrary: fc.integer(),
      measure: () => {
        fc.pre(false);
        return { error: 0, tolerance: 0 };
      },
    });
    const result = check(never, null, { runs: 10, seed: 1 });
    expect(result.status).toBe("too-many-discards");
    expect(result.cases).toBe(0);
    expect(result.discarded).toBeGreaterThan(10);
    expect(formatFailure(result)).toContain("discarded");
  });

  test("the same seed tries the same cases", () => {
    const seen: number[][] = [[], []];
    for (const list of seen) {
      const square = (x: number): number => {
        list.push(x);
        return x * x;
      };
      check(nonNegative, { square }, { runs: 20, seed: 42 });
    }
    expect(seen[0]).toEqual(seen[1]);
    expect(seen[0]).toHaveLength(20);
  });

  test("stops at the time limit and says what is known so far", () => {
    const slow = {
      square: (x: number) => {
        const until = Date.now() + 5;
        while (Date.now() < until);
        return x * x;
      },
    };
    const result = check(nonNegative, slow, { runs: 100_000, seed: 1, timeLimit: 100 });
    expect(result.status).toBe("interrupted");
    expect(result.cases).toBeGreaterThan(0);
    expect(result.cases).toBeLessThan(100_000);
    expect(formatFailure(result)).toBe("");
    expect(formatResult(result)).toMatch(/^part example/);
  });
});

test("the report has a row for each result and spells failures out", () => {
  const good = check(nonNegative, { square: (x) => x * x }, { runs: 5, seed: 1 });
  const bad = check(nonNegative, { square: () => -1 }, { runs: 5, seed: 1 });
  const text = formatReport([good, bad]);
  expect(
    text.split("\n").filter((l) => l.startsWith("example/square-matches-product ")),
  ).toHaveLength(3);
  expect(text).toContain("holds");
  expect(text).toContain("does not hold: square(x) = x x");
});
