import { type AbstractMatrix, Matrix } from "ml-matrix";
import { type Dense, dense } from "./dense.js";

/** A copy as a `Matrix` of ml-matrix. */
export function toMlMatrix(matrix: Dense): Matrix {
  return Matrix.from1DArray(matrix.rows, matrix.cols, matrix.data);
}

/** A copy of any matrix or view of ml-matrix. */
export function fromMlMatrix(matrix: AbstractMatrix): Dense {
  const { rows, columns } = matrix;
  const out = dense(rows, columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out.data[i * columns + j] = matrix.get(i, j);
  }
  return out;
}

/**
 * The power of two that brings the largest |entry| into [1/2, 1); 1 for a zero matrix. Multiplying
 * by it is exact (short of underflow), and keeps the squares inside a factorisation in range.
 */
export function powerOfTwoScale(data: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i]!));
  if (largest === 0) return 1;
  // Kept inside the normal range so that the inverse scale exists too.
  const exponent = Math.min(1022, Math.max(-1022, Math.floor(Math.log2(largest)) + 1));
  return 2 ** -exponent;
}

/** `matrix` times `factor` as a `Matrix` of ml-matrix. */
export function scaledMlMatrix(matrix: Dense, factor: number): Matrix {
  return Matrix.from1DArray(
    matrix.rows,
    matrix.cols,
    matrix.data.map((v) => v * factor),
  );
}
