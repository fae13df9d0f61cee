import { exp } from "@xent/kernels";
import { exponentOf, U } from "./directed-rounding.js";
import { NEGLIGIBLE, NEGLIGIBLE_WEIGHT } from "./exponential-sum.js";
import type { Row, SlopeRange } from "./leading-class.js";
import { halfSpreadUp } from "./spread.js";

/**
 * Variance of the slopes of a row under the tilted probabilities softmax(z + a t), at one real point after the other,
 * in the units of the normal form: s = 2^-exponent t, slopes d = 2^-exponent a - centre, whose spread lies in 1..2.
 * Classes of equal slopes need not be merged, nor slopes sorted, for a variance. Memory is kept for the next row.
 */
export class TiltedVariance {
  mean = 0;
  /** Proven: not below the variance. Infinity where the exponents' own rounding forbids a statement. */
  upper = 0;
  /** Third cumulant over variance, that is d/dx log variance, and a bound on its error; it lies in -2 halfWidth..2 halfWidth. */
  logSlope = 0;
  logSlopeError = 0;
  /** Fourth moment about `mean` over the second; with an error of at most 2 halfWidth logSlopeError. */
  fourthRatio = 0;
  /** max |d|, rounded up. */
  halfWidth = 0;
  exponent = 0;
  private classes = 0;
  private slopes = new Float64Array(0);
  private logWeights = new Float64Array(0);
  private sizes = new Float64Array(0);

  /** Takes a row with its range; at least two slopes differ. */
  take(row: Row, { minimum, maximum, top }: SlopeRange): void {
    if (this.slopes.length < row.classes) {
      this.slopes = new Float64Array(row.classes);
      this.logWeights = new Float64Array(row.classes);
      this.sizes = new Float64Array(row.classes);
    }
    const { slopes, logWeights } = this;
    this.exponent = exponentOf(halfSpreadUp(minimum, maximum)) + 1;
    // Two factors: 2^-exponent itself may overflow. Scaling is exact, down to subnormals.
    const one = 2 ** -Math.trunc(this.exponent / 2);
    const two = 2 ** -(this.exponent - Math.trunc(this.exponent / 2));
    const low = minimum * one * two;
    const high = maximum * one * two;
    const centre = low + (high - low) / 2;
    let count = 0;
    for (let k = row.start; k < row.start + row.classes; k++) {
      const z = row.logits[k]!;
      if (z === -Infinity) continue;
      slopes[count] = row.slopes[k]! * one * two - centre;
      // The difference may overflow to -Infinity: the class then weighs nothing.
      logWeights[count++] = Math.max(z - top, -Number.MAX_VALUE);
    }
    this.classes = count;
    this.halfWidth = Math.max(high - centre, centre - low) * (1 + 4 * U);
  }

  /** Fills in the numbers of this object at s = x. O(C), one exponential a class. */
  at(x: number): void {
    const { classes, logWeights: w, slopes: d, sizes, halfWidth } = this;
    let scale = -Infinity;
    for (let k = 0; k < classes; k++) {
      const e = w[k]! + d[k]! * x;
      if (e > scale) scale = e;
    }
    let total = 0;
    let first = 0;
    let worst = 0;
    // The centre may be any number near the mean: a second moment about it is not below the variance.
    for (let k = 0; k < classes; k++) {
      const p = d[k]! * x;
      const raw = w[k]! + p;
      const e = raw - scale;
      const error = U * (Math.abs(w[k]!) + 2 * Math.abs(p) + Math.abs(raw) + Math.abs(e));
      if (e + error < NEGLIGIBLE) {
        sizes[k] = 0;
        continue;
      }
      worst = Math.max(worst, error);
      const size = exp(e);
      sizes[k] = size;
      total += size;
      first += size * d[k]!;
    }
    const mean = first / total;
    let second = 0;
    let third = 0;
    let fourth = 0;
    for (let k = 0; k < classes; k++) {
      const gap = d[k]! - mean;
      const share = sizes[k]! * gap * gap;
      second += share;
      third += share * gap;
      fourth += share * gap * gap;
    }
    this.mean = mean;
    const width = 2 * halfWidth;
    // The exponents left out here may be that small only up to their error, below 1e-3.
    const left = 1.01 * classes * NEGLIGIBLE_WEIGHT;
    // Numerator and denominator err relatively by the exponent's error, less than 8 roundings a term (1.2 u of exp,
    // proven, and gap's two among them) and n of the sum; slopes err by u of themselves, at most 2 u halfWidth on a gap.
    const relative = 2.02 * (worst + U * (8 + classes));
    const spill = left * width * width + 4 * U * U * width * width * total;
    const slip = 4 * U * halfWidth * Math.sqrt(second * total);
    this.upper =
      worst < 1e-3
        ? Math.min(((second + slip + spill) / total) * (1 + relative), width * width)
        : Infinity;
    this.logSlope = third / second;
    this.fourthRatio = fourth / second;
    this.logSlopeError =
      worst < 1e-3 && second > 1e-12 * total
        ? width * (4 * relative + (8 * (slip + spill)) / second)
        : 2 * width;
    if (!(this.logSlopeError < width) || Number.isNaN(this.logSlope)) {
      this.logSlope = 0;
      this.logSlopeError = width;
    }
  }
}
