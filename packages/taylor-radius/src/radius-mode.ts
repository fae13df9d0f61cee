import { type Dense, DomainError, requireLength } from "@xent/linalg";
import { dominanceRadii } from "./dominance.js";
import { nearestGhost } from "./nearest-ghost.js";
import { radiiOfRows } from "./radii-of-rows.js";
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

const modes: Readonly<Record<RadiusMode, RowRadii>> = {
  spread: (_logits, slopes) => spreadRadii(slopes),
  dominance: (logits, slopes) => dominanceRadii(logits, slopes),
  proven: (logits, slopes) => provenRadii(logits, slopes),
  exact: exactRadii,
};

/** The modes by name, from the cheapest to the sharpest. */
export const RADIUS_MODES: readonly RadiusMode[] = ["spread", "dominance", "proven", "exact"];

function exactRadii(logits: Dense, slopes: Dense): Float64Array {
  return radiiOfRows((z, a) => nearestGhost(z, a).lower, logits, slopes);
}

/** The function behind a mode, or a function of the caller's with its results checked. */
export function rowRadiiOf(mode: RadiusMode | RowRadii): RowRadii {
  if (typeof mode === "function") return (logits, slopes) => checkedRadii(mode, logits, slopes);
  if (!RADIUS_MODES.includes(mode)) {
    throw new DomainError(
      `mode = "${String(mode)}", expected one of ${RADIUS_MODES.join(", ")}, or a function`,
    );
  }
  return modes[mode];
}

function checkedRadii(mode: RowRadii, logits: Dense, slopes: Dense): Float64Array {
  const radii = mode(logits, slopes);
  requireLength("mode(...)", radii, logits.rows);
  radii.forEach((r, i) => {
    if (!(r > 0)) throw new DomainError(`mode(...)[${i}] = ${r}, expected a radius > 0`);
  });
  return radii;
}
