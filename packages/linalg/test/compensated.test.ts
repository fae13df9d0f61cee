import { describe, expect, test } from "vitest";
import { compensatedDot, compensatedSum, dot, SeededRandom } from "../src/index.js";

/** Exact sum of doubles that are integers times 2^-60, by BigInt: an independent route. */
function exactSum(terms: readonly bigint[]): number {
  return Number(terms.reduce((a, b) => a + b, 0n));
}

describe("compensatedSum", () => {
  test("Neumaier's example, where Kahan's algorithm gives 0", () => {
    expect(compensatedSum([1, 1e100, 1, -1e100])).toBe(2);
    expect(compensatedSum([])).toBe(0);
    expect(compensatedSum([Infinity, 1])).toBe(Infinity);
    expect(compensatedSum([1e308, 1e308, -1e308])).toBe(Infinity);
  });

  test("equals the exact sum, rounded, for massive cancellation", () => {
    const random = new SeededRandom(9);
    for (let round = 0; round < 50; round++) {
      const values: number[] = [];
      const exact: bigint[] = [];
      for (let i = 0; i < 200; i++) {
        const v = random.integer(2 ** 30) - 2 ** 29;
        const shift = random.integer(50);
        values.push(v * 2 ** shift, -v * 2 ** shift, i);
        exact.push(BigInt(i));
      }
      const order = random.permutation(values.length);
      expect(compensatedSum(Array.from(order, (i) => values[i]!))).toBe(exactSum(exact));
    }
  });
});

describe("compensatedDot", () => {
  test("ill-conditioned integer products come out exactly; the plain ones do not", () => {
    const random = new SeededRandom(10);
    let plainWrong = 0;
    for (let round = 0; round < 50; round++) {
      const x: number[] = [];
      const y: number[] = [];
      let exact = 0n;
      for (let i = 0; i < 100; i++) {
        const a = random.integer(2 ** 31) - 2 ** 30;
        const b = random.integer(2 ** 31) - 2 ** 30;
        x.push(a, -a, 3);
        y.push(b, b, i);
        exact += BigInt(3 * i);
      }
      const order = random.permutation(x.length);
      const px = Array.from(order, (i) => x[i]!);
      const py = Array.from(order, (i) => y[i]!);
      expect(compensatedDot(px, py)).toBe(Number(exact));
      if (dot(px, py) !== Number(exact)) plainWrong++;
    }
    expect(plainWrong).toBeGreaterThan(0);
  });

  test("falls back to the plain product at the end of the range", () => {
    expect(compensatedDot([1e300], [1e-300])).toBe(1);
    expect(compensatedDot([1.5e308], [1])).toBe(1.5e308);
    expect(() => compensatedDot([1], [1, 2])).toThrow("y has length 2");
  });
});
