import * as fc from "fast-check";
import type { CheckResult } from "./check.js";

/** A case as source text that can be pasted into a test. */
export function formatCase(testCase: unknown): string {
  return fc.stringify(testCase);
}

/** One line on a result: id, status (ok, FAIL, or "part" when interrupted), cases, worst error / tolerance, seed. */
export function formatResult(result: CheckResult): string {
  const word = { holds: "ok  ", interrupted: "part", fails: "FAIL", "too-many-discards": "FAIL" };
  const line = `${word[result.status]} ${result.id}  cases ${result.cases}  worst ${result.worstRatio.toPrecision(3)} of tolerance  seed ${result.seed}`;
  return result.discarded > 0 ? `${line}  discarded ${result.discarded}` : line;
}

/** What a person needs to see and replay a failure; the empty string when the invariant holds. */
export function formatFailure(result: CheckResult): string {
  if (result.status === "holds" || result.status === "interrupted") return "";
  if (result.counterexample === undefined) {
    return `${result.id}: ${result.discarded} cases discarded, only ${result.cases} measured`;
  }
  return [
    `${result.id} does not hold: ${result.statement}`,
    `  source: ${result.source}`,
    `  ${result.counterexample.error}`,
    `  case: ${formatCase(result.counterexample.case)}`,
    `  replay: seed ${result.seed}, path "${result.path ?? ""}"`,
  ].join("\n");
}

/** A plain-text table of results, one row an invariant, failures spelt out below. */
export function formatReport(results: readonly CheckResult[]): string {
  const head = ["invariant", "status", "cases", "discarded", "error/tolerance", "seed", "ms"];
  const rows = results.map((r) => [
    r.id,
    r.status,
    String(r.cases),
    String(r.discarded),
    r.worstRatio.toPrecision(3),
    String(r.seed),
    r.time.toFixed(0),
  ]);
  const widths = head.map((h, j) => Math.max(h.length, ...rows.map((row) => row[j]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((c, j) => (j < 2 ? c.padEnd(widths[j]!) : c.padStart(widths[j]!)))
      .join("  ")
      .trimEnd();
  const table = [line(head), widths.map((w) => "-".repeat(w)).join("  "), ...rows.map(line)];
  const failures = results.map(formatFailure).filter((text) => text !== "");
  return [...table, ...failures.flatMap((text) => ["", text])].join("\n");
}
