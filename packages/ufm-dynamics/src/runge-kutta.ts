import { DOP853 } from "./dop853.js";
import type { Flow, StepFailure, Stepper, StepperOptions } from "./flow.js";
import { DOPRI5, type ExplicitMethod, type SparseRow, type Tableau } from "./tableau.js";

const SAFETY = 0.9;
/** Weight of the previous error in the proportional-integral control. */
const INTEGRAL_GAIN = 0.04;
/** Hairer's test: so many suspicious steps, never so many calm ones in a row between them. */
const STIFF_STEPS = 15;
const CALM_STEPS = 6;

/**
 * Adaptive explicit Runge-Kutta steps forward in t: Dormand-Prince 5(4) or 8(5,3), PI step control,
 * dense output. Errors are measured in the maximum norm, so that each entry meets its tolerance.
 * Everything is allocated here; a step allocates nothing.
 */
export class RungeKuttaStepper implements Stepper {
  readonly #flow: Flow;
  readonly #tableau: Tableau;
  readonly #options: StepperOptions;
  readonly #k: Float64Array[];
  readonly #stage: Float64Array;
  #y: Float64Array;
  #yPrevious: Float64Array;
  #yNew: Float64Array;
  #t: number;
  #tPrevious: number;
  #h: number;
  #hTaken = 0;
  #errorPrevious = 1e-4;
  #denseReady = false;
  #suspicious = 0;
  #calm = 0;
  #stiff = false;
  #steps = 0;
  #rejected = 0;
  #evaluations = 0;

  constructor(
    flow: Flow,
    t0: number,
    y0: ArrayLike<number>,
    method: ExplicitMethod,
    options: StepperOptions,
  ) {
    const n = flow.dimension;
    this.#flow = flow;
    this.#tableau = method === "dopri5" ? DOPRI5 : DOP853;
    this.#options = options;
    this.#k = Array.from({ length: this.#tableau.denseStages }, () => new Float64Array(n));
    this.#stage = new Float64Array(n);
    this.#y = Float64Array.from(y0);
    this.#yPrevious = this.#y.slice();
    this.#yNew = new Float64Array(n);
    this.#t = t0;
    this.#tPrevious = t0;
    this.#evaluate(t0, this.#y, this.#k[this.#tableau.stages]!);
    this.#h = options.firstStep ?? 0;
  }

  get t(): number {
    return this.#t;
  }
  get tPrevious(): number {
    return this.#tPrevious;
  }
  get y(): Float64Array {
    return this.#y;
  }
  get yPrevious(): Float64Array {
    return this.#yPrevious;
  }
  get derivative(): Float64Array {
    return this.#k[this.#tableau.stages]!;
  }
  get steps(): number {
    return this.#steps;
  }
  get rejected(): number {
    return this.#rejected;
  }
  get evaluations(): number {
    return this.#evaluations;
  }
  /** Whether steps were held down by stability and not by accuracy, for a while, up to now. */
  get stiff(): boolean {
    return this.#stiff;
  }

