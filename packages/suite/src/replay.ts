import { check, formatCase, formatFailure, formatResult } from "@xent/invariants";
import { DomainError } from "@xent/linalg";
import { SHARD_SIZE } from "./shard.js";
import { type Suite, select } from "./suite.js";

/** What a replayed case shows. */
export interface Replay {
  readonly holds: boolean;
  readonly text: string;
}

/** A test that measures one case again, as source text. */
export function asTest(id: string, testCase: string): string {
  return [
    "  as a test, with check of @xent/invariants and loadSuites, select of @xent/suite:",
    `    const { invariant, subject } = select(await loadSuites(), { id: "${id}" }).find((s) => s.invariant.id === "${id}")!;`,
    `    expect(check(invariant, subject, { runs: 1, examples: [${testCase}] }).status).toBe("holds");`,
  ].join("\n");
}

/**
 * Measures again what a report names: the case at seed:path, or with an empty path the shard of that seed.
 *
 * @param words - the id of an invariant and "seed:path".
 * @throws DomainError when there is no such invariant, or the second word is not seed:path.
 */
export function replay(suites: readonly Suite[], words: readonly string[]): Replay {
  const [id, at] = words;
  if (id === undefined || at === undefined || words.length !== 2) {
    throw new DomainError(`--replay takes an id and seed:path, not "${words.join(" ")}"`);
  }
  const found = select(suites).find((s) => s.invariant.id === id);
  if (found === undefined) throw new DomainError(`no invariant has the id "${id}" (see --list)`);
  const match = /^(-?\d+):([\d:]*)$/.exec(at);
  if (match === null) throw new DomainError(`"${at}" is not seed:path`);
  const result = check(found.invariant, found.subject, {
    seed: Number(match[1]),
    ...(match[2] === "" ? { runs: SHARD_SIZE } : { path: match[2]! }),
  });
  const lines = [formatResult(result)];
  if (result.counterexample !== undefined) {
    lines.push(formatFailure(result), asTest(id, formatCase(result.counterexample.case)));
  } else if (result.worst !== undefined) {
    const shown = formatCase(result.worst.case);
    lines.push(
      `  error ${result.worst.error}, tolerance ${result.worst.tolerance}`,
      `  case: ${shown}`,
      asTest(id, shown),
    );
  }
  return { holds: result.status === "holds", text: lines.join("\n") };
}
