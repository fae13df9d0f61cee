import { describe, expect, test } from "vitest";
import {
  dense,
  identity,
  multiplyTransposeA,
  multiplyTransposeB,
  norm2,
  normInf,
  orthonormalCompletion,
  randomOrthonormal,
  SeededRandom,
  simplexEtf,
} from "../src/index.js";

const U = 2 ** -53;

describe("simplexEtf", () => {
  test.each([
    [2, 1],
    [2, 2],
    [3, 2],
    [10, 9],
    [10, 10],
    [10, 16],
    [128, 127],
    [128, 128],
  ])("k = %i in dimension %i: Gram matrix, zero sum, tight", (k, d) => {
    const e = simplexEtf(k, d);
    expect([e.rows, e.cols]).toEqual([d, k]);
    const gram = multiplyTransposeA(e, e);
    const expected = dense(k, k, new Float64Array(k * k).fill(-1 / (k - 1)));
    for (let i = 0; i < k; i++) expected.data[i * k + i] = 1;
    // Inner products of length k of unit vectors with entries right to 2 u each.
    expect(normInf(gram.data.map((v, i) => v - expected.data[i]!))).toBeLessThanOrEqual(
      (k + 6) * U,
    );
    // Tight: E E^T is k / (k - 1) times a projection of rank k - 1.
    const frame = multiplyTransposeB(e, e);
    const trace = frame.data.reduce((s, v, i) => (i % (d + 1) === 0 ? s + v : s), 0);
    expect(Math.abs(trace - k)).toBeLessThanOrEqual(4 * k * k * U);
    for (let i = 0; i < d; i++) {
      let s = 0;
      for (let c = 0; c < k; c++) s += e.data[i * k + c]!;
      expect(Math.abs(s)).toBeLessThanOrEqual(4 * k * U);
    }
  });

  test("rejects too small a dimension and a single class", () => {
    expect(() => simplexEtf(5, 3)).toThrow("dimension = 3");
    expect(() => simplexEtf(1)).toThrow("classCount = 1");
  });
});

describe("orthonormalCompletion", () => {
  test.each([
    [5, 0],
    [5, 1],
    [5, 3],
    [5, 5],
    [40, 17],
  ])("n = %i, m = %i: both together are orthogonal", (n, m) => {
    const q = randomOrthonormal(n, m, new SeededRandom(n + m));
    const rest = orthonormalCompletion(q);
    expect([rest.rows, rest.cols]).toEqual([n, n - m]);
    const all = dense(n, n);
    for (let i = 0; i < n; i++) {
      all.data.set(q.data.subarray(i * m, (i + 1) * m), i * n);
      all.data.set(rest.data.subarray(i * (n - m), (i + 1) * (n - m)), i * n + m);
    }
    const gram = multiplyTransposeA(all, all);
    const error = norm2(gram.data.map((v, i) => v - identity(n).data[i]!));
    expect(error).toBeLessThanOrEqual(20 * n * U * Math.sqrt(n));
  });

  test("first unit vector: the reflection does not cancel", () => {
    const q = dense(3, 1, Float64Array.of(1, 0, 0));
    expect(Array.from(orthonormalCompletion(q).data, Math.abs)).toEqual([0, 0, 1, 0, 0, 1]);
  });

  test("rejects columns that are not orthonormal, and too many", () => {
    expect(() => orthonormalCompletion(dense(2, 1, Float64Array.of(1, 1)))).toThrow(
      "q^T q is 2 at (0, 0)",
    );
    expect(() => orthonormalCompletion(dense(1, 2))).toThrow("q.cols = 2");
  });
});
