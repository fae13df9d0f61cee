import type { AnyInvariant } from "@xent/invariants";
import { type BatchSubject, batchInvariants, batchSubject } from "./invariants/batches.js";
import { type ControlSubject, controlInvariants, controlSubject } from "./invariants/control.js";
import {
  type DivergenceSubject,
  divergenceInvariants,
  divergenceSubject,
} from "./invariants/divergence.js";
import { type GhostSubject, ghostInvariants, ghostSubject } from "./invariants/ghosts.js";
import {
  type NonlinearSubject,
  nonlinearInvariants,
  nonlinearSubject,
} from "./invariants/nonlinear.js";
import { type SeriesSubject, seriesInvariants, seriesSubject } from "./invariants/series.js";

export { type BatchSubject, batchInvariants, batchSubject } from "./invariants/batches.js";
export { type ControlSubject, controlInvariants, controlSubject } from "./invariants/control.js";
export {
  type DivergenceSubject,
  divergenceInvariants,
  divergenceSubject,
} from "./invariants/divergence.js";
export { type GhostSubject, ghostInvariants, ghostSubject } from "./invariants/ghosts.js";
export {
  type NonlinearSubject,
  nonlinearInvariants,
  nonlinearSubject,
} from "./invariants/nonlinear.js";
export { type SeriesSubject, seriesInvariants, seriesSubject } from "./invariants/series.js";

/** What is measured: pass your own implementation to check it. */
export type TaylorRadiusSubject = GhostSubject &
  ControlSubject &
  SeriesSubject &
  DivergenceSubject &
  BatchSubject &
  NonlinearSubject;

/** The implementation of this package. */
export const taylorRadiusSubject: TaylorRadiusSubject = {
  ...ghostSubject,
  ...controlSubject,
  ...seriesSubject,
  ...divergenceSubject,
  ...batchSubject,
  ...nonlinearSubject,
};

/** Everything that must always hold of this package. */
export function taylorRadiusInvariants(): AnyInvariant<TaylorRadiusSubject>[] {
  return [
    ...ghostInvariants,
    ...batchInvariants,
    ...controlInvariants,
    ...seriesInvariants,
    ...divergenceInvariants,
    ...nonlinearInvariants,
  ];
}
