import { type Dense, dense, requireInteger } from "@xent/linalg";
import type { WeightedSplit } from "./operators.js";

/** One pivot an example: `weights_i vectors_i vectors_i^T` is a rank-one part of its covariance. */
export interface PivotLevel {
  /** B x C. */
  readonly vectors: Dense;
  /** Length B, >= 0. */
  readonly weights: Float64Array;
}

/**
 * Further steps of the pivoted Cholesky factorisation whose first step is FGN: the strongest
 * competitor j is peeled off the within-competitor covariance,
 * `diag q - q q^T = q_j (1 - q_j) (e_j - q')(e_j - q')^T + (1 - q_j)(diag q' - q' q'^T)`,
 * q' the renormalised rest, and again. No subtraction of like numbers: 1 - q_j is the sum of the rest.
 * With C - 2 levels nothing is left. O(levels B C).
 */
export function competitorPivots(batch: WeightedSplit, levels: number): PivotLevel[] {
  requireInteger("competitors", levels, 0);
  const { split, shares } = batch;
  const { rows, cols } = split.competitors;
  const rest = dense(rows, cols, split.competitors.data.slice());
  const mass = shares.map((w, i) => w * split.complements[i]!);
  const result: PivotLevel[] = [];
  // The label and one last competitor never need a pivot of their own.
  for (let level = 0; level < Math.min(levels, Math.max(0, cols - 2)); level++) {
    const vectors = dense(rows, cols);
    const weights = new Float64Array(rows);
    for (let i = 0; i < rows; i++) {
      const q = rest.data.subarray(i * cols, (i + 1) * cols);
      let top = 0;
      for (let j = 1; j < cols; j++) if (q[j]! > q[top]!) top = j;
      const peeled = q[top]!;
      q[top] = 0;
      let others = 0;
      for (let j = 0; j < cols; j++) others += q[j]!;
      if (others === 0) continue;
      weights[i] = mass[i]! * peeled * others;
      mass[i]! *= others;
      for (let j = 0; j < cols; j++) {
        q[j]! /= others;
        vectors.data[i * cols + j] = -q[j]!;
      }
      vectors.data[i * cols + top] = 1;
    }
    result.push({ vectors, weights });
  }
  return result;
}
