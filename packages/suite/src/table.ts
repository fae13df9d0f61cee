import type { Summary } from "./summary.js";

/** Lines of a table are never longer, however wide the terminal is. */
const WIDEST = 120;

function ratioText(ratio: Summary["worstRatio"]): string {
  return ratio === "Infinity" ? "Infinity" : ratio.toPrecision(3);
}

function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

function numbersOf(s: Summary): readonly string[] {
  const seconds = s.time === null ? [] : [(s.time / 1000).toFixed(2)];
  return [s.status, String(s.cases), String(s.discarded), ratioText(s.worstRatio), ...seconds];
}

/** Where the case that a summary shows is measured again: the counterexample, or the worst. */
function replayLine(s: Summary): string {
  return `replay: xent-invariants --replay ${s.id} "${s.replay ?? ""}"`;
}

/** The invariants that hold with the least room, among those that the tolerance is of any use to. */
function tightest(summaries: readonly Summary[], count: number): readonly Summary[] {
  return summaries
    .filter((s) => s.status === "holds" && typeof s.worstRatio === "number" && s.worstRatio > 0.5)
    .sort((a, b) => Number(b.worstRatio) - Number(a.worstRatio))
    .slice(0, count);
}

/**
 * A plain-text table of the run: for each invariant a line of numbers and one with its statement and
 * source. Below it the failures, each with its case and what replays it, and the narrowest passes.
 *
 * @param width - columns of the terminal; lines of the table are clipped to it, and to 120.
 */
export function formatTable(summaries: readonly Summary[], width: number = WIDEST): string {
  const columns = Math.min(width, WIDEST);
  const timed = summaries.some((s) => s.time !== null);
  const head = ["status", "cases", "discarded", "error/tolerance", ...(timed ? ["seconds"] : [])];
  const rows = summaries.map(numbersOf);
  const widths = head.map((h, j) => Math.max(h.length, ...rows.map((r) => r[j]?.length ?? 0)));
  const forNumbers = widths.reduce((sum, w) => sum + w + 2, 0);
  const longestId = Math.max(9, ...summaries.map((s) => s.id.length));
  const idWidth = Math.min(longestId, Math.max(20, columns - forNumbers));
  const line = (id: string, cells: readonly string[]): string => {
    const padded = cells.map((c, j) => (j === 0 ? c.padEnd(widths[j]!) : c.padStart(widths[j]!)));
    return [clip(id, idWidth).padEnd(idWidth), ...padded].join("  ").trimEnd();
  };
  const table = summaries.flatMap((s, i) => [
    line(s.id, rows[i]!),
    clip(`    ${s.statement} [${s.source}]`, columns),
  ]);
  const failures = summaries.flatMap((s) =>
    s.counterexample === null
      ? []
      : [
          "",
          `${s.id} does not hold: ${s.statement}`,
          `  source: ${s.source}`,
          `  ${s.counterexample.error}`,
          `  case: ${s.counterexample.case}`,
          `  ${replayLine(s)}`,
        ],
  );
  const narrow = tightest(summaries, 3).flatMap((s) => [
    "",
    `narrowest: ${s.id} at ${ratioText(s.worstRatio)} of its tolerance`,
    `  ${replayLine(s)}`,
  ]);
  const held = summaries.filter((s) => s.status === "holds").length;
  const cases = summaries.reduce((n, s) => n + s.cases, 0);
  const top = line("invariant", head);
  return [
    top,
    "-".repeat(top.length),
    ...table,
    ...failures,
    ...narrow,
    "",
    `${held} of ${summaries.length} invariants hold over ${cases} cases`,
  ].join("\n");
}
