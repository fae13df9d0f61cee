import { type Dense, DomainError } from "@xent/linalg";
import { binaryBracket } from "./binary.js";
import {
  type Competitors,
  firstTermRoot,
  newCompetitors,
  outweighedAt,
  outweighedUpTo,
} from "./competitors.js";
import { below, scaleByPower, U } from "./directed-rounding.js";
import type { ExponentialSum } from "./exponential-sum.js";
import {
  LeadingClass,
  mergedLogit,
  newSlopeRange,
  type Row,
  type SlopeRange,
  slopeRange,
} from "./leading-class.js";
import { radiiOfRows, rowOf } from "./radii-of-rows.js";
import { halfSpreadUp, spreadRadiusOfRange } from "./spread.js";

/** The real x from -below to above at which one class outweighs all others together, proven. */
export interface DominanceInterval {
  readonly below: number;
  readonly above: number;
}

/** The dominance interval of a normal form, in its units; both ends 0 when no class has the majority at 0. */
export function dominanceInterval(sum: ExponentialSum): DominanceInterval {
  const { classes, top } = sum;
  const of = newCompetitors(classes);
  of.slopeError = 3 * U * sum.halfWidth;
  for (let k = 0; k < classes; k++) {
    if (k === top) continue;
    of.b[of.count] = sum.logWeights[k]!;
    of.errors[of.count] = sum.logWeightErrors[k]! + sum.logWeightErrors[top]!;
    of.c[of.count++] = sum.slopes[k]! - sum.slopes[top]!;
  }
  of.reach = 2 * sum.halfWidth;
  if (!outweighedAt(of, 0)) return { below: 0, above: 0 };
  return { below: end(of, -1), above: end(of, 1) };
}

function end(of: Competitors, sign: 1 | -1): number {
  const start = firstTermRoot(of, sign);
  return start === Infinity ? start : outweighedUpTo(of, sign, start);
}

/** hypot of proven lower bounds, rounded down (`Math.hypot` errs by less than 3 spacings) and not below `y`. */
function hypotDown(x: number, y: number): number {
  if (x === 0) return y;
  return Math.max(y, below(Math.min(Math.hypot(x, y), Number.MAX_VALUE), 4));
}

const NOWHERE: DominanceInterval = { below: 0, above: 0 };
const ownRange: SlopeRange = newSlopeRange();
const leading = new LeadingClass();

/**
 * u0 > 0 with S < 1 proven from -u0 to u0, in the units of the competitors; 0 when there is none. S is convex:
 * below 1 at both ends, it is below 1 between them.
 */
function outweighedBothWays({ competitors: of, bins, leaderWeight }: LeadingClass): number {
  if (bins !== undefined) {
    const first = bins.beyond(1, leaderWeight) <= bins.beyond(-1, leaderWeight) ? 1 : -1;
    for (const near of first > 0 ? ([1, -1] as const) : ([-1, 1] as const)) {
      const root = bins.root(near, leaderWeight);
      const reach = root * (1 + 1e-3);
      if (reach < Infinity && bins.below(-near * reach, leaderWeight)) {
        return Math.min(reach, outweighedUpTo(of, near, root));
      }
    }
  }
  const up = firstTermRoot(of, 1);
  const down = firstTermRoot(of, -1);
  const near = up <= down ? 1 : -1;
  const u = outweighedUpTo(of, near, Math.min(up, down));
  if (u === 0 || outweighedAt(of, -near * u)) return u;
  return Math.min(u, outweighedUpTo(of, near > 0 ? -1 : 1, Math.min(u, Math.max(up, down))));
}

/** Where the class that {@link LeadingClass.find} found last outweighs all others, in the units of its slopes. */
function intervalOfLeader({
  competitors: of,
  bins,
  leaderWeight,
}: LeadingClass): DominanceInterval {
  if (!outweighedAt(of, 0)) return NOWHERE;
  const side = (sign: 1 | -1): number => {
    const start = bins?.root(sign, leaderWeight) ?? Infinity;
    return start < Infinity ? outweighedUpTo(of, sign, start) : end(of, sign);
  };
  return { below: side(-1), above: side(1) };
}

