import type { AnyInvariant } from "@xent/invariants";
import { collapseInvariants } from "./invariants/collapse.js";
import { conservationInvariants } from "./invariants/conservation.js";
import { reductionInvariants } from "./invariants/reduction.js";
import type { UfmDynamicsSubject } from "./invariants/subject.js";

export { type UfmDynamicsSubject, ufmDynamicsSubject } from "./invariants/subject.js";

/** Everything that must always hold of the flows, small groups each. Statements that do not hold are in the tests. */
export function ufmDynamicsInvariants(): AnyInvariant<UfmDynamicsSubject>[] {
  return [...reductionInvariants(), ...conservationInvariants(), ...collapseInvariants()];
}
