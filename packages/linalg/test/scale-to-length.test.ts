import { test } from "@fast-check/vitest";
import * as fc from "fast-check";
import { expect } from "vitest";
import { DomainError, norm2, scaleToLength } from "../src/index.js";

/** Whether |v| <= bound, decided in integers: every double is an integer multiple of 2^-1074. */
function isWithin(v: Float64Array, bound: number): boolean {
  const exact = (x: number): bigint => {
    let mantissa = x;
    let shift = 0;
    // Doubling never rounds; it ends before it could overflow, since every double >= 2^53 is an integer.
    for (; !Number.isInteger(mantissa); shift++) mantissa *= 2;
    return BigInt(mantissa) << BigInt(1074 - shift);
  };
  const square = (x: number): bigint => exact(x) ** 2n;
  return v.reduce((sum, x) => sum + square(x), 0n) <= square(bound);
}

const entry = fc.oneof(
  fc.double({ min: -1e3, max: 1e3, noNaN: true }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 5e-324, 2 ** -1022, Number.MAX_VALUE, 1, 1 + 2 ** -52),
);
const vector = fc.array(entry, { maxLength: 40 }).map((x) => Float64Array.from(x));
const positive = fc.oneof(
  fc.double({ min: 5e-324, max: Number.MAX_VALUE, noNaN: true }),
  fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
  fc.constantFrom(1, 5e-324, 1e-320, Number.MAX_VALUE),
);

test.prop([vector, positive])(
  "the scaled vector is within the bound in exact arithmetic",
  (x, bound) => {
    const s = scaleToLength(x, bound);
    expect(s).toBeGreaterThanOrEqual(0);
    expect(s).toBeLessThanOrEqual(1);
    const scaled = x.map((v) => s * v);
    expect(isWithin(scaled, bound)).toBe(true);
    expect(norm2(scaled)).toBeLessThanOrEqual(bound);
  },
);

test.prop([
  fc.array(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 40 }),
  fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
])("and no shorter than rounding asks for", (values, bound) => {
  const x = Float64Array.from(values);
  const length = norm2(scaleVector(x, scaleToLength(x, bound)));
  // Two slacks of (n + 16) u are taken off, and norm and products are wrong by less than another.
  const least = Math.min(bound, norm2(x)) * (1 - 3 * (x.length + 16) * 2 ** -53);
  expect(length).toBeGreaterThanOrEqual(least);
});

const scaleVector = (x: Float64Array, s: number): Float64Array => x.map((v) => s * v);

test("a norm beyond the largest double is still brought to the bound", () => {
  const x = new Float64Array(4).fill(Number.MAX_VALUE);
  expect(norm2(x)).toBe(Infinity);
  const length = norm2(scaleVector(x, scaleToLength(x, 1)));
  expect(length).toBeGreaterThan(1 - 60 * 2 ** -53);
  expect(length).toBeLessThanOrEqual(1);
});

test("a subnormal bound holds in exact arithmetic too", () => {
  const x = Float64Array.of(1, -1);
  const s = scaleToLength(x, 5e-324);
  // Two entries of the smallest size would have a length that rounds to the bound, and is above it.
  expect(isWithin(scaleVector(x, s), 5e-324)).toBe(true);
});

test("nothing to limit: no entries, a zero vector, no bound", () => {
  expect(scaleToLength(new Float64Array(0), 1)).toBe(1);
  expect(scaleToLength(new Float64Array(3), 0)).toBe(1);
  expect(scaleToLength(Float64Array.of(1e300, 1e300), Infinity)).toBe(1);
  expect(scaleToLength(Float64Array.of(3), 0)).toBe(0);
});

test("bad input is named", () => {
  expect(() => scaleToLength(Float64Array.of(1), -1)).toThrow(
    new DomainError("bound = -1, expected a number >= 0"),
  );
  expect(() => scaleToLength(Float64Array.of(1), Number.NaN)).toThrow(/bound = NaN/);
  expect(() => scaleToLength(Float64Array.of(1, Infinity), 1)).toThrow(/x\[1\] = Infinity/);
});
