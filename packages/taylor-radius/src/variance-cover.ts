import { U } from "./directed-rounding.js";
import type { DominanceInterval } from "./dominance.js";
import { LARGEST_TURN, staysOutside, type TiltedMoments } from "./variance-growth.js";

/** Evaluations after which a search gives up: it is then worse than the dominance bound. */
const MOST = 400;

/**
 * A lower bound R of hypot(x, pi / (2 sigma_x)) over the real x outside an interval about 0, by a cover of -R..R outside of
 * it with pieces on each of which R is proven from the moments at one point. R is `slack` below the least value met; when
 * a lower one is met R falls, and what was covered stays so.
 */
class VarianceCover {
  R: number = Infinity;
  /** By how much, relatively, the value behind R may be low because the moments are those of moved slopes. */
  doubt = 0;
  private readonly of: TiltedMoments;
  private readonly slack: number;
  private left = MOST;

  constructor(of: TiltedMoments, slack: number) {
    this.of = of;
    this.slack = slack;
  }

  /** Moments and profile at x; false where nothing can be said. */
  visit(x: number): boolean {
    const { of } = this;
    if (this.left-- <= 0 || !of.at(x)) return false;
    const reach = Math.abs(x);
    const excess = of.excess(reach);
    const floor = of.floor(reach);
    const variance = of.moments[2]! * (1 + excess) + floor;
    const square = ((Math.PI / 2) * (Math.PI / 2)) / variance;
    const value = Math.sqrt(x * x + square);
    if (!(value > 0)) return false;
    if (value * (1 - this.slack) < this.R) {
      this.R = value * (1 - this.slack);
      this.doubt = ((excess + (2 * floor) / variance) * square) / (2 * value * value);
    }
    return true;
  }

  /** How far R is proven from x, the point visited last, in the direction `sign`: up to `wanted`. */
  private reach(x: number, sign: 1 | -1, wanted: number): number {
    const { of, R } = this;
    let r = Math.min(wanted, 2 * R, LARGEST_TURN / Math.max(of.above, of.below));
    for (let i = 0; i < 40; i++) {
      if (staysOutside(of, x, sign, r, R)) return r;
      r *= 0.6;
    }
    return 0;
  }

  /** Proves R from `from` to `to`; false where that does not succeed. */
  prove(from: number, to: number): boolean {
    const left = Math.max(from, -this.R);
    const right = Math.min(to, this.R);
    if (!(left < right)) return true;
    // Pieces may be the wider the further out they are.
    const share = left < 0 === right > 0 ? 0.5 : left >= 0 ? 0.45 : 0.55;
    const centre = left + share * (right - left);
    if (!this.visit(centre)) return false;
    return this.proveAbout(centre, left, right);
  }

  /** The same, from the moments at `x`, the point visited last, in from..to. */
  proveAbout(x: number, from: number, to: number): boolean {
    const left = Math.max(from, -this.R);
    const right = Math.min(to, this.R);
    if (!(left < right)) return true;
    // Rounded outwards, so that pieces leave no gap.
    const room = 4 * U * (Math.abs(left) + Math.abs(right));
    const back = x > left ? x - left + room : 0;
    const ahead = x < right ? right - x + room : 0;
    const covered = back > 0 ? this.reach(x, -1, back) : 0;
    const coveredAhead = ahead > 0 ? this.reach(x, 1, ahead) : 0;
    const start = x - covered + room;
    const end = x + coveredAhead - room;
    const stuck = (covered < back && !(start < x)) || (coveredAhead < ahead && !(end > x));
    if (stuck) return false;
    return (
      (covered >= back || this.prove(left, start)) &&
      (coveredAhead >= ahead || this.prove(end, right))
    );
  }
}

/**
 * The minimum of the profile outside the dominance interval, from below and within `slack`, in the units of the normal form;
 * no more than `base` where it is not above it by more than that, and 0 where nothing can be said.
 */
export function profileMinimum(
  of: TiltedMoments,
  { below: inner, above }: DominanceInterval,
  base: number,
  slack: number,
): { readonly R: number; readonly doubt: number } {
  const cover = new VarianceCover(of, slack);
  const nothing = { R: 0, doubt: 0 };
  if (above === 0 && inner === 0) {
    if (!cover.visit(0)) return nothing;
    if (cover.R <= base || cover.proveAbout(0, -Infinity, Infinity)) return cover;
    return nothing;
  }
  // The side whose end is nearer first: its value is likely the least.
  for (const sign of above <= inner ? ([1, -1] as const) : ([-1, 1] as const)) {
    const end = sign > 0 ? above : inner;
    if (!(end < cover.R)) continue;
    const x = sign * end;
    if (!cover.visit(x)) return nothing;
    if (cover.R <= base) break;
    if (!cover.proveAbout(x, sign > 0 ? x : -Infinity, sign > 0 ? Infinity : x)) return nothing;
  }
  return cover.R < Infinity ? cover : nothing;
}
