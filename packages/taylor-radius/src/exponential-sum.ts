import { exp } from "@xent/kernels";
import {
  DimensionError,
  DomainError,
  requireFinite,
  requireLength,
  requireLogits,
} from "@xent/linalg";
import { exponentOf, scaleByPower, U } from "./directed-rounding.js";
import { halfSpreadUp } from "./spread.js";

/**
 * F in normal form. With s = 2^-exponent t, F(t) = e^(shift + centre s) sum_k e^(w_k + d_k s): distinct
 * slopes d, ascending, centred, of spread in [1, 2]; log weights w with maximum 0. The factor in front
 * has no zeros. Scaling by a power of two is exact, so only the subtractions round, and merging.
 */
export interface ExponentialSum {
  readonly classes: number;
  /** w, length `classes`. */
  readonly logWeights: Float64Array;
  /** Bounds on the errors of w. */
  readonly logWeightErrors: Float64Array;
  /** d, ascending, each within a relative 2^-53 of its true value. */
  readonly slopes: Float64Array;
  /** max |d|, rounded up. */
  readonly halfWidth: number;
  /** Half of max a - min a, rounded up; 0 when one class remains. */
  readonly halfSpread: number;
  /** a = 2^exponent (d + centre); a distance in s is 2^exponent times one in t. */
  readonly exponent: number;
  readonly centre: number;
  readonly shift: number;
  /** Class of largest weight. */
  readonly top: number;
}

/** Throws unless `logits` and `slopes` are a valid pair of equal, positive length with a class that is not masked. */
export function requireClasses(logits: ArrayLike<number>, slopes: ArrayLike<number>): void {
  if (logits.length === 0) throw new DimensionError("logits has no classes");
  requireLength("slopes", slopes, logits.length);
  requireLogits("logits", logits);
  requireFinite("slopes", slopes);
  let some = false;
  for (let i = 0; i < logits.length && !some; i++) some = logits[i]! > -Infinity;
  if (!some) throw new DomainError("logits are all -Infinity, expected a class that is not masked");
}

/** Normal form of sum_k exp(z_k + a_k t): masked classes dropped, equal slopes merged. O(C log C). */
export function exponentialSum(
  logits: ArrayLike<number>,
  slopes: ArrayLike<number>,
): ExponentialSum {
  const kept: number[] = [];
  for (let i = 0; i < logits.length; i++) if (logits[i]! > -Infinity) kept.push(i);
  kept.sort((i, j) => slopes[i]! - slopes[j]!);
  const minimum = slopes[kept[0]!]!;
  const maximum = slopes[kept[kept.length - 1]!]!;
  let shift = -Infinity;
  for (const i of kept) shift = Math.max(shift, logits[i]!);

  const distinct: number[] = [];
  const w: number[] = [];
  const errors: number[] = [];
  for (let start = 0; start < kept.length; ) {
    let end = start + 1;
    while (end < kept.length && slopes[kept[end]!] === slopes[kept[start]!]) end++;
    distinct.push(slopes[kept[start]!]!);
    let high = -Infinity;
    for (let k = start; k < end; k++) high = Math.max(high, logits[kept[k]!]!);
    // The differences may overflow to -Infinity: the class then weighs nothing, and evaluation says so.
    const top = Math.max(high - shift, -Number.MAX_VALUE);
    if (end === start + 1) {
      w.push(top);
      errors.push(Math.abs(top) * U);
    } else {
      let sum = 0;
      let weighted = 0;
      for (let k = start; k < end; k++) {
        const gap = logits[kept[k]!]! - high;
        const e = exp(gap);
        sum += e;
        weighted += gap > -800 ? e * -gap : 0;
      }
      const log = Math.log(sum);
      w.push(top + log);
      // Rounded gaps (weighted / sum <= 800), exp, n additions, log, and the two outer additions. The sum is at
      // least 1, so the absolute 2^-1074 of an exp that is subnormal is nothing beside the 8 u.
      errors.push(
        U *
          (weighted / sum + 8 + (end - start) + 4 * log + 2 * Math.abs(top) + Math.abs(top + log)),
      );
    }
    start = end;
  }

  const half = halfSpreadUp(minimum, maximum);
  const exponent = half === 0 ? 0 : exponentOf(half) + 1;
  const low = scaleByPower(minimum, -exponent);
  const high = scaleByPower(maximum, -exponent);
  const centre = low + (high - low) / 2;
  const d = Float64Array.from(distinct, (a) => scaleByPower(a, -exponent) - centre);
  // Merging may have raised the maximum above 0; moving it back is one more rounding.
  let top = 0;
  for (let k = 1; k < w.length; k++) if (w[k]! > w[top]!) top = k;
  const raise = w[top]!;
  const logWeights = Float64Array.from(w, (v) => v - raise);
  const logWeightErrors = Float64Array.from(errors, (e, k) =>
    raise === 0 ? e : e + U * Math.abs(logWeights[k]!),
  );
  return {
    classes: d.length,
    logWeights,
    logWeightErrors,
    slopes: d,
    halfWidth: Math.max(Math.abs(d[0]!), Math.abs(d[d.length - 1]!)) * (1 + 4 * U),
    halfSpread: half,
    exponent,
    centre,
    shift: shift + raise,
    top,
  };
}

