import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
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
 * The file of a suite's module: a path from `folder`, or the name of a module of a package installed there, such as
 * "@xent/jax/suite". A file is preferred.
 *
 * @throws DomainError when it is neither.
 */
export function suiteFile(module: string, folder: string): string {
  const path = resolve(folder, module);
  if (existsSync(path)) return path;
  if (!/^[./\\]/.test(module)) {
    try {
      return createRequire(join(folder, "_")).resolve(module);
    } catch {
      // A package without an entry for require is looked for from here.
      try {
        return fileURLToPath(import.meta.resolve(module));
      } catch {
        // Said below.
      }
    }
  }
  throw new DomainError(`--suite ${module} is neither a file nor an installed module`);
}

/**
 * The suites of all xent packages, or those that a module of the user's exports by default: a {@link Suite}, an array of them,
 * or a function that makes either, at once or as a promise, for what must be started before.
 *
 * @throws DomainError when the module has no such default export, or an id stands twice.
 */
export async function loadSuites(modulePath?: string): Promise<readonly Suite[]> {
  let suites: readonly Suite[];
  if (modulePath === undefined) {
    suites = (await import("./registry.js")).suites;
  } else {
    const loaded = (await import(pathToFileURL(modulePath).href)) as { default?: unknown };
    const made: unknown =
      typeof loaded.default === "function"
        ? await (loaded.default as () => unknown)()
        : loaded.default;
    const list = Array.isArray(made) ? (made as unknown[]) : [made];
    if (!list.every(isSuite)) {
      throw new DomainError(
        `${modulePath} must export by default a suite { package, invariants, subject }, an array of them, or a function that makes them`,
      );
    }
    suites = list;
  }
  const ids = suites.flatMap((s) => s.invariants.map((i) => i.id));
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw new DomainError(`invariant id "${twice}" stands twice`);
  return suites;
}
