import type { Summary } from "./summary.js";

function ratioText(ratio: Summary["worstRatio"]): string {
  return ratio === "Infinity" ? "Infinity" : ratio.toPrecision(3);
}

function align(rows: readonly (readonly string[])[], leftColumns: number): string[] {
  const widths = rows[0]!.map((_, j) => Math.max(...rows.map((r) => r[j]!.length)));
  return rows.map((r) =>
    r
      .map((cell, j) => (j < leftColumns ? cell.padEnd(widths[j]!) : cell.padStart(widths[j]!)))
      .join("  ")
      .trimEnd(),
  );
}

/** A plain-text table of the run, failures spelt out below it with what replays them. */
export function formatTable(summaries: readonly Summary[]): string {
  const [head, ...body] = align(
    [
      ["invariant", "source", "status", "cases", "discarded", "error/tolerance", "seconds"],
      ...summaries.map((s) => [
        s.id,
        s.source.length > 34 ? `${s.source.slice(0, 33)}…` : s.source,
        s.status,
        String(s.cases),
        String(s.discarded),
        ratioText(s.worstRatio),
        (s.time / 1000).toFixed(2),
      ]),
    ],
    3,
  );
  const failures = summaries.flatMap((s) =>
    s.counterexample === null
      ? []
      : [
          "",
          `${s.id} does not hold: ${s.statement}`,
          `  source: ${s.source}`,
          `  ${s.counterexample.error}`,
          `  case: ${s.counterexample.case}`,
          `  replay: xent-invariants --replay ${s.id} "${s.replay ?? ""}"`,
        ],
  );
  const held = summaries.filter((s) => s.status === "holds").length;
  const cases = summaries.reduce((n, s) => n + s.cases, 0);
  return [
    head!,
    "-".repeat(head!.length),
    ...body,
    ...failures,
    "",
    `${held} of ${summaries.length} invariants hold over ${cases} cases`,
  ].join("\n");
}
