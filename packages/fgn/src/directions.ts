import type { Direction } from "@xent/models";
import { type FgnStepOptions, fgnStep } from "./fgn-step.js";

/** Options of {@link fgnDirection}. */
export type FgnDirectionOptions = FgnStepOptions;

/**
 * FGN as a training direction: each proposal is the {@link fgnStep} of its minibatch, to be used with
 * learning rate 1 and, unless the damping is large, with a radius cap.
 */
export function fgnDirection(options: FgnDirectionOptions): Direction {
  return {
    name: "fgn",
    propose: (point) => fgnStep(point.linearization, point.labels, options).step,
  };
}
