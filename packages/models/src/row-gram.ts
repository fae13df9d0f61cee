import { type Dense, dense, gramMatrix, requireShape } from "@xent/linalg";

/** The B x B result of a rowGram: `out` zeroed when given, else new. */
export function emptyGram(batchSize: number, out?: Dense): Dense {
  if (out === undefined) return dense(batchSize, batchSize);
  requireShape("out", out, batchSize, batchSize);
  out.data.fill(0);
  return out;
}

/**
 * gram += (A A^T + bias) o (D D^T): the inner products of the per-example gradients `d_i a_i^T`
 * (and `d_i`, when bias is 1) of one affine layer with cotangents D (B x m). `inputGram` is A A^T, which does not depend on
 * the cotangents: a linearization computes it once.
 */
export function addAffineGram(gram: Dense, inputGram: Dense, deltas: Dense, bias: 0 | 1): void {
  const a = inputGram.data;
  const d = gramMatrix(deltas).data;
  for (let i = 0; i < a.length; i++) gram.data[i]! += (a[i]! + bias) * d[i]!;
}

/** gram += R R^T, for gradients that are rows of R (B x n) themselves. */
export function addRowsGram(gram: Dense, rows: Dense): void {
  const r = gramMatrix(rows).data;
  for (let i = 0; i < r.length; i++) gram.data[i]! += r[i]!;
}

/** out_i += (|a_i|^2 + bias) |d_i|^2: the diagonal of {@link addAffineGram}. O(B (n + m)). */
export function addAffineSquares(
  out: Float64Array,
  inputs: Dense,
  deltas: Dense,
  bias: 0 | 1,
): void {
  for (let i = 0; i < out.length; i++) {
    out[i]! += (rowSquare(inputs, i) + bias) * rowSquare(deltas, i);
  }
}

/** out_i += |r_i|^2. */
export function addRowSquares(out: Float64Array, rows: Dense): void {
  for (let i = 0; i < out.length; i++) out[i]! += rowSquare(rows, i);
}

function rowSquare({ data, cols }: Dense, i: number): number {
  let s = 0;
  for (let k = i * cols; k < (i + 1) * cols; k++) s += data[k]! * data[k]!;
  return s;
}

/**
 * Per-example gradients of one affine layer into rows of `out` (B x P): `d_i a_i^T` from column `weights` on, and
 * `d_i` from column `bias` on where there is one. O(B n m).
 */
export function writeAffineRows(
  out: Dense,
  inputs: Dense,
  deltas: Dense,
  weights: number,
  bias: number | undefined,
): void {
  const { cols: n, data: a } = inputs;
  const { cols: m, data: d } = deltas;
  for (let i = 0; i < out.rows; i++) {
    let at = i * out.cols + weights;
    for (let r = i * m; r < (i + 1) * m; r++) {
      const s = d[r]!;
      for (let k = i * n; k < (i + 1) * n; k++) out.data[at++] = s * a[k]!;
    }
  }
  if (bias !== undefined) writeRows(out, deltas, bias);
}

/** The rows of `part` (B x n) into columns `offset`.. of the rows of `out`. */
export function writeRows(out: Dense, { rows, cols, data }: Dense, offset: number): void {
  for (let i = 0; i < rows; i++) {
    out.data.set(data.subarray(i * cols, (i + 1) * cols), i * out.cols + offset);
  }
}
