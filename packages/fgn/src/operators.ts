import { type Dense, dense, type LinearOperator, requireLength } from "@xent/linalg";
import type { Linearization } from "@xent/models";
import { type MarginSplit, trueVsRest } from "./margin-split.js";
import { type RowFactor, rowFactor } from "./row-factor.js";
import { exampleShares } from "./weights.js";

/** Options that all curvature operators share. */
export interface CurvatureOptions {
  /**
   * Weight of each example, length B, >= 0; the loss is their weighted mean. 0 ignores an example,
   * class weights are given as the weight of each example's class. Default: all equal.
   */
  readonly exampleWeights?: ArrayLike<number>;
}

/** Overwrites a row of logit derivatives `a` (from `start`) by the curvature block applied to it. */
export type BlockAction = (i: number, data: Float64Array, start: number) => void;

/** J^T blockdiag(S_1 ... S_B) J, one JVP and one VJP an application. */
function curvatureOperator(linearization: Linearization, block: BlockAction): LinearOperator {
  const { rows, cols } = linearization.logits;
  const n = linearization.parameterCount;
  const scratch = dense(rows, cols);
  const apply = (x: Float64Array, out?: Float64Array): Float64Array => {
    requireLength("x", x, n);
    linearization.jvp(x, scratch);
    for (let i = 0; i < rows; i++) block(i, scratch.data, i * cols);
    return out === undefined ? linearization.vjp(scratch) : linearization.vjp(scratch, out);
  };
  return { rows: n, cols: n, tags: { symmetric: true, psd: true }, apply, applyTranspose: apply };
}

/** G^T diag(weights) G: FGN, and what else is made of the same rows. */
export function rowOperator(
  parameterCount: number,
  factor: Pick<RowFactor, "size" | "project" | "lift">,
  weights: Float64Array,
): LinearOperator {
  const along = new Float64Array(factor.size);
  const apply = (x: Float64Array, out?: Float64Array): Float64Array => {
    requireLength("x", x, parameterCount);
    factor.project(x, along);
    for (let i = 0; i < along.length; i++) along[i]! *= weights[i]!;
    return factor.lift(along, out);
  };
  return {
    rows: parameterCount,
    cols: parameterCount,
    tags: { symmetric: true, psd: true },
    apply,
    applyTranspose: apply,
  };
}

/** The split of a batch with the shares of its examples: what every block action reads. */
export interface WeightedSplit {
  readonly split: MarginSplit;
  readonly labels: ArrayLike<number>;
  readonly shares: Float64Array;
}

/** Checks the arguments and computes the split that the operators are made of. */
export function weightedSplit(
  logits: Dense,
  labels: ArrayLike<number>,
  options: CurvatureOptions,
): WeightedSplit {
  const split = trueVsRest(logits, labels);
  return { split, labels, shares: exampleShares(options.exampleWeights, logits.rows) };
}

/** a_y - q . a, the derivative of the margin of row i along logit derivatives `a`. */
export function marginDerivative(
  { split, labels }: WeightedSplit,
  i: number,
  a: Float64Array,
  start: number,
): number {
  if (split.margins[i] === Infinity) return 0;
  const cols = split.competitors.cols;
  const q = split.competitors.data;
  const own = a[start + labels[i]!]!;
  let s = 0;
  // Differences first: a constant a gives exactly zero.
  for (let j = 0; j < cols; j++) s += q[i * cols + j]! * (own - a[start + j]!);
  return s;
}

/** The FGN block of row i: w p (1-p) (v . a) v. */
export function fgnBlock(batch: WeightedSplit): BlockAction {
  const { split, labels, shares } = batch;
  const { cols, data: q } = split.competitors;
  return (i, a, start) => {
    const d = marginDerivative(batch, i, a, start);
    const f = shares[i]! * split.probabilities[i]! * split.complements[i]! * d;
    for (let j = 0; j < cols; j++) a[start + j] = -f * q[i * cols + j]!;
    a[start + labels[i]!] = f;
  };
}

/** q . a, through differences to the strongest competitor: exactly a_t where it has all the mass. */
function competitorMean(
  q: Float64Array,
  qStart: number,
  cols: number,
  a: Float64Array,
  start: number,
): number {
  let top = 0;
  for (let j = 1; j < cols; j++) if (q[qStart + j]! > q[qStart + top]!) top = j;
  const shift = a[start + top]!;
  let mean = 0;
  for (let j = 0; j < cols; j++) mean += q[qStart + j]! * (a[start + j]! - shift);
  return shift + mean;
}

/** The within-competitor block of row i: w (1-p) (diag q - q q^T) a. */
export function withinBlock({ split, labels, shares }: WeightedSplit): BlockAction {
  const { cols, data: q } = split.competitors;
  return (i, a, start) => {
    const mean = competitorMean(q, i * cols, cols, a, start);
    const f = shares[i]! * split.complements[i]!;
    for (let j = 0; j < cols; j++) a[start + j] = f * q[i * cols + j]! * (a[start + j]! - mean);
    a[start + labels[i]!] = 0;
  };
}

