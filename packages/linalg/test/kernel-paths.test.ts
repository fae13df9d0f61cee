import { createKernelArena, type KernelMode, kernelBackend, withKernels } from "@xent/kernels";
import { expect, test } from "vitest";
import {
  cholesky,
  type Dense,
  dense,
  gramMatrix,
  multiply,
  multiplyTransposeA,
  multiplyTransposeB,
  SeededRandom,
  transpose,
  walshHadamard,
} from "../src/index.js";

function random(rows: number, cols: number, seed: number): Dense {
  return dense(rows, cols, new SeededRandom(seed).normals(rows * cols));
}

/** Entries in which the two paths differ. */
function differing(action: () => Float64Array): number {
  const [plain, simd] = (["plain", "simd"] as KernelMode[]).map((mode) =>
    withKernels(mode, action),
  );
  return plain!.filter((v, i) => !Object.is(v, simd![i])).length;
}

test.each([
  [128, 512, 10],
  [100, 257, 263],
  [33, 7, 65],
  [2, 3, 4],
])("products of %i x %i x %i are the same to the last bit on both paths", (m, n, p) => {
  const a = random(m, n, 1);
  const b = random(n, p, 2);
  expect(differing(() => multiply(a, b).data)).toBe(0);
  expect(differing(() => multiplyTransposeA(transpose(a), b).data)).toBe(0);
  expect(differing(() => multiplyTransposeB(a, transpose(b)).data)).toBe(0);
  expect(differing(() => gramMatrix(a).data)).toBe(0);
  expect(
    differing(() => {
      const { status, ...rest } = cholesky(addIdentity(gramMatrix(a)));
      expect(status).toBe("positive-definite");
      return "lower" in rest ? rest.lower.data : new Float64Array(0);
    }),
  ).toBe(0);
});

function addIdentity(a: Dense): Dense {
  for (let i = 0; i < a.rows; i++) a.data[i * a.rows + i]! += 1;
  return a;
}

test("both paths stop at the same pivot of an indefinite matrix", () => {
  const a = gramMatrix(random(90, 60, 3));
  const results = (["plain", "simd"] as KernelMode[]).map((mode) =>
    withKernels(mode, () => cholesky(a)),
  );
  expect(results[0]).toEqual(results[1]);
  expect(results[0]!.status).toBe("not-positive-definite");
});

test("transforms are the same to the last bit, scaled or not, in an arena or not", () => {
  for (const m of [0, 1, 2, 3, 6, 12, 13, 16]) {
    const x = new SeededRandom(m).normals(2 ** m);
    for (const factor of [1, 1 / 3]) {
      expect(differing(() => walshHadamard(x.slice(), factor))).toBe(0);
      const inArena = createKernelArena(x.length).array(x.length);
      inArena.set(x);
      const expected = walshHadamard(x.slice(), factor);
      expect(walshHadamard(inArena, factor).every((v, i) => Object.is(v, expected[i]))).toBe(true);
    }
  }
});

test("repeated products and factorisations take no more memory than the first", () => {
  const a = random(200, 300, 4);
  const run = (): unknown => [multiplyTransposeB(a, a), cholesky(addIdentity(gramMatrix(a)))];
  run();
  const { memoryBytes, backend } = kernelBackend();
  expect(backend).toBe("simd");
  for (let i = 0; i < 20; i++) run();
  expect(kernelBackend().memoryBytes).toBe(memoryBytes);
});
