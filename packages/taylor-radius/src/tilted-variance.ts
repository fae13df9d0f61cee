import { exp } from "@xent/kernels";
import { exponentOf, U } from "./directed-rounding.js";
import { NEGLIGIBLE, NEGLIGIBLE_WEIGHT } from "./exponential-sum.js";
import type { Row, SlopeRange } from "./leading-class.js";
import { halfSpreadUp } from "./spread.js";
import type { TiltedMoments } from "./variance-growth.js";

/**
 * Moments of the slopes of a row under the tilted probabilities softmax(z + a t), at one real point after the other,
 * in the units of the normal form: s = 2^-exponent t, slopes d = 2^-exponent a - centre, whose spread lies in 1..2.
 * Classes of equal slopes need not be merged, nor slopes sorted. Memory is kept for the next row.
 */
export class TiltedVariance implements TiltedMoments {
  readonly moments: Float64Array = new Float64Array(7).fill(1);
  above = 0;
  below = 0;
  terms = 0;
  /** max |d|, rounded up. */
  halfWidth = 0;
  exponent = 0;
  private relative = 0;
  private rest = 0;
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
    this.terms = count;
    this.halfWidth = Math.max(high - centre, centre - low) * (1 + 4 * U);
  }

  /**
   * Fills in the moments at s = x; false where the exponents' own rounding forbids a statement. O(C), one exponential a
   * class.
   */
  at(x: number): boolean {
    const { terms, logWeights: w, slopes: d, sizes, halfWidth, moments } = this;
    let scale = -Infinity;
    for (let k = 0; k < terms; k++) {
      const e = w[k]! + d[k]! * x;
      if (e > scale) scale = e;
    }
    let total = 0;
    let first = 0;
    let worst = 0;
    for (let k = 0; k < terms; k++) {
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
    let m1 = 0;
    let m2 = 0;
    let m3 = 0;
    let m4 = 0;
    let m5 = 0;
    let m6 = 0;
    for (let k = 0; k < terms; k++) {
      const gap = d[k]! - mean;
      const s1 = sizes[k]! * gap;
      const s2 = s1 * gap;
      const s3 = s2 * gap;
      m1 += s1;
      m2 += s2;
      m3 += s3;
      const square = gap * gap;
      m4 += s2 * square;
      m5 += s3 * square;
      m6 += s2 * square * square;
    }
    moments[1] = m1 / total;
    moments[2] = m2 / total;
    moments[3] = m3 / total;
    moments[4] = m4 / total;
    moments[5] = m5 / total;
    moments[6] = m6 / total;
    this.above = (halfWidth - mean) * (1 + 4 * U);
    this.below = (halfWidth + mean) * (1 + 4 * U);
    // Weights err relatively by the exponent's error, and 1.2 u of exp (proven).
    this.relative = 2.02 * (worst + 2 * U);
    // What was left out is at most e^-60 a class, up to the exponent's error, below 1e-3.
    this.rest = (1.01 * terms * NEGLIGIBLE_WEIGHT) / total;
    return worst < 1e-3;
  }

  /**
   * Slopes err by u of themselves, e = 2 u halfWidth on a gap: (sigma + e)^2 <= sigma^2 (1 + 1e-9) + e^2 (1 + 1e9); and by
   * that times |s| in the exponents of another s.
   */
  excess(reach: number): number {
    return this.relative + 1e-9 + 8 * U * this.halfWidth * reach;
  }

  /** Where W |h| <= LARGEST_TURN, what was left out at x weighs at most e^3 times as much, relative to the rest. */
  floor(): number {
    const width = 2 * this.halfWidth;
    return width * width * (21 * this.rest + 1e10 * U * U);
  }
}
