import type { Dense } from "@xent/linalg";
import { binaryBracket } from "./binary.js";
import { below, scaleByPower, U } from "./directed-rounding.js";
import { type ExponentialSum, exponentialSum, requireClasses } from "./exponential-sum.js";
import { radiiOfRows } from "./radii-of-rows.js";
import { piOverSpreadDown } from "./spread.js";

/** Competitors of the dominant class: S(v) = sum_j exp(b_j + c_j v), with bounds on the errors of b and c. */
interface Competitors {
  count: number;
  readonly b: Float64Array;
  readonly errors: Float64Array;
  readonly c: Float64Array;
  slopeError: number;
}

interface Moments {
  value: number;
  /** Proven: not below S. */
  upper: number;
  slope: number;
}

function newCompetitors(size: number): Competitors {
  return {
    count: 0,
    b: new Float64Array(size),
    errors: new Float64Array(size),
    c: new Float64Array(size),
    slopeError: 0,
  };
}

function competitorSum(of: Competitors, v: number, out: Moments): void {
  let value = 0;
  let slope = 0;
  let error = 0;
  const slopeShare = of.slopeError * Math.abs(v);
  for (let j = 0; j < of.count; j++) {
    const p = of.c[j]! * v;
    const e = of.b[j]! + p;
    const exponentError = of.errors[j]! + slopeShare + U * (2 * Math.abs(p) + Math.abs(e));
    // Such a term is below 2^-1000, which the bound adds for every class.
    if (e + exponentError < -700) continue;
    const term = Math.exp(Math.min(e, 700));
    value += term;
    slope += term * of.c[j]!;
    // To first order in the exponent's error while that is small; otherwise no statement.
    error += exponentError < 1e-3 ? term * (exponentError + 5 * U) : Infinity;
  }
  out.value = value;
  out.slope = slope;
  out.upper = value + error * 1.01 + of.count * (2 * U * value + 2 ** -1000);
}

const moments: Moments = { value: 0, upper: 0, slope: 0 };

/**
 * A v, as large as rounding allows, with S(v') < 1 proven for all v' from 0 to v on the side `sign`,
 * given S(0) < 1 proven. log S is convex: Newton from the nearest root of one term alone descends to
 * the root of S = 1, and a step back is then checked. Infinity when every term falls on that side.
 */
function dominatedUpTo(of: Competitors, sign: 1 | -1): number {
  let v = Infinity;
  for (let j = 0; j < of.count; j++) {
    const c = sign * of.c[j]!;
    if (c > 0) v = Math.min(v, -of.b[j]! / c);
  }
  if (v === Infinity) return v;
  let rate = 0;
  for (let i = 0; i < 60; i++) {
    competitorSum(of, sign * v, moments);
    rate = (sign * moments.slope) / moments.value;
    if (!(rate > 0)) return 0;
    const step = Math.log(moments.value) / rate;
    v -= step;
    if (!(step > 1e-9 * v)) break;
  }
  // The error of log S over its slope is the distance that rounding can hide; Newton stopped within
  // the square of its last step.
  const hidden = (moments.upper - moments.value) / (moments.value * rate);
  let back = 4 * ((hidden < v ? hidden : 0) + U * v);
  for (let i = 0; i < 60 && back < v; i++) {
    competitorSum(of, sign * (v - back), moments);
    if (moments.upper < 1) return v - back;
    back *= 4;
  }
  return 0;
}

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
  competitorSum(of, 0, moments);
  if (!(moments.upper < 1)) return { below: 0, above: 0 };
  return { below: dominatedUpTo(of, -1), above: dominatedUpTo(of, 1) };
}

/** hypot of proven lower bounds, rounded down (`Math.hypot` errs by less than 3 spacings) and not below `y`. */
function hypotDown(x: number, y: number): number {
  if (x === 0) return y;
  return Math.max(y, below(Math.min(Math.hypot(x, y), Number.MAX_VALUE), 4));
}

/** The dominance bound of a normal form, in units of t. */
export function dominanceRadiusOfSum(sum: ExponentialSum, interval: DominanceInterval): number {
  if (sum.classes === 1) return Infinity;
  const strip = piOverSpreadDown(sum.halfSpread);
  if (sum.classes === 2) {
    const other = 1 - sum.top;
    const error = sum.logWeightErrors[0]! + sum.logWeightErrors[1]!;
    return Math.max(strip, binaryBracket(-sum.logWeights[other]!, error, sum.halfSpread).lower);
  }
  const u0 = Math.min(interval.below, interval.above);
  return hypotDown(Math.min(scaleByPower(u0, -sum.exponent), Number.MAX_VALUE), strip);
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
 * @throws DimensionError, DomainError for bad input. O(C log C), about ten exponentials a class when
 *   one class has the majority and one otherwise.
 */
export function dominanceRadius(logits: ArrayLike<number>, slopes: ArrayLike<number>): number {
  requireClasses(logits, slopes);
  const sum = exponentialSum(logits, slopes);
  return dominanceRadiusOfSum(sum, dominanceInterval(sum));
}

/**
 * {@link dominanceRadius} of every row, at its cost for each.
 *
 * @param logits - B x C, C >= 1; -Infinity masks.
 * @param slopes - B x C, finite.
 * @param out - length B.
 */
export function dominanceRadii(logits: Dense, slopes: Dense, out?: Float64Array): Float64Array {
  return radiiOfRows(dominanceRadius, logits, slopes, out);
}
