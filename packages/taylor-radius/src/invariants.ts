import type { AnyInvariant } from "@xent/invariants";
import { type GhostSubject, ghostInvariants, ghostSubject } from "./invariants/ghosts.js";

export { type GhostSubject, ghostInvariants, ghostSubject } from "./invariants/ghosts.js";

/** What is measured: pass your own implementation to check it. */
export type TaylorRadiusSubject = GhostSubject;

/** The implementation of this package. */
export const taylorRadiusSubject: TaylorRadiusSubject = { ...ghostSubject };

/** Everything that must always hold of this package. */
export function taylorRadiusInvariants(): AnyInvariant<TaylorRadiusSubject>[] {
  return [...ghostInvariants];
}
