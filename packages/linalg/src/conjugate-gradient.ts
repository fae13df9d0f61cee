import {
  type KrylovOptions,
  type KrylovResult,
  type KrylovStatus,
  krylovFinish,
  krylovSettings,
  krylovStart,
  requireSquareOperator,
} from "./krylov.js";
import type { LinearOperator } from "./linear-operator.js";
import { requireFinite, requireNoOverlap } from "./validate.js";
import { dot, norm2 } from "./vector.js";

/** Options of {@link conjugateGradient}. */
export interface ConjugateGradientOptions extends KrylovOptions {
  /** A: n x n, symmetric positive definite (semi-definite when b lies in its range). Not checked beyond its shape. */
  readonly operator: LinearOperator;
  /** Right-hand side, length n. */
  readonly b: Float64Array;
  /** Approximates A^-1: symmetric positive definite. Default: the identity. */
  readonly preconditioner?: LinearOperator;
}

/** What {@link conjugateGradient} returns. */
export interface ConjugateGradientResult extends KrylovResult {
  /** When `indefinite` by the operator: a direction d with d^T A d <= 0, d != 0. */
  readonly negativeCurvature?: Float64Array;
}

const MAX_RESTARTS = 3;

/**
 * Solves A x = b by (preconditioned) conjugate gradients.
 *
 * Convergence is tested on ||b - A x||_2, whatever the preconditioner. When the recurrence says
 * converged, the residual is recomputed; if it disagrees, the iteration starts again from there, at
 * most three times, then ends as `stagnated`. So `converged` is a fact about x.
 * Cost: one application of A (and of the preconditioner) and 10 n flops an iteration; five vectors.
 *
 * @throws {@link DimensionError} | {@link DomainError} for shapes that differ or a b that is not finite.
 * @see Hestenes and Stiefel 1952; Golub and Van Loan, Matrix Computations, 4th ed., 11.3 and 11.5.
 */
export function conjugateGradient(options: ConjugateGradientOptions): ConjugateGradientResult {
  const { operator, b, preconditioner } = options;
  const n = b.length;
  requireSquareOperator("operator", operator, n);
  if (preconditioner !== undefined) requireSquareOperator("preconditioner", preconditioner, n);
  requireFinite("b", b);
  if (options.out !== undefined) requireNoOverlap("out", options.out, "b", b);
  const { tolerance, absoluteTolerance, maxIterations, callback } = krylovSettings(n, options);
  const x = krylovStart(n, options);

  const bNorm = norm2(b);
  const target = Math.max(tolerance * bNorm, absoluteTolerance);
  const r = new Float64Array(n);
  const q = new Float64Array(n);
  const p = new Float64Array(n);
  const z = preconditioner === undefined ? r : new Float64Array(n);
  const history: number[] = [];
  let status: KrylovStatus | undefined;
  let negativeCurvature: Float64Array | undefined;
  let iterations = 0;

  const residual = (): number => {
    if (x.every((v) => v === 0)) {
      r.set(b);
    } else {
      operator.apply(x, q);
      for (let i = 0; i < n; i++) r[i] = b[i]! - q[i]!;
    }
    return norm2(r);
  };

  if (bNorm === 0) x.fill(0);
  let trueNorm = residual();
  history.push(trueNorm);
  for (let restart = 0; status === undefined; restart++) {
    if (!Number.isFinite(trueNorm)) {
      status = "breakdown";
      break;
    }
    if (trueNorm <= target) {
      status = "converged";
      break;
    }
    if (restart > MAX_RESTARTS) {
      status = "stagnated";
      break;
    }
    preconditioner?.apply(r, z);
    p.set(z);
    let rho = dot(r, z);
    const startNorm = trueNorm;
    for (;;) {
      if (iterations >= maxIterations) {
        status = "iteration-limit";
        break;
      }
      // Underflow of r^T z for a tiny but non-zero r is a breakdown, not an indefinite preconditioner.
      if (!(rho > 0 && rho < Infinity)) {
        status = rho < 0 ? "indefinite" : "breakdown";
        break;
      }
      operator.apply(p, q);
      const curvature = dot(p, q);
      if (!(curvature > 0 && curvature < Infinity)) {
        if (curvature <= 0 && p.every(Number.isFinite)) {
          status = "indefinite";
          negativeCurvature = p.slice();
        } else {
          status = "breakdown";
        }
        break;
      }
      const alpha = rho / curvature;
      // Looked at before anything is written: x stays the last finite iterate.
      let finite = true;
      for (let i = 0; i < n; i++) finite &&= Number.isFinite(x[i]! + alpha * p[i]!);
      if (!finite) {
        status = "breakdown";
        break;
      }
      for (let i = 0; i < n; i++) x[i]! += alpha * p[i]!;
      for (let i = 0; i < n; i++) r[i]! -= alpha * q[i]!;
      const norm = norm2(r);
      iterations++;
      history.push(norm);
      const wantsStop = callback?.({ iteration: iterations, residualNorm: norm, x }) === "stop";
      if (norm <= target) break;
      if (wantsStop) {
        status = "stopped";
        break;
      }
      preconditioner?.apply(r, z);
      const rhoNext = dot(r, z);
      const beta = rhoNext / rho;
      rho = rhoNext;
      for (let i = 0; i < n; i++) p[i] = z[i]! + beta * p[i]!;
    }
    trueNorm = residual();
    if (status === undefined && trueNorm > target && trueNorm > 0.5 * startNorm && restart > 0) {
      status = "stagnated";
    }
  }
  // However the loop ended, the residual of the x that is returned decides.
  if (trueNorm <= target) status = "converged";
  const result: ConjugateGradientResult = {
    x,
    status,
    iterations,
    residualNorm: trueNorm,
    residualHistory: history,
    ...(negativeCurvature === undefined || status !== "indefinite" ? {} : { negativeCurvature }),
  };
  return krylovFinish("conjugateGradient", result, options);
}