/**
 * F and what the bounds need of it at one point, all divided by e^(shift + centre s + scale), with
 * running bounds on the rounding errors. A mutable record, so that loops allocate nothing.
 */
export interface Evaluation {
  x: number;
  y: number;
  /** F. */
  re: number;
  im: number;
  /** dF / ds. */
  derivativeRe: number;
  derivativeIm: number;
  /** sum_k |T_k| d_k^j for j = 0, 1, 2, T_k the terms. */
  moment0: number;
  moment1: number;
  moment2: number;
  /** Bounds on |computed - true| of F and of its derivative; Infinity where nothing can be said. */
  error: number;
  derivativeError: number;
  scale: number;
}

export function newEvaluation(): Evaluation {
  return {
    x: 0,
    y: 0,
    re: 0,
    im: 0,
    derivativeRe: 0,
    derivativeIm: 0,
    moment0: 0,
    moment1: 0,
    moment2: 0,
    error: 0,
    derivativeError: 0,
    scale: 0,
  };
}

/** Terms below e^-60 of the largest are left out: n of them weigh less than n 2^-86, which the bounds include. */
export const NEGLIGIBLE = -60;
/** e^-60, rounded up. */
export const NEGLIGIBLE_WEIGHT = 8.757e-27;
/** An error of an exponent above this makes first-order error bounds meaningless. */
const EXPONENT_ERROR_LIMIT = 1e-3;

/**
 * Evaluates F at s = x + i y. The error bounds are proven under one assumption on the engine: `Math.sin` and
 * `Math.cos` err by at most 2 units in the last place, at any argument (V8's are derived from fdlibm, which
 * states less than 1; a test samples them). exp is that of `@xent/kernels`, proven within 0.6 units where its
 * result is normal: all terms here are, as their exponents lie in -60.001..0.
 *
 * A term T = e^E (cos P + i sin P) with E = (w + d x) - scale, P = d y errs relatively by
 *   err(w) + u (2 |d x| + |w + d x| + |E|) + 2 u |P|   (roundings of the exponent and the phase)
 *   + 1.2 u (exp) + 3 u (cos, sin) + u (product), and much for the second order: 10 u in all.
 * F is summed with its rounding errors, so the sum adds u |F| and n^2 u^2 sum |T|.
 */
export function evaluate(sum: ExponentialSum, x: number, y: number, out: Evaluation): void {
  const { classes, logWeights: w, logWeightErrors, slopes: d } = sum;
  let scale = -Infinity;
  for (let k = 0; k < classes; k++) {
    const e = w[k]! + d[k]! * x;
    if (e > scale) scale = e;
  }
  let re = 0;
  let im = 0;
  let reLow = 0;
  let imLow = 0;
  let dRe = 0;
  let dIm = 0;
  let m0 = 0;
  let m1 = 0;
  let m2 = 0;
  let error = 0;
  let undecided = false;
  for (let k = 0; k < classes; k++) {
    const slope = d[k]!;
    const p = slope * x;
    const raw = w[k]! + p;
    const e = raw - scale;
    const phase = slope * y;
    const exponentError = logWeightErrors[k]! + U * (2 * Math.abs(p) + Math.abs(raw) + Math.abs(e));
    if (e + exponentError < NEGLIGIBLE) continue;
    if (!(exponentError < EXPONENT_ERROR_LIMIT)) undecided = true;
    const size = exp(e);
    const tRe = size * Math.cos(phase);
    const tIm = size * Math.sin(phase);
    error += size * (exponentError + U * (2 * Math.abs(phase) + 10));
    m0 += size;
    m1 += size * slope;
    m2 += size * slope * slope;
    dRe += slope * tRe;
    dIm += slope * tIm;
    const sRe = re + tRe;
    const bRe = sRe - re;
    reLow += re - (sRe - bRe) + (tRe - bRe);
    re = sRe;
    const sIm = im + tIm;
    const bIm = sIm - im;
    imLow += im - (sIm - bIm) + (tIm - bIm);
    im = sIm;
  }
  re += reLow;
  im += imLow;
  const left = classes * NEGLIGIBLE_WEIGHT;
  // The running sums of positive terms are low by at most n u; 1.01 covers second-order terms.
  const inflate = 1.01 + classes * 4 * U;
  out.x = x;
  out.y = y;
  out.re = re;
  out.im = im;
  out.derivativeRe = dRe;
  out.derivativeIm = dIm;
  out.moment0 = m0;
  out.moment1 = m1;
  out.moment2 = m2;
  out.error = undecided
    ? Infinity
    : error * inflate +
      3 * U * (Math.abs(re) + Math.abs(im)) +
      4 * classes * classes * U * U * m0 +
      left;
  out.derivativeError = sum.halfWidth * (out.error + (classes + 4) * 2 * U * m0 + left);
  out.scale = scale;
}
