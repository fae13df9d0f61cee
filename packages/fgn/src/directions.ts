import type { Direction } from "@xent/models";
import { type CurvatureDirectionOptions, curvatureDirection } from "./curvature-direction.js";
import { type FgnStepOptions, fgnStep } from "./fgn-step.js";
import { type GgnStepOptions, ggnStep } from "./ggn-step.js";
import { given } from "./given.js";

/** Options of {@link fgnDirection}. */
export interface FgnDirectionOptions
  extends CurvatureDirectionOptions,
    Pick<FgnStepOptions, "solver" | "competitors"> {}

/** Options of {@link ggnDirection}. */
export interface GgnDirectionOptions
  extends CurvatureDirectionOptions,
    Pick<GgnStepOptions, "preconditioner" | "competitors"> {}

/**
 * FGN as a training direction: each proposal is the {@link fgnStep} of its minibatch, to be used with
 * learning rate 1 and, unless the damping is large or a trust ratio, with a radius cap. Keeps state
 * between calls (one object a run) that `save` and `restore` carry over.
 *
 * @throws DomainError for options out of range; from `propose` as {@link fgnStep}.
 */
export function fgnDirection(options: FgnDirectionOptions): Direction {
  const { solver, competitors } = options;
  return curvatureDirection("fgn", options, (point, stepOptions) =>
    fgnStep(point.linearization, point.labels, {
      ...stepOptions,
      ...given({ solver, competitors }),
    }),
  );
}

/** The full GGN as a training direction: {@link ggnStep} of each minibatch; otherwise as {@link fgnDirection}. */
export function ggnDirection(options: GgnDirectionOptions): Direction {
  const { preconditioner, competitors } = options;
  return curvatureDirection("ggn", options, (point, stepOptions) =>
    ggnStep(point.linearization, point.labels, {
      ...stepOptions,
      ...given({ preconditioner, competitors }),
    }),
  );
}
