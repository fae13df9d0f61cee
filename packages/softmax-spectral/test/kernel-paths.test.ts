import { withKernels } from "@xent/kernels";
import { dense, SeededRandom } from "@xent/linalg";
import { expect, test } from "vitest";
import {
  crossEntropyRows,
  logSoftmaxRows,
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
