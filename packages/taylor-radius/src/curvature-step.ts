import {
  type Dense,
  DimensionError,
  DomainError,
  requireFinite,
  requireLabels,
  requireShape,
} from "@xent/linalg";
import { softmaxRows, softmaxVariance } from "@xent/softmax-spectral";

/** The quadratic model of the mean loss of a batch along a line, and the step that it suggests. */
export interface CurvatureStep {
  /** Derivative of the mean cross-entropy along the direction. */
  readonly slope: number;
  /** L: its second derivative for linear logits, the mean variance of the slopes under softmax. */
  readonly curvature: number;
  /** -slope / L: where the quadratic model is lowest. */
  readonly newtonStep: number;
  /**
   * -2 slope / L: where the quadratic model is back at its start; along -gradient, with a learning rate eta,
   * this is the classical stability bound eta = 2 / L times the length. 0 for a direction of ascent,
   * Infinity for one of descent without curvature.
   */
  readonly stabilityStep: number;
}

/**
 * The step that curvature at the point allows along a direction, to be put beside the radius. They part
 * where probabilities saturate: for a confident batch L tends to 0 and 2 / L to infinity, while the
 * radius stays below hypot(gap, pi) / Delta of the closest pair. O(B C).
 *
 * @param logits - B x C; -Infinity masks.
 * @param slopes - derivative of the logits along the direction, B x C, finite.
 * @param labels - length B.
 * @throws DimensionError, DomainError for bad input or an empty batch.
 * @see docs/theory 3.5.
 */
export function curvatureStep(
  logits: Dense,
  slopes: Dense,
  labels: ArrayLike<number>,
): CurvatureStep {
  const { rows, cols } = logits;
  requireShape("slopes", slopes, rows, cols);
  if (rows === 0) throw new DimensionError("logits has 0 rows, expected at least 1");
  requireFinite("slopes.data", slopes.data);
  requireLabels("labels", labels, rows, cols);
  const p = softmaxRows(logits);
  let slope = 0;
  let curvature = 0;
  for (let i = 0; i < rows; i++) {
    const a = slopes.data.subarray(i * cols, (i + 1) * cols);
    const q = p.data.subarray(i * cols, (i + 1) * cols);
    const own = labels[i]!;
    if (logits.data[i * cols + own] === -Infinity) {
      throw new DomainError(`labels[${i}] = ${own} is a masked class`);
    }
    // E a - a_y term by term: small where the model is confident, without cancellation.
    for (let k = 0; k < cols; k++) slope += (q[k]! * (a[k]! - a[own]!)) / rows;
    curvature += softmaxVariance(q, a) / rows;
  }
  if (!(slope < 0)) return { slope, curvature, newtonStep: 0, stabilityStep: 0 };
  return {
    slope,
    curvature,
    newtonStep: -slope / curvature,
    stabilityStep: (-2 * slope) / curvature,
  };
}
