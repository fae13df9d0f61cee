import type { Dense } from "@xent/linalg";
import { dominanceRadii, nearestGhost, spreadRadii, varianceRadius } from "@xent/taylor-radius";

/** The four radii that are proven, each at most the next. */
export const RADIUS_KINDS = ["spread", "dominance", "variance", "exact"] as const;
export type RadiusKind = (typeof RADIUS_KINDS)[number];

/** What each radius is, for those who read a table. */
export const RADIUS_MEANING: Record<RadiusKind, string> = {
  spread: "pi / (max a - min a): bound from the slopes alone",
  dominance: "bound from where one class outweighs all others",
  variance: "bound from the variance of the slopes along the line",
  exact: "distance to the nearest complex zero",
};

/** Radii of every sample of a batch, each of length B. */
export interface BatchRadii extends Record<RadiusKind, Float64Array> {
  /** Samples whose exact radius has no certificate. */
  readonly uncertified: number;
}

/** Row i of a matrix, sharing its memory. */
export function rowOf({ cols, data }: Dense, i: number): Float64Array {
  return data.subarray(i * cols, (i + 1) * cols);
}

/** All four for every sample, each exact one solved on its own: what branch and bound spares. */
export function batchRadii(logits: Dense, slopes: Dense): BatchRadii {
  const variance = new Float64Array(logits.rows);
  const exact = new Float64Array(logits.rows);
  let uncertified = 0;
  for (let i = 0; i < logits.rows; i++) {
    const [z, a] = [rowOf(logits, i), rowOf(slopes, i)];
    variance[i] = varianceRadius(z, a);
    const ghost = nearestGhost(z, a);
    exact[i] = ghost.radius;
    if (!ghost.certified) uncertified++;
  }
  return {
    spread: spreadRadii(slopes),
    dominance: dominanceRadii(logits, slopes),
    variance,
    exact,
    uncertified,
  };
}
