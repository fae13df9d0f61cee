import { exp } from "@xent/kernels";
import { WEIGHT_ERROR } from "./class-weights.js";
import { U } from "./directed-rounding.js";
import type { Row } from "./leading-class.js";
import type { TiltedMoments } from "./variance-growth.js";

/** The largest |s| (slopes in units in which their spread is in 1..2) at which the grid says anything. */
const REACH = 60;

/**
 * A row on a grid of slopes: the weight of each class is shared between the two nodes about its slope so that its
 * mean stays. An evaluation then costs O(1), whatever the number of classes.
 *
 * With h the distance of nodes and c one of the slopes, theta its place between them:
 * - the chord of e^(c s) is not below it, nor above e^(h^2 s^2 / 8) times it (Hoeffding's lemma), so the grid's
 *   sum S of weights w e^(c s) has S_true <= S <= S_true e^(h^2 s^2 / 8);
 * - (c - m)^2 e^(c s), whose second derivative is at least -2 e^(c s), lies below its chord plus h^2 / 4 e^(c s + h |s|);
 *   so the true variance at s is at most e^(h^2 s^2 / 8) that of the grid plus h^2 / 4 e^(h |s|).
 */
export class SlopeGrid implements TiltedMoments {
  readonly moments: Float64Array = new Float64Array(7).fill(1);
  above = 0;
  below = 0;
  terms = 0;
  /** Where {@link belowUpTo} found an end: S_true exceeds `unit` from there on. Infinity where that is not known. */
  beyond: number = Infinity;
  private readonly cells: number;
  private readonly weights: Float64Array;
  private readonly sizes: Float64Array;
  private first = 0;
  private last = 0;
  private origin = 0;
  private width = 1;
  private value = 0;
  private slope = 0;
  private curvature = 0;

  /** With so many cells over the spread. */
  constructor(cells: number) {
    this.cells = cells;
    // Room for a node at the origin, wherever it lies, and one more at each end.
    this.weights = new Float64Array(cells + 6);
    this.sizes = new Float64Array(cells + 6);
  }

  /**
   * Takes the classes of a row with their weights, a = 2^exponent c + origin, but for those of slope `without`; the origin
   * is a node.
   */
  fill(
    { slopes, start, classes }: Row,
    classWeights: Float64Array,
    minimum: number,
    maximum: number,
    exponent: number,
    origin: number,
    without: number | undefined,
  ): void {
    const { weights } = this;
    weights.fill(0);
    // Two factors: 2^-exponent itself may overflow. Scaling is exact, down to subnormals.
    const one = 2 ** -Math.trunc(exponent / 2);
    const two = 2 ** -(exponent - Math.trunc(exponent / 2));
    const centre = origin * one * two;
    const low = minimum * one * two;
    const high = maximum * one * two;
    const perWidth = this.cells / (high - low);
    // No slope lies left of node 1, whatever rounds.
    const offset = Math.floor((centre - low) * perWidth) + 2;
    const skipped = without ?? Number.NaN;
    for (let j = 0; j < classes; j++) {
      const a = slopes[start + j]!;
      const w = classWeights[j]!;
      // Of a masked class not even the slope may count: it may lie anywhere.
      if (a === skipped || w === 0) continue;
      const place = (a * one * two - centre) * perWidth + offset;
      const node = place | 0;
      const right = w * (place - node);
      weights[node]! += w - right;
      weights[node + 1]! += right;
    }
    this.origin = offset;
    this.width = 1 / perWidth;
    this.terms = classes + weights.length;
    this.first = 0;
    this.last = weights.length - 1;
    this.trim();
  }

  private trim(): void {
    const { weights } = this;
    while (this.first < this.last && !(weights[this.first]! > 0)) this.first++;
    while (this.last > this.first && !(weights[this.last]! > 0)) this.last--;
  }

  /** Adds a weight at the origin. */
  addAtOrigin(weight: number): void {
    this.weights[this.origin]! += weight;
    this.first = Math.min(this.first, this.origin);
    this.last = Math.max(this.last, this.origin);
  }