/**
 * The softmax covariance block of row i, w (diag p - p p^T) a, from the split so that neither p_y -> 0
 * nor p_y -> 1 cancels: with d = a_y - q.a, entry y is w p (1-p) d and entry j is w (1-p) q_j times
 * (a_j - q.a) - p d = (a_j - a_y) + (1-p) d, whichever of the two has the smaller second term.
 */
export function ggnBlock(batch: WeightedSplit): BlockAction {
  const { split, labels, shares } = batch;
  const { cols, data: q } = split.competitors;
  return (i, a, start) => {
    const d = marginDerivative(batch, i, a, start);
    const own = a[start + labels[i]!]!;
    const p = split.probabilities[i]!;
    const rest = split.complements[i]!;
    const centre = p < 0.5 ? competitorMean(q, i * cols, cols, a, start) + p * d : own - rest * d;
    const f = shares[i]! * rest;
    for (let j = 0; j < cols; j++) a[start + j] = f * q[i * cols + j]! * (a[start + j]! - centre);
    a[start + labels[i]!] = f * p * d;
  };
}

/** Options of {@link fgnOperator}. */
export interface FgnOperatorOptions extends CurvatureOptions {
  /** r >= 0: strongest competitors of each example kept as further pivots; see `fgnStep`. Default 0. */
  readonly competitors?: number;
}

/**
 * The Fast Gauss-Newton matrix `F = sum_i w_i p_y (1 - p_y) (J_i^T v_i)(J_i^T v_i)^T`, v = e_y - q, as a
 * P x P operator: symmetric, PSD, rank at most B, below the GGN in the Loewner order and equal to it
 * for two classes. With r competitors kept: rank (r + 1) B, growing with r to the GGN at r = C - 2.
 * Without damping. One JVP, one VJP and O((r + 1) B C) an application.
 *
 * @param labels - true classes, length B.
 * @throws DimensionError, DomainError.
 * @see [F] arXiv:2605.06081, section 3.
 */
export function fgnOperator(
  linearization: Linearization,
  labels: ArrayLike<number>,
  options: FgnOperatorOptions = {},
): LinearOperator {
  const batch = weightedSplit(linearization.logits, labels, options);
  if ((options.competitors ?? 0) === 0) return curvatureOperator(linearization, fgnBlock(batch));
  const factor = rowFactor(linearization, batch, options.competitors);
  return rowOperator(linearization.parameterCount, factor, factor.curvature);
}

/** The empirical Fisher block of row i: w (1-p)^2 (v . a) v. */
export function fisherBlock(batch: WeightedSplit): BlockAction {
  const { split, labels, shares } = batch;
  const { cols, data: q } = split.competitors;
  return (i, a, start) => {
    const d = marginDerivative(batch, i, a, start);
    const f = shares[i]! * split.complements[i]! ** 2 * d;
    for (let j = 0; j < cols; j++) a[start + j] = -f * q[i * cols + j]!;
    a[start + labels[i]!] = f;
  };
}

/**
 * The empirical Fisher matrix `sum_i w_i g_i g_i^T`, g_i the gradient of the loss of example i, as a P x P
 * operator. It has the rows of FGN with weights (1 - p_y)^2 in place of p_y (1 - p_y): it weighs an
 * example by how wrong it is, not by how curved the loss is, and is no approximation of the Hessian.
 * One JVP, one VJP and O(B C) an application.
 *
 * @throws DimensionError, DomainError.
 */
export function empiricalFisherOperator(
  linearization: Linearization,
  labels: ArrayLike<number>,
  options: CurvatureOptions = {},
): LinearOperator {
  const batch = weightedSplit(linearization.logits, labels, options);
  return curvatureOperator(linearization, fisherBlock(batch));
}

/**
 * The full generalised Gauss-Newton matrix `sum_i w_i J_i^T (diag p - p p^T) J_i` as a P x P operator:
 * symmetric and PSD; the Hessian of the loss where the logits are linear in the parameters. It does
 * not depend on the labels, which only choose the stable form. One JVP, one VJP and O(B C) an application.
 *
 * @throws DimensionError, DomainError.
 */
export function ggnOperator(
  linearization: Linearization,
  labels: ArrayLike<number>,
  options: CurvatureOptions = {},
): LinearOperator {
  return ggnOperatorOf(linearization, weightedSplit(linearization.logits, labels, options));
}

/** {@link ggnOperator} from a split that is there already. */
export function ggnOperatorOf(linearization: Linearization, batch: WeightedSplit): LinearOperator {
  return curvatureOperator(linearization, ggnBlock(batch));
}

/**
 * What FGN leaves out of the GGN, `sum_i w_i (1 - p_y) J_i^T (diag q - q q^T) J_i`, as a P x P operator:
 * symmetric and PSD; zero iff every example has one competitor with all the mass.
 *
 * @throws DimensionError, DomainError.
 */
export function withinOperator(
  linearization: Linearization,
  labels: ArrayLike<number>,
  options: CurvatureOptions = {},
): LinearOperator {
  return curvatureOperator(
    linearization,
    withinBlock(weightedSplit(linearization.logits, labels, options)),
  );
}
