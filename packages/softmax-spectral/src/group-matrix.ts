import {
  type AdjointOperator,
  type Dense,
  DomainError,
  dense,
  type GroupTransform,
  requireFinite,
  requireLength,
  requireShape,
} from "@xent/linalg";
import {
  differences,
  firstOddElement,
  type Group,
  groupPlan,
  requireEven,
} from "./abelian-group.js";
import { softmax } from "./log-sum-exp.js";

/** The k x k matrix Z_ij = zeta(i - j), i and j in the group: k numbers instead of k^2. */
export interface GroupMatrix {
  readonly group: GroupTransform;
  /** zeta, length k. */
  readonly symbol: Float64Array;
}

/** Complex numbers as two arrays. */
export interface ComplexValues {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * The group matrix with the given symbol (length k, finite; not copied).
 *
 * @throws DimensionError, DomainError.
 */
export function groupMatrix(group: Group, symbol: Float64Array): GroupMatrix {
  const plan = groupPlan(group);
  requireLength("symbol", symbol, plan.size);
  requireFinite("symbol", symbol);
  return { group: plan, symbol };
}

/**
 * The symmetric group matrix with eigenvalue spectrum_c at character c. O(k log k).
 *
 * @param spectrum - length k, finite, even.
 * @param out - length k: the symbol; may be `spectrum`.
 * @throws DimensionError, DomainError: names the pair of characters that differ when it is not even.
 */
export function groupMatrixFromSpectrum(
  group: Group,
  spectrum: Float64Array,
  out?: Float64Array,
): GroupMatrix {
  const plan = groupPlan(group);
  requireLength("spectrum", spectrum, plan.size);
  requireFinite("spectrum", spectrum);
  requireEven("spectrum", "characters", plan, spectrum);
  return { group: plan, symbol: plan.evenSymbol(spectrum, out) };
}

/** Whether zeta(-g) = zeta(g) for every g, to rounding: the matrix is symmetric and its eigenvalues are real. */
export function isEvenSymbol(matrix: GroupMatrix): boolean {
  return firstOddElement(matrix.group, matrix.symbol) === undefined;
}

/** The k x k matrix. O(k^2). */
export function groupMatrixToDense(
  matrix: GroupMatrix,
  out: Dense = dense(matrix.group.size, matrix.group.size),
): Dense {
  const { group, symbol } = matrix;
  const k = group.size;
  requireShape("out", out, k, k);
  const row = new Int32Array(k);
  for (let i = 0; i < k; i++) {
    differences(group, i, row);
    for (let j = 0; j < k; j++) out.data[i * k + j] = symbol[row[j]!]!;
  }
  return out;
}

/**
 * Eigenvalues sum_g zeta(g) conj(chi_c(g)), one for each character c; the eigenvector of c is
 * (chi_c(j))_j. O(k log k).
 *
 * @param out - two arrays of length k; `re` may be the symbol.
 * @throws DimensionError.
 */
export function groupEigenvalues(
  matrix: GroupMatrix,
  out: ComplexValues = {
    re: new Float64Array(matrix.group.size),
    im: new Float64Array(matrix.group.size),
  },
): ComplexValues {
  requireLength("out.re", out.re, matrix.group.size);
  requireLength("out.im", out.im, matrix.group.size);
  out.re.set(matrix.symbol);
  out.im.fill(0);
  matrix.group.forward(out.re, out.im);
  return out;
}

/**
 * The real eigenvalues of a symmetric group matrix, one for each character; the eigenvector of c is row c
 * of {@link groupEigenbasis}. O(k log k).
 *
 * @param out - length k; may be the symbol.
 * @throws DomainError when the symbol is not even, naming the pair of elements that differ.
 */
export function evenEigenvalues(matrix: GroupMatrix, out?: Float64Array): Float64Array {
  requireEven("symbol", "elements", matrix.group, matrix.symbol);
  return matrix.group.evenSpectrum(matrix.symbol, out);
}

/**
 * Phi, k x k, symmetric and orthogonal, with Phi_cg = cas(2 pi <c, g>) / sqrt k, cas = cos + sin:
 * Phi^T Z Phi is diagonal for every even group matrix. For Z_2^m it is the Sylvester Hadamard matrix over
 * sqrt k. O(k^2 log k).
 *
 * @param out - k x k.
 * @throws DimensionError, DomainError.
 */
export function groupEigenbasis(group: Group, out?: Dense): Dense {
  const plan = groupPlan(group);
  const k = plan.size;
  const phi = out ?? dense(k, k);
  requireShape("out", phi, k, k);
  for (let i = 0; i < k; i++) {
    const row = phi.data.subarray(i * k, (i + 1) * k);
    row.fill(0);
    row[i] = 1;
    plan.hartley(row, row);
  }
  return phi;
}

/** Throws a DomainError that names both groups when they differ. */
export function requireSameGroup(a: GroupMatrix, b: GroupMatrix): void {
  const x = a.group.orders;
  const y = b.group.orders;
  if (x.length !== y.length || x.some((n, i) => n !== y[i])) {
    throw new DomainError(`groups differ: [${x.join(", ")}] and [${y.join(", ")}]`);
  }
}

/**
 * The product A B, again a group matrix: the symbols are convolved through their transforms. The
 * error is at most a small multiple of u log2(k) ||alpha||_2 ||beta||_2 in each entry. O(k log k).
 *
 * @throws DomainError when the groups differ.
 */
export function multiplyGroupMatrices(a: GroupMatrix, b: GroupMatrix): GroupMatrix {
  requireSameGroup(a, b);
  const x = groupEigenvalues(a);
  const y = groupEigenvalues(b);
  multiplyComplex(x, y);
  a.group.inverse(x.re, x.im);
  return { group: a.group, symbol: x.re };
}

/** x <- x y. */
function multiplyComplex(x: ComplexValues, y: ComplexValues): void {
  for (let c = 0; c < x.re.length; c++) {
    const re = x.re[c]! * y.re[c]! - x.im[c]! * y.im[c]!;
    x.im[c] = x.re[c]! * y.im[c]! + x.im[c]! * y.re[c]!;
    x.re[c] = re;
  }
}

/** The transpose, zeta(-g). O(k). */
export function transposeGroupMatrix(matrix: GroupMatrix): GroupMatrix {
  const { group, symbol } = matrix;
  return { group, symbol: symbol.map((_, g) => symbol[group.negation[g]!]!) };
}

/**
 * Softmax of every column, again a group matrix: each column holds the same logits, permuted, so that the
 * symbol is softmax(zeta). The softmax of every row is the same matrix. Doubly stochastic: the eigenvalue
 * of the trivial character is 1. O(k).
 *
 * @param out - length k: the new symbol; may be the old one.
 */
export function groupSoftmax(matrix: GroupMatrix, out?: Float64Array): GroupMatrix {
  return { group: matrix.group, symbol: softmax(matrix.symbol, out) };
}

/**
 * The matrix as an operator that costs O(k log k) an application: transform, multiply, transform back. Its
 * eigenvalues are computed once; nothing is allocated by a call that is given `out`.
 */
export function groupOperator(matrix: GroupMatrix): AdjointOperator {
  const { group } = matrix;
  const k = group.size;
  const eigenvalues = groupEigenvalues(matrix);
  const conjugate: ComplexValues = { re: eigenvalues.re, im: eigenvalues.im.map((v) => -v) };
  const work: ComplexValues = { re: new Float64Array(k), im: new Float64Array(k) };
  const applyWith =
    (factors: ComplexValues) =>
    (x: Float64Array, out: Float64Array = new Float64Array(k)): Float64Array => {
      requireLength("x", x, k);
      requireLength("out", out, k);
      work.re.set(x);
      work.im.fill(0);
      group.forward(work.re, work.im);
      multiplyComplex(work, factors);
      group.inverse(work.re, work.im);
      out.set(work.re);
      return out;
    };
  const symmetric = isEvenSymbol(matrix);
  return {
    rows: k,
    cols: k,
    tags: { symmetric },
    apply: applyWith(eigenvalues),
    applyTranspose: applyWith(conjugate),
  };
}

/** Options of {@link isGroupStructured}. */
export interface GroupStructureOptions {
  /**
   * Largest distance, relative to the Frobenius norm, at which the matrix counts as structured. Default
   * 4 k 2^-53: rounding of a product of two k x k matrices.
   */
  readonly tolerance?: number;
}

/** What {@link isGroupStructured} found. */
export interface GroupStructure {
  readonly structured: boolean;
  /** Frobenius distance to `nearest`. */
  readonly distance: number;
  /** The distance over the Frobenius norm of the matrix; 0 for the zero matrix. */
  readonly relativeDistance: number;
  /** The nearest group matrix in Frobenius norm (orthogonal projection): its symbol averages each Z_ij with i - j = g. */
  readonly nearest: GroupMatrix;
}

/**
 * Whether Z_ij depends on i - j alone, how far Z is from that, and the nearest such matrix. O(k^2).
 *
 * @param matrix - k x k, finite.
 * @throws DimensionError, DomainError.
 */
export function isGroupStructured(
  matrix: Dense,
  group: Group,
  options: GroupStructureOptions = {},
): GroupStructure {
  const plan = groupPlan(group);
  const k = plan.size;
  requireShape("matrix", matrix, k, k);
  requireFinite("matrix.data", matrix.data);
  const tolerance = options.tolerance ?? 4 * k * 2 ** -53;
  const { data } = matrix;
  let largest = 0;
  for (const v of data) largest = Math.max(largest, Math.abs(v));
  // Scaled by a power of two: sums and squares neither overflow nor underflow.
  const scale = 2 ** Math.max(-1000, Math.min(1000, -Math.ceil(Math.log2(largest))));
  const symbol = new Float64Array(k);
  const row = new Int32Array(k);
  for (let i = 0; i < k; i++) {
    differences(plan, i, row);
    for (let j = 0; j < k; j++) symbol[row[j]!]! += (scale * data[i * k + j]!) / k;
  }
  let squares = 0;
  let norm = 0;
  for (let i = 0; i < k; i++) {
    differences(plan, i, row);
    for (let j = 0; j < k; j++) {
      const v = scale * data[i * k + j]!;
      squares += (v - symbol[row[j]!]!) ** 2;
      norm += v * v;
    }
  }
  for (let g = 0; g < k; g++) symbol[g]! /= scale;
  const relativeDistance = norm === 0 ? 0 : Math.sqrt(squares / norm);
  return {
    structured: relativeDistance <= tolerance,
    distance: Math.sqrt(squares) / scale,
    relativeDistance,
    nearest: { group: plan, symbol },
  };
}
