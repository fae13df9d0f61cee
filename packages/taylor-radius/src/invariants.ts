import type { AnyInvariant } from "@xent/invariants";
import { type ControlSubject, controlInvariants, controlSubject } from "./invariants/control.js";
import { type GhostSubject, ghostInvariants, ghostSubject } from "./invariants/ghosts.js";

export { type ControlSubject, controlInvariants, controlSubject } from "./invariants/control.js";
export { type GhostSubject, ghostInvariants, ghostSubject } from "./invariants/ghosts.js";

/** What is measured: pass your own implementation to check it. */
export type TaylorRadiusSubject = GhostSubject & ControlSubject;

/** The implementation of this package. */
export const taylorRadiusSubject: TaylorRadiusSubject = { ...ghostSubject, ...controlSubject };

/** Everything that must always hold of this package. */
export function taylorRadiusInvariants(): AnyInvariant<TaylorRadiusSubject>[] {
  return [...ghostInvariants, ...controlInvariants];
}
