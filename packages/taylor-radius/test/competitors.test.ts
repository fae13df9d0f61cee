import { describe, expect, test } from "vitest";
import {
  type Competitors,
  firstTermRoot,
  newCompetitors,
  outweighedAt,
  outweighedUpTo,
  sumBound,
} from "../src/competitors.js";
import { Exact, exactly } from "./exact-decimal.js";

const U = 2 ** -53;
const D = Exact.clone({ precision: 34 });

/** Competitors with the given (b, c) and bounds on the errors of all b and all c. */
function competitors(
  terms: readonly (readonly [number, number])[],
  error = 0,
  slopeError = 0,
): Competitors {
  const of = newCompetitors(terms.length + 2);
  of.count = terms.length;
  for (const [j, [b, c]] of terms.entries()) {
    of.b[j] = b;
    of.c[j] = c;
    of.errors[j] = error;
    of.reach = Math.max(of.reach, Math.abs(c) * (1 + 4 * U));
  }
  // What lies behind the count does not count.
  of.b.fill(5, terms.length);
  of.c.fill(1, terms.length);
  of.slopeError = slopeError;
  return of;
}

/** S(v), in 34 digits. */
function sumOf(of: Competitors, v: number): InstanceType<typeof D> {
  let s = new D(0);
  for (let j = 0; j < of.count; j++) {
    s = s.plus(
      exactly(of.b[j]!, D)
        .plus(exactly(of.c[j]!, D).times(exactly(v, D)))
        .exp(),
    );
  }
  return s;
}

/** The distance of S from 1 at which `outweighedAt` begins to say yes, for n equal terms with p = c v each. */
function giveAway(n: number, p: number, v: number, error: number, slopeError: number): number {
  const says = (distance: number): boolean => {
    const b = Math.log1p(-distance) - Math.log(n) - p;
    const of = competitors(
      Array.from({ length: n }, () => [b, p / v] as const),
      error,
      slopeError,
    );
    return outweighedAt(of, v);
  };
  let [low, high] = [0, 0.5];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (says(middle)) high = middle;
    else low = middle;
  }
  return high;
}

describe("outweighedAt: what the proof gives away is the error that is derived", () => {
  // Number of terms, c v, v, error of b, error of c.
  test.each([
    ["large products", 1, 1e9, 5e8, 0, 0],
    ["large negative products", 1, -1e9, 5e8, 0, 0],
    ["on the other side", 1, 1e9, -5e8, 0, 0],
    ["weights known to 1e-6", 1, 1, 1, 1e-6, 0],
    ["slopes known to 1e-6", 1, 1, 10, 0, 1e-6],
    ["slopes known to 1e-6, on the other side", 1, 1, -10, 0, 1e-6],
    ["many terms", 600, 1, 1, 0, 0],
  ] as const)("%s", (_, n, p, v, error, slopeError) => {
    // The exponents' errors: b, c v, and roundings 3 |c v| + |b + c v|; then 10 + n of terms and sum.
    const exponent = error + slopeError * Math.abs(v) + U * (3 * Math.abs(p) + Math.log(n));
    const derived = exponent + U * (10 + n);
    const given = giveAway(n, p, v, error, slopeError);
    // b is a double near p: S can be set to its spacing only, and the sum rounds by up to n u.
    const grid = 2 * U * Math.abs(p) + n * U;
    expect(given).toBeGreaterThan(derived - grid);
    // 1.01^2 for the second order.
    expect(given).toBeLessThan(1.03 * derived + grid + 2 * U);
  });

  test("one class of exponent 0 or less", () => {
    expect(outweighedAt(competitors([[-1e-14, 0]]), 0)).toBe(true);
    expect(outweighedAt(competitors([[-1e-16, 0]]), 0)).toBe(false);
    expect(outweighedAt(competitors([[0, 0]]), 0)).toBe(false);
    expect(outweighedAt(competitors([[1, 0]]), 0)).toBe(false);
    expect(outweighedAt(competitors([]), 3)).toBe(true);
  });

  test("exponents beyond the doubles' exponentials, and errors beyond a first order", () => {
    // Far below: skipped, whatever its error. Far above: no.
    expect(outweighedAt(competitors([[-1e300, 1]]), 1)).toBe(true);
    expect(outweighedAt(competitors([[1e300, 1]]), 1)).toBe(false);
    // Of terms that count, errors of 1e-3 or more allow no statement; of one that does not, they are no matter.
    expect(outweighedAt(competitors([[-3, 1]], 0.9e-3), 0)).toBe(true);
    expect(outweighedAt(competitors([[-3, 1]], 1.1e-3), 0)).toBe(false);
    expect(outweighedAt(competitors([[-900, 1]], 100), 0)).toBe(true);
    // Skipped only when the term is small in spite of its error.
    expect(outweighedAt(competitors([[-750, 1]], 100), 0)).toBe(false);
  });
});

