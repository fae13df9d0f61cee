import { DimensionError, NotConvergedError } from "./errors.js";
import type { LinearOperator } from "./linear-operator.js";
import { requireFinite, requireInteger, requireLength, requireNonNegative } from "./validate.js";

/**
 * How an iteration ended.
 * - `converged`: the tolerance is met by the residual b - A x recomputed from x, not only by recurrence.
 * - `iteration-limit`: `maxIterations` were used up.
 * - `stagnated`: the recurrence says converged, the recomputed residual does not, and starting again
 *   from it brought nothing: the tolerance is below what rounding allows for this operator.
 * - `indefinite`: a direction of negative curvature (CG), or a preconditioner that is not positive definite.
 * - `breakdown`: a division by zero, overflow, or a non-finite value from the operator.
 * - `least-squares`: (MINRES, LSQR) b is out of the range of A, and x minimises ||b - A x|| to the tolerance.
 * - `stopped`: the callback said "stop".
 */
export type KrylovStatus =
  | "converged"
  | "least-squares"
  | "iteration-limit"
  | "stagnated"
  | "indefinite"
  | "breakdown"
  | "stopped";

/** What a Krylov solver tells its callback after each iteration. */
export interface KrylovProgress {
  /** 1 after the first iteration. */
  readonly iteration: number;
  /** Norm of the residual, by recurrence. */
  readonly residualNorm: number;
  /** The iterate; the solver's own array: copy it to keep it, do not write to it. */
  readonly x: Float64Array;
}

/** Return "stop" to end the iteration with status `stopped`. */
// biome-ignore lint/suspicious/noConfusingVoidType: a callback that only records has no return
export type KrylovCallback = (progress: KrylovProgress) => "stop" | void;

/** Options that all Krylov solvers share. */
export interface KrylovOptions {
  /**
   * Relative tolerance: done when ||b - A x||_2 <= max(tolerance ||b||_2, absoluteTolerance).
   * Default 1e-10. Zero asks for an exact solution and ends by stagnation or the iteration limit.
   */
  readonly tolerance?: number;
  /** Absolute tolerance on ||b - A x||_2. Default 0. */
  readonly absoluteTolerance?: number;
  /** Default: ten times the size, at least 100. */
  readonly maxIterations?: number;
  /** Warm start; not modified. Default: zero. */
  readonly initialGuess?: Float64Array;
  /** Receives x; must not share memory with b or the warm start. Default: a new array. */
  readonly out?: Float64Array;
  readonly callback?: KrylovCallback;
  /** Throw {@link NotConvergedError} unless the status is `converged` (or `least-squares`). Default false. */
  readonly throwOnFailure?: boolean;
}

/** What all Krylov solvers return. */
export interface KrylovResult {
  /** The best answer found; finite whatever the status. */
  readonly x: Float64Array;
  readonly status: KrylovStatus;
  readonly iterations: number;
  /** ||b - A x||_2, recomputed from x at the end. */
  readonly residualNorm: number;
  /** Residual norms by recurrence: entry 0 belongs to the start, entry i to iteration i. */
  readonly residualHistory: readonly number[];
}

/** The checked options with their defaults. */
export interface KrylovSettings {
  readonly tolerance: number;
  readonly absoluteTolerance: number;
  readonly maxIterations: number;
  readonly callback: KrylovCallback | undefined;
}

/** Checks the options shared by all solvers, for an unknown of length `size`. */
export function krylovSettings(size: number, options: KrylovOptions): KrylovSettings {
  const tolerance = options.tolerance ?? 1e-10;
  const absoluteTolerance = options.absoluteTolerance ?? 0;
  const maxIterations = options.maxIterations ?? Math.max(100, 10 * size);
  requireNonNegative("tolerance", tolerance);
  requireNonNegative("absoluteTolerance", absoluteTolerance);
  requireInteger("maxIterations", maxIterations, 0);
  return { tolerance, absoluteTolerance, maxIterations, callback: options.callback };
}

/** The array that will hold x, filled with the warm start or zero. */
export function krylovStart(size: number, options: KrylovOptions): Float64Array {
  const x = options.out ?? new Float64Array(size);
  requireLength("out", x, size);
  if (options.initialGuess === undefined) {
    x.fill(0);
  } else {
    requireLength("initialGuess", options.initialGuess, size);
    requireFinite("initialGuess", options.initialGuess);
    x.set(options.initialGuess);
  }
  return x;
}

/** Returns `result`, or throws when that is what the caller asked for. */
export function krylovFinish<R extends KrylovResult>(
  solver: string,
  result: R,
  options: KrylovOptions,
): R {
  if (
    options.throwOnFailure === true &&
    result.status !== "converged" &&
    result.status !== "least-squares"
  ) {
    throw new NotConvergedError(
      `${solver} ended with status ${result.status} after ${result.iterations} iterations, residual ${result.residualNorm}`,
    );
  }
  return result;
}

/** Throws a {@link DimensionError} unless `operator` is n x n. */
export function requireSquareOperator(name: string, operator: LinearOperator, n: number): void {
  if (operator.rows !== n || operator.cols !== n) {
    throw new DimensionError(
      `${name} is ${operator.rows} x ${operator.cols}, expected ${n} x ${n} like b`,
    );
  }
}
