import { type Dense, dense, fromRows, norm2 } from "@xent/linalg";
import type { TrainingPoint } from "@xent/models";
import { describe, expect, test } from "vitest";
import { polarStep } from "../src/direction-radius.js";
import {
  differenceSlopes,
  dominanceRadii,
  type LogitSlopes,
  nearestGhost,
  provenRadii,
  radiusCap,
  radiusStep,
  spreadRadii,
} from "../src/index.js";

const logits = fromRows([
  [0, 3, 1],
  [4, 0, -1],
  [0, 0, 0.5],
]);
const along = fromRows([
  [1, -1, 0],
  [0.5, -0.2, 1],
  [2, 0, -0.5],
]);
const slopes: LogitSlopes = { logits, jvp: () => along };
const step = Float64Array.of(3, 4);

describe("modes", () => {
  test("measure the bound of their name, of all rows", () => {
    const of = (mode: "spread" | "dominance" | "proven") => radiusCap({ mode }).limit(step, slopes);
    expect(of("spread").radii).toEqual(spreadRadii(along));
    expect(of("dominance").radii).toEqual(dominanceRadii(logits, along));
    expect(of("proven").radii).toEqual(provenRadii(logits, along));
    expect(of("proven").radii).not.toEqual(of("dominance").radii);
    expect(of("dominance").radii).not.toEqual(of("spread").radii);
    const exact = radiusCap({ mode: "exact" }).limit(step, slopes);
    const lowers = [0, 1, 2].map(
      (i) =>
        nearestGhost(logits.data.subarray(3 * i, 3 * i + 3), along.data.subarray(3 * i, 3 * i + 3))
          .lower,
    );
    expect(exact.radius).toBe(Math.min(...lowers));
    expect(radiusCap().limit(step, slopes)).toEqual(of("spread"));
  });

  test("spread does not ask for logits, which may cost a pass; the others do", () => {
    let asked = 0;
    const costly: LogitSlopes = {
      get logits() {
        asked++;
        return logits;
      },
      jvp: () => along,
    };
    radiusCap({ mode: "spread" }).limit(step, costly);
    expect(asked).toBe(0);
    for (const mode of ["dominance", "proven", "exact"] as const) {
      radiusCap({ mode }).limit(step, costly);
    }
    radiusCap({ mode: (z, a) => spreadRadii(z === logits ? a : z) }).limit(step, costly);
    expect(asked).toBe(4);
  });

  test("names", () => {
    expect(radiusCap().name).toBe("radius-cap(spread)");
    expect(radiusCap({ mode: "exact" }).name).toBe("radius-cap(exact)");
    expect(radiusCap({ mode: (_z, a) => spreadRadii(a) }).name).toBe("radius-cap(own)");
    expect(radiusStep({ name: "adam", propose: () => step }).name).toBe("radius-step(adam)");
  });

  test("a tenth of the samples is left out by a quantile without a share", () => {
    const many: LogitSlopes = {
      logits: dense(11, 2),
      jvp: () => fromRows(Array.from({ length: 11 }, (_, i) => [0, 1 + i])),
    };
    const radii = (options: Parameters<typeof radiusCap>[0]) =>
      radiusCap(options).limit(step, many).radius;
    expect(radii({ aggregate: "quantile" })).toBe(spreadRadii(fromRows([[0, 10]]))[0]);
    expect(radii({ quantile: 0.5 })).toBe(spreadRadii(fromRows([[0, 11]]))[0]);
    expect(radii({ aggregate: "quantile", quantile: 1 })).toBe(spreadRadii(fromRows([[0, 1]]))[0]);
  });
});

describe("polarStep", () => {
  test("a unit direction and a length, of steps of any size", () => {
    for (const size of [2 ** -1000, 1e-3, 1, 1e3, 2 ** 1000]) {
      const polar = polarStep(step.map((x) => x * size))!;
      expect(polar.length).toBe(5 * size);
      expect(polar.unit[0]).toBeCloseTo(0.6, 15);
      expect(polar.unit[1]).toBeCloseTo(0.8, 15);
    }
    expect(polarStep(Float64Array.of(0, 0))).toBeUndefined();
    expect(polarStep(Float64Array.of(0, -5e-324))).toEqual({
      unit: Float64Array.of(0, -1),
      length: 5e-324,
    });
    expect(polarStep(Float64Array.of(-Number.MAX_VALUE, Number.MAX_VALUE))!.length).toBe(Infinity);
  });
});

