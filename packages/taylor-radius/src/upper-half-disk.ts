import {
  arc,
  type Budget,
  type Hint,
  type TrackingFailure,
  trackArgument,
} from "./argument-tracking.js";
import { U } from "./directed-rounding.js";
import type { DominanceInterval } from "./dominance.js";
import type { ExponentialSum } from "./exponential-sum.js";

/** Zeros of F in the upper half of a disk, or why they could not be counted. */
export type HalfDiskCount = { readonly count: number } | { readonly failure: TrackingFailure };

/**
 * Number of zeros x + i y of F with y > 0 and modulus below `radius`, with multiplicity. Proven, up to
 * a relative 2^-50 of the radius: it is also the number below radius (1 - 2^-50), and below
 * radius (1 + 2^-50). Zeros come in conjugate pairs and none is real.
 *
 * Below the height pi / (2 max |d|) all terms lie in the right half-plane, and where one class
 * dominates, F e^(-i d y) does: there arg F is known without tracking, so only the parts of the arc
 * outside are followed, and each of them closes a contour of its own.
 */
export function countUpperHalfDisk(
  sum: ExponentialSum,
  dominance: DominanceInterval,
  radius: number,
  budget: Budget,
  hint?: Hint,
): HalfDiskCount {
  const height = (Math.PI / 2 / sum.halfWidth) * (1 - 1e-9);
  if (radius <= height * (1 + 1e-10)) return { count: 0 };
  const foot = Math.asin(height / radius);
  const edge = radius * Math.cos(foot);
  const inside = (v: number): number => v * (1 - 1e-12) - 16 * U * radius;
  const above = inside(dominance.above);
  const below = inside(dominance.below);
  if (!(above > 0 && below > 0)) {
    return onePart(sum, radius, foot, Math.PI - foot, budget, hint);
  }
  let count = 0;
  if (above < edge) {
    const to = Math.acos(above / radius);
    const right = onePart(sum, radius, foot, to, budget, hint);
    if ("failure" in right) return right;
    count += right.count;
  }
  if (below < edge) {
    const from = Math.PI - Math.acos(below / radius);
    const left = onePart(sum, radius, from, Math.PI - foot, budget, hint);
    if ("failure" in left) return left;
    count += left.count;
  }
  return { count };
}

/**
 * arg F at height y, on the branch that is 0 on the real axis, from its principal value: where one class dominates,
 * F e^(-i d y) lies in the right half-plane, d its slope; where all terms do, so do F and e^(i d y).
 */
function onBranch(sum: ExponentialSum, principal: number, y: number): number {
  const turn = sum.slopes[sum.top]! * y;
  return principal + 2 * Math.PI * Math.round((turn - principal) / (2 * Math.PI));
}

function onePart(
  sum: ExponentialSum,
  radius: number,
  from: number,
  to: number,
  budget: Budget,
  hint?: Hint,
): HalfDiskCount {
  const piece = arc(radius, from, to);
  const tracked = trackArgument(sum, piece, budget, hint);
  if ("failure" in tracked) return tracked;
  const a = onBranch(sum, tracked.start, piece.y(0));
  const b = onBranch(sum, tracked.end, piece.y(1));
  const turns = (a + tracked.change - b) / (2 * Math.PI);
  const count = Math.round(turns) + 0; // + 0: no negative zero
  // The arguments at the ends err by less than asin(0.1), 0.016 turns each, and cancel those of the track.
  return Math.abs(turns - count) < 0.05 && count >= 0 ? { count } : { failure: "cancellation" };
}
