import { describe, expect, test } from "vitest";
import { SeededRandom, walshHadamard } from "../src/index.js";

/** H by its definition, with a population count: shares nothing with the butterflies. */
function direct(x: Float64Array): Float64Array {
  const bits = (v: number): number => {
    let count = 0;
    for (let rest = v; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
    return count;
  };
  return x.map((_, i) => x.reduce((s, v, j) => s + (bits(i & j) % 2 === 0 ? v : -v), 0));
}

describe("walshHadamard", () => {
  test("equals the definition for every length 1..2^10 (integers, so exactly)", () => {
    const random = new SeededRandom(1);
    for (let n = 1; n <= 1024; n *= 2) {
      const x = Float64Array.from({ length: n }, () => random.integer(2001) - 1000);
      expect(walshHadamard(x.slice())).toEqual(direct(x));
    }
  });

  test("beyond one cache block: a character becomes a single peak, an involution restores", () => {
    for (const m of [13, 14, 15, 16, 17]) {
      const n = 2 ** m;
      const chosen = (n / 3) | 0;
      const row = new Float64Array(n);
      row[chosen] = 1;
      walshHadamard(row);
      expect(row.every((v) => Math.abs(v) === 1)).toBe(true);
      const peak = walshHadamard(row.slice());
      expect(peak[chosen]).toBe(n);
      expect(peak.filter((v) => v !== 0).length).toBe(1);
      const x = Float64Array.from({ length: n }, (_, i) => (i * 7919) % 1013);
      expect(walshHadamard(walshHadamard(x.slice()), 1 / n)).toEqual(x);
    }
  });

  test("rejects lengths that are not powers of two", () => {
    for (const n of [0, 3, 6, 12, 1000]) {
      expect(() => walshHadamard(new Float64Array(n))).toThrow(
        `data has length ${n}, expected a power of two`,
      );
    }
  });
});
