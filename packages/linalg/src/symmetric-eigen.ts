import { EigenvalueDecomposition } from "ml-matrix";
import { type Dense, dense } from "./dense.js";
import { powerOfTwoScale, scaledMlMatrix } from "./ml-matrix.js";
import { requireSymmetric } from "./validate.js";

/** A = V diag(values) V^T. */
export interface SymmetricEigen {
  /** Ascending, length n. */
  readonly values: Float64Array;
  /** n x n; column i belongs to values[i]; orthonormal. */
  readonly vectors: Dense;
}

/**
 * Eigenvalues and orthonormal eigenvectors of a symmetric matrix (tridiagonalisation and QL, by
 * ml-matrix). The matrix is scaled by a power of two first, so that huge and tiny entries do no
 * harm. Each eigenvalue is right to a small multiple of n u ||A||_2. O(9 n^3).
 *
 * @throws {@link DimensionError} | {@link DomainError} unless `a` is square, finite and symmetric up to rounding.
 */
export function symmetricEigen(a: Dense): SymmetricEigen {
  requireSymmetric("a", a);
  const n = a.rows;
  const values = new Float64Array(n);
  const vectors = dense(n, n);
  if (n === 0) return { values, vectors };
  const scale = powerOfTwoScale(a.data);
  const evd = new EigenvalueDecomposition(scaledMlMatrix(a, scale), { assumeSymmetric: true });
  const found = evd.realEigenvalues;
  const order = Array.from(found.keys()).sort((i, j) => found[i]! - found[j]!);
  const v = evd.eigenvectorMatrix;
  order.forEach((from, to) => {
    values[to] = found[from]! / scale;
    for (let i = 0; i < n; i++) vectors.data[i * n + to] = v.get(i, from);
  });
  return { values, vectors };
}
