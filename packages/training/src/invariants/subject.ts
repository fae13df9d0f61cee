import type { DeclaredPrecision } from "@xent/invariants";
import type { Dense } from "@xent/linalg";
import type { Direction, LogitModel, StepLimit, TrainingPoint } from "@xent/models";
import {
  type AdamOptions,
  accuracy,
  adamDirection,
  checkpointFromBytes,
  checkpointToBytes,
  gradientDirection,
  type Minibatches,
  type MinibatchOptions,
  type MomentumOptions,
  minibatches,
  momentumDirection,
  type NormClipOptions,
  noLimit,
  normClip,
  type TrainingCheckpoint,
  type TrainOptions,
  type TrainResult,
  train,
  trainingPoint,
} from "../index.js";

/** What is measured: pass your own implementation to check it. */
export interface TrainingSubject extends DeclaredPrecision {
  minibatches(this: void, options: MinibatchOptions): Minibatches;
  trainingPoint(
    this: void,
    model: LogitModel,
    parameters: Float64Array,
    batch: Dense,
    labels: ArrayLike<number>,
  ): TrainingPoint;
  gradientDirection(this: void): Direction;
  momentumDirection(this: void, options: MomentumOptions): Direction;
  adamDirection(this: void, options: AdamOptions): Direction;
  noLimit(this: void): StepLimit;
  normClip(this: void, options: NormClipOptions): StepLimit;
  train(this: void, options: TrainOptions): TrainResult;
  checkpointToBytes(this: void, checkpoint: TrainingCheckpoint): Uint8Array;
  checkpointFromBytes(this: void, bytes: Uint8Array): TrainingCheckpoint;
  accuracy(this: void, logits: Dense, labels: ArrayLike<number>): number;
}

/** The implementation of this package. */
export const trainingSubject: TrainingSubject = {
  minibatches,
  trainingPoint,
  gradientDirection,
  momentumDirection,
  adamDirection,
  noLimit,
  normClip,
  train,
  checkpointToBytes,
  checkpointFromBytes,
  accuracy,
};
