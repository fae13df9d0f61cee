import { SingularValueDecomposition } from "ml-matrix";
import { type Dense, dense, transpose } from "./dense.js";
import { fromMlMatrix, powerOfTwoScale, scaledMlMatrix } from "./ml-matrix.js";
import { requireFinite, requireShape } from "./validate.js";

/** Thin decomposition A = U diag(values) V^T with r = min(rows, cols) terms. */
export interface Svd {
  /** rows x r, orthonormal columns. */
  readonly u: Dense;
  /** Descending, >= 0, length r. */
  readonly values: Float64Array;
  /** cols x r, orthonormal columns. */
  readonly v: Dense;
  /** Values above max(rows, cols) 2^-52 values[0]. */
  readonly rank: number;
  /** values[0] / values[r - 1]; Infinity when the last is 0, 1 for an empty matrix. */
  readonly condition: number;
}

interface Raw {
  readonly u: Dense | undefined;
  readonly values: Float64Array;
  readonly v: Dense | undefined;
}

/** Always on the tall side: ml-matrix's algorithm wants rows >= cols. */
function decompose(a: Dense, vectors: boolean): Raw {
  requireShape("a", a, a.rows, a.cols);
  requireFinite("a.data", a.data);
  if (a.rows < a.cols) {
    const { u, values, v } = decompose(transpose(a), vectors);
    return { u: v, values, v: u };
  }
  const r = a.cols;
  if (r === 0) return { u: dense(a.rows, 0), values: new Float64Array(0), v: dense(a.cols, 0) };
  const scale = powerOfTwoScale(a.data);
  const s = new SingularValueDecomposition(scaledMlMatrix(a, scale), {
    computeLeftSingularVectors: vectors,
    computeRightSingularVectors: vectors,
  });
  return {
    u: vectors ? fromMlMatrix(s.leftSingularVectors) : undefined,
    values: Float64Array.from(s.diagonal, (value) => value / scale),
    v: vectors ? fromMlMatrix(s.rightSingularVectors) : undefined,
  };
}

/**
 * Thin singular value decomposition (Golub-Kahan-Reinsch, by ml-matrix). The matrix is scaled by a
 * power of two first, so that huge and tiny entries do no harm. Each singular value is right to a
 * small multiple of max(m, n) u ||A||_2. O(m n min(m, n)).
 *
 * @param a - rows x cols, any shape, finite.
 */
export function svd(a: Dense): Svd {
  const { u, values, v } = decompose(a, true);
  const first = values[0] ?? 0;
  const last = values[values.length - 1] ?? 0;
  const threshold = Math.max(a.rows, a.cols) * 2 ** -52 * first;
  return {
    u: u!,
    values,
    v: v!,
    rank: values.filter((s) => s > threshold).length,
    condition: values.length === 0 ? 1 : first / last,
  };
}

/** The singular values alone, descending; length min(rows, cols). See {@link svd}. */
export function singularValues(a: Dense): Float64Array {
  return decompose(a, false).values;
}