describe("differenceSlopes", () => {
  test("looks at theta +- h u, h as given or 2^-17 max(1, |theta|), and divides by 2 h", () => {
    for (const [parameters, length] of [
      [Float64Array.of(0.1, 0.2), undefined],
      [Float64Array.of(60, 80), undefined],
      [Float64Array.of(60, 80), 0.5],
    ] as const) {
      const seen: Float64Array[] = [];
      const forward = (p: Float64Array): Dense => {
        seen.push(p.slice());
        const value = fromRows([[2 * p[0]!, p[1]!]]);
        p.fill(NaN); // a forward pass that spoils its argument
        return value;
      };
      const h = length ?? 2 ** -17 * Math.max(1, norm2(parameters));
      const given = differenceSlopes(forward, parameters, length === undefined ? {} : { length });
      const found = given.jvp(Float64Array.of(0, 10));
      expect(seen).toHaveLength(2);
      expect(seen[0]![0]).toBe(parameters[0]);
      expect(seen[0]![1]).toBeCloseTo(parameters[1]! + h, 13);
      expect(seen[1]![1]).toBeCloseTo(parameters[1]! - h, 13);
      // Derivative along (0, 10): rounding of theta over h.
      expect(found.data[0]).toBe(0);
      expect(found.data[1]).toBeCloseTo(10, 6);
    }
  });

  test("logits are those given, or one pass at the point, once; the parameters are a copy", () => {
    let passes = 0;
    const forward = (p: Float64Array): Dense => {
      passes++;
      const out = fromRows([[p[0]! ** 2, 1, 2]]);
      p[0] = 99;
      return out;
    };
    const parameters = Float64Array.of(7);
    const slopes = differenceSlopes(forward, parameters);
    parameters[0] = -1;
    expect(slopes.logits).toEqual(fromRows([[49, 1, 2]]));
    expect(slopes.logits).toBe(slopes.logits);
    expect(passes).toBe(1);
    // A zero direction has slopes of the logits' shape, and costs no more passes.
    expect(slopes.jvp(new Float64Array(1))).toEqual(dense(1, 3));
    expect(passes).toBe(1);
    // That pass spoilt its argument, not the point.
    expect(slopes.jvp(Float64Array.of(1)).data[0]).toBeCloseTo(14, 8);
    expect(passes).toBe(3);
    passes = 1;
    const given = differenceSlopes(forward, parameters, { logits });
    expect(given.logits).toBe(logits);
    expect(passes).toBe(1);
  });
});

describe("radiusStep", () => {
  const point = (gradient: Float64Array): TrainingPoint =>
    ({
      parameters: new Float64Array(2),
      linearization: slopes,
      gradient,
    }) as unknown as TrainingPoint;
  const given = (v: Float64Array) => ({ name: "given", propose: () => v });

  test("has exactly the smaller of r rho and the longest length, never more", () => {
    const rho = Math.min(...spreadRadii(along));
    for (const [options, length] of [
      [{}, rho],
      [{ target: 0.25 }, 0.25 * rho],
      [{ maximumLength: 0.1 }, 0.1],
      [{ maximumLength: 1e3 }, rho],
      [{ mode: "dominance" as const, target: 2 }, 2 * Math.min(...dominanceRadii(logits, along))],
    ] as const) {
      const found = radiusStep(given(step), options).propose(point(step));
      expect(norm2(found)).toBeLessThanOrEqual(length);
      expect(norm2(found) / length).toBeCloseTo(1, 13);
      expect(found[0]! / found[1]!).toBeCloseTo(0.75, 14);
    }
  });

  test("a zero step stays; where nothing limits the longest length is taken, or none", () => {
    const zero = new Float64Array(2);
    expect(radiusStep(given(zero)).propose(point(zero))).toBe(zero);
    const free = { ...slopes, jvp: () => dense(3, 3) };
    const at = { ...point(step), linearization: free } as unknown as TrainingPoint;
    expect([...radiusStep(given(step)).propose(at)]).toEqual([0, 0]);
    expect(norm2(radiusStep(given(step), { maximumLength: 2 }).propose(at))).toBeCloseTo(2, 13);
  });

  test("saves and restores only what the direction does", () => {
    const states: unknown[] = [];
    const saving = { ...given(step), save: () => "s", restore: (s: unknown) => states.push(s) };
    const wrapped = radiusStep(saving);
    expect(wrapped.save!()).toBe("s");
    wrapped.restore!("t");
    expect(states).toEqual(["t"]);
    expect(Object.keys(radiusStep(given(step)))).toEqual(["name", "propose"]);
  });
});
