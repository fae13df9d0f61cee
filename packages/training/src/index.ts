/**
 * Minibatch training of any `LogitModel`: directions, step limits, checkpoints that resume bit for bit.
 *
 * @packageDocumentation
 */
export { accuracy } from "./accuracy.js";
export { type AdamOptions, adamDirection } from "./adam-direction.js";
export type { StreamIdentity, TrainingCheckpoint } from "./checkpoint.js";
export { checkpointFromBytes, checkpointToBytes } from "./checkpoint-bytes.js";
export type { ExactNumbers } from "./exact-json.js";
export { gradientDirection } from "./gradient-direction.js";
export {
  type Minibatches,
  type MinibatchOptions,
  type MinibatchState,
  minibatches,
} from "./minibatches.js";
export { type MomentumOptions, momentumDirection } from "./momentum-direction.js";
export { type NormClipOptions, noLimit, normClip } from "./step-limit.js";
export { type TrainResult, train } from "./train.js";
export type { StepRecord, StepState, TrainOptions } from "./train-options.js";
export { trainingPoint } from "./training-point.js";
