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
 * (and `d_i`, when bias is 1) of one affine layer with inputs A (B x n) and cotangents D (B x m).
 */
export function addAffineGram(gram: Dense, inputs: Dense, deltas: Dense, bias: 0 | 1): void {
  const a = gramMatrix(inputs).data;
  const d = gramMatrix(deltas).data;
  for (let i = 0; i < a.length; i++) gram.data[i]! += (a[i]! + bias) * d[i]!;
}

/** gram += R R^T, for gradients that are rows of R (B x n) themselves. */
export function addRowsGram(gram: Dense, rows: Dense): void {
  const r = gramMatrix(rows).data;
  for (let i = 0; i < r.length; i++) gram.data[i]! += r[i]!;
}
