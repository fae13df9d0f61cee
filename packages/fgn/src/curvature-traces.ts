import { type Dense, dense, requireInteger, SeededRandom } from "@xent/linalg";
import type { Linearization } from "@xent/models";
import {
  type CurvatureOptions,
  marginDerivative,
  type WeightedSplit,
  weightedSplit,
} from "./operators.js";

/** Options of {@link curvatureTraces}. */
export interface CurvatureTraceOptions extends CurvatureOptions {
  /**
   * Estimate from this many random directions (Hutchinson, signs +-1), one JVP each, instead of exactly.
   * Needed where P JVPs, or C Gram matrices, are too many. Default: exact.
   */
  readonly probes?: number;
  /** Of the random directions. Default 0. */
  readonly seed?: number;
}

/** Result of {@link curvatureTraces}; all traces carry the shares w_i, so that they add up to those of the batch. */
export interface CurvatureTraces {
  /** Trace of the FGN term of each example, length B. */
  readonly fgn: Float64Array;
  /** Trace of the within-competitor term of each example, length B. */
  readonly within: Float64Array;
  /** within / (fgn + within) of each example, in [0, 1], length B; 0 where an example has no curvature. */
  readonly droppedShares: Float64Array;
  /** Trace of FGN. */
  readonly fgnTrace: number;
  /** Trace of the full GGN. */
  readonly ggnTrace: number;
  /** Share of the trace of the GGN that FGN drops, in [0, 1]; 0 when there is no curvature. */
  readonly droppedShare: number;
  /** Whether the traces are exact (to rounding). */
  readonly exact: boolean;
}

/**
 * How the trace of the full GGN divides into the part that FGN keeps and the part that it drops, for
 * each example and for the batch. A small {@link CurvatureTraces.droppedShare} says that the FGN step can be trusted.
 *
 * Exact by default: from P JVPs, or from C + 1 closed-form Gram matrices where the model has them and
 * they are cheaper; O(B C + B^2 + P) memory. With `probes` k: k JVPs, an unbiased estimate of each trace.
 *
 * @param labels - true classes, length B.
 * @throws DimensionError, DomainError.
 */
export function curvatureTraces(
  linearization: Linearization,
  labels: ArrayLike<number>,
  options: CurvatureTraceOptions = {},
): CurvatureTraces {
  const batch = weightedSplit(linearization.logits, labels, options);
  const { rows: B, cols: C } = linearization.logits;
  const P = linearization.parameterCount;
  const fgn = new Float64Array(B);
  const within = new Float64Array(B);
  if (options.probes !== undefined) {
    requireInteger("probes", options.probes, 1);
    const random = new SeededRandom(options.seed ?? 0);
    const v = new Float64Array(P);
    for (let probe = 0; probe < options.probes; probe++) {
      for (let k = 0; k < P; k++) v[k] = random.uniform() < 0.5 ? -1 : 1;
      addQuadraticForms(batch, linearization.jvp(v), 1 / options.probes, fgn, within);
    }
  } else if (linearization.rowGram !== undefined && (C + 1) * B * (P / C + C) < P * P) {
    addGramTraces(linearization, batch, fgn, within);
  } else {
    const unit = new Float64Array(P);
    const a = dense(B, C);
    for (let k = 0; k < P; k++) {
      unit[k] = 1;
      addQuadraticForms(batch, linearization.jvp(unit, a), 1, fgn, within);
      unit[k] = 0;
    }
  }
  return summary(fgn, within, options.probes === undefined);
}

/** fgn_i += s a_i.FGN_i a_i and within_i += s a_i.within_i a_i, as sums of squares. */
function addQuadraticForms(
  batch: WeightedSplit,
  a: Dense,
  s: number,
  fgn: Float64Array,
  within: Float64Array,
): void {
  const { split, shares } = batch;
  const { rows, cols, data: q } = split.competitors;
  for (let i = 0; i < rows; i++) {
    const start = i * cols;
    const rest = shares[i]! * split.complements[i]!;
    fgn[i]! += s * rest * split.probabilities[i]! * marginDerivative(batch, i, a.data, start) ** 2;
    let mean = 0;
    for (let j = start; j < start + cols; j++) mean += q[j]! * a.data[j]!;
    let variance = 0;
    for (let j = start; j < start + cols; j++) variance += q[j]! * (a.data[j]! - mean) ** 2;
    within[i]! += s * rest * variance;
  }
}

/**
 * From squared lengths of J_i^T u, the diagonals of Gram matrices: u = v for FGN, and for the covariance
 * diag q - q q^T = sum_c q_c (e_c - q)(e_c - q)^T one class at a time.
 */
function addGramTraces(
  linearization: Linearization,
  batch: WeightedSplit,
  fgn: Float64Array,
  within: Float64Array,
): void {
  const { split, labels, shares } = batch;
  const { rows, cols, data: q } = split.competitors;
  const u = dense(rows, cols);
  const gram = dense(rows, rows);
  const setTo = (target: (i: number) => number): void => {
    for (let k = 0; k < q.length; k++) u.data[k] = -q[k]!;
    for (let i = 0; i < rows; i++) u.data[i * cols + target(i)]! += 1;
    linearization.rowGram!(u, gram);
  };
  setTo((i) => labels[i]!);
  for (let i = 0; i < rows; i++) {
    const weight = shares[i]! * split.probabilities[i]! * split.complements[i]!;
    fgn[i] = weight * gram.data[i * rows + i]!;
  }
  for (let c = 0; c < cols; c++) {
    setTo(() => c);
    for (let i = 0; i < rows; i++) {
      within[i]! +=
        shares[i]! * split.complements[i]! * q[i * cols + c]! * gram.data[i * rows + i]!;
    }
  }
}

function summary(fgn: Float64Array, within: Float64Array, exact: boolean): CurvatureTraces {
  const share = (kept: number, lost: number): number => (lost === 0 ? 0 : lost / (kept + lost));
  const fgnTrace = fgn.reduce((a, b) => a + b, 0);
  const withinTrace = within.reduce((a, b) => a + b, 0);
  return {
    fgn,
    within,
    droppedShares: fgn.map((kept, i) => share(kept, within[i]!)),
    fgnTrace,
    ggnTrace: fgnTrace + withinTrace,
    droppedShare: share(fgnTrace, withinTrace),
    exact,
  };
}
