import { AdaptiveStepper } from "./adaptive-stepper.js";
import { DOP853 } from "./dop853.js";
import type { Flow, StepperOptions } from "./flow.js";
import { stageVectors } from "./stage-vectors.js";
import { DOPRI5, type ExplicitMethod, type SparseRow, type Tableau } from "./tableau.js";

const SAFETY = 0.9;
/** Weight of the previous error in the proportional-integral control. */
const INTEGRAL_GAIN = 0.04;
/** Hairer's test: so many suspicious steps, never so many calm ones in a row between them. */
const STIFF_STEPS = 15;
const CALM_STEPS = 6;
/** Entries that are combined at a time, 4 KiB: the sums stay in a level-1 cache while the stages pass by. */
const BLOCK = 512;

/**
 * Adaptive explicit Runge-Kutta steps forward in t: Dormand-Prince 5(4) or 8(5,3), PI step control,
 * dense output. Errors are measured in the maximum norm, so that each entry meets its tolerance.
 * Everything is allocated here; a step allocates nothing. Holds 8 vectors of the size of the state (5(4)) or 15 (8(5,3)).
 */
export class RungeKuttaStepper extends AdaptiveStepper {
  readonly #tableau: Tableau;
  /** Derivative of each stage. Stages share a vector where one is read for the last time before the other is written. */
  readonly #k: Float64Array[];
  /** The point of a stage of the dense output; only where there are such stages. */
  readonly #densePoint: Float64Array | undefined;
  readonly #sum = new Float64Array(BLOCK);
  readonly #secondSum = new Float64Array(BLOCK);
  readonly #allowed = new Float64Array(BLOCK);
  #hTaken = 0;
  #errorPrevious = 1e-4;
  #stability = 0;
  #denseReady = false;
  #suspicious = 0;
  #calm = 0;
  #stiff = false;

  constructor(
    flow: Flow,
    t0: number,
    y0: Float64Array,
    method: ExplicitMethod,
    options: StepperOptions,
  ) {
    super(flow, t0, y0, options);
    const n = flow.dimension;
    this.#tableau = method === "dopri5" ? DOPRI5 : DOP853;
    const { stages, denseStages } = this.#tableau;
    const numbers = stageVectors(this.#tableau);
    const vectors = Array.from(new Set(numbers), () => new Float64Array(n));
    this.#k = numbers.map((v) => vectors[v]!);
    this.#densePoint = denseStages > stages + 1 ? new Float64Array(n) : undefined;
    this.evaluate(t0, this.y, this.#k[stages]!);
  }

  /** Whether steps were held down by stability and not by accuracy, for a while, up to now. */
  get stiff(): boolean {
    return this.#stiff;
  }

  /** `sum` <- sum_j a_j k_j over the entries from `start` on. */
  #weighted(row: SparseRow, start: number, length: number, sum: Float64Array): void {
    sum.fill(0);
    for (const [j, a] of row) {
      const k = this.#k[j]!;
      for (let i = 0; i < length; i++) sum[i]! += a * k[start + i]!;
    }
  }

  /** y + h sum_j a_j k_j. */
  #combine(y: Float64Array, h: number, row: SparseRow, out: Float64Array): void {
    const sum = this.#sum;
    for (let start = 0; start < y.length; start += BLOCK) {
      const length = Math.min(BLOCK, y.length - start);
      this.#weighted(row, start, length, sum);
      for (let i = 0; i < length; i++) out[start + i] = y[start + i]! + h * sum[i]!;
    }
  }

