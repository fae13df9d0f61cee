import { DimensionError, DomainError, dense, fromRows } from "@xent/linalg";
import { loadReference } from "@xent/testkit";
import { Decimal } from "decimal.js";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binaryBracket } from "../src/binary.js";
import { binaryRadii, binaryRadius } from "../src/index.js";
import { halfSpreadUp } from "../src/spread.js";
import { exactly } from "./exact-decimal.js";

const D = Decimal.clone({ precision: 120, maxE: 9e15, minE: -9e15 });
const PI = D.acos(-1);

function exactRadius(z: readonly number[], a: readonly number[]): Decimal {
  const gap = exactly(z[0]!, D).minus(exactly(z[1]!, D));
  return gap
    .pow(2)
    .plus(PI.pow(2))
    .sqrt()
    .div(exactly(a[0]!, D).minus(exactly(a[1]!, D)).abs());
}

const logit = fc.oneof(
  fc.double({ min: -10, max: 10, noNaN: true }),
  fc.double({ min: -1e4, max: 1e4, noNaN: true }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const slope = fc.oneof(
  fc.double({ min: -10, max: 10, noNaN: true }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

describe("binaryRadius", () => {
  test("agrees with 120-digit arithmetic within its stated error", () => {
    fc.assert(
      fc.property(fc.tuple(logit, logit), fc.tuple(slope, slope), (z, a) => {
        const radius = binaryRadius(z, a);
        if (a[0] === a[1]) {
          expect(radius).toBe(Infinity);
          return;
        }
        const exact = exactRadius(z, a);
        // Where the spread or the radius is subnormal the grid, not the relative error, decides.
        if (exact.gt(Number.MAX_VALUE)) expect(radius).toBe(Number.MAX_VALUE);
        else if (exact.gt(1e-290) && exact.lt(1e290)) {
          expect(exact.minus(exactly(radius)).abs().div(exact).toNumber()).toBeLessThanOrEqual(
            8 * 2 ** -53,
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  test("reference values", () => {
    const cases = loadReference<{ name: string; z: number[]; a: number[]; rho_star: string }[]>(
      "./reference/radius.json",
      import.meta.url,
    ).filter((c) => c.z.length === 2);
    expect(cases.length).toBeGreaterThan(2);
    for (const c of cases) {
      const exact = new D(c.rho_star);
      expect(
        exact
          .minus(exactly(binaryRadius(c.z, c.a)))
          .abs()
          .div(exact)
          .toNumber(),
      ).toBeLessThan(8 * 2 ** -53);
    }
  });

  test("masked classes and equal slopes leave no zero", () => {
    expect(binaryRadius([0, -Infinity], [0, 1])).toBe(Infinity);
    expect(binaryRadius([-Infinity, 0], [0, 1])).toBe(Infinity);
    expect(binaryRadius([1, 2], [3, 3])).toBe(Infinity);
    expect(() => binaryRadius([-Infinity, -Infinity], [0, 1])).toThrow(/all -Infinity/);
  });

  test("rows", () => {
    const out = new Float64Array(2);
    const z = fromRows([
      [0, 1],
      [2, -Infinity],
    ]);
    const a = fromRows([
      [1, 0],
      [1, 0],
    ]);
    expect(binaryRadii(z, a, out)).toBe(out);
    expect([...out]).toEqual([binaryRadius([0, 1], [1, 0]), Infinity]);
  });

  test("bad input", () => {
    expect(() => binaryRadius([0], [1])).toThrow(DimensionError);
    expect(() => binaryRadius([0, NaN], [1, 2])).toThrow(DomainError);
    expect(() => binaryRadius([0, 1], [1, Infinity])).toThrow(DomainError);
    expect(() => binaryRadii(dense(2, 3), dense(2, 3))).toThrow(DimensionError);
    expect(() => binaryRadii(dense(2, 2), dense(1, 2))).toThrow(DimensionError);
    expect(() => binaryRadii(dense(2, 2), dense(2, 2), new Float64Array(1))).toThrow(
      DimensionError,
    );
  });
});

describe("binaryBracket", () => {
  test("holds sqrt(g^2 + pi^2) / spread for every gap within its error, 12 spacings and no more beyond", () => {
    for (const [gap, error, half] of [
      [3, 0, 2],
      [3, 1e-3, 0.25],
      [0, 0.5, 1],
      [0.25, 1, 1e100],
      [1e4, 1e-9, 1e-100],
    ] as const) {
      const { lower, value, upper } = binaryBracket(gap, error, half);
      const at = (g: number): number => Math.hypot(g, Math.PI) / (2 * half);
      expect(Math.abs(value / at(gap) - 1)).toBeLessThan(8 * 2 ** -53);
      for (const [end, exact] of [
        [lower, at(Math.max(0, gap - error))],
        [upper, at(gap + error)],
      ] as const) {
        // Spacings are 2^-53 to 2^-52 of a number; at() itself rounds four times.
        const off = (end === lower ? exact - end : end - exact) / exact;
        expect(off).toBeGreaterThan((12 - 4) * 2 ** -53);
        expect(off).toBeLessThan((24 + 6) * 2 ** -53);
      }
    }
    // Beyond the doubles the lower end is the largest of them.
    expect(binaryBracket(1e300, 0, 1e-300)).toEqual({
      lower: Number.MAX_VALUE,
      value: Infinity,
      upper: Infinity,
    });
  });

  test("encloses the exact radius, and narrowly", () => {
    fc.assert(
      fc.property(fc.tuple(logit, logit), fc.tuple(slope, slope), (z, a) => {
        fc.pre(a[0] !== a[1] && Math.abs(z[0]) < 1e300 && Math.abs(z[1]) < 1e300);
        const half = halfSpreadUp(Math.min(...a), Math.max(...a));
        fc.pre(half > 1e-280 && half < 1e290);
        const gap = Math.abs(z[0] - z[1]);
        const { lower, value, upper } = binaryBracket(gap, gap * 2 ** -53, half);
        const exact = exactRadius(z, a);
        fc.pre(exact.lt(1e300));
        expect(exact.gte(exactly(lower))).toBe(true);
        expect(exact.lte(exactly(upper))).toBe(true);
        expect(value).toBeGreaterThanOrEqual(lower);
        expect(value).toBeLessThanOrEqual(upper);
        // 12 spacings and one gap rounding on either side, each spacing at most a relative 2^-52.
        if (exact.gt(1e-290)) expect(upper - lower).toBeLessThanOrEqual(54 * 2 ** -52 * upper);
      }),
      { numRuns: 500 },
    );
  });
});
