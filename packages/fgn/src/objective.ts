import type { Dense } from "@xent/linalg";
import { crossEntropy } from "@xent/softmax-spectral";
import { given } from "./given.js";
import type { CurvatureOptions } from "./operators.js";
import type { StepOptions } from "./step-problem.js";
import type { TargetOptions } from "./targets.js";

/** The weighted mean cross-entropy that a step minimises, without weight decay. O(B C). */
export function dataLoss(
  logits: Dense,
  labels: ArrayLike<number>,
  options: CurvatureOptions & TargetOptions,
): number {
  const { exampleWeights, labelSmoothing } = options;
  return crossEntropy(logits, options.targets ?? labels, given({ exampleWeights, labelSmoothing }));
}

/** How much of a step is judged, and what is known of it. */
export interface JudgedStep {
  /** Length P, before scaling. */
  readonly step: Float64Array;
  /** g.d of the unscaled step, weight decay in g. */
  readonly slope: number;
  /** d.H d of the unscaled step, without damping and decay. */
  readonly curvature: number;
  /** Factor in [0, 1] by which the step is taken. */
  readonly scale: number;
}

/** tau . d o d, the curvature of the penalty along d. */
function decayCurvature(decay: number | Float64Array | undefined, d: Float64Array): number {
  if (decay === undefined) return 0;
  let total = 0;
  for (let k = 0; k < d.length; k++) {
    total += (typeof decay === "number" ? decay : decay[k]!) * d[k]! ** 2;
  }
  return total;
}

/** -(s g.d + s^2 d.(H + tau) d / 2): what the quadratic model, without damping, says the scaled step gains. */
export function predictedDecrease(
  judged: JudgedStep,
  options: Pick<StepOptions, "weightDecay">,
): number {
  const { slope, curvature, step, scale } = judged;
  const bend = curvature + decayCurvature(options.weightDecay, step);
  return 0 - (scale * slope + (scale * scale * bend) / 2);
}

/** Objective before minus objective after the scaled step; the penalty by differences, so that it does not cancel. */
export function actualDecrease(
  before: Dense,
  after: Dense,
  labels: ArrayLike<number>,
  { step, scale }: Pick<JudgedStep, "step" | "scale">,
  options: Omit<StepOptions, "damping">,
): number {
  const data = dataLoss(before, labels, options) - dataLoss(after, labels, options);
  const { weightDecay: decay, parameters } = options;
  if (decay === undefined || parameters === undefined) return data;
  let penalty = 0;
  for (let k = 0; k < step.length; k++) {
    const tau = typeof decay === "number" ? decay : decay[k]!;
    const s = scale * step[k]!;
    penalty += tau * s * (parameters[k]! + s / 2);
  }
  return data - penalty;
}

/**
 * actual / predicted decrease; 1 where both are within the rounding of the loss (48 u: each of the two
 * losses is right to a few units), so that noise near a minimum does not raise the damping.
 */
export function trustRatio(actual: number, predicted: number, loss: number): number {
  const noise = 48 * 2 ** -53 * Math.abs(loss);
  if (Math.abs(actual) <= noise && Math.abs(predicted) <= noise) return 1;
  return actual / predicted;
}
