import {
  copyDense,
  type Dense,
  DimensionError,
  DomainError,
  requireFinite,
  requireLabels,
  requireLength,
  requireNonNegative,
} from "@xent/linalg";
import type { LossKind } from "./spectral-problem.js";

/** A deep linear network on unconstrained features, in full matrices, and what trains it. */
export interface DenseProblem {
  /**
   * W1, ..., WL: W1 is d1 x N (its columns are the free features of the N samples), WL has k rows, and
   * the logits are the columns of WL ... W1. One layer: W1 itself, k x N.
   */
  readonly layers: readonly Dense[];
  /** Class of each sample, length N. @defaultValue 0, 1, ..., k-1 (one sample a class, N = k) */
  readonly labels?: ArrayLike<number>;
  /** Initial bias, length k: switches the bias on. @defaultValue no bias */
  readonly bias?: ArrayLike<number>;
  /** Weight of each sample's loss, length N, >= 0. @defaultValue 1 */
  readonly sampleWeights?: ArrayLike<number>;
  /** @defaultValue "cross-entropy" */
  readonly loss?: LossKind;
  /** lambda of (lambda / 2) times the sum of the squared Frobenius norms of all layers (not the bias). @defaultValue 0 */
  readonly weightDecay?: number;
  /** Sum over samples, as in [H], or divide by the sum of the weights. @defaultValue "sum" */
  readonly reduction?: "sum" | "mean";
}

/** A checked {@link DenseProblem}: everything filled in, arrays copied. */
export interface CheckedDenseProblem {
  readonly layers: readonly Dense[];
  readonly classCount: number;
  readonly sampleCount: number;
  readonly labels: Int32Array;
  readonly bias: Float64Array | undefined;
  /** Weight of each sample in the loss; for the mean, already divided by their sum. */
  readonly weights: Float64Array;
  readonly loss: LossKind;
  readonly weightDecay: number;
}

/** Checks the problem. Throws DimensionError or DomainError naming what is wrong. */
export function checkDenseProblem(problem: DenseProblem): CheckedDenseProblem {
  const { layers } = problem;
  if (layers.length === 0) throw new DimensionError("layers is empty, expected at least W1");
  for (const [i, w] of layers.entries()) {
    if (w.rows === 0 || w.cols === 0 || w.data.length !== w.rows * w.cols) {
      throw new DimensionError(
        `layers[${i}] is ${w.rows} x ${w.cols} with ${w.data.length} entries, expected a full matrix`,
      );
    }
    requireFinite(`layers[${i}].data`, w.data);
    if (i > 0 && w.cols !== layers[i - 1]!.rows) {
      throw new DimensionError(
        `layers[${i}] has ${w.cols} columns, expected the ${layers[i - 1]!.rows} rows of layers[${i - 1}]`,
      );
    }
  }
  const classCount = layers[layers.length - 1]!.rows;
  const sampleCount = layers[0]!.cols;
  if (problem.labels === undefined && sampleCount !== classCount) {
    throw new DimensionError(
      `labels is needed: W1 has ${sampleCount} columns and there are ${classCount} classes`,
    );
  }
  const labels = Int32Array.from(
    problem.labels ?? Array.from({ length: sampleCount }, (_, j) => j),
  );
  requireLabels("labels", problem.labels ?? labels, sampleCount, classCount);
  const bias = problem.bias === undefined ? undefined : Float64Array.from(problem.bias);
  if (bias !== undefined) {
    requireLength("bias", bias, classCount);
    requireFinite("bias", bias);
  }
  const weights =
    problem.sampleWeights === undefined
      ? new Float64Array(sampleCount).fill(1)
      : Float64Array.from(problem.sampleWeights);
  requireLength("sampleWeights", weights, sampleCount);
  for (const [j, w] of weights.entries()) requireNonNegative(`sampleWeights[${j}]`, w);
  const total = weights.reduce((a, b) => a + b, 0);
  if (!(total > 0)) throw new DomainError("sampleWeights sums to 0, expected a positive sum");
  if (problem.reduction === "mean") for (let j = 0; j < sampleCount; j++) weights[j]! /= total;
  const weightDecay = problem.weightDecay ?? 0;
  requireNonNegative("weightDecay", weightDecay);
  return {
    layers: layers.map(copyDense),
    classCount,
    sampleCount,
    labels,
    bias,
    weights,
    loss: problem.loss ?? "cross-entropy",
    weightDecay,
  };
}
