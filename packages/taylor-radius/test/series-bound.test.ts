import { DomainError } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import { coefficientBound, seriesTruncationBound } from "../src/index.js";

const u = 2 ** -53;

describe("coefficientBound", () => {
  test("is K(R) + K(-R), rounded up by what it says and no more", () => {
    const z = [0, 0.5, -1];
    const a = [1, -2, 3];
    for (const radius of [0.1, 0.5, 2]) {
      const at = (x: number): number =>
        Math.log(z.reduce((s, v, k) => s + Math.exp(v + a[k]! * x), 0));
      const want = at(radius) + at(-radius) - 2 * at(0);
      // The plain formula errs by a few roundings of exponents of up to 5 R and of three logarithms of up to 1 + 5 R.
      const doubt = 16 * u * (2 + 5 * radius);
      const size = want + 4 * Math.log(3) + 2 * (radius * 5) + 4;
      const bound = coefficientBound(z, a, radius);
      expect(bound).toBeGreaterThanOrEqual(want - doubt);
      expect(bound).toBeLessThanOrEqual(want + doubt + 64 * u * (size + 6 * radius));
    }
  });

  test("a masked class counts for nothing, however steep", () => {
    const bound = coefficientBound([0, 1, -Infinity], [0, 1, 1e300], 1e10);
    const without = coefficientBound([0, 1], [0, 1], 1e10);
    // The allowance grows with log C.
    expect(Math.abs(bound - without)).toBeLessThanOrEqual(4 * 64 * u);
  });

  test("exponents beyond the doubles are refused by name", () => {
    expect(() => coefficientBound([0, 1], [0, 1e308], 1e308)).toThrow(DomainError);
    expect(() => coefficientBound([0, 1], [0, 1e308], 1e308)).toThrow(
      "radius = 1e+308 times differences of slopes is not finite",
    );
  });
});

describe("seriesTruncationBound", () => {
  test("is the bound times a geometric tail: at q = 1/2 exactly 2^-N, rounded up", () => {
    for (const order of [1, 5, 40]) {
      const bound = coefficientBound([0, 0], [-1, 1], 1.5);
      const tail = seriesTruncationBound([0, 0], [-1, 1], order, 0.75, 1.5);
      const ratio = tail / (bound * 2 ** -order);
      expect(ratio).toBeGreaterThanOrEqual(1);
      // (N + 1) (|log q| + 2) 2^-51 and 16 spacings, with their own roundings.
      expect(ratio - 1).toBeLessThanOrEqual(2 * ((order + 1) * 3 * 2 ** -51 + 16 * 2 ** -52));
    }
  });

  test("at and beyond the radius nothing is claimed; without zeros nothing is left out", () => {
    expect(seriesTruncationBound([0, 1], [3, 4], 5, 2, 2)).toBe(Infinity);
    expect(seriesTruncationBound([0, 1], [3, 4], 5, 3, 2)).toBe(Infinity);
    expect(seriesTruncationBound([0, 1, -Infinity], [3, 3, 4], 5, 1, Infinity)).toBe(0);
    expect(() => seriesTruncationBound([0, 1], [3, 4], 5, -1, 2)).toThrow("distance = -1");
  });
});
