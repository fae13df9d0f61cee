import {
  type Dense,
  DimensionError,
  DomainError,
  dense,
  type LinearOperator,
  requireFinite,
  requireLength,
  requireShape,
} from "@xent/linalg";
import { argmaxSpan } from "./softmax-span.js";

/** How far from 1 the sum of probabilities may be: float32 probabilities of 1e4 classes pass. */
const SUM_SLACK = 1e-3;

/** Throws unless the span holds n >= 1 numbers >= 0 that sum to about one. */
export function requireProbabilities(
  name: string,
  p: ArrayLike<number>,
  start = 0,
  n: number = p.length,
): void {
  if (n === 0) throw new DimensionError(`${name} has no classes`);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const v = p[start + i]!;
    if (!(v >= 0 && v < Infinity)) {
      throw new DomainError(`${name}[${i}] = ${v}, expected a probability >= 0`);
    }
    sum += v;
  }
  if (!(Math.abs(sum - 1) <= SUM_SLACK)) {
    throw new DomainError(`${name} sums to ${sum}, expected 1`);
  }
}

/**
 * Unchecked: q_i = p_i (v_i - mean), the mean under p / sum(p). The vector is first shifted by its
 * entry at the most probable class `top`, which keeps every unit vector exact to rounding
 * (Q_tt = p_t times the sum of the other probabilities) and maps a constant to exactly 0.
 */
function applySpan(
  p: ArrayLike<number>,
  pStart: number,
  n: number,
  top: number,
  mass: number,
  v: ArrayLike<number>,
  vStart: number,
  out: Float64Array,
  outStart: number,
): void {
  const shift = v[vStart + top]!;
  let mean = 0;
  for (let i = 0; i < n; i++) {
    const w = p[pStart + i]!;
    // A masked class takes no part, even where v is huge.
    if (w > 0) mean += w * (v[vStart + i]! - shift);
  }
  mean /= mass;
  for (let i = 0; i < n; i++) {
    const w = p[pStart + i]!;
    out[outStart + i] = w > 0 ? w * (v[vStart + i]! - shift - mean) : 0;
  }
}

function massOf(p: ArrayLike<number>, start: number, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += p[start + i]!;
  return sum;
}

/**
 * The softmax covariance Q = diag(p) - p p^T as an operator: symmetric, PSD, with null vector 1;
 * the Hessian of logSumExp and the Jacobian of softmax. v^T Q v is the variance of v under p and at
 * most (max v - min v)^2 / 4. One application costs O(C) and allocates nothing when `out` is given.
 *
 * @param probabilities - p, length C >= 1, entries >= 0 that sum to one up to rounding (what the
 *   sum lacks is made good: Q = diag(p) - p p^T / sum(p)); copied.
 * @throws DimensionError, DomainError.
 */
export function softmaxCovariance(probabilities: ArrayLike<number>): LinearOperator {
  requireProbabilities("probabilities", probabilities);
  const p = Float64Array.from(probabilities);
  const n = p.length;
  const top = argmaxSpan(p, 0, n);
  const mass = massOf(p, 0, n);
  const apply = (x: Float64Array, out: Float64Array = new Float64Array(n)): Float64Array => {
    requireLength("x", x, n);
    requireLength("out", out, n);
    applySpan(p, 0, n, top, mass, x, 0, out, 0);
    return out;
  };
  return { rows: n, cols: n, tags: { symmetric: true, psd: true }, apply, applyTranspose: apply };
}

/**
 * Variance of `values` under p, v^T Q v = sum_i p_i (v_i - mean)^2: second derivative of logSumExp along v.
 * Centred first, so nothing cancels; at most (max v - min v)^2 / 4 over the classes with p > 0.
 *
 * @param probabilities - p, length C >= 1, as in {@link softmaxCovariance}.
 * @param values - v, length C.
 * @throws DimensionError, DomainError. O(C).
 */
export function softmaxVariance(
  probabilities: ArrayLike<number>,
  values: ArrayLike<number>,
): number {
  const n = probabilities.length;
  requireProbabilities("probabilities", probabilities);
  requireLength("values", values, n);
  requireFinite("values", values);
  const shift = values[argmaxSpan(probabilities, 0, n)]!;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += probabilities[i]! * (values[i]! - shift);
  mean /= massOf(probabilities, 0, n);
  let s = 0;
  for (let i = 0; i < n; i++) s += probabilities[i]! * (values[i]! - shift - mean) ** 2;
  return s;
}

/**
 * Applies the covariance of each row: out_i = diag(p_i) v_i - p_i (p_i . v_i). O(B C).
 *
 * @param probabilities - P, B x C, each row as in {@link softmaxCovariance}.
 * @param vectors - V, B x C.
 * @param out - B x C; may be `vectors`, not `probabilities`.
 * @throws DimensionError, DomainError.
 */
export function softmaxCovarianceApplyRows(
  probabilities: Dense,
  vectors: Dense,
  out: Dense = dense(probabilities.rows, probabilities.cols),
): Dense {
  const { rows, cols, data: p } = probabilities;
  requireShape("probabilities", probabilities, rows, cols);
  requireShape("vectors", vectors, rows, cols);
  requireShape("out", out, rows, cols);
  for (let i = 0; i < rows; i++) requireProbabilities(`probabilities row ${i}`, p, i * cols, cols);
  for (let i = 0; i < rows; i++) {
    const start = i * cols;
    const top = argmaxSpan(p, start, cols);
    applySpan(p, start, cols, top, massOf(p, start, cols), vectors.data, start, out.data, start);
  }
  return out;
}
