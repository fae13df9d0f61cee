import { dense, type LuFactor, luFactor } from "@xent/linalg";
import { AdaptiveStepper } from "./adaptive-stepper.js";
import type { DifferentiableFlow, StepperOptions } from "./flow.js";
import { A, C, GAMMA, H } from "./rodas5p.js";

const STAGES = 8;
const SAFETY = 0.9;
const SMALLEST_FACTOR = 1 / 5;
const LARGEST_FACTOR = 6;

/**
 * Adaptive steps of Rodas5P, an L-stable Rosenbrock method of order 5 with dense output of order 4, for
 * autonomous stiff problems: one Jacobian and one LU factorisation (O(n^3)) a step, no iteration.
 */
export class RosenbrockStepper extends AdaptiveStepper<DifferentiableFlow> {
  /** Never held back by stability. */
  readonly stiff: boolean = false;
  readonly #k: Float64Array[];
  readonly #stage: Float64Array;
  readonly #rightHandSide: Float64Array;
  /** f(t, y). */
  readonly #derivative: Float64Array;
  readonly #jacobian: Float64Array;
  readonly #matrix: Float64Array;
  readonly #allowed: Float64Array;
  #factorizations = 0;

  constructor(flow: DifferentiableFlow, t0: number, y0: Float64Array, options: StepperOptions) {
    super(flow, t0, y0, options);
    const n = flow.dimension;
    this.#k = Array.from({ length: STAGES }, () => new Float64Array(n));
    this.#stage = new Float64Array(n);
    this.#rightHandSide = new Float64Array(n);
    this.#derivative = new Float64Array(n);
    this.#jacobian = new Float64Array(n * n);
    this.#matrix = new Float64Array(n * n);
    this.#allowed = new Float64Array(n);
    this.evaluate(t0, this.y, this.#derivative);
  }

  /** LU factorisations, one a tried step. */
  get factorizations(): number {
    return this.#factorizations;
  }

  /** The tolerance's hundredth as the size of an Euler step: small, and corrected by the first steps. */
  #firstStep(): number {
    const allowed = this.#allowed;
    this.options.tolerance(this.y, this.y, 0, allowed.length, allowed);
    let fastest = 0;
    for (let i = 0; i < allowed.length; i++) {
      fastest = Math.max(fastest, Math.abs(this.#derivative[i]!) / allowed[i]!);
    }
    return fastest > 0 ? 0.01 * (1 / fastest) ** (1 / 5) : 1e-6;
  }

  protected override begin(): void {
    if (this.nextStep === 0) this.nextStep = this.#firstStep();
    this.flow.jacobian(this.t, this.y, this.#jacobian);
  }

  protected override factorAfter(error: number): number {
    return Math.min(LARGEST_FACTOR, Math.max(SMALLEST_FACTOR, SAFETY * error ** -0.2));
  }

  protected override factorAfterRejection(error: number): number {
    return Math.max(SMALLEST_FACTOR, error < Infinity ? SAFETY * error ** -0.2 : 0);
  }

  protected override attempt(h: number, tNew: number, candidate: Float64Array): number {
    const y = this.y;
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
    const allowed = this.#allowed;
    for (let i = 0; i < n; i++) candidate[i] = this.#stage[i]! + last[i]!;
    this.options.tolerance(y, candidate, 0, n, allowed);
    for (let i = 0; i < n; i++) {
      const e = Math.abs(last[i]!) / allowed[i]!;
      if (e > worst || Number.isNaN(e)) worst = e;
    }
    // A rejected step starts again from the old derivative.
    if (worst <= 1) this.evaluate(tNew, candidate, this.#derivative);
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
        stage.set(this.y);
        for (const [j, a] of A[s]!.entries()) addScaled(a, k[j]!, stage);
      } else {
        addScaled(1, k[s - 1]!, stage);
      }
      this.evaluate(this.t, stage, right);
      for (const [j, c] of C[s]!.entries()) addScaled(c / h, k[j]!, right);
    }
    if (!right.every(Number.isFinite)) return false;
    lu.solve(right, k[s]);
    return true;
  }

  override interpolate(t: number, out: Float64Array): Float64Array {
    if (t === this.t) {
      out.set(this.y);
      return out;
    }
    const x = (t - this.tPrevious) / (this.t - this.tPrevious);
    for (let i = 0; i < out.length; i++) {
      out[i] =
        (1 - x) * this.yPrevious[i]! +
        x *
          (this.y[i]! + (1 - x) * (this.#row(0, i) + x * (this.#row(1, i) + x * this.#row(2, i))));
    }
    return out;
  }

  #row(r: number, i: number): number {
    let sum = 0;
    for (let s = 0; s < STAGES; s++) sum += H[r]![s]! * this.#k[s]![i]!;
    return sum;
  }

  override entryPolynomial(i: number, out: Float64Array): number {
    const [a, b, c] = [this.#row(0, i), this.#row(1, i), this.#row(2, i)];
    const start = this.yPrevious[i]!;
    out[0] = start;
    out[1] = this.y[i]! - start + a;
    out[2] = b - a;
    out[3] = c - b;
    out[4] = -c;
    return 5;
  }
}

function addScaled(a: number, x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < y.length; i++) y[i]! += a * x[i]!;
}
