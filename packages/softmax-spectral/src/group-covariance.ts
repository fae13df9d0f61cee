import { type LinearOperator, requireFinite, requireInteger, requireLength } from "@xent/linalg";
import { differences } from "./abelian-group.js";
import { softmaxCovariance } from "./covariance.js";
import { type GroupMatrix, requireSameGroup } from "./group-matrix.js";
import { softmax } from "./log-sum-exp.js";

/**
 * The softmax covariance of one column of P = column softmax of Z_ij = zeta(i - j): diag(p) - p p^T with
 * p_i = pi(i - column), pi = softmax(zeta). All columns have the same covariance up to a permutation, hence
 * the same eigenvalues. O(k) to build and an application; see {@link softmaxCovariance}.
 *
 * @param column - in 0..k-1, default 0: then it is also the Jacobian of pi with respect to zeta.
 * @throws DomainError.
 */
export function groupSoftmaxCovariance(matrix: GroupMatrix, column = 0): LinearOperator {
  const { group, symbol } = matrix;
  requireInteger("column", column, 0, group.size - 1);
  const pi = softmax(symbol);
  // i - column = -(column - i).
  const back = differences(group, column, new Int32Array(group.size));
  return softmaxCovariance(pi.map((_, i) => pi[group.negation[back[i]!]!]!));
}

/**
 * The directional derivative of {@link groupSoftmax}: column j of the result is the covariance of column j of the
 * softmax times column j of `direction`. Again a group matrix, with symbol Q(pi) v. O(k).
 *
 * @param direction - a matrix of the same group; v is its symbol.
 * @param out - length k: the symbol of the result; may be that of `direction`.
 * @throws DimensionError, DomainError when the groups differ.
 */
export function groupSoftmaxDerivative(
  matrix: GroupMatrix,
  direction: GroupMatrix,
  out?: Float64Array,
): GroupMatrix {
  requireSameGroup(matrix, direction);
  requireFinite("direction.symbol", direction.symbol);
  const covariance = softmaxCovariance(softmax(matrix.symbol));
  return { group: matrix.group, symbol: covariance.apply(direction.symbol, out) };
}

/**
 * The mean over the columns of their softmax covariances, (I - P P^T) / k: a symmetric group matrix with the
 * eigenvalues (1 - |phat_c|^2) / k, in [0, 1 / k] and 0 at the trivial character. With one sample a class it is
 * the Hessian of the mean cross-entropy in a bias that all samples share.
 *
 * Computed from 1 - phat, the transform of e_0 - pi: each entry is right to a few log2(k) u of
 * (1 - pi_0) / k, also when pi_0 rounds to 1. O(k log k).
 */
export function groupSoftmaxMeanCovariance(matrix: GroupMatrix): GroupMatrix {
  const { group, symbol } = matrix;
  const k = group.size;
  requireLength("symbol", symbol, k);
  const re = softmax(symbol);
  const im = new Float64Array(k);
  let others = 0;
  for (let g = 1; g < k; g++) others += re[g]!;
  re[0] = -others;
  group.forward(re, im);
  re[0] = 0;
  // With d = phat - 1: 1 - |phat|^2 = -2 Re d - |d|^2.
  for (let c = 1; c < k; c++) re[c] = (-2 * re[c]! - re[c]! ** 2 - im[c]! ** 2) / k;
  return { group, symbol: group.evenSymbol(re, re) };
}