/**
 * Where one or two slopes differ: Infinity, or the closed form; undefined for more. Fills in the range of a row whose numbers
 * have been checked.
 */
export function radiusOfFewSlopes(row: Row, range: SlopeRange): number | undefined {
  slopeRange(row, range);
  const { minimum, maximum, distinct, top } = range;
  if (top === -Infinity) {
    throw new DomainError("logits are all -Infinity, expected a class that is not masked");
  }
  if (distinct === 1) return Infinity;
  if (distinct > 2) return undefined;
  const one = mergedLogit(row, minimum);
  const two = mergedLogit(row, maximum);
  // The difference may overflow: the radius then does too.
  const tops = Math.max(-Number.MAX_VALUE, Math.min(one.top - two.top, Number.MAX_VALUE));
  const logs = one.log - two.log;
  const gap = Math.abs(tops + logs);
  const error = one.error + two.error + U * (Math.abs(tops) + Math.abs(logs) + gap);
  return Math.max(
    spreadRadiusOfRange(minimum, maximum),
    binaryBracket(gap, error, halfSpreadUp(minimum, maximum)).lower,
  );
}

/**
 * The dominance bound of a row with three slopes or more, whose leading class was sought; `led`: it has one. `useInterval`
 * is told the dominance interval, in the units in which the spread lies in 1..2.
 */
export function dominanceOfLeader(
  row: Row,
  range: SlopeRange,
  leading: LeadingClass,
  led: boolean,
  useInterval?: (interval: DominanceInterval) => void,
): number {
  const strip = spreadRadiusOfRange(range.minimum, range.maximum);
  if (!led) {
    useInterval?.(NOWHERE);
    return strip;
  }
  const u0 = dominatedUpTo(row, range, leading);
  useInterval?.(intervalOfLeader(leading));
  return boundFrom(u0, leading.exponent, strip);
}

/** u0 in units of 2^exponent, of a row whose leading class was found: it outweighs all others from -u0 to u0, proven. */
export function dominatedUpTo(row: Row, range: SlopeRange, leading: LeadingClass): number {
  leading.relate(row, range);
  return outweighedBothWays(leading);
}

/** hypot(u0, strip) in units of step, rounded down; u0 in those of 2^exponent. */
export function boundFrom(u0: number, exponent: number, strip: number): number {
  return hypotDown(Math.min(scaleByPower(u0, -exponent), Number.MAX_VALUE), strip);
}

function radiusOfRow(row: Row): number {
  const few = radiusOfFewSlopes(row, ownRange);
  return few ?? dominanceOfLeader(row, ownRange, leading, leading.find(row, ownRange));
}

/**
 * Dominance bound: where one class outweighs all the others together at every real step up to u0 in
 * either direction, the nearest zero of F(t) = sum_k exp(z_k + a_k t) has |t| >= hypot(u0, pi / spread).
 * At a zero x + i y the dominant term equals the sum of the others, hence is not above the sum of
 * their moduli, so |x| >= u0; and |y| >= pi / spread. Never below {@link spreadRadius}; equal to the
 * exact radius for two classes. Equal slopes are merged and masked classes dropped first.
 *
 * @param logits - `z`, length C >= 1; -Infinity masks a class, at least one must remain.
 * @param slopes - `a`, length C, finite: directional derivatives of the logits.
 * @returns a proven lower bound, rounding included, in units of step; `Infinity` iff all slopes of the
 *   classes that are not masked agree.
 * @throws DimensionError, DomainError for bad input. O(C): about two exponentials a class when one class has
 *   the majority, one otherwise; for fewer than 128 classes up to eight.
 */
export function dominanceRadius(logits: ArrayLike<number>, slopes: ArrayLike<number>): number {
  return radiusOfRow(rowOf(logits, slopes));
}

/**
 * {@link dominanceRadius} of every row, at its cost for each.
 *
 * @param logits - B x C, C >= 1; -Infinity masks.
 * @param slopes - B x C, finite.
 * @param out - length B.
 */
export function dominanceRadii(logits: Dense, slopes: Dense, out?: Float64Array): Float64Array {
  return radiiOfRows(radiusOfRow, logits, slopes, out);
}
