import { DomainError } from "@xent/linalg";

/** One radius for a batch, and the sample that it belongs to. */
export interface AggregatedRadius {
  readonly radius: number;
  /** Row of the batch that has this radius; the first of equals. */
  readonly sample: number;
}

/**
 * Smallest of the radii. O(B).
 *
 * @throws DomainError for an empty batch.
 */
export function minimumRadius(radii: ArrayLike<number>): AggregatedRadius {
  requireSamples(radii.length);
  let sample = 0;
  for (let i = 1; i < radii.length; i++) if (radii[i]! < radii[sample]!) sample = i;
  return { radius: radii[sample]!, sample };
}

/**
 * The radius that a share `quantile` of the batch falls below: entry floor(quantile (B - 1)) of the
 * sorted radii. It is the radius of a sample, never a mean of two, and 0 gives the minimum. O(B log B).
 *
 * @throws DomainError for an empty batch, or a quantile outside [0, 1].
 */
export function quantileRadius(radii: ArrayLike<number>, quantile: number): AggregatedRadius {
  requireQuantile(quantile);
  requireSamples(radii.length);
  const order = Array.from(radii, (_, i) => i);
  order.sort((i, j) => {
    const [x, y] = [radii[i]!, radii[j]!];
    return x < y ? -1 : x > y ? 1 : i - j; // no difference: Infinity - Infinity is NaN
  });
  const sample = order[Math.floor(quantile * (radii.length - 1))]!;
  return { radius: radii[sample]!, sample };
}

/** Throws unless `quantile` is in [0, 1]. */
export function requireQuantile(quantile: number): void {
  if (!(quantile >= 0 && quantile <= 1)) {
    throw new DomainError(`quantile = ${quantile}, expected a number in [0, 1]`);
  }
}

/** Throws for an empty batch. */
export function requireSamples(count: number): void {
  if (count === 0) throw new DomainError("the batch has 0 samples, expected at least 1");
}
