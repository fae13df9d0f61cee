import { type Dense, DomainError, requireLength } from "@xent/linalg";
import { spreadRadii } from "./spread.js";

/** How the radius of one sample is computed, by name. */
export type RadiusMode = "spread";

/**
 * Radii of all samples of a batch: from logits and slopes (B x C) to length B, entries in
 * (0, Infinity].
 */
export type RowRadii = (logits: Dense, slopes: Dense) => Float64Array;

const modes: Readonly<Record<RadiusMode, RowRadii>> = {
  spread: (_logits, slopes) => spreadRadii(slopes),
};

/** The modes by name, from the cheapest to the sharpest. */
export const RADIUS_MODES: readonly RadiusMode[] = ["spread"];

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
