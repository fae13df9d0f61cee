import type { Flow, StepFailure, Stepper, StepperOptions } from "./flow.js";

/**
 * What adaptive one-step methods have in common: two states that change places, the loop that tries steps until one
 * satisfies the tolerance, and the counts. A method says how to try a step and how the error sets the next size.
 */
export abstract class AdaptiveStepper<F extends Flow = Flow> implements Stepper {
  protected readonly flow: F;
  protected readonly options: StepperOptions;
  /** Size of the next step to try; 0 until the first is known. */
  protected nextStep: number;
  /** Holds the previous state between steps, and the candidate for the next one while a step is tried. */
  #other: Float64Array;
  #y: Float64Array;
  #t: number;
  #tPrevious: number;
  #steps = 0;
  #rejected = 0;
  #evaluations = 0;

  /** @param y0 - taken over: it becomes one of the states. */
  protected constructor(flow: F, t0: number, y0: Float64Array, options: StepperOptions) {
    this.flow = flow;
    this.options = options;
    this.nextStep = options.firstStep ?? 0;
    this.#y = y0;
    this.#other = new Float64Array(flow.dimension);
    this.#t = t0;
    this.#tPrevious = t0;
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
  get steps(): number {
    return this.#steps;
  }
  get rejected(): number {
    return this.#rejected;
  }
  get evaluations(): number {
    return this.#evaluations;
  }
  /** State at `tPrevious`; lost as soon as the next step is tried. */
  protected get yPrevious(): Float64Array {
    return this.#other;
  }

  abstract readonly stiff: boolean;
  abstract interpolate(t: number, out: Float64Array): Float64Array;
  abstract entryPolynomial(i: number, out: Float64Array): number;

  /** Called once before the first try of each step. */
  protected abstract begin(end: number): void;
  /** Writes the state at `tNew` = t + h to `candidate`; returns its estimated error over the tolerance, the largest entry. */
  protected abstract attempt(h: number, tNew: number, candidate: Float64Array): number;
  /** Factor on the step size that the error of an accepted step suggests. Called once an accepted step. */
  protected abstract factorAfter(error: number): number;
  /** Factor <= 1 on the step size after a rejected step; the error may be Infinity or NaN. */
  protected abstract factorAfterRejection(error: number): number;
  /** Called when no step was taken after all. */
  protected abandon(): void {}

  protected evaluate(t: number, y: Float64Array, out: Float64Array): void {
    this.#evaluations++;
    this.flow.derivative(t, y, out);
  }

  step(end: number): "accepted" | StepFailure {
    this.begin(end);
    let rejectedBefore = false;
    for (;;) {
      const remaining = end - this.#t;
      // Stretch to the end rather than leave a sliver for one more step.
      const isLast = 1.01 * this.nextStep >= remaining;
      const h = isLast ? remaining : this.nextStep;
      if (this.#evaluations >= this.options.maxEvaluations) {
        this.abandon();
        return "evaluation-limit";
      }
      if (this.#t + h / 8 === this.#t) {
        this.abandon();
        return "step-underflow";
      }
      const tNew = isLast ? end : this.#t + h;
      const error = this.attempt(h, tNew, this.#other);
      if (error <= 1) {
        const factor = this.factorAfter(error);
        [this.#y, this.#other] = [this.#other, this.#y];
        this.#tPrevious = this.#t;
        this.#t = tNew;
        this.#steps++;
        this.nextStep = h * (rejectedBefore ? Math.min(1, factor) : factor);
        return "accepted";
      }
      this.#rejected++;
      rejectedBefore = true;
      this.nextStep = h * this.factorAfterRejection(error);
    }
  }
}
