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
 * @throws DomainError for an empty batch, or an entry that is negative or NaN.
 */
export function minimumRadius(radii: ArrayLike<number>): AggregatedRadius {
  requireRadii(radii);
  let sample = 0;
  for (let i = 1; i < radii.length; i++) if (radii[i]! < radii[sample]!) sample = i;
  return { radius: radii[sample]!, sample };
}

/**
 * The radius that a share `quantile` of the batch falls below: entry floor(quantile (B - 1)) of the
 * sorted radii. It is the radius of a sample, never a mean of two, and 0 gives the minimum. O(B log B).
 *
 * @throws DomainError for an empty batch, an entry that is negative or NaN, or a quantile outside [0, 1].
 */
export function quantileRadius(radii: ArrayLike<number>, quantile: number): AggregatedRadius {
  requireQuantile(quantile);
  requireRadii(radii);
  const sorted = Float64Array.from(radii).sort();
  const place = Math.floor(quantile * (radii.length - 1));
  const radius = sorted[place]!;
  // Equals come in the order of their samples.
  let before = place - sorted.indexOf(radius);
  let sample = 0;
  while (radii[sample] !== radius || before-- > 0) sample++;
  return { radius, sample };
}

function requireRadii(radii: ArrayLike<number>): void {
  requireSamples(radii.length);
  for (let i = 0; i < radii.length; i++) {
    if (!(radii[i]! >= 0)) throw new DomainError(`radii[${i}] = ${radii[i]}, expected a radius`);
  }
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
