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
  readonly steps: number;
  readonly rejected: number;
  /** Calls of `derivative`, those for dense output and the first step size included. */
  readonly evaluations: number;
  /** Whether steps were held down by stability and not by accuracy, for a while, up to now. */
  readonly stiff: boolean;
  /** Takes one step that satisfies the tolerance, never beyond `end`. After a failure the last step cannot be interpolated. */
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

/**
 * An {@link EntryTolerance} for many entries at a time: writes those of start, ..., start + length - 1 to the beginning of `out`.
 * A number passed to a function or back is an allocation; this makes none.
 */
export type ToleranceOfEntries = (
  before: Float64Array,
  after: Float64Array,
  start: number,
  length: number,
  out: Float64Array,
) => void;

/** Options common to the adaptive methods. */
export interface StepperOptions {
  readonly tolerance: ToleranceOfEntries;
  /** Calls of `derivative` after which no further step is begun. */
  readonly maxEvaluations: number;
  readonly firstStep?: number | undefined;
}

/** Asks `tolerance` for one entry after the other. */
export function entryByEntry(tolerance: EntryTolerance): ToleranceOfEntries {
  return (before, after, start, length, out) => {
    for (let i = 0; i < length; i++) {
      out[i] = tolerance(start + i, before[start + i]!, after[start + i]!);
    }
  };
}

/** The usual mixed tolerance: absolute + relative * max(|before|, |after|). */
export function mixedTolerance(relative: number, absolute: number): EntryTolerance {
  return (_i, before, after) => absolute + relative * Math.max(Math.abs(before), Math.abs(after));
}

/** {@link mixedTolerance} for many entries at a time. */
export function mixedTolerances(relative: number, absolute: number): ToleranceOfEntries {
  return (before, after, start, length, out) => {
    for (let i = 0; i < length; i++) {
      const size = Math.max(Math.abs(before[start + i]!), Math.abs(after[start + i]!));
      out[i] = absolute + relative * size;
    }
  };
}
