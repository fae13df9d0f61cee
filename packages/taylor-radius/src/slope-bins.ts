import { exp } from "@xent/kernels";
import { WEIGHT_ERROR } from "./class-weights.js";

const BINS = 128;
/** Weight and three moments of a bin. */
const STRIDE = 4;

/** The largest |v| (slopes in units in which their spread is in 1..2) at which the bins say anything. */
const REACH = 60;

/**
 * S(v) = sum_j w_j e^(c_j v) of many terms in O(1): slopes sorted into 128 bins of equal width h, each with
 * its moments M_k = sum w ((c - centre) / h)^k, k = 0..3, so that S(v) is nearly
 * sum over bins of e^(centre v) (M_0 + M_1 y + M_2 y^2 / 2 + M_3 y^3 / 6), y = h v; the rest is at most
 * e^(centre v) M_0 (|y| / 2)^4 / 24 e^(|y| / 2) a bin. Weights err by a relative 1e-9, and so does S.
 */
export class SlopeBins {
  private readonly moments = new Float64Array(BINS * STRIDE);
  private low = 0;
  private width = 1;
  private terms = 0;
  private readonly out = { value: 0, slope: 0, rest: 0 };

  /** Sorts `count` terms anew into bins that are laid over `low`..`high`, where all slopes lie. */
  fill(
    slopes: Float64Array,
    weights: Float64Array,
    count: number,
    low: number,
    high: number,
  ): void {
    const { moments } = this;
    moments.fill(0);
    const perWidth = BINS / (high - low);
    for (let j = 0; j < count; j++) {
      const place = (slopes[j]! - low) * perWidth;
      const bin = Math.min(place | 0, BINS - 1);
      const d = place - bin - 0.5;
      const w = weights[j]!;
      const wd = w * d;
      const wdd = wd * d;
      const at = bin * STRIDE;
      moments[at]! += w;
      moments[at + 1]! += wd;
      moments[at + 2]! += wdd;
      moments[at + 3]! += wdd * d;
    }
    this.low = low;
    this.width = (high - low) / BINS;
    this.terms = count;
  }

  /** S and S' at v, nearly, where weights count relative to `unit`; and a bound of the rest of S. */
  private sums(v: number, unit: number): void {
    const { moments, width, out } = this;
    const y = width * v;
    let centre = this.low + width / 2;
    let factor = exp(centre * v) / unit;
    const ratio = exp(y);
    let value = 0;
    let slope = 0;
    let weight = 0;
    for (let at = 0; at < BINS * STRIDE; at += STRIDE) {
      const m0 = moments[at]!;
      if (m0 > 0) {
        const m1 = moments[at + 1]!;
        const m2 = moments[at + 2]!;
        const m3 = moments[at + 3]!;
        const p = m0 + y * (m1 + (y / 2) * (m2 + (y / 3) * m3));
        value += factor * p;
        slope += factor * (centre * p + width * (m1 + y * (m2 + (y / 2) * m3)));
        weight += factor * m0;
      }
      factor *= ratio;
      centre += width;
    }
    const half = Math.abs(y) / 2;
    out.value = value;
    out.slope = slope;
    out.rest = ((weight * half ** 4) / 24) * exp(half);
  }

  /** About the root of S(sign v) = unit on the side `sign`; Infinity when it is out of reach, or there is none. */
  root(sign: 1 | -1, unit: number): number {
    const { out } = this;
    let v = this.beyond(sign, unit);
    for (let i = 0; i < 40 && v > 0 && v <= REACH; i++) {
      this.sums(sign * v, unit);
      const rate = (sign * out.slope) / out.value;
      if (!(rate > 0)) break;
      const step = Math.log(out.value) / rate;
      v -= step;
      // The next step would be about its square.
      if (Math.abs(step) < 1e-4 * v) return v;
    }
    return Infinity;
  }

  /** The root of the outermost bin that weighs something, taken at its inner edge: beyond that of S. */
  beyond(sign: 1 | -1, unit: number): number {
    const { moments, width } = this;
    for (let i = 0; i < BINS; i++) {
      const bin = sign > 0 ? BINS - 1 - i : i;
      const weight = moments[bin * STRIDE]!;
      const c = sign * (this.low + width * (sign > 0 ? bin : bin + 1));
      if (!(c > 0)) break;
      if (weight > 0) return Math.log(unit / weight) / c;
    }
    return Infinity;
  }

  /** Whether S(v) < unit is proven, the errors of the weights included. */
  below(v: number, unit: number): boolean {
    if (!(Math.abs(v) <= REACH)) return false;
    const { out } = this;
    this.sums(v, unit);
    // A weight that underflowed was below e^-700, and is below e^(2 REACH - 700) at v.
    const lost = this.terms * exp(2 * REACH - 700);
    return (out.value + out.rest) * (1 + 10 * WEIGHT_ERROR) + lost < 1;
  }
}