describe("firstTermRoot", () => {
  test("is -b / c of the first term to reach 1, on either side", () => {
    const of = competitors([
      [-3, 1.5],
      [-1, 0.25],
      [-2, -1],
      [-8, -2],
      [-1, 0],
    ]);
    expect(firstTermRoot(of, 1)).toBe(2);
    expect(firstTermRoot(of, -1)).toBe(2);
    expect(
      firstTermRoot(
        competitors([
          [-1, 0.5],
          [-1, 0.25],
        ]),
        1,
      ),
    ).toBe(2);
    expect(
      firstTermRoot(
        competitors([
          [-1, 0.5],
          [-1, 0],
        ]),
        -1,
      ),
    ).toBe(Infinity);
    expect(firstTermRoot(competitors([]), 1)).toBe(Infinity);
  });
});

test("sumBound is Taylor's formula with all its errors, never less and hardly more", () => {
  for (const [value, slope, curvature, error, reach, d] of [
    [0.9, 0.5, 1.5, 1e-3, 2, 0.1],
    [0.9, 0.5, 1.5, 1e-3, 1.2, -0.3],
    [0.9, -0.5, 1.5, 1e-3, 0.5, -0.3],
    [0, 0, 1.5, 0, 2, 0.7],
    [0, 0, 0, 1e-3, 3, -2],
    [0, 0, 0, 0, 3, -2],
    [1, 1e-3, 1, 1e-9, 2, -1e-5],
  ] as const) {
    const [x, e, r] = [exactly(d, D), exactly(error, D), exactly(reach, D)];
    const bend = exactly(curvature, D).plus(r.times(r).times(e));
    const exact = exactly(value, D)
      .plus(e)
      .plus(x.times(exactly(slope, D)))
      .plus(x.abs().times(r).times(e))
      .plus(x.times(x).div(2).times(bend).times(r.times(x.abs()).exp()));
    const bound = exactly(sumBound({ value, slope, curvature, error }, reach, d), D);
    // Six sums of numbers below 1 round by u / 2 each at most.
    const above = bound.minus(exact).toNumber();
    expect(above).toBeGreaterThan(4 * U);
    expect(above).toBeLessThan(12 * U + 2e-12 * Math.max(0, exact.toNumber()));
    // Where the bend alone is left, its own roundings are covered too.
    if (value === 0 && curvature > 0)
      expect(above - 8 * U).toBeGreaterThan(0.5e-12 * exact.toNumber());
  }
});

