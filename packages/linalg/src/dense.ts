import { DimensionError } from "./errors.js";
import { requireInteger } from "./validate.js";

/** A dense float64 matrix, row-major: entry (i, j) is `data[i * cols + j]`. */
export interface Dense {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array;
}

/**
 * Wraps `data` (row-major, not copied) as a rows x cols matrix; zeros when `data` is left out.
 *
 * @throws {@link DomainError} when a size is not an integer >= 0; {@link DimensionError} when
 *   `data.length !== rows * cols`.
 */
export function dense(rows: number, cols: number, data?: Float64Array): Dense {
  requireInteger("rows", rows, 0);
  requireInteger("cols", cols, 0);
  if (data !== undefined && data.length !== rows * cols) {
    throw new DimensionError(
      `data has length ${data.length}, expected ${rows} x ${cols} = ${rows * cols}`,
    );
  }
  return { rows, cols, data: data ?? new Float64Array(rows * cols) };
}

/** Copies nested rows into a matrix. Every row must have the length of the first. */
export function fromRows(rows: ArrayLike<ArrayLike<number>>): Dense {
  const cols = rows.length === 0 ? 0 : rows[0]!.length;
  const out = dense(rows.length, cols);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (row.length !== cols) {
      throw new DimensionError(
        `rows[${i}] has length ${row.length}, expected ${cols} like rows[0]`,
      );
    }
    out.data.set(row, i * cols);
  }
  return out;
}

/** The matrix as nested arrays, a copy. */
export function toRows(matrix: Dense): number[][] {
  return Array.from({ length: matrix.rows }, (_, i) => Array.from(rowOf(matrix, i)));
}

/** Row `i` as a view: writes go through to the matrix. */
export function rowOf(matrix: Dense, i: number): Float64Array {
  requireInteger("row", i, 0, matrix.rows - 1);
  return matrix.data.subarray(i * matrix.cols, (i + 1) * matrix.cols);
}

/** The n x n identity. */
export function identity(n: number): Dense {
  const out = dense(n, n);
  for (let i = 0; i < n; i++) out.data[i * n + i] = 1;
  return out;
}

/** A copy that shares nothing with `matrix`. */
export function copyDense(matrix: Dense): Dense {
  return dense(matrix.rows, matrix.cols, matrix.data.slice());
}

/** The transpose, a copy. O(rows cols), in tiles so that both sides stay in cache. */
export function transpose(matrix: Dense, out: Dense = dense(matrix.cols, matrix.rows)): Dense {
  const { rows, cols, data } = matrix;
  if (out.rows !== cols || out.cols !== rows) {
    throw new DimensionError(`out is ${out.rows} x ${out.cols}, expected ${cols} x ${rows}`);
  }
  const tile = 32;
  for (let i0 = 0; i0 < rows; i0 += tile) {
    const i1 = Math.min(rows, i0 + tile);
    for (let j0 = 0; j0 < cols; j0 += tile) {
      const j1 = Math.min(cols, j0 + tile);
      for (let i = i0; i < i1; i++) {
        for (let j = j0; j < j1; j++) out.data[j * rows + i] = data[i * cols + j]!;
      }
    }
  }
  return out;
}
