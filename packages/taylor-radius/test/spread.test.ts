import { DimensionError, DomainError, dense, fromRows } from "@xent/linalg";
import { Decimal } from "decimal.js";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  above,
  below,
  exponentOf,
  nextDown,
  nextUp,
  productError,
  scaleByPower,
  sumError,
} from "../src/directed-rounding.js";
import { spreadRadii, spreadRadius } from "../src/index.js";
import { exactly } from "./exact-decimal.js";

const D = Decimal.clone({ precision: 120, maxE: 9e15, minE: -9e15 });
const PI = D.acos(-1);

const bits = new DataView(new ArrayBuffer(8));
/** The double whose bits are one higher: the next one for positive doubles. */
function bitNeighbour(x: number, step: 1n | -1n): number {
  bits.setFloat64(0, x);
  bits.setBigInt64(0, bits.getBigInt64(0) + step);
  return bits.getFloat64(0);
}

const anyPositive = fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true });
const finite = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: -10, max: 10, noNaN: true }),
  fc.constantFrom(
    0,
    1,
    -1,
    1 + 2 ** -52,
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
    Number.MIN_VALUE,
    2 ** -1021,
  ),
);

describe("directed rounding", () => {
  test("nextUp and nextDown agree with the bit pattern", () => {
    const check = (x: number) => {
      if (x < Number.MAX_VALUE) expect(nextUp(x)).toBe(bitNeighbour(x, 1n));
      expect(nextDown(x)).toBe(x === 0 ? -Number.MIN_VALUE : bitNeighbour(x, -1n));
    };
    for (let e = -1074; e <= 1023; e++) check(2 ** e);
    fc.assert(fc.property(anyPositive, check));
    expect(nextUp(0)).toBe(Number.MIN_VALUE);
    // Where increments near the subnormal grid lose their own digits.
    for (let e = -1023; e < -890; e += e < -1000 ? 1 : 9) {
      for (let k = 0; k < 40; k++) check(2 ** e * (1 + ((k * 0.618) % 1)));
    }
  });

  test("below and above pass the given number of spacings", () => {
    fc.assert(
      fc.property(finite, fc.integer({ min: 1, max: 12 }), (x, ulps) => {
        let down = Math.abs(x);
        for (let i = 0; i < ulps && down > 0; i++) down = nextDown(down);
        if (x > 0) expect(below(x, ulps)).toBeLessThanOrEqual(down);
        if (x < 0) expect(above(x, ulps)).toBeGreaterThanOrEqual(-down);
        expect(below(x, ulps)).toBeLessThan(x);
        expect(above(x, ulps)).toBeGreaterThan(x);
      }),
    );
  });

  test("infinities and NaN stay", () => {
    for (const rounded of [below, above]) {
      for (const x of [Infinity, -Infinity, NaN]) expect(rounded(x, 3)).toBe(x);
    }
    expect(below(1)).toBe(1 - 2 ** -52);
    expect(above(1)).toBe(1 + 2 ** -52);
  });

  test("scaling by powers is exact where the result is, whatever the power", () => {
    for (const x of [1, 1.75, -3e-300, 7e300, 5e-324, 2 ** 1023]) {
      for (const e of [
        0, 1, -1, 53, 1000, -1000, 1001, -1001, 1500, -1500, 2000, -2000, 2097, -2097,
      ]) {
        const exact = exactly(x).times(exactly(2).pow(e));
        const size = exact.abs();
        const scaled = scaleByPower(x, e);
        if (size.gte(exactly(2).pow(1024))) expect(scaled).toBe(Math.sign(x) * Infinity);
        // 500 digits do not hold 2^-2000 exactly, but a hundred of them tell doubles apart.
        else if (size.gte(2 ** -1022)) {
          expect(exactly(scaled).minus(exact).abs().lte(size.times(1e-100))).toBe(true);
        } else expect(exactly(scaled).minus(exact).abs().lte(exactly(5e-324))).toBe(true);
      }
    }
  });

  test("exponents", () => {
    for (let e = -1074; e <= 1023; e++) {
      expect(exponentOf(2 ** e)).toBe(e);
      if (e > -1074) expect(exponentOf(nextDown(2 ** e))).toBe(e - 1);
    }
    fc.assert(
      fc.property(anyPositive, (x) => {
        const e = exponentOf(x);
        expect(2 ** e <= x).toBe(true);
        expect(e === 1023 || x < 2 ** (e + 1)).toBe(true);
      }),
    );
  });

  test("sums and products with their rounding errors are exact", () => {
    const moderate = fc
      .double({ min: -1e60, max: 1e60, noNaN: true })
      .filter((x) => x === 0 || Math.abs(x) > 1e-60);
    fc.assert(
      fc.property(moderate, moderate, (x, y) => {
        expect(
          exactly(x)
            .plus(exactly(y))
            .eq(exactly(x + y).plus(exactly(sumError(x, y, x + y)))),
        ).toBe(true);
        const p = x * y;
        expect(
          exactly(x)
            .times(exactly(y))
            .eq(exactly(p).plus(exactly(productError(x, y, p)))),
        ).toBe(true);
      }),
    );
  });
});

describe("spreadRadius", () => {
  test("is never above pi / spread and less than three spacings below (120-digit arithmetic)", () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 2, maxLength: 6 }), (slopes) => {
        const radius = spreadRadius(slopes);
        const spread = exactly(Math.max(...slopes), D).minus(exactly(Math.min(...slopes), D));
        if (spread.isZero()) {
          expect(radius).toBe(Infinity);
          return;
        }
        const exact = PI.div(spread);
        expect(exact.gte(exactly(radius))).toBe(true);
        if (exact.lt(Number.MAX_VALUE) && spread.gt(2 ** -900)) {
          const threeUp = nextUp(nextUp(nextUp(radius)));
          expect(exact.lt(exactly(threeUp))).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("known values", () => {
    expect(spreadRadius([0, 2])).toBe(Math.PI / 2);
    expect(spreadRadius([1])).toBe(Infinity);
    expect(spreadRadius([3, 3, 3])).toBe(Infinity);
    expect(spreadRadius([0, -0])).toBe(Infinity);
    expect(spreadRadius([0, Number.MIN_VALUE])).toBe(Number.MAX_VALUE);
    expect(spreadRadius([-Number.MAX_VALUE, Number.MAX_VALUE])).toBeGreaterThan(0);
    // Math.PI is below pi, and 2^53 + 1 needs the rounding error of the difference.
    expect(spreadRadius([2 ** 53, -1])).toBeLessThanOrEqual(Math.PI / 2 ** 53);
  });

  test("rows", () => {
    const slopes = fromRows([
      [0, 1, 3],
      [5, 5, 5],
      [-1, 1e-300, 1],
    ]);
    const out = new Float64Array(3);
    expect(spreadRadii(slopes, out)).toBe(out);
    expect([...out]).toEqual([spreadRadius([0, 1, 3]), Infinity, spreadRadius([-1, 1e-300, 1])]);
    expect(spreadRadii(dense(0, 4))).toHaveLength(0);
  });

  test("bad input", () => {
    expect(() => spreadRadius([])).toThrow(DimensionError);
    expect(() => spreadRadius([0, NaN])).toThrow(/slopes\[1\] = NaN/);
    expect(() => spreadRadii(dense(2, 0))).toThrow(DimensionError);
    expect(() =>
      spreadRadii(
        fromRows([
          [0, 1],
          [Infinity, 0],
        ]),
      ),
    ).toThrow(DomainError);
    expect(() => spreadRadii(fromRows([[0, 1]]), new Float64Array(2))).toThrow(/out has length 2/);
  });
});
