import { type Dense, dense, gramMatrix, requireLength, SeededRandom } from "@xent/linalg";
import type { Linearization } from "@xent/models";
import { competitorPivots, type PivotLevel } from "./competitor-pivots.js";
import { levelGram } from "./level-gram.js";
import { marginGradients } from "./margin-split.js";
import type { WeightedSplit } from "./operators.js";

/**
 * FGN as `F = G^T D G`: row i of G (n x P) is the gradient of margin i, D = diag(w p_y (1 - p_y)), and
 * the gradient of the loss is `-G^T c` with c = w (1 - p_y). Nothing here overflows or divides by p_y.
 * With r competitors kept there are n = (r + 1) B rows, level by level; c is zero beyond the first B.
 */
export interface RowFactor {
  /** Rows of G. */
  readonly size: number;
  /** D, length `size`. */
  readonly curvature: Float64Array;
  /** c, length `size`. */
  readonly pull: Float64Array;
  /** G^T x, length P. One VJP. */
  lift(x: Float64Array, out?: Float64Array): Float64Array;
  /** G d, length `size`. One JVP. */
  project(d: Float64Array, out?: Float64Array): Float64Array;
  /** G G^T: in closed form where the model offers it, else from the rows of G. */
  gram(): Dense;
  /** G itself, size x P: by `gradientRows` of the model, else `size` VJPs or P JVPs, whichever are fewer. */
  rows(): Dense;
  /**
   * tr F = sum_i D_i ||row i of G||^2: exact where the model has `gradientSquares`, else an unbiased estimate from one
   * JVP along random signs.
   */
  trace(): number;
}

/** The margin rows of a batch, and those of its `competitors` strongest competitors. O((r + 1) B C). */
export function rowFactor(
  linearization: Linearization,
  batch: WeightedSplit,
  competitors = 0,
): RowFactor {
  const { split, labels, shares } = batch;
  const levels: PivotLevel[] = [
    {
      vectors: marginGradients(split, labels),
      weights: shares.map((w, i) => w * split.probabilities[i]! * split.complements[i]!),
    },
    ...competitorPivots(batch, competitors),
  ];
  const { rows: B, cols } = split.competitors;
  const size = levels.length * B;
  const curvature = new Float64Array(size);
  levels.forEach((level, k) => void curvature.set(level.weights, k * B));
  const pull = new Float64Array(size);
  for (let i = 0; i < B; i++) pull[i] = shares[i]! * split.complements[i]!;
  const scratch = dense(B, cols);

  const lift = (x: Float64Array, out?: Float64Array): Float64Array => {
    requireLength("x", x, size);
    for (let k = 0; k < levels.length; k++) {
      const v = levels[k]!.vectors.data;
      for (let i = 0; i < B; i++) {
        const s = x[k * B + i]!;
        if (k === 0) {
          for (let j = i * cols; j < (i + 1) * cols; j++) scratch.data[j] = s * v[j]!;
        } else if (s !== 0) {
          for (let j = i * cols; j < (i + 1) * cols; j++) scratch.data[j]! += s * v[j]!;
        }
      }
    }
    return out === undefined ? linearization.vjp(scratch) : linearization.vjp(scratch, out);
  };
  const project = (d: Float64Array, out: Float64Array = new Float64Array(size)): Float64Array => {
    linearization.jvp(d, scratch);
    for (let k = 0; k < levels.length; k++) {
      const v = levels[k]!.vectors.data;
      for (let i = 0; i < B; i++) {
        let s = 0;
        for (let j = i * cols; j < (i + 1) * cols; j++) s += v[j]! * scratch.data[j]!;
        out[k * B + i] = s;
      }
    }
    return out;
  };
  const rows = (): Dense => {
    const P = linearization.parameterCount;
    const g = dense(size, P);
    if (linearization.gradientRows !== undefined) {
      for (let k = 0; k < levels.length; k++) {
        const part = g.data.subarray(k * B * P, (k + 1) * B * P);
        linearization.gradientRows(levels[k]!.vectors, dense(B, P, part));
      }
      return g;
    }
    if (size <= P) {
      const unit = new Float64Array(size);
      for (let i = 0; i < size; i++) {
        unit[i] = 1;
        lift(unit, g.data.subarray(i * P, (i + 1) * P));
        unit[i] = 0;
      }
      return g;
    }
    const unit = new Float64Array(P);
    const column = new Float64Array(size);
    for (let j = 0; j < P; j++) {
      unit[j] = 1;
      project(unit, column);
      unit[j] = 0;
      for (let i = 0; i < size; i++) g.data[i * P + j] = column[i]!;
    }
    return g;
  };
  const gram = (): Dense => {
    if (linearization.rowGram !== undefined) {
      return levelGram(
        linearization,
        levels.map((level) => level.vectors),
      );
    }
    return gramMatrix(rows());
  };
  const trace = (): number => {
    let total = 0;
    if (linearization.gradientSquares !== undefined) {
      for (let k = 0; k < levels.length; k++) {
        const squares = linearization.gradientSquares(levels[k]!.vectors);
        for (let i = 0; i < B; i++) total += curvature[k * B + i]! * squares[i]!;
      }
      return total;
    }
    const random = new SeededRandom(0);
    const signs = new Float64Array(linearization.parameterCount);
    for (let k = 0; k < signs.length; k++) signs[k] = random.uniform() < 0.5 ? -1 : 1;
    const along = project(signs);
    for (let i = 0; i < size; i++) total += curvature[i]! * along[i]! ** 2;
    return total;
  };
  return { size, curvature, pull, lift, project, gram, rows, trace };
}
