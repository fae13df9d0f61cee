import { QrDecomposition } from "ml-matrix";
import { type Dense, dense } from "./dense.js";
import { powerOfTwoScale, scaledMlMatrix } from "./ml-matrix.js";
import { multiplyTransposeA } from "./product.js";
import { solveUpper } from "./triangular.js";
import { requireFinite, requireLength, requireShape } from "./validate.js";

/** Thin decomposition A = Q R with r = min(rows, cols). */
export interface Qr {
  /** rows x r, orthonormal columns. */
  readonly q: Dense;
  /** r x cols, upper triangular (trapezoidal when rows < cols), diagonal >= 0. */
  readonly r: Dense;
  /**
   * "rank-deficient" when the smallest |r_ii| is at most max(rows, cols) 2^-52 times the largest. QR
   * without pivoting can miss a deficiency: {@link svd} tells surely.
   */
  readonly status: "full-rank" | "rank-deficient";
}

/**
 * Thin QR decomposition (Householder, by ml-matrix), signs chosen so that R has a diagonal >= 0: for
 * a matrix of full column rank it is unique. O(2 m n^2).
 *
 * @param a - rows x cols, any shape, finite.
 */
export function qr(a: Dense): Qr {
  requireShape("a", a, a.rows, a.cols);
  requireFinite("a.data", a.data);
  const { rows: m, cols: n } = a;
  const k = Math.min(m, n);
  const q = dense(m, k);
  if (k === 0) return { q, r: dense(k, n), status: "full-rank" };
  const scale = powerOfTwoScale(a.data);
  // The leading k columns fix Q; the others follow as Q^T A.
  const head = dense(m, k);
  for (let i = 0; i < m; i++) head.data.set(a.data.subarray(i * n, i * n + k), i * k);
  const decomposition = new QrDecomposition(scaledMlMatrix(head, scale));
  const ml = decomposition.orthogonalMatrix;
  const upper = decomposition.upperTriangularMatrix;
  const flip = Array.from({ length: k }, (_, j) => (upper.get(j, j) < 0 ? -1 : 1));
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < k; j++) q.data[i * k + j] = flip[j]! * ml.get(i, j);
  }
  const r = n > k ? multiplyTransposeA(q, a) : dense(k, n);
  let smallest = Infinity;
  let largest = 0;
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) {
      r.data[i * n + j] = j < i ? 0 : (flip[i]! * upper.get(i, j)) / scale;
    }
    smallest = Math.min(smallest, r.data[i * n + i]!);
    largest = Math.max(largest, r.data[i * n + i]!);
  }
  const deficient = smallest <= Math.max(m, n) * 2 ** -52 * largest;
  return { q, r, status: deficient ? "rank-deficient" : "full-rank" };
}

/** Result of {@link leastSquares}. */
export interface LeastSquares {
  /** Minimiser of ||A x - b||_2, length cols; zeros when rank-deficient. */
  readonly x: Float64Array;
  readonly status: "solved" | "rank-deficient";
}

/**
 * The x that minimises ||A x - b||_2 for a tall matrix of full column rank, by {@link qr}.
 *
 * @param a - m x n with m >= n.
 * @param b - length m.
 */
export function leastSquares(a: Dense, b: Float64Array): LeastSquares {
  requireLength("b", b, a.rows);
  requireFinite("b", b);
  if (a.rows < a.cols) return { x: new Float64Array(a.cols), status: "rank-deficient" };
  const { q, r, status } = qr(a);
  if (status === "rank-deficient") return { x: new Float64Array(a.cols), status };
  const x = multiplyTransposeA(q, dense(a.rows, 1, b)).data;
  solveUpper(r.data, a.cols, x);
  return { x, status: "solved" };
}