describe("outweighedUpTo", () => {
  const cases: [string, [number, number][]][] = [
    ["one term", [[-3, 1.5]]],
    [
      "two alike",
      [
        [-3, 1],
        [-3.5, 1.25],
      ],
    ],
    [
      "falling and rising",
      [
        [-0.9, -1],
        [-4, 1],
        [-1.5, 0.1],
      ],
    ],
    [
      "a late, steep one",
      [
        [-2, 0.01],
        [-40, 1],
      ],
    ],
    [
      "twenty",
      Array.from({ length: 20 }, (_, j) => [-4 - (j % 7) / 3, Math.sin(j)] as const).map(
        ([b, c]) => [b, c],
      ),
    ],
    ["hardly below 1 at 0", [[-1e-6, 1]]],
    [
      "far",
      [
        [-600, 0.75],
        [-590, -0.5],
      ],
    ],
  ];
  test.each(cases)(
    "%s: S < 1 at the point returned, and not a few errors of S beyond it",
    (_, terms) => {
      for (const sign of [1, -1] as const) {
        const mirrored = terms.map(([b, c]) => [b, sign * c] as const);
        const of = competitors(mirrored);
        const start = firstTermRoot(of, sign);
        const v = outweighedUpTo(of, sign, start);
        expect(v).toBeGreaterThan(0);
        expect(sumOf(of, sign * v).lt(1)).toBe(true);
        // Exponents err by 3 |c v| + |e|, terms and sum by n + 10, both times 1.01; Taylor's proof gives away 8 u twice.
        // Twice: the point steps back by it, and is proven by it.
        let slope = 0;
        let size = 0;
        for (const [b, c] of mirrored) {
          const term = Math.exp(b + c * sign * v);
          slope += term * c * sign;
          size += term * (3 * Math.abs(c * v) + Math.abs(b + c * sign * v));
        }
        const error = 1.03 * U * (size + of.count + 10) + 16 * U;
        const beyond = v + (4 * error) / slope + 4 * U * v;
        expect(sumOf(of, sign * beyond).gt(1)).toBe(true);
      }
    },
  );

  test("from a start beyond the root, or just before it, to the same point", () => {
    const of = competitors([
      [-3, 1],
      [-5, 1.5],
      [-2, -1],
    ]);
    const first = outweighedUpTo(of, 1, firstTermRoot(of, 1));
    for (const start of [first, first * (1 - 1e-7), first * (1 + 1e-9), first + 0.1, 5, 60]) {
      const v = outweighedUpTo(of, 1, start);
      expect(sumOf(of, v).lt(1)).toBe(true);
      // The proof starts from sums at another point: a few roundings of S over its slope.
      expect(Math.abs(v / first - 1)).toBeLessThan(200 * U);
    }
  });

  test("0 where there is none: falling sums, a root too near, no proof", () => {
    expect(outweighedUpTo(competitors([[-1, -1]]), 1, 3)).toBe(0);
    expect(outweighedUpTo(competitors([[-1, 1]]), -1, 3)).toBe(0);
    // S(0) = 2, S grows.
    expect(
      outweighedUpTo(
        competitors([
          [0, 1],
          [0, 1],
        ]),
        1,
        1,
      ),
    ).toBe(0);
    // Errors larger than all of 1 - S(0).
    expect(outweighedUpTo(competitors([[-1e-4, 1]], 5e-4), 1, 1)).toBe(0);
    expect(outweighedUpTo(competitors([[-1, 1]], 2e-3), 1, 1)).toBe(0);
  });

  /** S at v with all weights and slopes as large as their errors allow. */
  function largest(of: Competitors, v: number): number {
    let s = 0;
    for (let j = 0; j < of.count; j++) {
      s += Math.exp(of.b[j]! + of.errors[j]! + of.c[j]! * v + of.slopeError * Math.abs(v));
    }
    return s;
  }

  test("near tangency, where S touches 1 and falls again: S < 1 at the point returned, for the largest weights that errors allow", () => {
    let found = 0;
    for (const error of [0, 1e-14, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 5e-4]) {
      for (let i = 0; i < 80; i++) {
        // Roots at `root` and about `root - 2 s / (steep)`, slope s at the first.
        const s = 10 ** (-7 + (i % 30) / 5);
        const steep = 1 + (i % 3);
        const root = s * (0.2 + 0.4 * (i % 5));
        // w1 + w2 = 1, w1 - steep w2 = s.
        const w2 = (1 - s) / (1 + steep);
        const terms = [
          [Math.log(1 - w2) - root, 1],
          [Math.log(w2) + steep * root, -steep],
        ] as const;
        const of = competitors(terms, error);
        for (const start of [firstTermRoot(of, 1), 3 * root, root + 1e-5]) {
          const v = outweighedUpTo(of, 1, start);
          if (v === 0) continue;
          found++;
          // Its own rounding: 3 u of sums and exponentials near 1.
          expect(largest(of, v)).toBeLessThan(1 + 4 * U);
          if (error === 0 && i % 8 === 0) expect(sumOf(of, v).lt(1)).toBe(true);
        }
      }
    }
    expect(found).toBeGreaterThan(500);
  });

  test("a dip below 1 that the first step back crosses: nothing is returned that is not proven", () => {
    // S < 1 between two roots 2 s / (steep) apart only, far from 0: the errors' step back lands where S > 1 again.
    let [crossed, kept] = [0, 0];
    for (const error of [1e-12, 1e-9, 1e-6, 1e-4, 5e-4]) {
      for (let i = 0; i < 40; i++) {
        const s = Math.sqrt(error) * 10 ** (-1.5 + i / 12);
        const steep = 1 + (i % 3);
        const w2 = (1 - s) / (1 + steep);
        const of = competitors(
          [
            [Math.log(1 - w2) - 3, 1],
            [Math.log(w2) + steep * 3, -steep],
          ],
          error,
        );
        // From just beyond the upper root, so that the step is short.
        const v = outweighedUpTo(of, 1, 3 + 1e-9);
        if (v === 0) {
          crossed++;
          continue;
        }
        kept++;
        expect(largest(of, v)).toBeLessThan(1 + 4 * U);
      }
    }
    expect(crossed).toBeGreaterThan(20);
    expect(kept).toBeGreaterThan(20);
  });

  test("random terms with errors: the same", () => {
    let found = 0;
    for (let run = 0; run < 400; run++) {
      const noise = (k: number): number => Math.abs(Math.sin(37.1 * run + 11.3 * k) * 1e3) % 1;
      const error = 10 ** (-4 - 8 * noise(0));
      const terms = Array.from(
        { length: 1 + (run % 4) },
        (_, j) => [-1.5 - 2 * noise(j + 1) ** 2, 4 * noise(j + 9) - 2] as const,
      );
      const of = competitors(terms, error, run % 2 === 0 ? 0 : error);
      const v = outweighedUpTo(of, 1, firstTermRoot(of, 1));
      if (!(v > 0 && v < Infinity)) continue;
      found++;
      expect(largest(of, v)).toBeLessThan(1 + 4 * U);
      // Not given away: the step back is twice the error over the slope, plus what the bend asks for.
      const plain = outweighedUpTo(competitors(terms), 1, firstTermRoot(of, 1));
      expect(
        largest(of, Math.min(plain, v * (1 + 1e-9) + 200 * (plain - v + 1e-15))),
      ).toBeGreaterThan(1 - 1e-6);
    }
    expect(found).toBeGreaterThan(200);
  });

  test("exponents that have lost their digits: back to where the terms no longer count", () => {
    // u 3 |c v| is above 1e-3 near the root 1e13: no statement before the exponent is below -700.
    for (const sign of [1, -1] as const) {
      const lost = competitors([[-1e13, sign]]);
      const v = outweighedUpTo(lost, sign, 1e13);
      expect(1e13 - v).toBeGreaterThan(700);
      expect(1e13 - v).toBeLessThan(2801);
      const vague = outweighedUpTo(competitors([[-3000, sign]], 2e-3), sign, 3000);
      expect(3000 - vague).toBeGreaterThan(700);
      expect(3000 - vague).toBeLessThan(2801);
    }
  });

  test("large errors of weights are stepped back over, no further than four times", () => {
    for (const error of [1e-9, 1e-6, 1e-4]) {
      const v = outweighedUpTo(competitors([[-3, 1]], error), 1, 3);
      expect(3 - v).toBeGreaterThan(error);
      expect(3 - v).toBeLessThan(8.2 * error);
      const slope = outweighedUpTo(competitors([[-3, 1]], 0, error), 1, 3);
      expect(3 - slope).toBeGreaterThan(3 * error * (1 - 1e-3));
      expect(3 - slope).toBeLessThan(8.2 * 3 * error);
    }
  });
});
