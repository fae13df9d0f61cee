import { U } from "./directed-rounding.js";
import { type Evaluation, type ExponentialSum, NEGLIGIBLE_WEIGHT } from "./exponential-sum.js";

/** |e^(-c s) F(t + s) / F(t) - 1| is proven to stay below this, which is below 1. */
const DEVIATION = 0.9;
/** Where the error of F exceeds this share of |F|, nothing is claimed. */
export const ERROR_SHARE = 0.1;

/** A disk about an evaluated point in which F e^(-c s) turns by less than a quarter turn; c complex. */
export interface ZeroFreeDisk {
  radius: number;
  rateRe: number;
  rateIm: number;
}

/**
 * Upper bound of (e^v - 1 - v) for v >= 0, tight to a relative 1e-2 at worst and 1e-14 above 1/2.
 * Below: v^2/2 (1 + v/3 + v^2/12 + ...), whose tail from v^2/12 on is less than v^2/8 for v <= 1.
 */
export function expRemainder2(v: number): number {
  if (v > 0.5) return (Math.expm1(v) - v) * (1 + 1e-13);
  return 0.5 * v * v * (1 + v / 3 + (v * v) / 8);
}

/**
 * Upper bound of sum_k |T_k| |d_k - c|^2 for c at distance `offset` from the tilted mean `mean`
 * (`reach` >= max |d_k - c|), from the three moments of an evaluation.
 */
export function secondMomentAbout(
  sum: ExponentialSum,
  at: Evaluation,
  mean: number,
  offset: number,
  reach: number,
): number {
  const spread = Math.max(0, at.moment2 - mean * at.moment1);
  // Terms err by less than 1e-3 relatively or the error is Infinity; n + 8 roundings of the sums, and
  // the cancellation in the subtraction.
  const rounding = (sum.classes + 8) * 8 * U * (at.moment2 + Math.abs(mean * at.moment1));
  return (
    1.002 * (spread + offset * offset * at.moment0 + rounding) +
    sum.classes * NEGLIGIBLE_WEIGHT * reach * reach
  );
}

/** Largest h found with rate h + curvature (e^(D h) - 1 - D h) / D^2 <= 0.9; 0 when there is none. */
function largestStep(rate: number, curvature: number, reach: number): number {
  if (!(rate < Infinity && curvature < Infinity)) return 0;
  const rest = rate * rate + 2 * curvature * DEVIATION;
  // The quadratic part alone: an upper estimate, from which Newton descends on a convex function.
  let h = (2 * DEVIATION) / (rate + Math.sqrt(rest));
  // For v >= 2, e^v - 1 - v >= e^v / 2: another upper estimate, where the exponential rules.
  const exponential = Math.log((2 * DEVIATION * reach * reach) / curvature);
  h = Math.min(h, Math.max(2, exponential) / reach);
  for (let i = 0; i < 20; i++) {
    const v = reach * h;
    const value = rate * h + (curvature * expRemainder2(v)) / (reach * reach);
    if (value <= DEVIATION * 1.002) return value <= 0.95 ? h : 0;
    h -= (value - DEVIATION) / (rate + (curvature * Math.expm1(v)) / reach);
  }
  return 0;
}

/**
 * A disk about the evaluated point in which F has no zero, with the rate c that makes it large. With
 * b = F'/F - c and D >= max |d_k - c|, the expansion of e^(-c s) F(t + s) to first order gives
 * |e^(-c s) F(t + s) / F(t) - 1| <= |b| |s| + (M2(c) / |F|) (e^(D |s|) - 1 - D |s|) / D^2.
 * c runs from the tilted mean (best near a zero, where F'/F is large) to F'/F (best far from zeros).
 *
 * @returns false, with radius 0, when |F| is not well above its rounding error.
 */
export function zeroFreeDisk(sum: ExponentialSum, at: Evaluation, out: ZeroFreeDisk): boolean {
  out.radius = 0;
  const size = Math.hypot(at.re, at.im);
  if (!(at.error <= ERROR_SHARE * size)) return false;
  const low = (size - at.error) * (1 - 8 * U);
  const mean = at.moment1 / at.moment0;
  const square = size * size;
  const qRe = (at.derivativeRe * at.re + at.derivativeIm * at.im) / square;
  const qIm = (at.derivativeIm * at.re - at.derivativeRe * at.im) / square;
  const q = Math.hypot(qRe, qIm);
  const rateError = (at.derivativeError + q * at.error) / low + 16 * U * q;
  const toRate = Math.hypot(qRe - mean, qIm);
  let best = 0;
  let lambda = 0;
  // The optimum of (1 - lambda) B h + (V + lambda^2 B^2 S) h^2 / 2 over lambda is 1 / (B S h).
  for (let attempt = 0; attempt < 4; attempt++) {
    if (attempt === 1) lambda = 1;
    else if (attempt > 1) {
      const next = low / (toRate * at.moment0 * best);
      if (!(next < 1)) break;
      lambda = next;
    }
    const cRe = mean + lambda * (qRe - mean);
    const cIm = lambda * qIm;
    const reach = (Math.hypot(sum.halfWidth + Math.abs(cRe), cIm) + 1e-300) * (1 + 8 * U);
    const b =
      (Math.hypot(qRe - cRe, qIm - cIm) + rateError + 8 * U * (q + Math.abs(mean))) * (1 + 8 * U);
    const curvature = secondMomentAbout(sum, at, mean, lambda * toRate * (1 + 8 * U), reach) / low;
    const h = largestStep(b, curvature, reach);
    if (h > best) {
      best = h;
      out.radius = h;
      out.rateRe = cRe;
      out.rateIm = cIm;
    } else if (attempt > 1) break;
  }
  return best > 0;
}