  /** Hairer's first guess: a step on which an Euler step and its derivative change little. */
  #firstStep(end: number): number {
    const y = this.y;
    const f = this.#k[this.#tableau.stages]!;
    const d0 = this.#largestOverTolerance(y);
    const d1 = this.#largestOverTolerance(f);
    const h0 = Math.min(d0 < 1e-10 || d1 < 1e-10 ? 1e-6 : (0.01 * d0) / d1, end - this.t);
    // Neither the previous state nor the first stage means anything yet.
    const point = this.yPrevious;
    const slope = this.#k[0]!;
    for (let i = 0; i < y.length; i++) point[i] = y[i]! + h0 * f[i]!;
    this.evaluate(this.t + h0, point, slope);
    for (let i = 0; i < y.length; i++) slope[i]! -= f[i]!;
    const d2 = this.#largestOverTolerance(slope) / h0;
    const d = Math.max(d1, d2);
    const h1 = d <= 1e-15 ? Math.max(1e-6, 1e-3 * h0) : (0.01 / d) ** this.#tableau.errorExponent;
    return Math.min(100 * h0, h1);
  }

  /** Largest |value| over what is allowed at the state. */
  #largestOverTolerance(values: Float64Array): number {
    const y = this.y;
    const allowed = this.#allowed;
    let worst = 0;
    for (let start = 0; start < y.length; start += BLOCK) {
      const length = Math.min(BLOCK, y.length - start);
      this.options.tolerance(y, y, start, length, allowed);
      for (let i = 0; i < length; i++) {
        worst = Math.max(worst, Math.abs(values[start + i]!) / allowed[i]!);
      }
    }
    return worst;
  }

  protected override begin(end: number): void {
    if (this.nextStep === 0) this.nextStep = this.#firstStep(end);
    // First same as last: the derivative at the end of the last step starts this one.
    this.#exchangeEnds();
    this.#denseReady = false;
  }

  protected override abandon(): void {
    // Put the derivative back where the state between steps expects it.
    this.#exchangeEnds();
  }

  #exchangeEnds(): void {
    const k = this.#k;
    const { stages } = this.#tableau;
    const [first, last] = [k[0]!, k[stages]!];
    // Whoever shares the vector with the last stage goes on sharing it.
    for (let s = 1; s < k.length; s++) if (k[s] === last) k[s] = first;
    k[0] = last;
  }

  protected override attempt(h: number, tNew: number, candidate: Float64Array): number {
    const { stages, a, c } = this.#tableau;
    for (let s = 1; s < stages; s++) {
      this.#combine(this.y, h, a[s]!, candidate);
      this.evaluate(this.t + c[s]! * h, candidate, this.#k[s]!);
    }
    // The last two stages, both at the new time, show the spectral radius.
    const moved = this.#combineMoved(h, a[stages]!, candidate);
    this.evaluate(tNew, candidate, this.#k[stages]!);
    let change = 0;
    const last = this.#k[stages]!;
    const before = this.#k[stages - 1]!;
    for (let i = 0; i < last.length; i++) change += (last[i]! - before[i]!) ** 2;
    this.#stability = moved > 0 ? h * Math.sqrt(change / moved) : 0;
    this.#hTaken = h;
    return this.#errorRatio(h, candidate);
  }

  /** As `combine` of `this.y`; returns the squared distance of the result from what `out` held before. */
  #combineMoved(h: number, row: SparseRow, out: Float64Array): number {
    const y = this.y;
    const sum = this.#sum;
    let moved = 0;
    for (let start = 0; start < y.length; start += BLOCK) {
      const length = Math.min(BLOCK, y.length - start);
      this.#weighted(row, start, length, sum);
      for (let i = 0; i < length; i++) {
        const value = y[start + i]! + h * sum[i]!;
        moved += (value - out[start + i]!) ** 2;
        out[start + i] = value;
      }
    }
    return moved;
  }

  /** Estimated error over tolerance, the largest over the entries. */
  #errorRatio(h: number, candidate: Float64Array): number {
    const y = this.y;
    const firstRow = this.#tableau.errors[0]!;
    const secondRow = this.#tableau.errors[1];
    const first = this.#sum;
    const second = this.#secondSum;
    const allowed = this.#allowed;
    let worst = 0;
    let worstSecond = 0;
    for (let start = 0; start < y.length; start += BLOCK) {
      const length = Math.min(BLOCK, y.length - start);
      this.#weighted(firstRow, start, length, first);
      if (secondRow !== undefined) this.#weighted(secondRow, start, length, second);
      this.options.tolerance(y, candidate, start, length, allowed);
      for (let i = 0; i < length; i++) {
        const e = Math.abs(first[i]!) / allowed[i]!;
        // A NaN must not be passed over, nor replaced.
        if (e > worst || Number.isNaN(e)) worst = e;
        const e2 = Math.abs(second[i]!) / allowed[i]!;
        if (e2 > worstSecond || Number.isNaN(e2)) worstSecond = e2;
      }
    }
    if (secondRow === undefined || worst === 0) return h * worst;
    return (h * worst) / Math.hypot(1, (0.1 * worstSecond) / worst);
  }

  protected override factorAfter(error: number): number {
    this.#watchStability(this.#stability);
    const { smallestFactor, largestFactor } = this.#tableau;
    const factor = (SAFETY * this.#errorPrevious ** INTEGRAL_GAIN) / this.#proportional(error);
    this.#errorPrevious = Math.max(error, 1e-4);
    return Math.min(largestFactor, Math.max(smallestFactor, factor));
  }

  protected override factorAfterRejection(error: number): number {
    const factor = error < Infinity ? SAFETY / this.#proportional(error) : 0;
    return Math.max(this.#tableau.smallestFactor, factor);
  }

  #proportional(error: number): number {
    return error ** (this.#tableau.errorExponent - 0.75 * INTEGRAL_GAIN);
  }

  #watchStability(ratio: number): void {
    if (ratio > this.#tableau.stabilityLimit) {
      this.#suspicious++;
      this.#calm = 0;
      if (this.#suspicious >= STIFF_STEPS) this.#stiff = true;
    } else if (++this.#calm >= CALM_STEPS) {
      this.#suspicious = 0;
      this.#stiff = false;
    }
  }

  /** Computes the stages that only the continuous extension needs, once a step. */
  #prepareDense(): void {
    if (this.#denseReady) return;
    const { stages, denseStages, a, c } = this.#tableau;
    for (let s = stages + 1; s < denseStages; s++) {
      const point = this.#densePoint!;
      this.#combine(this.yPrevious, this.#hTaken, a[s]!, point);
      this.evaluate(this.tPrevious + c[s]! * this.#hTaken, point, this.#k[s]!);
    }
    this.#denseReady = true;
  }

  override interpolate(t: number, out: Float64Array): Float64Array {
    if (t === this.t) {
      out.set(this.y);
      return out;
    }
    out.set(this.yPrevious);
    if (t === this.tPrevious) return out;
    this.#prepareDense();
    const x = (t - this.tPrevious) / this.#hTaken;
    for (let s = 0; s < this.#tableau.denseStages; s++) {
      const polynomial = this.#tableau.interpolation[s]!;
      let weight = 0;
      for (let p = polynomial.length - 1; p >= 0; p--) weight = (weight + polynomial[p]!) * x;
      if (weight === 0) continue;
      const k = this.#k[s]!;
      const a = this.#hTaken * weight;
      for (let i = 0; i < out.length; i++) out[i]! += a * k[i]!;
    }
    return out;
  }

  override entryPolynomial(i: number, out: Float64Array): number {
    this.#prepareDense();
    const degree = this.#tableau.interpolation[0]!.length;
    out.fill(0, 0, degree + 1);
    out[0] = this.yPrevious[i]!;
    for (let s = 0; s < this.#tableau.denseStages; s++) {
      const polynomial = this.#tableau.interpolation[s]!;
      const a = this.#hTaken * this.#k[s]![i]!;
      for (let p = 0; p < degree; p++) out[p + 1]! += a * polynomial[p]!;
    }
    return degree + 1;
  }
}
