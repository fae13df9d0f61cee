import type { Dense } from "@xent/linalg";
import type { Linearization } from "./logit-model.js";

/** Where a training step starts: one minibatch, linearised, with loss and gradient of the mean cross-entropy. */
export interface TrainingPoint {
  /** Length P; not to be modified. */
  readonly parameters: Float64Array;
  readonly linearization: Linearization;
  /** Length B. */
  readonly labels: Int32Array;
  /**
   * Which examples of the training set the minibatch holds, length B: for directions with data of their own about each
   * example, such as soft targets or weights.
   */
  readonly examples?: ArrayLike<number>;
  /** Mean cross-entropy of the minibatch. */
  readonly loss: number;
  /** Gradient of `loss`, length P; not to be modified. */
  readonly gradient: Float64Array;
  /** Logits of the same minibatch at other parameters (length P), for directions that judge their step. */
  readonly logitsAt?: (parameters: Float64Array) => Dense;
}

/**
 * Proposes an update of unit learning rate: gradient, momentum, Adam, FGN, GGN. It may keep state
 * between calls, which `save` and `restore` make serialisable.
 */
export interface Direction {
  readonly name: string;
  /** The proposed change of the parameters before learning rate and limit, length P (a new array). */
  propose(point: TrainingPoint): Float64Array;
  /** Internal state as plain JSON data. */
  save?(): unknown;
  /** Continues from what {@link Direction.save} returned. */
  restore?(state: unknown): void;
}

/** What a {@link StepLimit} decided. */
export interface LimitedStep {
  /** Factor in [0, 1] by which the step is to be multiplied. */
  readonly scale: number;
  /** Radius along the step, in units of Euclidean distance in parameter space; Infinity when nothing limits it. */
  readonly radius: number;
  /** r = length of the proposed step (before scaling) / radius. */
  readonly ratio: number;
}

/** Decides how much of a proposed step is taken: none, norm clip, radius cap. */
export interface StepLimit {
  readonly name: string;
  /** `step` has length P, learning rate included; not modified. */
  limit(step: Float64Array, linearization: Linearization): LimitedStep;
  /** Internal state as plain JSON data, where there is any: what it remembers of earlier steps. */
  save?(): unknown;
  /** Continues from what {@link StepLimit.save} returned. */
  restore?(state: unknown): void;
}
