import { exp } from "@xent/kernels";
import {
  type Dense,
  DimensionError,
  DomainError,
  requireInteger,
  requireShape,
} from "@xent/linalg";
import { minimumRadius, quantileRadius, requireQuantile } from "./aggregate.js";
import { dominanceRadii } from "./dominance.js";
import type { NearestGhost, NearestGhostOptions } from "./nearest-ghost.js";
import { smallestExact } from "./smallest-exact.js";
import { spreadRadii } from "./spread.js";
import { provenRadii } from "./variance.js";

/** What {@link batchRadius} takes as the radius of one sample, each at most the next. */
export type BatchMode = "spread" | "dominance" | "proven" | "exact";

/** Options of {@link batchRadius}. */
export interface BatchRadiusOptions {
  /** Default "exact". */
  readonly mode?: BatchMode;
  /** "minimum" (default), or the share of samples in [0, 1] whose radii may lie below. */
  readonly aggregate?: "minimum" | number;
  /** Passed to the exact solver. */
  readonly exact?: NearestGhostOptions;
}

/** The radius of a batch. */
export interface BatchRadius {
  /** Proven: the aggregate of the samples' true radii is not smaller. */
  readonly radius: number;
  /** Proven not to be smaller than the aggregate; Infinity for modes other than "exact", which prove no zero. */
  readonly upper: number;
  /** The sample that sets `radius`: the first of equals. */
  readonly sample: number;
  /** Mode "exact": its nearest ghost. */
  readonly ghost?: NearestGhost;
  /** Samples that were solved exactly. */
  readonly solved: number;
  /** Evaluations of F that the exact solver spent. */
  readonly evaluations: number;
}

/**
 * Minimum or quantile of the radii of a batch. The quantile q is the radius at place floor(q (B - 1)) in
 * ascending order. In mode "exact" samples are refined best-first, spread, dominance, proven bound, nearest
 * ghost, and only while they may still be among the smallest: the minimum costs little more than the
 * bounds.
 *
 * @param logits - B x C, B >= 1; -Infinity masks.
 * @param slopes - B x C, finite.
 * @throws DimensionError, DomainError for bad input or options.
 */
export function batchRadius(
  logits: Dense,
  slopes: Dense,
  options: BatchRadiusOptions = {},
): BatchRadius {
  const { mode = "exact", aggregate = "minimum", exact = {} } = options;
  requireShape("logits", logits, logits.rows, logits.cols);
  requireShape("slopes", slopes, logits.rows, logits.cols);
  if (logits.rows === 0) throw new DimensionError("logits has no rows, expected at least 1");
  if (aggregate !== "minimum") requireQuantile(aggregate);
  if (mode === "exact") {
    const share = aggregate === "minimum" ? 0 : aggregate;
    const { radius, upper, sample, ghost, solved, evaluations } = smallestExact(
      logits,
      slopes,
      share,
      exact,
    );
    return { radius, upper, sample, ghost, solved, evaluations };
  }
  const radii = boundsOf(mode, logits, slopes);
  const { radius, sample } =
    aggregate === "minimum" ? minimumRadius(radii) : quantileRadius(radii, aggregate);
  return { radius, upper: Infinity, sample, solved: 0, evaluations: 0 };
}

function boundsOf(mode: Exclude<BatchMode, "exact">, logits: Dense, slopes: Dense): Float64Array {
  switch (mode) {
    case "spread":
      return spreadRadii(slopes);
    case "dominance":
      return dominanceRadii(logits, slopes);
    case "proven":
      return provenRadii(logits, slopes);
    default:
      throw new DomainError(
        `mode = "${String(mode)}", expected spread, dominance, proven or exact`,
      );
  }
}

/** Counts of radii in bins of equal ratio. */
export interface RadiusHistogram {
  /** Bin edges, ascending, length bins + 1: the smallest and largest finite radius at the ends. Empty when no radius is finite. */
  readonly edges: Float64Array;
  /** Samples in [edges[i], edges[i + 1]), the last bin closed; length bins. */
  readonly counts: Int32Array;
  /** Samples whose radius is infinite. */
  readonly infinite: number;
}

/**
 * Histogram of the radii of a batch on a logarithmic scale.
 *
 * @param radii - in (0, Infinity].
 * @param bins - >= 1; one bin suffices, and is used, when all finite radii agree. O(B log bins).
 */
export function radiusHistogram(radii: ArrayLike<number>, bins: number): RadiusHistogram {
  requireInteger("bins", bins, 1);
  let low = Infinity;
  let high = 0;
  let infinite = 0;
  for (let i = 0; i < radii.length; i++) {
    const r = radii[i]!;
    if (!(r > 0)) throw new DomainError(`radii[${i}] = ${r}, expected a radius > 0`);
    if (r === Infinity) infinite++;
    else {
      low = Math.min(low, r);
      high = Math.max(high, r);
    }
  }
  if (high === 0) return { edges: new Float64Array(0), counts: new Int32Array(0), infinite };
  const used = low === high ? 1 : bins;
  const start = Math.log(low);
  const step = (Math.log(high) - start) / used;
  const edges = Float64Array.from({ length: used + 1 }, (_, i) => exp(start + i * step));
  edges[0] = low;
  edges[used] = high;
  const counts = new Int32Array(used);
  for (let i = 0; i < radii.length; i++) {
    const r = radii[i]!;
    if (r === Infinity) continue;
    // By the edges themselves: a bin from the logarithm may be one off.
    let bin = 0;
    for (let end = used; end - bin > 1; ) {
      const middle = (bin + end) >> 1;
      if (r >= edges[middle]!) bin = middle;
      else end = middle;
    }
    counts[bin]!++;
  }
  return { edges, counts, infinite };
}