  /** S(v) = sum of w e^(c v), and its derivatives. */
  private sums(v: number): void {
    const { weights, first, last, width, origin } = this;
    const ratio = exp(width * v);
    let factor = exp(width * v * (first - origin));
    let value = 0;
    let slope = 0;
    let curvature = 0;
    for (let k = first; k <= last; k++) {
      const t = weights[k]! * factor;
      const c = k - origin;
      value += t;
      slope += t * c;
      curvature += t * c * c;
      factor *= ratio;
    }
    this.value = value;
    this.slope = slope * width;
    this.curvature = curvature * width * width;
  }

  /** Whether S_true(0) < unit is proven. Weights err, as `unit` does. */
  isBelow(unit: number): boolean {
    this.sums(0);
    return this.value * (1 + 4 * WEIGHT_ERROR) < unit;
  }

  /**
   * v >= 0 up to which S_true(sign v) < unit is proven, within about 1e-3 of the greatest, given that it is at 0; undefined
   * where the grid does not reach. `beyond` is then past the root of S_true.
   */
  belowUpTo(sign: 1 | -1, unit: number): number | undefined {
    this.beyond = Infinity;
    // From the root of the outermost node alone: S is not below `unit` there.
    const node = sign > 0 ? this.last : this.first;
    const c = sign * (node - this.origin) * this.width;
    if (!(c > 0)) return Infinity;
    let v = Math.log(unit / this.weights[node]!) / c;
    for (let i = 0; i < 60; i++) {
      if (!(v > 0 && v <= REACH)) return undefined;
      this.sums(sign * v);
      const rate = (sign * this.slope) / this.value;
      if (!(rate > 0)) return undefined;
      const over = Math.log(this.value / unit);
      const newton = over / rate;
      const bend = (newton * (this.curvature / this.value - rate * rate)) / (2 * rate);
      const step = Math.abs(bend) < 0.5 ? newton / (1 - bend) : newton;
      if (!(Math.abs(step) < 1e-3 * v)) {
        v -= step;
        continue;
      }
      if (this.value * (1 + 4 * WEIGHT_ERROR) < unit) {
        // S is log-convex, so its tangent lies below it; S_true is below it by e^(h^2 v^2 / 8) at most.
        const out = v + ((1.1 * this.width * v) ** 2 / 8 - over + 1e-7) / rate;
        if (out < 1.1 * v) this.beyond = out;
        return v;
      }
      v = (v - Math.max(0, step)) * (1 - 3e-4);
    }
    return undefined;
  }

  at(x: number): boolean {
    if (!(Math.abs(x) <= REACH)) return false;
    const { weights, sizes, first, last, width, origin, moments } = this;
    const ratio = exp(width * x);
    let factor = exp(width * x * (first - origin));
    let total = 0;
    let weighted = 0;
    for (let k = first; k <= last; k++) {
      const t = weights[k]! * factor;
      sizes[k] = t;
      total += t;
      weighted += t * k;
      factor *= ratio;
    }
    const mean = weighted / total;
    let m1 = 0;
    let m2 = 0;
    let m3 = 0;
    let m4 = 0;
    let m5 = 0;
    let m6 = 0;
    for (let k = first; k <= last; k++) {
      const gap = k - mean;
      const square = gap * gap;
      const s1 = sizes[k]! * gap;
      const s2 = sizes[k]! * square;
      const s3 = s1 * square;
      const s4 = s2 * square;
      m1 += s1;
      m2 += s2;
      m3 += s3;
      m4 += s4;
      m5 += s3 * square;
      m6 += s4 * square;
    }
    let unit = width / total;
    moments[1] = m1 * unit;
    unit *= width;
    moments[2] = m2 * unit;
    unit *= width;
    moments[3] = m3 * unit;
    unit *= width;
    moments[4] = m4 * unit;
    unit *= width;
    moments[5] = m5 * unit;
    unit *= width;
    moments[6] = m6 * unit;
    this.above = (last - mean) * width * (1 + 4 * U);
    this.below = (mean - first) * width * (1 + 4 * U);
    return moments[2] > 0;
  }

  /**
   * Besides what the grid does (e^v <= 1 + v + v^2 for v <= 1): errors of weights, powers of the ratio, and places that round by
   * less than 1e-13 of a cell, which counts as an error of a slope.
   */
  excess(reach: number): number {
    const y = this.width * reach;
    const v = (y * y) / 8;
    return v <= 0.25 ? v + v * v + 5 * WEIGHT_ERROR : Infinity;
  }

  floor(reach: number): number {
    return ((this.width * this.width) / 4) * exp(this.width * reach) * (1 + 1e-6);
  }
}
