/** An initial value problem y' = f(t, y) with y in R^dimension. */
export interface Flow {
  readonly dimension: number;
  /** Writes f(t, y) to `out`. Called often: it should allocate nothing. */
  derivative(t: number, y: Float64Array, out: Float64Array): void;
}

/** A {@link Flow} that knows its Jacobian, as implicit methods need it. */
export interface DifferentiableFlow extends Flow {
  /** Writes df_i/dy_j to `out[i * dimension + j]`. */
  jacobian(t: number, y: Float64Array, out: Float64Array): void;
}

/** Why a step was not taken. */
export type StepFailure = "evaluation-limit" | "step-underflow";

/** What an adaptive one-step method shows between steps. */
export interface Stepper {
  /** End of the last accepted step (the start before the first). */
  readonly t: number;
  /** Start of the last accepted step. */
  readonly tPrevious: number;
  /** State at `t`; the stepper owns it, and the next step overwrites it. */
  readonly y: Float64Array;
  readonly yPrevious: Float64Array;
  /** f(t, y). */
  readonly derivative: Float64Array;
  readonly steps: number;
  readonly rejected: number;
  /** Calls of `derivative`, those for dense output and the first step size included. */
  readonly evaluations: number;
  /** Takes one step that satisfies the tolerance, never beyond `end`. */
  step(end: number): "accepted" | StepFailure;
  /** State anywhere in the last step, `tPrevious <= t <= this.t`. */
  interpolate(t: number, out: Float64Array): Float64Array;
  /**
   * Entry `i` over the last step as a polynomial in x = (t - tPrevious) / (t - tPrevious of the end),
   * lowest power first, written to `out`; returns its number of coefficients.
   */
  entryPolynomial(i: number, out: Float64Array): number;
}

/**
 * Local error allowed in entry `i`, given the entry before and after the step. A step is accepted
 * when no entry's estimated error exceeds it.
 */
export type EntryTolerance = (i: number, before: number, after: number) => number;

/** Options common to the adaptive methods. */
export interface StepperOptions {
  readonly tolerance: EntryTolerance;
  /** Calls of `derivative` after which no further step is begun. */
  readonly maxEvaluations: number;
  readonly firstStep?: number | undefined;
}

/** The usual mixed tolerance: absolute + relative * max(|before|, |after|). */
export function mixedTolerance(relative: number, absolute: number): EntryTolerance {
  return (_i, before, after) => absolute + relative * Math.max(Math.abs(before), Math.abs(after));
}
