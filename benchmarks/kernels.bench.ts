import { createKernelArena, expVector, type KernelMode, withKernels } from "@xent/kernels";
import {
  cholesky,
  type Dense,
  dense,
  gramMatrix,
  multiplyTransposeB,
  toMlMatrix,
  walshHadamard,
} from "@xent/linalg";
import { CholeskyDecomposition } from "ml-matrix";
import type { BenchCase } from "./bench-case.js";
import { normalMatrix, normals, requireClose } from "./random-data.js";
import { MATRIX_SIZES, VECTOR_SIZES } from "./sizes.js";

/** `run` on the plain path, whatever the default is. */
export function plainly<Result>(run: () => Result): () => Result {
  return () => withKernels("plain", run);
}

/** exp of a vector. 8 bytes read and 8 written an entry; some 29 operations in pairs. */
export function expCases(): BenchCase[] {
  return VECTOR_SIZES.flatMap((size): BenchCase[] => {
    const x = normals(size);
    const out = new Float64Array(size);
    const arena = createKernelArena(size).array(size);
    const loop = (): Float64Array => {
      for (let i = 0; i < size; i++) out[i] = Math.exp(x[i]!);
      return out;
    };
    const group = "exp of one vector";
    const floor = { operations: 29 * size, bytes: 16 * size };
    return [
      {
        group,
        name: "xent",
        size,
        ...floor,
        run: () => expVector(x, out),
        // Both are within a unit of the last place.
        check: () => requireClose(expVector(x), loop(), 2 ** -51),
      },
      { group, name: "xent, plain path", size, ...floor, run: plainly(() => expVector(x, out)) },
      {
        group,
        name: "xent, in an arena",
        size,
        ...floor,
        run() {
          arena.set(x);
          return expVector(arena, arena);
        },
      },
      { group, name: "Math.exp loop", size, ...floor, run: loop },
    ];
  });
}

/** In place in an arena, without copies: scaled, so that repetition neither grows nor decays. */
export function arenaTransform(size: number, scale: number): () => Float64Array {
  const data = createKernelArena(size).array(size);
  data.set(normals(size));
  return () => walshHadamard(data, scale);
}

/** Gram matrices A A^T of the shapes of a row space. */
export function gramCases(): BenchCase[] {
  return MATRIX_SIZES.flatMap((rows): BenchCase[] => {
    const a = normalMatrix(rows, 512, 1);
    const out = dense(rows, rows);
    const ml = toMlMatrix(a);
    const group = "Gram matrix of rows of 512";
    const floor = { operations: rows * (rows + 1) * 512, bytes: 8 * (rows * 512 + rows * rows) };
    return [
      {
        group,
        name: "xent",
        size: rows,
        ...floor,
        run: () => gramMatrix(a, out),
        check: () => requireClose(gramMatrix(a).data, multiplyTransposeB(a, a).data, 0),
      },
      {
        group,
        name: "xent, plain path",
        size: rows,
        ...floor,
        run: plainly(() => gramMatrix(a, out)),
      },
      { group, name: "ml-matrix", size: rows, ...floor, run: () => ml.mmul(ml.transpose()) },
    ];
  });
}

/** A A^T + I of order n. */
function positiveDefinite(n: number): Dense {
  const a = gramMatrix(normalMatrix(n, n, 3));
  for (let i = 0; i < n; i++) a.data[i * n + i]! += 1;
  return a;
}

/** Cholesky B x B. */
export function choleskyCases(): BenchCase[] {
  return MATRIX_SIZES.flatMap((n): BenchCase[] => {
    const a = positiveDefinite(n);
    const out = dense(n, n);
    const ml = toMlMatrix(a);
    const group = "Cholesky";
    const floor = { operations: n ** 3 / 3, bytes: 16 * n * n };
    const factor = (mode?: KernelMode): Float64Array => {
      const run = (): Float64Array => {
        const result = cholesky(a, { out });
        if (result.status !== "positive-definite") throw new Error(result.status);
        return result.lower.data;
      };
      return mode === undefined ? run() : withKernels(mode, run);
    };
    return [
      {
        group,
        name: "xent",
        size: n,
        ...floor,
        run: () => factor(),
        check: () =>
          requireClose(
            factor(),
            new CholeskyDecomposition(ml).lowerTriangularMatrix.to1DArray(),
            // gamma_n times the condition number, which is below 1e5 here.
            n * 2 ** -53 * 1e5,
          ),
      },
      { group, name: "xent, plain path", size: n, ...floor, run: () => factor("plain") },
      {
        group,
        name: "ml-matrix",
        size: n,
        ...floor,
        run: () => new CholeskyDecomposition(ml),
      },
    ];
  });
}
