/**
 * The invariants of this package as a suite for `xent-invariants --suite @xent/jax/suite`.
 *
 * @packageDocumentation
 */
import type { AnyInvariant } from "@xent/invariants";
import { type JaxSubject, jaxInvariants, jaxSubject } from "./invariants.js";
import { startJax } from "./start-jax.js";

/** What `@xent/suite` calls a suite. */
export interface JaxSuite {
  readonly package: string;
  readonly invariants: readonly AnyInvariant<JaxSubject>[];
  readonly subject: JaxSubject;
}

/** The suite, once jax-js runs: a promise, since a module that awaits cannot be required from CommonJS. */
export default async function jaxSuite(): Promise<JaxSuite> {
  await startJax();
  return { package: "jax", invariants: jaxInvariants(), subject: jaxSubject };
}
