import { DomainError, dense } from "@xent/linalg";
import type { Linearization } from "@xent/models";
import {
  type BlockAction,
  type CurvatureOptions,
  fgnBlock,
  fisherBlock,
  ggnBlock,
  weightedSplit,
  withinBlock,
} from "./operators.js";

/** The curvature matrices by name. */
export type CurvatureKind = "fgn" | "ggn" | "within" | "empirical-fisher";

/**
 * Exact diagonal of a curvature matrix, length P, every entry >= 0: from P JVPs, O(B C) memory. Entry k is
 * `sum_i a_i . S_i a_i` with a = J e_k and S_i the C x C block of example i.
 *
 * @param labels - true classes, length B.
 * @throws DimensionError, DomainError.
 */
export function curvatureDiagonal(
  linearization: Linearization,
  labels: ArrayLike<number>,
  kind: CurvatureKind,
  options: CurvatureOptions = {},
): Float64Array {
  const block = blockOf(kind, linearization, labels, options);
  const { rows, cols } = linearization.logits;
  const P = linearization.parameterCount;
  const unit = new Float64Array(P);
  const a = dense(rows, cols);
  const image = dense(rows, cols);
  const out = new Float64Array(P);
  for (let k = 0; k < P; k++) {
    unit[k] = 1;
    linearization.jvp(unit, a);
    unit[k] = 0;
    image.data.set(a.data);
    let total = 0;
    for (let i = 0; i < rows; i++) {
      block(i, image.data, i * cols);
      let form = 0;
      for (let j = i * cols; j < (i + 1) * cols; j++) form += a.data[j]! * image.data[j]!;
      total += Math.max(0, form);
    }
    out[k] = total;
  }
  return out;
}

function blockOf(
  kind: CurvatureKind,
  linearization: Linearization,
  labels: ArrayLike<number>,
  options: CurvatureOptions,
): BlockAction {
  const batch = weightedSplit(linearization.logits, labels, options);
  switch (kind) {
    case "fgn":
      return fgnBlock(batch);
    case "ggn":
      return ggnBlock(batch);
    case "within":
      return withinBlock(batch);
    case "empirical-fisher":
      return fisherBlock(batch);
    default:
      throw new DomainError(
        `kind = "${String(kind)}", expected "fgn", "ggn", "within" or "empirical-fisher"`,
      );
  }
}
