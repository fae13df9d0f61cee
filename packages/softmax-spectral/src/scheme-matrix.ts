import {
  type Dense,
  DomainError,
  dense,
  multiplyVector,
  requireFinite,
  requireInteger,
  requireLength,
} from "@xent/linalg";
import type { AssociationScheme } from "./association-scheme.js";
import { argmaxSpan, exponentialsSpan } from "./softmax-span.js";

/** The n x n matrix Z_xy = values[relation(x, y)] of a symmetric association scheme: d + 1 numbers for n^2. */
export interface SchemeMatrix {
  readonly scheme: AssociationScheme;
  /** Length d + 1. */
  readonly values: Float64Array;
}

/**
 * The matrix with the given value for each relation (length d + 1, finite; not copied).
 *
 * @throws DimensionError, DomainError.
 */
export function schemeMatrix(scheme: AssociationScheme, values: Float64Array): SchemeMatrix {
  requireLength("values", values, scheme.rank);
  requireFinite("values", values);
  return { scheme, values };
}

/**
 * The matrix with eigenvalue spectrum_j on eigenspace j. O(d^2).
 *
 * @param spectrum - length d + 1, finite.
 * @param out - length d + 1; not `spectrum`.
 * @throws DimensionError, DomainError.
 */
export function schemeMatrixFromSpectrum(
  scheme: AssociationScheme,
  spectrum: Float64Array,
  out?: Float64Array,
): SchemeMatrix {
  requireLength("spectrum", spectrum, scheme.rank);
  requireFinite("spectrum", spectrum);
  const values = multiplyVector(scheme.dualEigenmatrix, spectrum, out);
  for (let i = 0; i < values.length; i++) values[i]! /= scheme.pointCount;
  return { scheme, values };
}

/**
 * Eigenvalues sum_i P_ji z_i, one for each eigenspace j (of dimension `multiplicities[j]`). O(d^2).
 *
 * @param out - length d + 1; not the values of the matrix.
 */
export function schemeEigenvalues(matrix: SchemeMatrix, out?: Float64Array): Float64Array {
  return multiplyVector(matrix.scheme.eigenmatrix, matrix.values, out);
}

/** The n x n matrix, n <= 2^14. O(n^2) calls of `relation`. */
export function schemeMatrixToDense(matrix: SchemeMatrix): Dense {
  const { scheme, values } = matrix;
  const n = scheme.pointCount;
  requireInteger("pointCount", n, 1, 2 ** 14);
  const out = dense(n, n);
  for (let x = 0; x < n; x++) {
    for (let y = 0; y <= x; y++) {
      const v = values[scheme.relation(x, y)]!;
      out.data[x * n + y] = v;
      out.data[y * n + x] = v;
    }
  }
  return out;
}

/**
 * The product A B, again a matrix of the scheme, through the eigenvalues. O(d^2).
 *
 * @throws DomainError when the schemes differ (in name or number of points).
 */
export function multiplySchemeMatrices(a: SchemeMatrix, b: SchemeMatrix): SchemeMatrix {
  const { scheme } = a;
  if (scheme.name !== b.scheme.name || scheme.pointCount !== b.scheme.pointCount) {
    throw new DomainError(`schemes differ: ${scheme.name} and ${b.scheme.name}`);
  }
  const x = schemeEigenvalues(a);
  const y = schemeEigenvalues(b);
  for (let j = 0; j < x.length; j++) x[j]! *= y[j]!;
  return schemeMatrixFromSpectrum(scheme, x);
}

/**
 * Softmax of every column, again a matrix of the scheme: every column holds k_i logits z_i, so that
 * p_i = exp(z_i) / sum_h k_h exp(z_h). Symmetric and doubly stochastic; eigenvalue 1 on eigenspace 0. O(d).
 *
 * @param out - length d + 1: the new values; may be the old ones.
 */
export function schemeSoftmax(
  matrix: SchemeMatrix,
  out: Float64Array = new Float64Array(matrix.values.length),
): SchemeMatrix {
  const { scheme, values } = matrix;
  requireLength("values", values, scheme.rank);
  requireFinite("values", values);
  requireLength("out", out, scheme.rank);
  const top = argmaxSpan(values, 0, values.length);
  exponentialsSpan(values, 0, values.length, top, 1, out, 0);
  let total = 0;
  for (let i = 0; i < out.length; i++) total += scheme.valencies[i]! * out[i]!;
  for (let i = 0; i < out.length; i++) out[i]! /= total;
  return { scheme, values: out };
}

/**
 * 1 - phat_j for every eigenspace j, phat the eigenvalues of {@link schemeSoftmax}: sum_i p_i (k_i - P_ji), a sum of
 * terms >= 0 with full relative accuracy where `scheme.deficits` has it. In [0, 2]. O(d^2).
 *
 * @param out - length d + 1.
 */
export function schemeSoftmaxGaps(matrix: SchemeMatrix, out?: Float64Array): Float64Array {
  return multiplyVector(matrix.scheme.deficits, schemeSoftmax(matrix).values, out);
}
