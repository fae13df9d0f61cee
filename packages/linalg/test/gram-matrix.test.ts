import { expect, test } from "vitest";
import { dense, gramMatrix, multiplyTransposeB, SeededRandom } from "../src/index.js";

test("equals the general product to the last bit, at sizes around its blocks", () => {
  for (const [m, n] of [
    [0, 3],
    [1, 1],
    [5, 0],
    [63, 7],
    [64, 20],
    [65, 3],
    [128, 33],
    [150, 5],
  ] as const) {
    const a = dense(m, n, new SeededRandom(m + n).normals(m * n));
    const out = dense(m, m, new Float64Array(m * m).fill(Number.NaN));
    expect(Array.from(gramMatrix(a, out).data)).toEqual(Array.from(multiplyTransposeB(a, a).data));
  }
});

test("refuses a wrong or overlapping out", () => {
  const a = dense(70, 70);
  expect(() => gramMatrix(a, dense(70, 69))).toThrow("out is 70 x 69");
  expect(() => gramMatrix(a, a)).toThrow("shares memory");
});
