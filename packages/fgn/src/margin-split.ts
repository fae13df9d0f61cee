import {
  type Dense,
  DimensionError,
  DomainError,
  dense,
  requireLabels,
  requireLogits,
  requireShape,
} from "@xent/linalg";
import { sigmoid, softmax, softplus } from "@xent/softmax-spectral";

/** Cross-entropy of a batch seen as B binary problems: the true class against the rest. */
export interface MarginSplit {
  /** m_i = z_y - logsumexp_{j != y} z_j, length B; Infinity where the true class has no competitor. */
  readonly margins: Float64Array;
  /** q_i, B x C: softmax over the competitors of the true class; q_iy = 0. A zero row without competitors. */
  readonly competitors: Dense;
  /** p_y = sigmoid(m), length B. */
  readonly probabilities: Float64Array;
  /** 1 - p_y = sigmoid(-m), length B, with full relative accuracy. */
  readonly complements: Float64Array;
  /** Cross-entropy softplus(-m) of each example, length B. */
  readonly losses: Float64Array;
}

/** Throws unless `logits` are logits and every label is a class that is not masked. */
export function requireTrueClasses(logits: Dense, labels: ArrayLike<number>): void {
  const { rows, cols, data } = logits;
  requireShape("logits", logits, rows, cols);
  if (rows === 0 || cols === 0) {
    throw new DimensionError(
      `logits is ${rows} x ${cols}, expected at least one example and class`,
    );
  }
  requireLogits("logits", data);
  requireLabels("labels", labels, rows, cols);
  for (let i = 0; i < rows; i++) {
    if (data[i * cols + labels[i]!] === -Infinity) {
      throw new DomainError(`labels[${i}] = ${labels[i]} is a masked class (logit -Infinity)`);
    }
  }
}

/**
 * Margins, competitor distributions, p_y, 1 - p_y and losses of a batch, all in log space: right for
 * margins of any size and sign, for one class, and for masked classes.
 *
 * The margin is computed as `(z_y - z_t) + log q_t` with t the strongest competitor: q_t >= 1/C, so
 * its logarithm is exact to rounding, and the first difference loses nothing that the logits still
 * have. Absolute error of m: a few units of rounding of |m| + log C.
 *
 * @param logits - B x C; -Infinity masks a class.
 * @param labels - true classes, length B.
 * @param competitors - receives q, B x C; may be `logits` itself.
 * @throws DimensionError, DomainError: NaN or +Infinity logits, labels out of range or masked. O(B C).
 * @see [F] arXiv:2605.06081, section 3.
 */
export function trueVsRest(
  logits: Dense,
  labels: ArrayLike<number>,
  competitors: Dense = dense(logits.rows, logits.cols),
): MarginSplit {
  requireTrueClasses(logits, labels);
  const { rows, cols } = logits;
  requireShape("competitors", competitors, rows, cols);
  const margins = new Float64Array(rows);
  const probabilities = new Float64Array(rows);
  const complements = new Float64Array(rows);
  const losses = new Float64Array(rows);
  if (competitors !== logits) competitors.data.set(logits.data);
  for (let i = 0; i < rows; i++) {
    const row = competitors.data.subarray(i * cols, (i + 1) * cols);
    const own = row[labels[i]!]!;
    row[labels[i]!] = -Infinity;
    let top = 0;
    for (let j = 1; j < cols; j++) if (row[j]! > row[top]!) top = j;
    const strongest = row[top]!;
    if (strongest === -Infinity) {
      row.fill(0);
      margins[i] = Infinity;
    } else {
      softmax(row, row);
      margins[i] = own - strongest + Math.log(row[top]!);
    }
    probabilities[i] = sigmoid(margins[i]!);
    complements[i] = sigmoid(-margins[i]!);
    losses[i] = softplus(-margins[i]!);
  }
  return { margins, competitors, probabilities, complements, losses };
}

/**
 * Gradients of the margins with respect to the logits, v_i = e_y - q_i, B x C: what a margin JVP
 * contracts with and a margin VJP scatters. `out` may be `split.competitors`. O(B C).
 */
export function marginGradients(
  split: MarginSplit,
  labels: ArrayLike<number>,
  out: Dense = dense(split.competitors.rows, split.competitors.cols),
): Dense {
  const { rows, cols, data } = split.competitors;
  requireLabels("labels", labels, rows, cols);
  requireShape("out", out, rows, cols);
  for (let k = 0; k < data.length; k++) out.data[k] = -data[k]!;
  for (let i = 0; i < rows; i++) {
    // Without a competitor the margin is Infinity whatever the logits: its gradient is zero.
    out.data[i * cols + labels[i]!] = split.margins[i] === Infinity ? 0 : 1;
  }
  return out;
}
