import {
  type Dense,
  dense,
  norm2,
  planGroupTransform,
  requireFinite,
  requireShape,
  transpose,
} from "@xent/linalg";

/** What {@link basisAlignment} found. */
export interface BasisAlignment {
  /** The diagonal of Phi^T A Phi: the eigenvalues of the part of A that the basis diagonalises. Length k. */
  readonly modes: Float64Array;
  /** Frobenius norm of what stands off the diagonal. */
  readonly offDiagonal: number;
  /** Share of ||A||_F^2 on the diagonal, in [0, 1]; 1 iff Phi diagonalises A; 1 for the zero matrix. */
  readonly alignment: number;
}

/**
 * How well the real basis Phi of the characters of a group (for Z_2^m the Hadamard basis) diagonalises A: the alignment of
 * the singular vectors, told without asking for single vectors, which equal singular values leave open. Give
 * the logits W2 W1 to see both sides, or W2 W2^T, W1^T W1 to see one.
 *
 * @param a - k x k, finite. @param group - orders of its cyclic factors.
 * @throws DimensionError, DomainError. O(k^2 log k).
 */
export function basisAlignment(a: Dense, group: readonly number[]): BasisAlignment {
  const plan = planGroupTransform(group);
  const k = plan.size;
  requireShape("a", a, k, k);
  requireFinite("a.data", a.data);
  // Phi is symmetric: rows, then columns as the rows of the transpose.
  const inBasis = transpose(transformRows(transpose(transformRows(a))));
  function transformRows(m: Dense): Dense {
    const out = dense(k, k);
    for (let i = 0; i < k; i++) {
      plan.hartley(m.data.subarray(i * k, (i + 1) * k), out.data.subarray(i * k, (i + 1) * k));
    }
    return out;
  }
  const modes = new Float64Array(k);
  for (let c = 0; c < k; c++) {
    modes[c] = inBasis.data[c * k + c]!;
    inBasis.data[c * k + c] = 0;
  }
  const offDiagonal = norm2(inBasis.data);
  const diagonal = norm2(modes);
  const total = Math.hypot(diagonal, offDiagonal);
  return { modes, offDiagonal, alignment: total === 0 ? 1 : (diagonal / total) ** 2 };
}
