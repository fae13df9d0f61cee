import { LuDecomposition } from "ml-matrix";
import { solveColumns } from "./cholesky.js";
import { inverseNorm1Estimate, norm1 } from "./condition.js";
import { type Dense, dense } from "./dense.js";
import { DomainError } from "./errors.js";
import { powerOfTwoScale, scaledMlMatrix } from "./ml-matrix.js";
import { solveLower, solveLowerTranspose, solveUpper, solveUpperTranspose } from "./triangular.js";
import { requireFinite, requireLength, requireSquare } from "./validate.js";

/** P A = L U with partial pivoting. */
export interface LuFactor {
  /** "singular" when a pivot is exactly zero; nearly singular matrices are told by `conditionEstimate`. */
  readonly status: "regular" | "singular";
  /** L below the diagonal (unit diagonal not stored), U on and above it. */
  readonly packed: Dense;
  /** Row i of P A is row permutation[i] of A. */
  readonly permutation: Int32Array;
  /** Sign of det A: -1, 0 or 1. */
  readonly determinantSign: number;
  /** log |det A|; -Infinity when singular. */
  readonly logAbsDeterminant: number;
  /** A^-1 b; throws {@link DomainError} when singular. `out` may be `b`. O(n^2). */
  solve(b: Float64Array, out?: Float64Array): Float64Array;
  /** A^-T b; throws {@link DomainError} when singular. `out` may be `b`. */
  solveTranspose(b: Float64Array, out?: Float64Array): Float64Array;
  /** A^-1 B; `b` is n x m. */
  solveMatrix(b: Dense, out?: Dense): Dense;
  /** Estimate (a lower bound, seldom off by more than 3) of ||A||_1 ||A^-1||_1; Infinity when singular. */
  conditionEstimate(): number;
}

/**
 * LU factorisation with partial pivoting (by ml-matrix) of a square matrix. O(2 n^3 / 3).
 *
 * @throws {@link DimensionError} | {@link DomainError} unless `a` is square and finite.
 */
export function luFactor(a: Dense): LuFactor {
  requireSquare("a", a);
  requireFinite("a.data", a.data);
  const n = a.rows;
  const scale = powerOfTwoScale(a.data);
  const packed = dense(n, n);
  const permutation = new Int32Array(n);
  let sign = 1;
  if (n > 0) {
    const lu = new LuDecomposition(scaledMlMatrix(a, scale));
    const lower = lu.lowerTriangularMatrix;
    const upper = lu.upperTriangularMatrix;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        packed.data[i * n + j] = j < i ? lower.get(i, j) : upper.get(i, j) / scale;
      }
    }
    permutation.set(lu.pivotPermutationVector);
    sign = permutationSign(permutation);
  }
  let logAbsDeterminant = 0;
  for (let i = 0; i < n; i++) {
    const pivot = packed.data[i * n + i]!;
    sign *= Math.sign(pivot);
    logAbsDeterminant += Math.log(Math.abs(pivot));
  }
  const singular = sign === 0;
  const scratch = new Float64Array(n);
  const requireRegular = (): void => {
    if (singular) throw new DomainError("a is singular: a pivot of its LU factorisation is 0");
  };
  const solveInPlace = (x: Float64Array): void => {
    for (let i = 0; i < n; i++) scratch[i] = x[permutation[i]!]!;
    x.set(scratch);
    solveLower(packed.data, n, x, true);
    solveUpper(packed.data, n, x);
  };
  const solveTransposeInPlace = (x: Float64Array): void => {
    solveUpperTranspose(packed.data, n, x);
    solveLowerTranspose(packed.data, n, x, true);
    for (let i = 0; i < n; i++) scratch[permutation[i]!] = x[i]!;
    x.set(scratch);
  };
  const solver =
    (inPlace: (x: Float64Array) => void) =>
    (b: Float64Array, out: Float64Array = new Float64Array(n)): Float64Array => {
      requireRegular();
      requireLength("b", b, n);
      requireLength("out", out, n);
      requireFinite("b", b);
      if (out !== b) out.set(b);
      inPlace(out);
      return out;
    };
  return {
    status: singular ? "singular" : "regular",
    packed,
    permutation,
    determinantSign: sign,
    logAbsDeterminant: singular ? -Infinity : logAbsDeterminant,
    solve: solver(solveInPlace),
    solveTranspose: solver(solveTransposeInPlace),
    solveMatrix: (b, out = dense(n, b.cols)) => {
      requireRegular();
      return solveColumns(b, out, n, solveInPlace);
    },
    conditionEstimate: () =>
      singular ? Infinity : norm1(a) * inverseNorm1Estimate(n, solveInPlace, solveTransposeInPlace),
  };
}

/** A^-1 b by {@link luFactor}; throws {@link DomainError} when a pivot is exactly zero. */
export function luSolve(a: Dense, b: Float64Array, out?: Float64Array): Float64Array {
  return luFactor(a).solve(b, out);
}

function permutationSign(permutation: Int32Array): number {
  const seen = new Uint8Array(permutation.length);
  let sign = 1;
  for (let i = 0; i < permutation.length; i++) {
    let length = 0;
    for (let j = i; seen[j] === 0; j = permutation[j]!) {
      seen[j] = 1;
      length++;
    }
    if (length > 0 && length % 2 === 0) sign = -sign;
  }
  return sign;
}
