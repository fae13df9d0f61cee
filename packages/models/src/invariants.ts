import type { AnyInvariant } from "@xent/invariants";
import { activationInvariants } from "./invariants/activations.js";
import type { ModelsSubject } from "./invariants/cases.js";
import { derivativeInvariants } from "./invariants/derivatives.js";
import { modelContractInvariants } from "./invariants/model-contract.js";

export { type ModelsSubject, modelsSubject } from "./invariants/cases.js";

/** Everything that must always hold of the models: values, derivatives, contracts, activations. */
export function modelsInvariants(): AnyInvariant<ModelsSubject>[] {
  return [...derivativeInvariants(), ...modelContractInvariants(), ...activationInvariants()];
}
