import { withKernels } from "@xent/kernels";
import { dense, SeededRandom } from "@xent/linalg";
import { arraysMade } from "@xent/testkit";
import { describe, expect, test } from "vitest";
import {
  crossEntropy,
  logSoftmax,
  logSoftmaxRows,
  logSumExp,
  logSumExpRows,
  softmax,
  softmaxRows,
} from "../src/index.js";

describe.each(["plain", "simd"] as const)("with `out`, on the %s path", (mode) => {
  // Below and above the sizes from which kernels are used.
  const lengths = [3, 1000, 5000];
  const vectors = lengths.map((n) => new SeededRandom(n).normals(n));
  const outs = lengths.map((n) => new Float64Array(n));
  const rows = lengths.map((n) => dense(4, n, new SeededRandom(n).normals(4 * n)));
  const rowOuts = lengths.map((n) => dense(4, n));
  const perRow = new Float64Array(4);
  const labels = Int32Array.of(0, 1, 2, 0);

  test.each([
    ["softmax", () => vectors.map((z, i) => softmax(z, outs[i]))],
    ["logSoftmax", () => vectors.map((z, i) => logSoftmax(z, outs[i]))],
    ["logSumExp", () => vectors.map((z) => logSumExp(z))],
    ["softmaxRows", () => rows.map((z, i) => softmaxRows(z, rowOuts[i]))],
    ["logSoftmaxRows", () => rows.map((z, i) => logSoftmaxRows(z, rowOuts[i]))],
    ["logSumExpRows", () => rows.map((z) => logSumExpRows(z, perRow))],
    ["crossEntropy", () => rows.map((z) => crossEntropy(z, labels))],
  ])("%s makes no array", (name, run) => {
    withKernels(mode, () => {
      // The first call makes what is kept: views of the kernels' memory.
      run();
      // An empty one stands for the soft targets that are not there.
      expect(arraysMade(run)).toBe(name === "crossEntropy" ? lengths.length : 0);
    });
  });
});
