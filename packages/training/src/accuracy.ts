import { type Dense, DomainError, requireLabels, requireLogits } from "@xent/linalg";

/**
 * Share of the examples whose label has the largest logit, in [0, 1]. Of equal logits the class with
 * the smallest number wins.
 *
 * @param logits - B x C, B >= 1; -Infinity masks a class.
 * @param labels - length B, integers in 0..C-1.
 * @throws DimensionError, DomainError: wrong length, label out of range, NaN logit, B = 0. O(B C).
 */
export function accuracy(logits: Dense, labels: ArrayLike<number>): number {
  const { rows, cols, data } = logits;
  if (rows === 0) throw new DomainError("logits has 0 rows: accuracy needs at least 1 example");
  requireLogits("logits.data", data);
  requireLabels("labels", labels, rows, cols);
  let right = 0;
  for (let i = 0; i < rows; i++) {
    let best = 0;
    for (let c = 1; c < cols; c++) if (data[i * cols + c]! > data[i * cols + best]!) best = c;
    if (best === labels[i]) right++;
  }
  return right / rows;
}
