import { describe, expect, test } from "vitest";
import { type CheckOptions, check } from "./check.js";
import type { AnyInvariant } from "./invariant.js";
import { formatFailure } from "./report.js";

/** The seed of a plain test run, so that it is reproducible; fresh seeds are the business of campaigns. */
const DEFAULT_SEED = 20261124;

/** Looked up without the types of Node: the adapter also runs in vitest's browser mode. */
function environmentNumber(name: string): number | undefined {
  const env = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process
    ?.env;
  const text = env?.[name];
  return text === undefined || text === "" ? undefined : Number(text);
}

/**
 * One vitest test an invariant. A failure prints the shrunk case, its error and tolerance, and the
 * seed and path that replay it. Without a seed in `options` every run tries the same cases; the
 * environment variables `XENT_RUNS` and `XENT_SEED` override both.
 */
export function describeInvariants<Subject>(
  name: string,
  invariants: readonly AnyInvariant<Subject>[],
  subject: Subject,
  options: CheckOptions = {},
): void {
  describe(name, () => {
    for (const invariant of invariants) {
      test(`${invariant.id}: ${invariant.statement}`, () => {
        const result = check(invariant, subject, {
          seed: DEFAULT_SEED,
          ...options,
          ...withDefined("runs", environmentNumber("XENT_RUNS")),
          ...withDefined("seed", environmentNumber("XENT_SEED")),
        });
        expect(result.status, formatFailure(result)).toBe("holds");
        expect(result.cases, "cases measured").toBeGreaterThan(0);
      });
    }
  });
}

function withDefined<K extends string>(key: K, value: number | undefined): { [P in K]?: number } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: number });
}
