import { type Dense, DomainError, dense, requireShape } from "@xent/linalg";

/** How the targets of the loss differ from the one-hot vectors of the labels. */
export interface TargetOptions {
  /**
   * Share eps in [0, 1) of each target that is spread evenly over the classes that are not masked.
   * Default 0.
   */
  readonly labelSmoothing?: number;
  /**
   * Soft targets t, B x C, rows >= 0 that sum to one. The labels then only choose the pivot class of
   * each example's curvature; take the class with the largest target. Default: one-hot.
   */
  readonly targets?: Dense;
}

/** How far a row of targets may be from summing to one: rounding of a float32 softmax over 1e4 classes. */
const SUM_SLACK = 1e-5;

/**
 * The part of the logit gradient that leaves the row space: w_i (e_y - t_i), B x C, so that
 * w (p - t) = -c v + this. Undefined for plain labels.
 *
 * @throws DimensionError, DomainError: targets that are negative, do not sum to one, or give mass to
 *   a masked class. (A row with mass s != 1 would have curvature s Q: that is an example weight.)
 */
export function targetDeviation(
  logits: Dense,
  labels: ArrayLike<number>,
  shares: Float64Array,
  options: TargetOptions,
): Dense | undefined {
  const { rows, cols } = logits;
  const smoothing = options.labelSmoothing ?? 0;
  if (!(smoothing >= 0 && smoothing < 1)) {
    throw new DomainError(`labelSmoothing = ${smoothing}, expected a number in [0, 1)`);
  }
  if (options.targets !== undefined) requireTargets(options.targets, logits);
  if (options.targets === undefined && smoothing === 0) return undefined;
  const out = dense(rows, cols);
  for (let i = 0; i < rows; i++) {
    const start = i * cols;
    const y = labels[i]!;
    let unmasked = 0;
    for (let j = 0; j < cols; j++) if (logits.data[start + j]! > -Infinity) unmasked++;
    let others = 0;
    for (let j = 0; j < cols; j++) {
      if (j === y || logits.data[start + j] === -Infinity) continue;
      const t = (1 - smoothing) * (options.targets?.data[start + j] ?? 0) + smoothing / unmasked;
      out.data[start + j] = -shares[i]! * t;
      others += t;
    }
    // 1 - t_y, as the sum of the others: a row sums to zero exactly as a gradient must.
    out.data[start + y] = shares[i]! * others;
  }
  return out;
}

function requireTargets(targets: Dense, logits: Dense): void {
  const { rows, cols } = logits;
  requireShape("targets", targets, rows, cols);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < cols; j++) {
      const t = targets.data[i * cols + j]!;
      if (!(t >= 0 && t < Infinity)) {
        throw new DomainError(`targets[${i}][${j}] = ${t}, expected a finite number >= 0`);
      }
      if (t > 0 && logits.data[i * cols + j] === -Infinity) {
        throw new DomainError(`targets[${i}][${j}] = ${t}, but that class is masked`);
      }
      sum += t;
    }
    if (!(Math.abs(sum - 1) <= SUM_SLACK)) {
      throw new DomainError(
        `targets[${i}] sums to ${sum}, expected 1: give a mass other than one as an example weight`,
      );
    }
  }
}
