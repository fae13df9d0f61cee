import { createKernelArena, withKernels } from "@xent/kernels";
import { dense, SeededRandom } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import {
  crossEntropyRows,
  logSoftmaxRows,
  logSumExp,
  logSumExpRows,
  softmax,
  softmaxRows,
} from "../src/index.js";

test.each([
  [1, 1],
  [5, 3],
  [40, 10],
  [6, 1000],
  [3, 1024],
  [2, 9000],
  // Rows of one piece of the copies and a little more.
  [2, 32770],
])(
  "%i rows of %i classes: the same bits with and without SIMD, row by row or all at once",
  (rows, cols) => {
    const z = dense(rows, cols, new SeededRandom(cols).normals(rows * cols, 20));
    if (cols > 2) z.data[1] = -Infinity;
    const labels = Int32Array.from({ length: rows }, (_, i) => (3 * i) % cols);
    if (cols > 2) labels[0] = 0;
    const all = (): number[] => [
      ...softmaxRows(z).data,
      ...logSoftmaxRows(z).data,
      ...logSumExpRows(z),
      ...crossEntropyRows(z, labels),
    ];
    const plain = withKernels("plain", all);
    const simd = withKernels("simd", all);
    expect(plain.filter((v, i) => !Object.is(v, simd[i])).length).toBe(0);
    expect(plain.every((v) => !Number.isNaN(v))).toBe(true);
    const last = softmax(z.data.slice((rows - 1) * cols));
    const offset = (rows - 1) * cols;
    expect(last.every((v, j) => v === plain[offset + j])).toBe(true);
  },
);

test("shapes are checked before the kernel writes", () => {
  const z = dense(40, 10);
  const wrong = new Float64Array(41);
  expect(() => withKernels("simd", () => logSumExpRows(z, wrong))).toThrow("out has length 41");
  expect([...wrong]).toEqual(new Array(41).fill(0));
  const torn = { rows: 40, cols: 10, data: new Float64Array(399) };
  expect(() => softmaxRows(torn)).toThrow("logits is 40 x 10 with 399 entries");
});

// Lengths on both sides of the one from which the division by the total is a product.
test.each([5, 1024])(
  "in place, each row of %i classes is read before it is overwritten",
  (cols) => {
    const z = dense(3, cols, new SeededRandom(cols).normals(3 * cols, 5));
    for (const rows of [softmaxRows, logSoftmaxRows]) {
      const want = withKernels("plain", () => rows(z));
      const inPlace = dense(3, cols, z.data.slice());
      withKernels("plain", () => rows(inPlace, inPlace));
      expect(inPlace.data).toEqual(want.data);
    }
  },
);

describe("one vector, in an arena or not", () => {
  test.each([
    [40, 1],
    [1000, 3],
    [1025, 300],
    [40_000, 1],
    // Beyond the range in which exp needs no second look.
    [40_000, 400],
  ])("%i classes with a scale of %f: the same bits", (n, scale) => {
    const z = new SeededRandom(n).normals(n, scale);
    const arena = createKernelArena(n + 9);
    // One double off the alignment.
    const inArena = arena.array(n + 1).subarray(1);
    inArena.set(z);
    const plain = withKernels("plain", () => softmax(z));
    const simd = withKernels("simd", () => softmax(z));
    withKernels("simd", () => softmax(z, inArena));
    const inPlace = z.slice();
    withKernels("simd", () => softmax(inPlace, inPlace));
    for (const other of [simd, inArena, inPlace]) {
      expect(plain.filter((v, i) => !Object.is(v, other[i])).length).toBe(0);
    }
    expect(withKernels("simd", () => logSumExp(z))).toBe(withKernels("plain", () => logSumExp(z)));
  });

  test.each([NaN, Infinity])("%f is named, and nothing is overwritten", (bad) => {
    for (const [n, at] of [
      [100, 57],
      [40_000, 39_999],
    ] as const) {
      const z = new SeededRandom(n).normals(n);
      z[at] = bad;
      const before = z.slice();
      for (const run of [(): unknown => softmax(z, z), (): unknown => logSumExp(z)]) {
        expect(() => withKernels("simd", run)).toThrow(`logits[${at}] = ${bad}`);
      }
      const matrix = dense(10, n / 10, z);
      expect(() => withKernels("simd", () => softmaxRows(matrix, matrix))).toThrow(
        `logits.data[${at}] = ${bad}`,
      );
      expect(() => withKernels("simd", () => softmaxRows(matrix))).toThrow(
        `logits.data[${at}] = ${bad}`,
      );
      expect(z).toEqual(before);
    }
  });

  test("classes that are all masked are named", () => {
    for (const n of [3, 100, 40_000]) {
      const z = new Float64Array(n).fill(-Infinity);
      expect(withKernels("simd", () => logSumExp(z))).toBe(-Infinity);
      expect(() => withKernels("simd", () => softmax(z))).toThrow(
        `all ${n} classes are masked (-Infinity)`,
      );
    }
  });
});
