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

/** Options of {@link minres}. */
export interface MinresOptions extends KrylovOptions {
  /** A: n x n and symmetric, definite or not, singular or not. Not checked beyond its shape. */
  readonly operator: LinearOperator;
  /** Right-hand side, length n. */
  readonly b: Float64Array;
  /** Approximates |A|^-1: symmetric positive definite. Default: the identity. */
  readonly preconditioner?: LinearOperator;
}

const MAX_RESTARTS = 3;

/**
 * Solves A x = b for a symmetric, possibly indefinite A, by MINRES: the residual norm (in the norm of the
 * preconditioner) never grows.
 *
 * `converged` means ||b - A x||_2 <= max(tolerance ||b||_2, absoluteTolerance), recomputed from x. Without a
 * preconditioner an inconsistent system (A singular, b out of its range) ends as `least-squares` once
 * ||A r||_2 <= tolerance ||A|| ||r||_2, ||A|| estimated from below by the columns of the Lanczos matrix; then x minimises ||b - A x||_2.
 * Cost: one application of A (and of the preconditioner) and 9 n flops an iteration; seven vectors.
 *
 * @throws {@link DimensionError} | {@link DomainError} for shapes that differ or a b that is not finite.
 * @see Paige and Saunders, SIAM J. Numer. Anal. 12 (1975) 617.
 */
export function minres(options: MinresOptions): KrylovResult {
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

  // The Lanczos vectors before the preconditioner (previous, current) and after it (y, v).
  let previous = new Float64Array(n);
  let current = new Float64Array(n);
  const y = preconditioner === undefined ? undefined : new Float64Array(n);
  const v = new Float64Array(n);
  let next = new Float64Array(n);
  let w = new Float64Array(n);
  let wOld = new Float64Array(n);
  let wOlder = new Float64Array(n);
  const residual = new Float64Array(n);
  const history: number[] = [];
  let iterations = 0;
  let status: KrylovStatus | undefined;
  let operatorNorm = 0;

  const recompute = (): number => {
    if (x.every((t) => t === 0)) {
      residual.set(b);
    } else {
      operator.apply(x, next);
      for (let i = 0; i < n; i++) residual[i] = b[i]! - next[i]!;
    }
    return norm2(residual);
  };
  /** ||A r|| <= tolerance ||A|| ||r||, by the residual at hand. */
  const isLeastSquares = (residualNorm: number): boolean => {
    operator.apply(residual, next);
    return norm2(next) <= tolerance * operatorNorm * residualNorm;
  };

  if (bNorm === 0) x.fill(0);
  let trueNorm = recompute();
  history.push(trueNorm);
  for (let restart = 0; status === undefined; restart++) {
    if (!Number.isFinite(trueNorm)) status = "breakdown";
    else if (trueNorm <= target) status = "converged";
    else if (restart > 0 && preconditioner === undefined && isLeastSquares(trueNorm)) {
      status = "least-squares";
    } else if (restart > MAX_RESTARTS) status = "stagnated";
    if (status !== undefined) break;

    const startNorm = trueNorm;
    current.set(residual);
    previous.fill(0);
    w.fill(0);
    wOld.fill(0);
    wOlder.fill(0);
    let z = precondition(preconditioner, current, y);
    let squared = dot(current, z);
    if (!(squared > 0 && squared < Infinity)) {
      status = squared < 0 ? "indefinite" : "breakdown";
      break;
    }
    let beta = Math.sqrt(squared);
    let oldBeta = 0;
    let dbar = 0;
    let epsilon = 0;
    let phibar = beta;
    let cs = -1;
    let sn = 0;
    for (let step = 1; ; step++) {
      if (iterations >= maxIterations) {
        status = "iteration-limit";
        break;
      }
      for (let i = 0; i < n; i++) v[i] = z[i]! / beta;
      operator.apply(v, next);
      if (step > 1) for (let i = 0; i < n; i++) next[i]! -= (beta / oldBeta) * previous[i]!;
      const alpha = dot(v, next);
      for (let i = 0; i < n; i++) next[i]! -= (alpha / beta) * current[i]!;
      const recycled = previous;
      previous = current;
      current = next;
      next = recycled;
      z = precondition(preconditioner, current, y);
      oldBeta = beta;
      squared = dot(current, z);
      if (!(squared >= 0 && squared < Infinity)) {
        status = squared < 0 ? "indefinite" : "breakdown";
        break;
      }
      beta = Math.sqrt(squared);
      // A column of the Lanczos matrix: its norm is at most ||A||.
      operatorNorm = Math.max(operatorNorm, Math.hypot(alpha, step > 1 ? oldBeta : 0, beta));

      // The plane rotation that keeps the tridiagonal matrix upper triangular.
      const oldEpsilon = epsilon;
      const delta = cs * dbar + sn * alpha;
      const gbar = sn * dbar - cs * alpha;
      epsilon = sn * beta;
      dbar = -cs * beta;
      const gamma = Math.hypot(gbar, beta);
      // ||A r|| / ||r|| of the x so far. Looked at before x moves: near a null vector of A the next step
      // would be huge and useless.
      const normalRatio = Math.hypot(gbar, dbar);
      const flat = preconditioner === undefined && normalRatio <= tolerance * operatorNorm;
      if (gamma === 0 || (flat && step > 1)) {
        iterations++;
        history.push(history[history.length - 1]!);
        break;
      }
      cs = gbar / gamma;
      sn = beta / gamma;
      const phi = cs * phibar;
      const recycledW = wOlder;
      wOlder = wOld;
      wOld = w;
      w = recycledW;
      let finite = true;
      for (let i = 0; i < n; i++) {
        w[i] = (v[i]! - oldEpsilon * wOlder[i]! - delta * wOld[i]!) / gamma;
        finite &&= Number.isFinite(x[i]! + phi * w[i]!);
      }
      if (!finite) {
        status = "breakdown";
        break;
      }
      for (let i = 0; i < n; i++) x[i]! += phi * w[i]!;
      phibar *= sn;
      // phibar is the norm of the residual when there is no preconditioner; else the residual is carried along.
      let norm = phibar;
      if (preconditioner !== undefined) {
        const s2 = sn * sn;
        const factor = beta === 0 ? 0 : (phibar * cs) / beta;
        for (let i = 0; i < n; i++) residual[i] = s2 * residual[i]! - factor * current[i]!;
        norm = norm2(residual);
      }
      iterations++;
      history.push(norm);
      const wantsStop = callback?.({ iteration: iterations, residualNorm: norm, x }) === "stop";
      if (norm <= target || beta === 0) break;
      if (wantsStop) {
        status = "stopped";
        break;
      }
    }
    trueNorm = recompute();
    if (status === undefined && restart > 0 && trueNorm > target && trueNorm > 0.5 * startNorm) {
      const flat = preconditioner === undefined && isLeastSquares(trueNorm);
      status = flat ? "least-squares" : "stagnated";
    }
  }
  if (trueNorm <= target) status = "converged";
  return krylovFinish(
    "minres",
    { x, status, iterations, residualNorm: trueNorm, residualHistory: history },
    options,
  );
}

function precondition(
  preconditioner: LinearOperator | undefined,
  vector: Float64Array,
  out: Float64Array | undefined,
): Float64Array {
  return preconditioner === undefined ? vector : preconditioner.apply(vector, out);
}
