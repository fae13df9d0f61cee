import { exp } from "@xent/kernels";
import { U } from "./directed-rounding.js";

/**
 * Competitors of a leading class: S(v) = sum_j exp(b_j + c_j v), relative to the leader's term. The leader
 * outweighs them all where S < 1. Slopes are in units in which max a - min a lies in 1..2.
 */
export interface Competitors {
  count: number;
  b: Float64Array;
  /** Bounds on the errors of b. */
  errors: Float64Array;
  c: Float64Array;
  /** Bound on the errors of c, besides one rounding each. */
  slopeError: number;
  /** max |c|, rounded up. */
  reach: number;
}

/** Room for `size` competitors. */
export function newCompetitors(size: number): Competitors {
  return {
    count: 0,
    b: new Float64Array(size),
    errors: new Float64Array(size),
    c: new Float64Array(size),
    slopeError: 0,
    reach: 0,
  };
}

/** S and its derivatives at one point. */
export interface Sums {
  value: number;
  slope: number;
  curvature: number;
  /** Bound on the error of `value`; times `reach` of that of `slope`, and again of `curvature`. */
  error: number;
}

function sumsAt(of: Competitors, v: number, out: Sums): void {
  const { count, b, c, errors } = of;
  let value = 0;
  let slope = 0;
  let curvature = 0;
  let error = 0;
  let undecided = false;
  const slopeShare = of.slopeError * Math.abs(v);
  for (let j = 0; j < count; j++) {
    const slopeOf = c[j]!;
    const p = slopeOf * v;
    const e = b[j]! + p;
    const exponentError = errors[j]! + slopeShare + U * (3 * Math.abs(p) + Math.abs(e));
    // Such a term is below 2^-1000, which the bound adds for every class.
    if (e + exponentError < -700) continue;
    // To first order in the exponent's error while that is small; otherwise no statement.
    if (!(exponentError < 1e-3)) undecided = true;
    const term = exp(Math.min(e, 700));
    value += term;
    slope += term * slopeOf;
    curvature += term * slopeOf * slopeOf;
    error += term * exponentError;
  }
  out.value = value;
  out.slope = slope;
  out.curvature = curvature;
  // A term errs by the exponent's error, 1.2 u of exp (proven within 0.6 ulp: exponents are in -700.001..700, results
  // normal) and 5 of the products of slope and curvature, and the sums of `count` of them by u each; 1.01
  // covers the second order.
  out.error = undecided
    ? Infinity
    : 1.01 * (error + (10 + count) * 1.01 * U * value) + count * 2 ** -1000;
}

const at: Sums = { value: 0, slope: 0, curvature: 0, error: 0 };

/** Whether S(v) < 1 is proven. O(count). */
export function outweighedAt(of: Competitors, v: number): boolean {
  sumsAt(of, v, at);
  return at.value + at.error < 1;
}

/** The root of one term alone nearest to 0 on the side `sign`: not before that of S. Infinity when every term falls. */
export function firstTermRoot(of: Competitors, sign: 1 | -1): number {
  let v = Infinity;
  for (let j = 0; j < of.count; j++) {
    const c = sign * of.c[j]!;
    if (c > 0) v = Math.min(v, -of.b[j]! / c);
  }
  return v;
}

/** Where the step left of a Newton iteration is this short, Taylor's formula takes it, with a proof. */
const SHORT = 1e-5;

/**
 * A v > 0, as close to the root of S(sign v) = 1 as rounding allows, with S(sign v) < 1 proven; 0 when there
 * is none. `start` is near the root or beyond it. log S is convex: Halley's iteration descends to the
 * root, usually in one pass from a good start and in three from the root of one term.
 */
export function outweighedUpTo(of: Competitors, sign: 1 | -1, start: number): number {
  let v = start;
  for (let i = 0; i < 60; i++) {
    sumsAt(of, sign * v, at);
    const rate = (sign * at.slope) / at.value;
    if (!(rate > 0)) return 0;
    const newton = Math.log(at.value) / rate;
    const bend = (newton * (at.curvature / at.value - rate * rate)) / (2 * rate);
    const step = Math.abs(bend) < 0.5 ? newton / (1 - bend) : newton;
    if (Math.abs(step) * of.reach < SHORT) {
      const proven = provenNear(of, sign, v, v - step);
      if (proven > 0) return proven;
      break;
    }
    // Descending in quarters at least: beyond the root of a sum that has none, the iteration must end.
    v = Math.max(v - step, v / 4);
    if (v < 2 ** -60) return 0;
  }
  return backFrom(of, sign, v);
}

/**
 * Upper bound of S(v + d) from the sums at v: S + d S' + d^2 / 2 S'' e^(reach |d|), since S'' grows no
 * faster, each with its error; and 8 u for the roundings of a sum of a few numbers near 1.
 */
export function sumBound(
  { value, slope, curvature, error }: Sums,
  reach: number,
  d: number,
): number {
  const size = Math.abs(d);
  const bend = 0.5 * d * d * (curvature + reach * reach * error) * exp(reach * size);
  return value + error + d * slope + size * reach * error + bend * (1 + 1e-12) + 8 * U;
}

/**
 * The proof, from the sums at v. A point just below `root` that satisfies it, if it is above 0, or no number above 0.
 */
function provenNear(of: Competitors, sign: 1 | -1, v: number, root: number): number {
  let back = (2 * at.error + 8 * U) / (sign * at.slope) + 2 * U * v;
  for (let i = 0; i < 8; i++) {
    const point = root - back;
    if (sumBound(at, of.reach, sign * (point - v)) < 1) {
      return point;
    }
    back *= 4;
  }
  return 0;
}

/** Where rounding hides too much for that, by trial: steps back until S < 1 is proven outright. */
function backFrom(of: Competitors, sign: 1 | -1, v: number): number {
  // Beside a subnormal v the first step back is 0, and stays so.
  for (let back = 4 * U * v; back > 0 && back < v; back *= 4) {
    if (outweighedAt(of, sign * (v - back))) return v - back;
  }
  return 0;
}
