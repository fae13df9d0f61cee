import { pathToFileURL } from "node:url";
import { DomainError } from "@xent/linalg";
import type { Suite } from "./suite.js";

function isSuite(value: unknown): value is Suite {
  const s = value as Partial<Suite> | null;
  return (
    typeof s === "object" &&
    s !== null &&
    typeof s.package === "string" &&
    Array.isArray(s.invariants)
  );
}

/**
 * The suites of all xent packages, or those that a module of the user's exports by default
 * (an array of {@link Suite}, or one).
 *
 * @throws DomainError when the module has no such default export, or an id stands twice.
 */
export async function loadSuites(modulePath?: string): Promise<readonly Suite[]> {
  let suites: readonly Suite[];
  if (modulePath === undefined) {
    suites = (await import("./registry.js")).suites;
  } else {
    const loaded = (await import(pathToFileURL(modulePath).href)) as { default?: unknown };
    const list = Array.isArray(loaded.default) ? (loaded.default as unknown[]) : [loaded.default];
    if (!list.every(isSuite)) {
      throw new DomainError(
        `${modulePath} must export by default a suite { package, invariants, subject } or an array of them`,
      );
    }
    suites = list;
  }
  const ids = suites.flatMap((s) => s.invariants.map((i) => i.id));
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw new DomainError(`invariant id "${twice}" stands twice`);
  return suites;
}
