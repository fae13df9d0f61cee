import { dense, type LuFactor, luFactor } from "@xent/linalg";
import type { DifferentiableFlow, StepFailure, Stepper, StepperOptions } from "./flow.js";
import { A, C, GAMMA, H } from "./rodas5p.js";

const STAGES = 8;
const SAFETY = 0.9;
const SMALLEST_FACTOR = 1 / 5;
const LARGEST_FACTOR = 6;

/**
 * Adaptive steps of Rodas5P, an L-stable Rosenbrock method of order 5 with dense output of order 4, for
 * autonomous stiff problems: one Jacobian and one LU factorisation (O(n^3)) a step, no iteration.
 */
export class RosenbrockStepper implements Stepper {
  /** Never held back by stability. */
  readonly stiff = false;
  readonly #flow: DifferentiableFlow;
  readonly #options: StepperOptions;
  readonly #k: Float64Array[];
  readonly #stage: Float64Array;
  readonly #rightHandSide: Float64Array;
  readonly #derivative: Float64Array;
  readonly #jacobian: Float64Array;
  readonly #matrix: Float64Array;
  #y: Float64Array;
  #yPrevious: Float64Array;
  #yNew: Float64Array;
  #t: number;
  #tPrevious: number;
  #h: number;
  #steps = 0;
  #rejected = 0;
  #evaluations = 0;
  #factorizations = 0;

  constructor(
    flow: DifferentiableFlow,
    t0: number,
    y0: ArrayLike<number>,
    options: StepperOptions,
  ) {
    const n = flow.dimension;
    this.#flow = flow;
    this.#options = options;
    this.#k = Array.from({ length: STAGES }, () => new Float64Array(n));
    this.#stage = new Float64Array(n);
    this.#rightHandSide = new Float64Array(n);
    this.#derivative = new Float64Array(n);
    this.#jacobian = new Float64Array(n * n);
    this.#matrix = new Float64Array(n * n);
    this.#y = Float64Array.from(y0);
    this.#yPrevious = this.#y.slice();
    this.#yNew = new Float64Array(n);
    this.#t = t0;
    this.#tPrevious = t0;
    this.#evaluate(t0, this.#y, this.#derivative);
    this.#h = options.firstStep ?? this.#firstStep();
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
    return this.#derivative;
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
  /** LU factorisations, one a tried step. */
  get factorizations(): number {
    return this.#factorizations;
  }

  #evaluate(t: number, y: Float64Array, out: Float64Array): void {
    this.#evaluations++;
    this.#flow.derivative(t, y, out);
  }

  /** The tolerance's hundredth as the size of an Euler step: small, and corrected by the first steps. */
  #firstStep(): number {
    let fastest = 0;
    for (let i = 0; i < this.#y.length; i++) {
      const scale = this.#options.tolerance(i, this.#y[i]!, this.#y[i]!);
      fastest = Math.max(fastest, Math.abs(this.#derivative[i]!) / scale);
    }
    return fastest > 0 ? 0.01 * (1 / fastest) ** (1 / 5) : 1e-6;
  }

  step(end: number): "accepted" | StepFailure {
    const y = this.#y;
    this.#flow.jacobian(this.#t, y, this.#jacobian);
    let rejectedBefore = false;
    for (;;) {
      const remaining = end - this.#t;
      const h = 1.01 * this.#h >= remaining ? remaining : this.#h;
      if (this.#evaluations >= this.#options.maxEvaluations) return "evaluation-limit";
      if (this.#t + h / 8 === this.#t) return "step-underflow";
      const error = this.#tryStep(h);
      if (error <= 1) {
        const old = this.#yPrevious;
        this.#yPrevious = y;
        this.#y = this.#yNew;
        this.#yNew = old;
        this.#tPrevious = this.#t;
        this.#t = h === remaining ? end : this.#t + h;
        this.#steps++;
        this.#evaluate(this.#t, this.#y, this.#derivative);
        const factor = Math.min(LARGEST_FACTOR, Math.max(SMALLEST_FACTOR, SAFETY * error ** -0.2));
        this.#h = h * (rejectedBefore ? Math.min(1, factor) : factor);
        return "accepted";
      }
      this.#rejected++;
      rejectedBefore = true;
      this.#h = h * Math.max(SMALLEST_FACTOR, error < Infinity ? SAFETY * error ** -0.2 : 0);
    }
  }

  /** Fills the stages and `#yNew`; returns the largest estimated error over tolerance. */
  #tryStep(h: number): number {
    const y = this.#y;
    const n = y.length;
    const k = this.#k;
    const matrix = this.#matrix;
    for (let i = 0; i < matrix.length; i++) matrix[i] = -this.#jacobian[i]!;
    for (let i = 0; i < n; i++) matrix[i * n + i]! += 1 / (GAMMA * h);
    if (!matrix.every(Number.isFinite)) return Infinity;
    this.#factorizations++;
    const lu = luFactor(dense(n, n, matrix));
    if (lu.status === "singular") return Infinity;
    for (let s = 0; s < STAGES; s++) {
      if (!this.#solveStage(s, h, lu)) return Infinity;
    }
    let worst = 0;
    const last = k[STAGES - 1]!;
    for (let i = 0; i < n; i++) {
      this.#yNew[i] = this.#stage[i]! + last[i]!;
      const tolerance = this.#options.tolerance(i, y[i]!, this.#yNew[i]!);
      const e = Math.abs(last[i]!) / tolerance;
      if (!(e <= worst)) worst = e;
    }
    return worst;
  }

  #solveStage(s: number, h: number, lu: LuFactor): boolean {
    const stage = this.#stage;
    const right = this.#rightHandSide;
    const k = this.#k;
    if (s === 0) {
      right.set(this.#derivative);
    } else {
      if (s < A.length) {
        stage.set(this.#y);
        for (const [j, a] of A[s]!.entries()) addScaled(a, k[j]!, stage);
      } else {
        addScaled(1, k[s - 1]!, stage);
      }
      this.#evaluate(this.#t, stage, right);
      for (const [j, c] of C[s]!.entries()) addScaled(c / h, k[j]!, right);
    }
    if (!right.every(Number.isFinite)) return false;
    lu.solve(right, k[s]);
    return true;
  }

  interpolate(t: number, out: Float64Array): Float64Array {
    if (t === this.#t) {
      out.set(this.#y);
      return out;
    }
    const x = (t - this.#tPrevious) / (this.#t - this.#tPrevious);
    for (let i = 0; i < out.length; i++) {
      out[i] =
        (1 - x) * this.#yPrevious[i]! +
        x *
          (this.#y[i]! + (1 - x) * (this.#row(0, i) + x * (this.#row(1, i) + x * this.#row(2, i))));
    }
    return out;
  }

  #row(r: number, i: number): number {
    let sum = 0;
    for (let s = 0; s < STAGES; s++) sum += H[r]![s]! * this.#k[s]![i]!;
    return sum;
  }

  entryPolynomial(i: number, out: Float64Array): number {
    const [a, b, c] = [this.#row(0, i), this.#row(1, i), this.#row(2, i)];
    const start = this.#yPrevious[i]!;
    out[0] = start;
    out[1] = this.#y[i]! - start + a;
    out[2] = b - a;
    out[3] = c - b;
    out[4] = -c;
    return 5;
  }
}

function addScaled(a: number, x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < y.length; i++) y[i]! += a * x[i]!;
}
