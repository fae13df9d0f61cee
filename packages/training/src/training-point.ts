import { type Dense, DomainError, dense, requireFinite, requireLabels } from "@xent/linalg";
import type { LogitModel, TrainingPoint } from "@xent/models";
import { crossEntropy, crossEntropyGradient } from "@xent/softmax-spectral";

/**
 * Loss and gradient of the mean cross-entropy of one batch, with the linearised model: what every
 * direction starts from. One forward and one reverse pass.
 *
 * @param parameters - length P; kept, not copied: leave it unchanged while the point is in use.
 * @param labels - length B >= 1, integers in 0..C-1.
 * @throws DimensionError for wrong lengths; DomainError for parameters that are not finite, an
 *   empty batch, labels out of range, and when logits, loss or gradient overflow.
 */
export function trainingPoint<Batch = Dense>(
  model: LogitModel<Batch>,
  parameters: Float64Array,
  batch: Batch,
  labels: ArrayLike<number>,
): TrainingPoint {
  const linearization = model.linearize(parameters, batch);
  const { logits } = linearization;
  if (logits.rows === 0) throw new DomainError("batch has 0 examples, expected at least 1");
  requireLabels("labels", labels, logits.rows, logits.cols);
  const loss = crossEntropy(logits, labels);
  if (!(loss < Infinity)) throw new DomainError(`loss = ${loss}: it overflows float64`);
  const slope = crossEntropyGradient(logits, labels, {}, dense(logits.rows, logits.cols));
  const gradient = linearization.vjp(slope);
  requireFinite("gradient", gradient);
  const logitsAt = (elsewhere: Float64Array): Dense => model.logits(elsewhere, batch);
  return { parameters, linearization, labels: Int32Array.from(labels), loss, gradient, logitsAt };
}
