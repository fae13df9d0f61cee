import { exp } from "@xent/kernels";
import { U } from "./directed-rounding.js";
import { type ExponentialSum, NEGLIGIBLE, NEGLIGIBLE_WEIGHT } from "./exponential-sum.js";

/** Variance of the slopes under the tilted probabilities softmax(w + d x) at one real x. */
export interface TiltedVariance {
  mean: number;
  /** Proven: not below the variance. Infinity where the exponents' own rounding forbids a statement. */
  upper: number;
  /** Third cumulant over variance, that is d/dx log variance, and a bound on its error; it lies in -2 halfWidth..2 halfWidth. */
  logSlope: number;
  logSlopeError: number;
}

export function newTiltedVariance(): TiltedVariance {
  return { mean: 0, upper: 0, logSlope: 0, logSlopeError: 0 };
}

/** O(C), one exponential a class. */
export function tiltedVariance(sum: ExponentialSum, x: number, out: TiltedVariance): void {
  const { classes, logWeights: w, logWeightErrors, slopes: d } = sum;
  let scale = -Infinity;
  for (let k = 0; k < classes; k++) scale = Math.max(scale, w[k]! + d[k]! * x);
  let total = 0;
  let first = 0;
  let worst = 0;
  // The centre may be any number near the mean: a second moment about it is not below the variance.
  for (let k = 0; k < classes; k++) {
    const p = d[k]! * x;
    const e = w[k]! + p - scale;
    const error = logWeightErrors[k]! + U * (2 * Math.abs(p) + Math.abs(w[k]! + p) + Math.abs(e));
    if (e + error < NEGLIGIBLE) continue;
    worst = Math.max(worst, error);
    const size = exp(e);
    total += size;
    first += size * d[k]!;
  }
  const mean = first / total;
  let second = 0;
  let third = 0;
  for (let k = 0; k < classes; k++) {
    const e = w[k]! + d[k]! * x - scale;
    if (e < NEGLIGIBLE) continue;
    const gap = d[k]! - mean;
    const share = exp(e) * gap * gap;
    second += share;
    third += share * gap;
  }
  out.mean = mean;
  const width = 2 * sum.halfWidth;
  // The exponents left out here may be that small only up to their error, below 1e-3.
  const left = 1.01 * classes * NEGLIGIBLE_WEIGHT;
  // Numerator and denominator err relatively by the exponent's error, less than 8 roundings a term (1.2 u of exp,
  // proven, and gap's two among them) and n of the sum; slopes err by u of themselves, at most 2 u halfWidth on a gap.
  const relative = 2.02 * (worst + U * (8 + classes));
  const spill = left * width * width + 4 * U * U * width * width * total;
  const slip = 4 * U * sum.halfWidth * Math.sqrt(second * total);
  out.upper =
    worst < 1e-3
      ? Math.min(((second + slip + spill) / total) * (1 + relative), width * width)
      : Infinity;
  out.logSlope = third / second;
  out.logSlopeError =
    worst < 1e-3 && second > 1e-12 * total
      ? width * (4 * relative + (8 * (slip + spill)) / second)
      : 2 * width;
  if (!(out.logSlopeError < width) || Number.isNaN(out.logSlope)) {
    out.logSlope = 0;
    out.logSlopeError = width;
  }
}
