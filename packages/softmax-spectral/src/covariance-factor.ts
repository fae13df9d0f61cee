import { DomainError, type LinearOperator, requireLength } from "@xent/linalg";
import { requireProbabilities } from "./covariance.js";

/** Q = L L^T with L of C rows and `rank` columns. */
export interface CovarianceFactor extends LinearOperator {
  applyTranspose(y: Float64Array, out?: Float64Array): Float64Array;
  /** Number of classes with p > 0, less one. */
  readonly rank: number;
  /** Class that each column eliminates, most probable first: column j is 0 on `order[0..j-1]`. */
  readonly order: Int32Array;
}

function positiveClassesDescending(p: ArrayLike<number>): Int32Array {
  const classes: number[] = [];
  for (let i = 0; i < p.length; i++) if (p[i]! > 0) classes.push(i);
  return Int32Array.from(classes.sort((a, b) => p[b]! - p[a]!));
}

/**
 * Square root factor of the softmax covariance: the pivoted Cholesky factor of
 * Q = diag(p) - p p^T in closed form, L of full column rank.
 *
 * Eliminating a class leaves (mass of the others) times the covariance of the others, renormalised.
 * With the classes in descending order, R_j = sum_{i >= j} p_i and r_j = sum_{i > j} p_i the entries
 * are L_jj = sqrt(p_j r_j / R_j) and L_ij = -p_i sqrt(p_j / (R_j r_j)): sums of probabilities only, so
 * every entry has full relative accuracy. L x and L^T y cost O(C) by prefix sums.
 *
 * @param probabilities - p, length C >= 1, as for `softmaxCovariance`.
 * @throws DimensionError, DomainError. O(C log C).
 */
export function softmaxCovarianceFactor(probabilities: ArrayLike<number>): CovarianceFactor {
  requireProbabilities("probabilities", probabilities);
  const n = probabilities.length;
  const order = positiveClassesDescending(probabilities);
  const rank = order.length - 1;
  const p = Float64Array.from(order, (i) => probabilities[i]!);
  const diagonal = new Float64Array(rank);
  const below = new Float64Array(rank);
  let after = p[rank]!;
  for (let j = rank - 1; j >= 0; j--) {
    const from = after + p[j]!;
    // Quotients of square roots: no product of two tiny masses is formed.
    const share = Math.sqrt(p[j]! / from);
    diagonal[j] = share * Math.sqrt(after);
    below[j] = share / Math.sqrt(after);
    after = from;
  }

  const apply = (x: Float64Array, out: Float64Array = new Float64Array(n)): Float64Array => {
    requireLength("x", x, rank);
    requireLength("out", out, n);
    out.fill(0);
    let earlier = 0;
    for (let j = 0; j < rank; j++) {
      out[order[j]!] = diagonal[j]! * x[j]! - p[j]! * earlier;
      earlier += below[j]! * x[j]!;
    }
    out[order[rank]!] = -p[rank]! * earlier;
    return out;
  };
  const applyTranspose = (y: Float64Array, out: Float64Array = new Float64Array(rank)) => {
    requireLength("y", y, n);
    requireLength("out", out, rank);
    let later = p[rank]! * y[order[rank]!]!;
    for (let j = rank - 1; j >= 0; j--) {
      const value = y[order[j]!]!;
      out[j] = diagonal[j]! * value - below[j]! * later;
      later += p[j]! * value;
    }
    return out;
  };
  return { rows: n, cols: rank, rank, order, apply, applyTranspose };
}

/**
 * Moore-Penrose inverse of the softmax covariance: on the m classes with p > 0 it is
 * J diag(1/p) J with J = I - 1 1^T / m, and 0 on the others. Symmetric, PSD, O(C) an application.
 *
 * @param probabilities - p, length C >= 1, as for `softmaxCovariance`.
 * @throws DimensionError, DomainError: also when some 1 / p_i > 0 overflows (p below 5.6e-309).
 */
export function softmaxCovariancePseudoInverse(probabilities: ArrayLike<number>): LinearOperator {
  requireProbabilities("probabilities", probabilities);
  const n = probabilities.length;
  let m = 0;
  for (let i = 0; i < n; i++) {
    const p = probabilities[i]!;
    if (p === 0) continue;
    if (1 / p === Infinity) {
      throw new DomainError(
        `probabilities[${i}] = ${p} has no finite reciprocal; mask the class instead`,
      );
    }
    m++;
  }
  const p = Float64Array.from(probabilities);
  const centre = (x: Float64Array): void => {
    let mean = 0;
    for (let i = 0; i < n; i++) if (p[i]! > 0) mean += x[i]! / m;
    for (let i = 0; i < n; i++) x[i] = p[i]! > 0 ? x[i]! - mean : 0;
  };
  const apply = (x: Float64Array, out: Float64Array = new Float64Array(n)): Float64Array => {
    requireLength("x", x, n);
    requireLength("out", out, n);
    if (out !== x) out.set(x);
    centre(out);
    for (let i = 0; i < n; i++) if (p[i]! > 0) out[i]! /= p[i]!;
    centre(out);
    return out;
  };
  return { rows: n, cols: n, tags: { symmetric: true, psd: true }, apply, applyTranspose: apply };
}
