import type { AnyInvariant } from "@xent/invariants";
import { capByRadius } from "./cap-by-radius.js";
import { fromJax } from "./from-jax.js";
import { adapterInvariants } from "./invariants/adapter.js";
import { capInvariants } from "./invariants/cap.js";
import type { JaxSubject } from "./invariants/cases.js";
import { derivativeInvariants } from "./invariants/derivatives.js";
import { JAX_PRECISION } from "./precision.js";

export type { JaxSubject } from "./invariants/cases.js";

/** The implementation of this package. Call `startJax()` before it is measured. */
export const jaxSubject: JaxSubject = { fromJax, capByRadius, precision: JAX_PRECISION };

/** Everything that must always hold of the adapter: derivatives, contract, radius cap. */
export function jaxInvariants(): AnyInvariant<JaxSubject>[] {
  return [...derivativeInvariants(), ...adapterInvariants(), ...capInvariants()];
}
