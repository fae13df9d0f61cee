import { DimensionError, DomainError } from "./errors.js";
import {
  type KrylovOptions,
  type KrylovResult,
  type KrylovStatus,
  krylovFinish,
  krylovSettings,
  krylovStart,
} from "./krylov.js";
import type { LinearOperator } from "./linear-operator.js";
import { requireFinite, requireNonNegative, requireNoOverlap } from "./validate.js";
import { norm2 } from "./vector.js";

/** Options of {@link lsqr}. */
export interface LsqrOptions extends KrylovOptions {
  /** A: m x n with a transpose (or tagged symmetric), any shape and rank. */
  readonly operator: LinearOperator;
  /** Right-hand side, length m. */
  readonly b: Float64Array;
  /** Minimise ||b - A x||^2 + damping^2 ||x||^2. Default 0. */
  readonly damping?: number;
  /**
   * Relative tolerance of the least-squares test
   * ||A^T r - damping^2 x|| <= normalTolerance ||Abar|| ||rbar||. Default: `tolerance`.
   */
  readonly normalTolerance?: number;
}

/** What {@link lsqr} returns. With damping, `residualNorm` and the history are sqrt(||b - A x||^2 + damping^2 ||x||^2). */
export interface LsqrResult extends KrylovResult {
  /** ||A^T (b - A x) - damping^2 x||_2, recomputed from x. */
  readonly normalResidualNorm: number;
  /** Estimate of ||A||_F (with damping, of the stacked matrix) from the bidiagonalisation. */
  readonly operatorNorm: number;
}

/**
 * Minimises ||b - A x||_2 (with damping: the ridge objective) by LSQR: like CG on the normal equations in exact
 * arithmetic, and much better behaved in floating point. From a zero start it converges to the solution
 * of least norm.
 *
 * Status `converged`: ||b - A x|| <= max(tolerance ||b||, absoluteTolerance), a consistent system.
 * Status `least-squares`: the normal equations hold to `normalTolerance` relative to ||A|| ||r||. Either is recomputed
 * from x. Cost: one application of A and of A^T and 3 m + 5 n flops an iteration.
 *
 * @throws {@link DimensionError} | {@link DomainError} for shapes that differ, a missing transpose, or a b that is not finite.
 * @see Paige and Saunders, ACM TOMS 8 (1982) 43.
 */
