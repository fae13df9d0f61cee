/**
 * The statements about curvature and steps of `@xent/fgn`, measurable on any implementation.
 *
 * @packageDocumentation
 */
import type { AnyInvariant } from "@xent/invariants";
import { curvatureInvariants } from "./invariants/curvature.js";
import { limitInvariants } from "./invariants/limits.js";
import { marginInvariants } from "./invariants/margins.js";
import { stepInvariants } from "./invariants/steps.js";
import type { FgnSubject } from "./invariants/subject.js";
import { trainingInvariants } from "./invariants/training.js";

export { type FgnSubject, fgnSubject } from "./invariants/subject.js";

/** Everything that must always hold of FGN, the GGN beside it, and the steps. Cases have at most 6 examples and 24 parameters. */
export function fgnInvariants(): AnyInvariant<FgnSubject>[] {
  return [
    ...marginInvariants(),
    ...curvatureInvariants(),
    ...stepInvariants(),
    ...limitInvariants(),
    ...trainingInvariants(),
  ];
}
