import { type Dense, DomainError, requireLength } from "@xent/linalg";
import {
  type AggregatedRadius,
  minimumRadius,
  quantileRadius,
  requireSamples,
} from "./aggregate.js";
import { dominanceRadii } from "./dominance.js";
import { smallestExact } from "./smallest-exact.js";
import { spreadRadii } from "./spread.js";
import { provenRadii } from "./variance.js";

/**
 * How the radius of one sample is computed: "spread", pi / Delta; "dominance", the dominance-strip bound;
 * "proven", the larger of that and the variance bound;
 * "exact", the proven lower end of the nearest ghost. Each is at most the next, up to rounding.
 */
export type RadiusMode = "spread" | "dominance" | "proven" | "exact";

/**
 * Radii of all samples of a batch: from logits and slopes (B x C) to length B, entries in
 * (0, Infinity].
 */
export type RowRadii = (logits: Dense, slopes: Dense) => Float64Array;

/** One radius for a batch, and what is known of every sample. */
export interface MeasuredBatch extends AggregatedRadius {
  /** Per sample, length B: its radius; in mode "exact" a proven lower bound of it, the exact one up to `radius`. */
  readonly radii: Float64Array;
}

/** Measures a batch (logits and slopes, B x C) at a share of it; undefined: the minimum. */
export type BatchMeasure = (
  logits: Dense,
  slopes: Dense,
  quantile: number | undefined,
) => MeasuredBatch;

const modes: Readonly<Record<Exclude<RadiusMode, "exact">, RowRadii>> = {
  spread: (_logits, slopes) => spreadRadii(slopes),
  dominance: (logits, slopes) => dominanceRadii(logits, slopes),
  proven: (logits, slopes) => provenRadii(logits, slopes),
};

/** The modes by name, from the cheapest to the sharpest. */
export const RADIUS_MODES: readonly RadiusMode[] = ["spread", "dominance", "proven", "exact"];

/** The measure behind a mode, or behind a function of the caller's with its results checked. */
export function batchMeasureOf(mode: RadiusMode | RowRadii): BatchMeasure {
  if (typeof mode === "function") {
    return measureBy((logits, slopes) => checkedRadii(mode, logits, slopes));
  }
  if (!RADIUS_MODES.includes(mode)) {
    throw new DomainError(
      `mode = "${String(mode)}", expected one of ${RADIUS_MODES.join(", ")}, or a function`,
    );
  }
  return mode === "exact" ? measureExactly : measureBy(modes[mode]);
}

const measureBy =
  (rowRadii: RowRadii): BatchMeasure =>
  (logits, slopes, quantile) => {
    const radii = rowRadii(logits, slopes);
    const one = quantile === undefined ? minimumRadius(radii) : quantileRadius(radii, quantile);
    return { ...one, radii };
  };

/** Best-first: few samples are solved. */
function measureExactly(logits: Dense, slopes: Dense, quantile = 0): MeasuredBatch {
  requireSamples(logits.rows);
  const { radius, sample, bounds } = smallestExact(logits, slopes, quantile, {});
  return { radius, sample, radii: bounds };
}

function checkedRadii(mode: RowRadii, logits: Dense, slopes: Dense): Float64Array {
  const radii = mode(logits, slopes);
  requireLength("mode(...)", radii, logits.rows);
  radii.forEach((r, i) => {
    if (!(r > 0)) throw new DomainError(`mode(...)[${i}] = ${r}, expected a radius > 0`);
  });
  return radii;
}
