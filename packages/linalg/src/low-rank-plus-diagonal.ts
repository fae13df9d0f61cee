import { cholesky } from "./cholesky.js";
import { type Dense, dense } from "./dense.js";
import { DomainError } from "./errors.js";
import type { LinearOperator } from "./linear-operator.js";
import { luFactor } from "./lu.js";
import { multiplyTransposeA, multiplyTransposeVector, multiplyVector } from "./product.js";
import { requireFinite, requireLength, requireNoOverlap, requireShape } from "./validate.js";

/** Options of {@link lowRankPlusDiagonal}: D + U V^T. */
export interface LowRankPlusDiagonalOptions {
  /** Diagonal of D, length n. */
  readonly diagonal: Float64Array;
  /** U, n x r. */
  readonly left: Dense;
  /** V, n x r. Default: U, which makes the operator symmetric. */
  readonly right?: Dense;
}

/** D + U V^T as an operator that can also be solved with. */
export interface LowRankPlusDiagonal extends LinearOperator {
  applyTranspose(y: Float64Array, out?: Float64Array): Float64Array;
  /**
   * "singular" when an entry of D is 0 or the r x r capacitance I + V^T D^-1 U is exactly singular; then
   * `solve` throws. It may be that D + U V^T itself is regular.
   */
  readonly status: "regular" | "singular";
  /**
   * (D + U V^T)^-1 b by the Sherman-Morrison-Woodbury formula and one step of iterative refinement (the
   * formula alone loses digits when D is tiny beside U V^T). O(n r) after O(n r^2 + r^3) once.
   */
  solve(b: Float64Array, out?: Float64Array): Float64Array;
  /** Estimated 1-norm condition number of the capacitance matrix: digits lost by `solve`; Infinity when singular. */
  capacitanceCondition(): number;
}

/**
 * D + U V^T, never formed. With V = U it is symmetric, and PSD when no entry of D is negative. The
 * capacitance matrix is factored at the first `solve` (or look at `status`): Cholesky when D > 0 and
 * V = U, LU otherwise. Later changes of the arrays are not seen by the solver.
 *
 * @throws {@link DimensionError} | {@link DomainError} for shapes that differ and entries that are not finite.
 */
export function lowRankPlusDiagonal(options: LowRankPlusDiagonalOptions): LowRankPlusDiagonal {
  const { diagonal, left } = options;
  const right = options.right ?? left;
  const n = diagonal.length;
  const rank = left.cols;
  requireShape("left", left, n, rank);
  requireShape("right", right, n, rank);
  requireFinite("diagonal", diagonal);
  requireFinite("left.data", left.data);
  requireFinite("right.data", right.data);
  const symmetric = right === left;
  const inner = new Float64Array(rank);

  const product =
    (a: Dense, b: Dense) =>
    (x: Float64Array, out: Float64Array = new Float64Array(n)): Float64Array => {
      requireLength("x", x, n);
      requireLength("out", out, n);
      requireNoOverlap("out", out, "x", x);
      multiplyVector(a, multiplyTransposeVector(b, x, inner), out);
      for (let i = 0; i < n; i++) out[i]! += diagonal[i]! * x[i]!;
      return out;
    };
  const apply = product(left, right);

  let factored: Capacitance | undefined;
  const capacitance = (): Capacitance =>
    (factored ??= factorCapacitance(diagonal, left, right, symmetric));
  const residual = new Float64Array(n);

  const woodbury = (c: Capacitance, x: Float64Array): void => {
    for (let i = 0; i < n; i++) x[i]! /= diagonal[i]!;
    multiplyTransposeVector(right, x, inner);
    c.solve(inner);
    for (let i = 0; i < n; i++) {
      let s = 0;
      for (let k = 0; k < rank; k++) s += left.data[i * rank + k]! * inner[k]!;
      x[i]! -= s / diagonal[i]!;
    }
  };

  return {
    rows: n,
    cols: n,
    tags: { symmetric, psd: symmetric && diagonal.every((d) => d >= 0) },
    apply,
    applyTranspose: symmetric ? apply : product(right, left),
    get status() {
      return capacitance().regular ? "regular" : "singular";
    },
    capacitanceCondition: () => capacitance().condition(),
    solve: (b, out = new Float64Array(n)) => {
      requireLength("b", b, n);
      requireLength("out", out, n);
      requireFinite("b", b);
      requireNoOverlap("out", out, "b", b);
      const c = capacitance();
      if (!c.regular) {
        throw new DomainError("D + U V^T cannot be solved: a zero in D or a singular capacitance");
      }
      out.set(b);
      woodbury(c, out);
      apply(out, residual);
      for (let i = 0; i < n; i++) residual[i] = b[i]! - residual[i]!;
      woodbury(c, residual);
      for (let i = 0; i < n; i++) out[i]! += residual[i]!;
      return out;
    },
  };
}

interface Capacitance {
  readonly regular: boolean;
  /** Overwrites its argument. */
  solve(x: Float64Array): void;
  condition(): number;
}

/** I + V^T D^-1 U. */
function factorCapacitance(
  diagonal: Float64Array,
  left: Dense,
  right: Dense,
  symmetric: boolean,
): Capacitance {
  const singular: Capacitance = { regular: false, solve: () => {}, condition: () => Infinity };
  if (diagonal.some((d) => d === 0)) return singular;
  const n = diagonal.length;
  const rank = left.cols;
  const positive = symmetric && diagonal.every((d) => d > 0);
  // Symmetric: both factors divided by sqrt(D), so that the result is symmetric to the last bit.
  const divided = (m: Dense, by: (d: number) => number): Dense =>
    dense(
      n,
      rank,
      m.data.map((v, i) => v / by(diagonal[Math.floor(i / rank)]!)),
    );
  const scaled = divided(left, positive ? Math.sqrt : (d) => d);
  const matrix = multiplyTransposeA(positive ? scaled : right, scaled);
  for (let i = 0; i < rank; i++) matrix.data[i * rank + i]! += 1;
  if (!matrix.data.every(Number.isFinite)) return singular;
  if (positive) {
    const factor = cholesky(matrix);
    if (factor.status === "positive-definite") {
      return {
        regular: true,
        solve: (x) => void factor.solve(x, x),
        condition: () => factor.conditionEstimate(),
      };
    }
  }
  const factor = luFactor(matrix);
  if (factor.status === "singular") return singular;
  return {
    regular: true,
    solve: (x) => void factor.solve(x, x),
    condition: () => factor.conditionEstimate(),
  };
}
