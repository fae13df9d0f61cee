import { simdCholesky } from "@xent/kernels";
import { inverseNorm1Estimate, norm1 } from "./condition.js";
import { type Dense, dense } from "./dense.js";
import { solveLower, solveLowerTranspose } from "./triangular.js";
import { requireFinite, requireLength, requireShape, requireSymmetric } from "./validate.js";

/** A = L L^T with L lower triangular. */
export interface CholeskyFactor {
  readonly status: "positive-definite";
  /** L, n x n; zeros above the diagonal. */
  readonly lower: Dense;
  /** log det A. */
  readonly logDeterminant: number;
  /** A^-1 b; `b` has length n; `out` may be `b`. O(n^2). */
  solve(b: Float64Array, out?: Float64Array): Float64Array;
  /** A^-1 B, column by column; `b` is n x m. O(n^2 m). */
  solveMatrix(b: Dense, out?: Dense): Dense;
  /** Estimate (a lower bound, seldom off by more than 3) of ||A||_1 ||A^-1||_1. O(n^2). */
  conditionEstimate(): number;
}

/** The factorisation met a pivot that is not greater than zero: A is not (numerically) positive definite. */
export interface CholeskyFailure {
  readonly status: "not-positive-definite";
  /** Order of the leading minor that is not positive definite, minus one. */
  readonly index: number;
  /** The pivot met there, <= 0. */
  readonly pivot: number;
}

/** Result of {@link cholesky}; narrow it by its `status`. */
export type Cholesky = CholeskyFactor | CholeskyFailure;

/**
 * Cholesky factorisation of a symmetric matrix; stops at the first pivot that is not positive. The
 * lower triangle is read. Backward stable: L L^T = A + E, |E| <= gamma_(n+1) |L| |L|^T.
 *
 * @param options.out - receives L (n x n); it may be `a` itself, which is then overwritten.
 * @throws {@link DimensionError} | {@link DomainError} unless `a` is square, finite and symmetric up to rounding.
 * @see Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., Theorem 10.3. O(n^3 / 3).
 */
export function cholesky(a: Dense, options: { readonly out?: Dense } = {}): Cholesky {
  requireSymmetric("a", a);
  const n = a.rows;
  const lower = options.out ?? dense(n, n);
  requireShape("out", lower, n, n);
  const aNorm = norm1(a);
  const l = lower.data;
  if (lower !== a) l.set(a.data);
  const failed = simdCholesky(l, n) ?? factor(l, n);
  if (failed >= 0) {
    return { status: "not-positive-definite", index: failed, pivot: l[failed * n + failed]! };
  }
  let logDeterminant = 0;
  for (let i = 0; i < n; i++) {
    logDeterminant += 2 * Math.log(l[i * n + i]!);
    l.fill(0, i * n + i + 1, (i + 1) * n);
  }
  const solveInPlace = (x: Float64Array): void => {
    solveLower(l, n, x, false);
    solveLowerTranspose(l, n, x, false);
  };
  return {
    status: "positive-definite",
    lower,
    logDeterminant,
    solve: (b, out = new Float64Array(n)) => {
      requireLength("b", b, n);
      requireLength("out", out, n);
      requireFinite("b", b);
      if (out !== b) out.set(b);
      solveInPlace(out);
      return out;
    },
    solveMatrix: (b, out = dense(n, b.cols)) => solveColumns(b, out, n, solveInPlace),
    conditionEstimate: () => aNorm * inverseNorm1Estimate(n, solveInPlace, solveInPlace),
  };
}

/** Applies an in-place vector solve to each column of `b` (n x m). */
export function solveColumns(
  b: Dense,
  out: Dense,
  n: number,
  solveInPlace: (x: Float64Array) => void,
): Dense {
  requireShape("b", b, n, b.cols);
  requireShape("out", out, n, b.cols);
  requireFinite("b.data", b.data);
  const column = new Float64Array(n);
  for (let j = 0; j < b.cols; j++) {
    for (let i = 0; i < n; i++) column[i] = b.data[i * b.cols + j]!;
    solveInPlace(column);
    for (let i = 0; i < n; i++) out.data[i * b.cols + j] = column[i]!;
  }
  return out;
}

/**
 * Overwrites the lower triangle by L, row by row, four columns of a row at a time so that a loaded
 * entry of row i serves four sums. Returns the index of the first pivot <= 0 (left in place), or -1.
 */
function factor(l: Float64Array, n: number): number {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    let j = 0;
    for (; j + 4 <= i; j += 4) {
      const r0 = j * n;
      const r1 = r0 + n;
      const r2 = r1 + n;
      const r3 = r2 + n;
      let s0 = l[row + j]!;
      let s1 = l[row + j + 1]!;
      let s2 = l[row + j + 2]!;
      let s3 = l[row + j + 3]!;
      for (let k = 0; k < j; k++) {
        const v = l[row + k]!;
        s0 -= v * l[r0 + k]!;
        s1 -= v * l[r1 + k]!;
        s2 -= v * l[r2 + k]!;
        s3 -= v * l[r3 + k]!;
      }
      s0 /= l[r0 + j]!;
      s1 = (s1 - s0 * l[r1 + j]!) / l[r1 + j + 1]!;
      s2 = (s2 - s0 * l[r2 + j]! - s1 * l[r2 + j + 1]!) / l[r2 + j + 2]!;
      s3 = (s3 - s0 * l[r3 + j]! - s1 * l[r3 + j + 1]! - s2 * l[r3 + j + 2]!) / l[r3 + j + 3]!;
      l[row + j] = s0;
      l[row + j + 1] = s1;
      l[row + j + 2] = s2;
      l[row + j + 3] = s3;
    }
    for (; j < i; j++) {
      const other = j * n;
      let s = l[row + j]!;
      for (let k = 0; k < j; k++) s -= l[row + k]! * l[other + k]!;
      l[row + j] = s / l[other + j]!;
    }
    let pivot = l[row + i]!;
    for (let k = 0; k < i; k++) pivot -= l[row + k]! ** 2;
    // NaN (an overflow inside) fails the comparison as well.
    if (!(pivot > 0)) {
      l[row + i] = pivot;
      return i;
    }
    l[row + i] = Math.sqrt(pivot);
  }
  return -1;
}
