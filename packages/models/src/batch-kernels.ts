import type { Dense } from "@xent/linalg";

/** Adds `row` (length cols) to every row of `matrix`, in place. */
export function addRowVector(matrix: Dense, row: Float64Array): void {
  const { rows, cols, data } = matrix;
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, k++) data[k]! += row[j]!;
  }
}

/** Sums of the columns of `matrix`, written to `out` (length cols). */
export function columnSums(matrix: Dense, out: Float64Array): void {
  const { rows, cols, data } = matrix;
  out.fill(0);
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, k++) out[j]! += data[k]!;
  }
}

/** Entry by entry `target *= factor`. */
export function multiplyEntries(target: Float64Array, factor: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i]! *= factor[i]!;
}

/** Multiplies column j of `matrix` by `factors[j]`, in place. */
export function scaleColumns(matrix: Dense, factors: Float64Array): void {
  const { rows, cols, data } = matrix;
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, k++) data[k]! *= factors[j]!;
  }
}

/** target += matrix with column j multiplied by `factors[j]`. */
export function addScaledColumns(target: Float64Array, matrix: Dense, factors: Float64Array): void {
  const { rows, cols, data } = matrix;
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, k++) target[k]! += data[k]! * factors[j]!;
  }
}
