import { describe, expect, test } from "vitest";
import { activation, erf, erfc } from "../src/index.js";

const BITS = 700n;
const ONE = 1n << BITS;
/** 2 / sqrt(pi) to 100 digits (from the digits of pi). */
const TWO_OVER_ROOT_PI = fixed(
  "1.1283791670955125738961589031215451716881012586579977136881714434212849368829868289734873204042147",
);

function fixed(decimal: string): bigint {
  const [whole, fraction] = decimal.split(".") as [string, string];
  return (BigInt(whole + fraction) * ONE) / 10n ** BigInt(fraction.length);
}

/** A double as a fixed-point integer, exact for 2^-600 <= |x|. */
function exactly(x: number): bigint {
  let v = x;
  let shift = 0;
  while (!Number.isInteger(v)) {
    v *= 2;
    shift++;
  }
  return (BigInt(v) << BITS) >> BigInt(shift);
}

function toNumber(v: bigint): number {
  return Number((v * 10n ** 40n) / ONE) / 1e40;
}

/** erf by its alternating Maclaurin series in whole numbers: cancels e^(x^2), which 700 bits can afford up to x = 9. */
function erfExact(x: number): bigint {
  const t = exactly(x);
  const square = (t * t) >> BITS;
  let term = t;
  let sum = 0n;
  for (let n = 0n; term !== 0n; n++) {
    sum += term / (2n * n + 1n);
    term = -((term * square) >> BITS) / (n + 1n);
    if (term === 0n || term === -1n) break;
  }
  return (sum * TWO_OVER_ROOT_PI) >> BITS;
}

/** 2^-53: half a unit of the last place of 1. */
const U = 2 ** -53;
const grid = Array.from({ length: 1201 }, (_, i) => (i - 600) / 100);

describe("against the series in whole numbers", () => {
  test("the series itself at two tabulated points", () => {
    expect(toNumber(erfExact(1))).toBe(0.8427007929497149);
    // 28 digits are left of the 40 that toNumber keeps.
    expect(toNumber(ONE - erfExact(5))).toBeCloseTo(1.53745979442803e-12, 26);
  });

  test("erf, relative error below 4 u on [-6, 6]", () => {
    let worst = 0;
    for (const x of grid) {
      if (x === 0) continue;
      const exact = toNumber(erfExact(x));
      worst = Math.max(worst, Math.abs(erf(x) - exact) / Math.abs(exact));
    }
    // Up to 1 the last product, sum and coefficient of Horner's scheme count; beyond, 1 minus less than 1/6.
    expect(worst / U).toBeLessThan(4);
  });

  test("erfc, relative error small down to 1e-17", () => {
    let worst = 0;
    for (const x of grid) {
      const tail = ONE - erfExact(x);
      // In two parts, for the digits of a number of size 1e-17.
      const exact = Number((tail * 10n ** 60n) / ONE) / 1e60;
      worst = Math.max(worst, Math.abs(erfc(x) - exact) / exact);
    }
    // exp of a split argument (2 u for either factor), 26 Horner steps of which the last few count, a
    // quotient and a product.
    expect(worst / U).toBeLessThan(16);
  });

  test("GELU is x Phi(x), in the left tail too", () => {
    for (const x of [-8, -5.5, -3, -1, -0.5, -0.01, 0.3, 2]) {
      // Phi(x) = erfc(-x / sqrt 2) / 2 at the rounded quotient: its relative error is magnified by x^2.
      const cdf = Number(((ONE - erfExact(-x / Math.SQRT2)) * 10n ** 60n) / ONE) / 2e60;
      const { value } = activation("gelu", x);
      expect(Math.abs(value - x * cdf)).toBeLessThan((16 + 2 * x * x) * U * Math.abs(x * cdf));
    }
  });
});

test("the ends: NaN, infinities, underflow", () => {
  expect(erf(Number.NaN)).toBeNaN();
  expect(erfc(Number.NaN)).toBeNaN();
  expect([erf(Infinity), erf(-Infinity), erfc(Infinity), erfc(-Infinity)]).toEqual([1, -1, 0, 2]);
  expect(erfc(26)).toBeGreaterThan(0);
  expect(erfc(30)).toBe(0);
  expect(activation("gelu", -50).value).toBe(-0);
  expect(activation("gelu", 1e300)).toEqual({ value: 1e300, slope: 1, curvature: 0 });
});
