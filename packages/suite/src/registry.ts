import type { AnyInvariant } from "@xent/invariants";
import type { Suite } from "./suite.js";

// imports end here (npm run new-module adds a line above)

// A suite hides its subject's type: only its own invariants ever see the subject.
function suite<Subject>(
  name: string,
  invariants: readonly AnyInvariant<Subject>[],
  subject: Subject,
): Suite {
  return { package: name, invariants: invariants as readonly AnyInvariant<unknown>[], subject };
}

/** The suites of all packages of this repository, each on its own implementation. */
export const suites: readonly Suite[] = [
  // suites end here (npm run new-module adds a line above)
];
void suite;
