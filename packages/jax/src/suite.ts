/**
 * The invariants of this package as a suite for `xent-invariants --suite @xent/jax/suite`: loading it starts jax-js.
 *
 * @packageDocumentation
 */
import type { AnyInvariant } from "@xent/invariants";
import { type JaxSubject, jaxInvariants, jaxSubject } from "./invariants.js";
import { startJax } from "./start-jax.js";

await startJax();

/** What `@xent/suite` calls a suite. */
const suite: {
  readonly package: string;
  readonly invariants: readonly AnyInvariant<JaxSubject>[];
  readonly subject: JaxSubject;
} = { package: "jax", invariants: jaxInvariants(), subject: jaxSubject };

export default suite;
