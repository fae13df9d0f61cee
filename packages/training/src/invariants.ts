import type { AnyInvariant } from "@xent/invariants";
import { directionInvariants } from "./invariants/directions.js";
import { limitInvariants } from "./invariants/limits.js";
import { minibatchInvariants } from "./invariants/minibatches.js";
import { pointInvariants } from "./invariants/points.js";
import { runInvariants } from "./invariants/runs.js";
import type { TrainingSubject } from "./invariants/subject.js";

export { type TrainingSubject, trainingSubject } from "./invariants/subject.js";

/** Everything that must always hold. One measurement trains a model of a dozen parameters for some steps at most. */
export function trainingInvariants(): AnyInvariant<TrainingSubject>[] {
  return [
    ...minibatchInvariants(),
    ...pointInvariants(),
    ...directionInvariants(),
    ...limitInvariants(),
    ...runInvariants(),
  ];
}