export function lsqr(options: LsqrOptions): LsqrResult {
  const { operator, b } = options;
  const damping = options.damping ?? 0;
  const m = operator.rows;
  const n = operator.cols;
  if (b.length !== m) {
    throw new DimensionError(`b has length ${b.length}, the operator is ${m} x ${n}`);
  }
  requireFinite("b", b);
  requireNonNegative("damping", damping);
  if (options.out !== undefined) requireNoOverlap("out", options.out, "b", b);
  const settings = krylovSettings(Math.min(m, n), options);
  const { tolerance, absoluteTolerance, maxIterations, callback } = settings;
  const normalTolerance = options.normalTolerance ?? tolerance;
  requireNonNegative("normalTolerance", normalTolerance);
  const stacked = stack(operator, damping);
  const x = krylovStart(n, options);
  const length = damping > 0 ? m + n : m;
  const bNorm = norm2(b);
  const target = Math.max(tolerance * bNorm, absoluteTolerance);

  const u = new Float64Array(length);
  const v = new Float64Array(n);
  const w = new Float64Array(n);
  const image = new Float64Array(length);
  const preimage = new Float64Array(n);
  const history: number[] = [];
  let iterations = 0;
  let frobenius = 0;
  let status: KrylovStatus | undefined;

  /** Leaves rbar in u and its normal residual in v. */
  const recompute = (): { residual: number; normal: number } => {
    stacked.apply(x, image);
    for (let i = 0; i < length; i++) u[i] = (i < m ? b[i]! : 0) - image[i]!;
    stacked.applyTranspose(u, v);
    return { residual: norm2(u), normal: norm2(v) };
  };
  const verdict = (norms: { residual: number; normal: number }): KrylovStatus | undefined => {
    if (!Number.isFinite(norms.residual + norms.normal)) return "breakdown";
    if (norms.residual <= target) return "converged";
    // ||A^T r|| / ||r|| is itself a lower bound on ||A||.
    const scale = Math.max(Math.sqrt(frobenius), norms.normal / norms.residual);
    return norms.normal <= normalTolerance * scale * norms.residual ? "least-squares" : undefined;
  };

  let norms = recompute();
  history.push(norms.residual);
  status = verdict(norms);
  for (let restart = 0; status === undefined; restart++) {
    const start = norms;
    let beta = norms.residual;
    for (let i = 0; i < length; i++) u[i]! /= beta;
    stacked.applyTranspose(u, v);
    let alpha = norm2(v);
    for (let i = 0; i < n; i++) v[i]! /= alpha;
    w.set(v);
    let phibar = beta;
    let rhobar = alpha;
    let sum = alpha ** 2;
    for (;;) {
      if (iterations >= maxIterations) {
        status = "iteration-limit";
        break;
      }
      stacked.apply(v, image);
      for (let i = 0; i < length; i++) u[i] = image[i]! - alpha * u[i]!;
      beta = norm2(u);
      if (beta > 0) for (let i = 0; i < length; i++) u[i]! /= beta;
      stacked.applyTranspose(u, preimage);
      for (let i = 0; i < n; i++) v[i] = preimage[i]! - beta * v[i]!;
      const nextAlpha = norm2(v);
      if (nextAlpha > 0) for (let i = 0; i < n; i++) v[i]! /= nextAlpha;
      const rho = Math.hypot(rhobar, beta);
      if (!(rho > 0 && rho < Infinity && nextAlpha < Infinity)) {
        status = "breakdown";
        break;
      }
      const c = rhobar / rho;
      const s = beta / rho;
      const theta = s * nextAlpha;
      rhobar = -c * nextAlpha;
      const phi = c * phibar;
      phibar *= s;
      let finite = true;
      for (let i = 0; i < n; i++) finite &&= Number.isFinite(x[i]! + (phi / rho) * w[i]!);
      if (!finite) {
        status = "breakdown";
        break;
      }
      for (let i = 0; i < n; i++) {
        x[i]! += (phi / rho) * w[i]!;
        w[i] = v[i]! - (theta / rho) * w[i]!;
      }
      alpha = nextAlpha;
      sum += beta ** 2 + alpha ** 2;
      frobenius = Math.max(frobenius, sum);
      iterations++;
      history.push(phibar);
      const wantsStop = callback?.({ iteration: iterations, residualNorm: phibar, x }) === "stop";
      // Entry by entry the recurrence of Paige and Saunders: ||A^T r|| = phibar alpha |c|.
      const normal = phibar * alpha * Math.abs(c);
      if (phibar <= target || normal <= normalTolerance * Math.sqrt(sum) * phibar) break;
      if (wantsStop) {
        status = "stopped";
        break;
      }
    }
    norms = recompute();
    const found = verdict(norms);
    if (found !== undefined) status = found;
    else if (status === undefined) {
      const better = norms.residual < 0.5 * start.residual || norms.normal < 0.5 * start.normal;
      if (restart >= 3 || (restart > 0 && !better)) status = "stagnated";
    }
  }
  return krylovFinish(
    "lsqr",
    {
      x,
      status,
      iterations,
      residualNorm: norms.residual,
      residualHistory: history,
      normalResidualNorm: norms.normal,
      operatorNorm: Math.sqrt(frobenius),
    },
    options,
  );
}

interface Stacked {
  apply(x: Float64Array, out: Float64Array): void;
  applyTranspose(y: Float64Array, out: Float64Array): void;
}

/** [A; damping I], or A itself. */
function stack(operator: LinearOperator, damping: number): Stacked {
  const m = operator.rows;
  const symmetric = operator.tags?.symmetric === true || operator.tags?.psd === true;
  if (operator.applyTranspose === undefined && !symmetric) {
    throw new DomainError("operator has no applyTranspose and is not tagged symmetric");
  }
  const transposed = (y: Float64Array, out: Float64Array): Float64Array =>
    operator.applyTranspose === undefined
      ? operator.apply(y, out)
      : operator.applyTranspose(y, out);
  if (damping === 0) {
    return {
      apply: (x, out) => void operator.apply(x, out),
      applyTranspose: (y, out) => void transposed(y, out),
    };
  }
  return {
    apply: (x, out) => {
      operator.apply(x, out.subarray(0, m));
      for (let i = 0; i < x.length; i++) out[m + i] = damping * x[i]!;
    },
    applyTranspose: (y, out) => {
      transposed(y.subarray(0, m), out);
      for (let i = 0; i < out.length; i++) out[i]! += damping * y[m + i]!;
    },
  };
}
