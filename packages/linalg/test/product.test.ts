import { describe, expect, test } from "vitest";
import {
  type Dense,
  dense,
  multiply,
  multiplyTransposeA,
  multiplyTransposeB,
  multiplyTransposeVector,
  multiplyVector,
  SeededRandom,
  toMlMatrix,
  transpose,
} from "../src/index.js";

function random(rows: number, cols: number, seed: number): Dense {
  return dense(rows, cols, new SeededRandom(seed).normals(rows * cols));
}

/** The plain sum in ascending order of k: what every form of the product must give to the last bit. */
function naive(a: Dense, b: Dense): Float64Array {
  const c = new Float64Array(a.rows * b.cols);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.cols; j++) {
      let s = 0;
      for (let k = 0; k < a.cols; k++) s += a.data[i * a.cols + k]! * b.data[k * b.cols + j]!;
      c[i * b.cols + j] = s;
    }
  }
  return c;
}

// Rims of the 4 x 2 corner, of the panels, and of the slabs (256 deep, 512 wide).
const shapes = [
  [0, 3, 2],
  [3, 0, 2],
  [3, 2, 0],
  [1, 1, 1],
  [3, 5, 2],
  [4, 300, 2],
  [5, 257, 3],
  [7, 256, 513],
  [13, 17, 11],
  [2, 600, 515],
  [33, 64, 10],
] as const;

describe.each(shapes)("%i x %i times %i columns", (m, n, p) => {
  const a = random(m, n, 1);
  const b = random(n, p, 2);
  const expected = naive(a, b);

  test("all three forms equal the plain sum to the last bit", () => {
    expect(multiply(a, b).data).toEqual(expected);
    expect(multiplyTransposeA(transpose(a), b).data).toEqual(expected);
    expect(multiplyTransposeB(a, transpose(b)).data).toEqual(expected);
  });

  test("out is overwritten whatever it held", () => {
    const out = dense(m, p, new Float64Array(m * p).fill(Number.NaN));
    expect(multiply(a, b, out)).toBe(out);
    expect(out.data).toEqual(expected);
  });
});

test("agrees with ml-matrix", () => {
  const a = random(40, 70, 3);
  const b = random(70, 30, 4);
  const peer = toMlMatrix(a).mmul(toMlMatrix(b)).to1DArray();
  // Two sums of 70 products in different orders: 2 gamma_70 |a| |b|, entries of size up to 4 in both.
  multiply(a, b).data.forEach((v, i) => {
    expect(Math.abs(v - peer[i]!)).toBeLessThanOrEqual(2 * 70 * 2 ** -53 * 70 * 16);
  });
});

test("an infinity spoils its own row only, not its neighbours in the panel", () => {
  const a = random(6, 300, 5);
  a.data[5 * 300 + 7] = Infinity;
  const b = random(300, 3, 6);
  const c = multiply(a, b).data;
  expect(c.subarray(0, 15).every(Number.isFinite)).toBe(true);
  expect(c.subarray(15).some(Number.isFinite)).toBe(false);
});

test("vector products are columns of the matrix product", () => {
  const a = random(9, 31, 7);
  const x = new SeededRandom(8).normals(31);
  const y = new SeededRandom(9).normals(9);
  expect(multiplyVector(a, x)).toEqual(multiply(a, dense(31, 1, x)).data);
  expect(multiplyTransposeVector(a, y)).toEqual(multiplyTransposeA(a, dense(9, 1, y)).data);
});

test("sizes that do not fit, and an out that shares memory, are named", () => {
  const a = random(2, 3, 1);
  expect(() => multiply(a, a)).toThrow("a is 2 x 3, b is 2 x 3: inner sizes differ");
  expect(() => multiplyTransposeA(a, random(3, 3, 1))).toThrow("row counts differ");
  expect(() => multiplyTransposeB(a, random(3, 2, 1))).toThrow("column counts differ");
  expect(() => multiply(a, random(3, 2, 1), dense(3, 3))).toThrow("out is 3 x 3, expected 2 x 2");
  const square = random(2, 2, 1);
  expect(() => multiply(square, random(2, 2, 2), square)).toThrow("out shares memory with a");
  expect(() => multiply(random(2, 2, 2), square, square)).toThrow("out shares memory with b");
  expect(() => multiplyVector(a, [1, 2])).toThrow("x has length 2, expected 3");
  const v = new Float64Array(2);
  expect(() => multiplyVector(square, v, v)).toThrow("out shares memory with x");
  expect(() => multiplyTransposeVector(square, v, v)).toThrow("out shares memory with y");
  const torn = { rows: 3, cols: 2, data: new Float64Array(5) };
  expect(() => multiply(a, torn)).toThrow("b is 3 x 2 with 5 entries");
  expect(() => multiplyVector(torn, v)).toThrow("a is 3 x 2 with 5 entries");
});
