import { type Dense, dense, multiplyTransposeB, requireLength } from "@xent/linalg";
import type { Linearization } from "@xent/models";
import { marginGradients } from "./margin-split.js";
import type { WeightedSplit } from "./operators.js";

/**
 * FGN as `F = G^T D G`: row i of G (B x P) is the gradient of margin i, D = diag(w p_y (1 - p_y)), and
 * the gradient of the loss is `-G^T c` with c = w (1 - p_y). Nothing here overflows or divides by p_y.
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
  /** G G^T: in closed form where the model offers it, else from the rows of G (`size` VJPs, size x P numbers). */
  gram(): Dense;
}

/** The margin rows of a batch. O(B C) time and memory. */
export function rowFactor(linearization: Linearization, batch: WeightedSplit): RowFactor {
  const { split, labels, shares } = batch;
  const v = marginGradients(split, labels);
  const { rows, cols } = v;
  const curvature = shares.map((w, i) => w * split.probabilities[i]! * split.complements[i]!);
  const pull = shares.map((w, i) => w * split.complements[i]!);
  const scratch = dense(rows, cols);
  const lift = (x: Float64Array, out?: Float64Array): Float64Array => {
    requireLength("x", x, rows);
    for (let i = 0; i < rows; i++) {
      const s = x[i]!;
      for (let k = i * cols; k < (i + 1) * cols; k++) scratch.data[k] = s * v.data[k]!;
    }
    return out === undefined ? linearization.vjp(scratch) : linearization.vjp(scratch, out);
  };
  const project = (d: Float64Array, out: Float64Array = new Float64Array(rows)): Float64Array => {
    linearization.jvp(d, scratch);
    for (let i = 0; i < rows; i++) {
      let s = 0;
      for (let k = i * cols; k < (i + 1) * cols; k++) s += v.data[k]! * scratch.data[k]!;
      out[i] = s;
    }
    return out;
  };
  const explicitGram = (): Dense => {
    const g = dense(rows, linearization.parameterCount);
    const unit = new Float64Array(rows);
    for (let i = 0; i < rows; i++) {
      unit[i] = 1;
      lift(unit, g.data.subarray(i * g.cols, (i + 1) * g.cols));
      unit[i] = 0;
    }
    return multiplyTransposeB(g, g);
  };
  return {
    size: rows,
    curvature,
    pull,
    lift,
    project,
    gram: () => linearization.rowGram?.(v) ?? explicitGram(),
  };
}