  #evaluate(t: number, y: Float64Array, out: Float64Array): void {
    this.#evaluations++;
    this.#flow.derivative(t, y, out);
  }

  /** y + h sum_j a_j k_j. */
  #combine(y: Float64Array, h: number, row: SparseRow, out: Float64Array): void {
    const n = y.length;
    out.set(y);
    for (const [j, value] of row) {
      const k = this.#k[j]!;
      const a = h * value;
      for (let i = 0; i < n; i++) out[i]! += a * k[i]!;
    }
  }

  /** Hairer's first guess: a step on which an Euler step and its derivative change little. */
  #firstStep(end: number): number {
    const { tolerance } = this.#options;
    const y = this.#y;
    const f = this.derivative;
    let d0 = 0;
    let d1 = 0;
    for (let i = 0; i < y.length; i++) {
      const scale = tolerance(i, y[i]!, y[i]!);
      d0 = Math.max(d0, Math.abs(y[i]!) / scale);
      d1 = Math.max(d1, Math.abs(f[i]!) / scale);
    }
    const h0 = Math.min(d0 < 1e-10 || d1 < 1e-10 ? 1e-6 : (0.01 * d0) / d1, end - this.#t);
    for (let i = 0; i < y.length; i++) this.#stage[i] = y[i]! + h0 * f[i]!;
    this.#evaluate(this.#t + h0, this.#stage, this.#k[1]!);
    let d2 = 0;
    for (let i = 0; i < y.length; i++) {
      const change = Math.abs(this.#k[1]![i]! - f[i]!);
      d2 = Math.max(d2, change / tolerance(i, y[i]!, y[i]!) / h0);
    }
    const d = Math.max(d1, d2);
    const h1 = d <= 1e-15 ? Math.max(1e-6, 1e-3 * h0) : (0.01 / d) ** this.#tableau.errorExponent;
    return Math.min(100 * h0, h1);
  }

  /** Estimated error over tolerance, the largest over the entries. */
  #errorRatio(h: number): number {
    const { tolerance } = this.#options;
    const y = this.#y;
    const yNew = this.#yNew;
    const estimates = this.#tableau.errors;
    const ratio = (row: SparseRow): number => {
      const error = this.#stage;
      error.fill(0);
      for (const [j, value] of row) {
        const k = this.#k[j]!;
        for (let i = 0; i < error.length; i++) error[i]! += value * k[i]!;
      }
      let worst = 0;
      for (let i = 0; i < error.length; i++) {
        const e = Math.abs(error[i]!) / tolerance(i, y[i]!, yNew[i]!);
        // A NaN must not be passed over.
        if (!(e <= worst)) worst = e;
      }
      return worst;
    };
    const first = ratio(estimates[0]!);
    if (estimates.length === 1 || first === 0) return h * first;
    const second = ratio(estimates[1]!);
    return (h * first) / Math.hypot(1, (0.1 * second) / first);
  }

  /** The spectral radius that the last two stages (both at the new time) show, times h. */
  #stabilityRatio(h: number): number {
    const { stages } = this.#tableau;
    const a = this.#k[stages]!;
    const b = this.#k[stages - 1]!;
    let numerator = 0;
    let denominator = 0;
    for (let i = 0; i < a.length; i++) {
      numerator += (a[i]! - b[i]!) ** 2;
      denominator += (this.#yNew[i]! - this.#stage[i]!) ** 2;
    }
    return denominator > 0 ? h * Math.sqrt(numerator / denominator) : 0;
  }

  step(end: number): "accepted" | StepFailure {
    const tableau = this.#tableau;
    const { stages, c } = tableau;
    const k = this.#k;
    if (this.#h === 0) this.#h = this.#firstStep(end);
    // First same as last: the derivative at the end of the last step starts this one.
    const last = k[stages]!;
    k[stages] = k[0]!;
    k[0] = last;
    this.#denseReady = false;
    let rejectedBefore = false;
    for (;;) {
      const remaining = end - this.#t;
      // Stretch to the end rather than leave a sliver for one more step.
      const h = 1.01 * this.#h >= remaining ? remaining : this.#h;
      const failure: StepFailure | undefined =
        this.#evaluations >= this.#options.maxEvaluations
          ? "evaluation-limit"
          : this.#t + h / 8 === this.#t
            ? "step-underflow"
            : undefined;
      if (failure !== undefined) {
        // Put the derivative back where the state between steps expects it.
        k[0] = k[stages]!;
        k[stages] = last;
        return failure;
      }
      for (let s = 1; s < stages; s++) {
        this.#combine(this.#y, h, tableau.a[s]!, this.#stage);
        this.#evaluate(this.#t + c[s]! * h, this.#stage, k[s]!);
      }
      this.#combine(this.#y, h, tableau.a[stages]!, this.#yNew);
      const tNew = h === remaining ? end : this.#t + h;
      this.#evaluate(tNew, this.#yNew, k[stages]);
      const stability = this.#stabilityRatio(h);
      const error = this.#errorRatio(h);
      const { errorExponent, smallestFactor, largestFactor } = tableau;
      const proportional = error ** (errorExponent - 0.75 * INTEGRAL_GAIN);
      if (error <= 1) {
        const factor = (SAFETY * this.#errorPrevious ** INTEGRAL_GAIN) / proportional;
        const next = h * Math.min(largestFactor, Math.max(smallestFactor, factor));
        this.#errorPrevious = Math.max(error, 1e-4);
        this.#watchStability(stability);
        this.#accept(h, tNew);
        this.#h = rejectedBefore ? Math.min(next, h) : next;
        return "accepted";
      }
      this.#rejected++;
      rejectedBefore = true;
      this.#h = h * Math.max(smallestFactor, error < Infinity ? SAFETY / proportional : 0);
    }
  }

  #accept(h: number, tNew: number): void {
    const old = this.#yPrevious;
    this.#yPrevious = this.#y;
    this.#y = this.#yNew;
    this.#yNew = old;
    this.#tPrevious = this.#t;
    this.#t = tNew;
    this.#hTaken = h;
    this.#steps++;
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
      this.#combine(this.#yPrevious, this.#hTaken, a[s]!, this.#stage);
      this.#evaluate(this.#tPrevious + c[s]! * this.#hTaken, this.#stage, this.#k[s]!);
    }
    this.#denseReady = true;
  }

  interpolate(t: number, out: Float64Array): Float64Array {
    if (t === this.#t) {
      out.set(this.#y);
      return out;
    }
    out.set(this.#yPrevious);
    if (t === this.#tPrevious) return out;
    this.#prepareDense();
    const x = (t - this.#tPrevious) / this.#hTaken;
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

  entryPolynomial(i: number, out: Float64Array): number {
    this.#prepareDense();
    const degree = this.#tableau.interpolation[0]!.length;
    out.fill(0, 0, degree + 1);
    out[0] = this.#yPrevious[i]!;
    for (let s = 0; s < this.#tableau.denseStages; s++) {
      const polynomial = this.#tableau.interpolation[s]!;
      const a = this.#hTaken * this.#k[s]![i]!;
      for (let p = 0; p < degree; p++) out[p + 1]! += a * polynomial[p]!;
    }
    return degree + 1;
  }
}
