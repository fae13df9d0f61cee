import { type Growth, growthOf, TOLERANCE } from "./growth.js";
import type { Row } from "./measure.js";
import { growthPlot } from "./plot.js";
import { escaped, sizeLabel, timeLabel } from "./units.js";

/** A peer that cannot do the work of a group. */
export interface Skipped {
  readonly group: string;
  readonly name: string;
  readonly reason: string;
}

/** Rows by group, in the order of their first appearance. */
export function byGroup(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(row.group, [...(groups.get(row.group) ?? []), row]);
  return groups;
}

/** Whether a group can be plotted: it was timed at several sizes. */
export function hasSizes(rows: readonly Row[]): boolean {
  return new Set(rows.map((r) => r.size)).size > 1;
}

interface Table {
  readonly head: readonly string[];
  readonly body: readonly (readonly string[])[];
}

const signed = (v: number): string => `${v < 0 ? "−" : "+"}${Math.abs(v).toFixed(2)}`;

/** Times and paired ratios, sizes from small to large. */
function timesTable(rows: readonly Row[]): Table {
  const rate = (count: number | undefined, r: Row): string =>
    count === undefined ? "" : (count / r.least / 1e6).toPrecision(3);
  const sorted = [...rows].sort((a, b) => a.size - b.size);
  return {
    head: ["size", "who", "median", "fastest", "ratio to the first", "GFlop/s", "GB/s"],
    body: sorted.map((r) => [
      sizeLabel(r.size),
      r.name,
      timeLabel(r.median),
      timeLabel(r.least),
      `${r.ratio[1].toFixed(2)} (${r.ratio[0].toFixed(2)} to ${r.ratio[2].toFixed(2)})`,
      rate(r.operations, r),
      rate(r.bytes, r),
    ]),
  };
}

function verdictOf({ verdict, regime }: Growth): string {
  if (regime === undefined) return verdict;
  return `${verdict}: ${signed(regime.excess)} from ${sizeLabel(regime.from)} to ${sizeLabel(regime.to)}`;
}

function growthTable(growth: readonly Growth[]): Table {
  return {
    head: [
      "what",
      "who",
      "sizes",
      "exponent",
      "above theory",
      "over rounds",
      "size to size",
      `within ${TOLERANCE}?`,
    ],
    body: growth.map((g) => [
      g.group,
      g.name,
      `${sizeLabel(g.whole.from)} to ${sizeLabel(g.whole.to)}`,
      g.whole.exponent.toFixed(2),
      signed(g.whole.excess),
      g.whole.excessOfRounds.map(signed).join(" to "),
      g.steps.map(signed).join(" "),
      verdictOf(g),
    ]),
  };
}

/** What the columns of the table of growth mean. */
export const GROWTH_NOTE =
  "The exponent is the slope of log time over log size, of the fastest runs. Above theory: the same slope after dividing by the law " +
  "(operations counted, or the law of the case), with its least and greatest over the rounds, and from each size to the next. A step up " +
  "is a cache that the data outgrow; a step down at small sizes is a fixed cost that fades.";

const markdownOf = ({ head, body }: Table): string => {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
};

/** Growth as a Markdown table. */
export function growthMarkdown(rows: readonly Row[]): string {
  return markdownOf(growthTable(growthOf(rows)));
}

/** Markdown tables: times and paired ratios of every group, its rates, and its growth. */
export function markdownTables(rows: readonly Row[]): string {
  const parts: string[] = [];
  for (const [group, of] of byGroup(rows)) {
    parts.push(`### ${group}\n`, markdownOf(timesTable(of)), "");
  }
  if (growthOf(rows).length > 0) {
    parts.push("### Growth\n", GROWTH_NOTE, "", growthMarkdown(rows), "");
  }
  return parts.join("\n");
}

const htmlOf = ({ head, body }: Table): string => {
  const filled = head.map((_, i) => body.some((cells) => cells[i] !== ""));
  const row = (tag: string, cells: readonly string[]): string =>
    `<tr>${cells
      .filter((_, i) => filled[i])
      .map((c) => `<${tag}>${escaped(c)}`)
      .join("")}`;
  return `<div class="wide"><table>${row("th", head)}\n${body.map((cells) => row("td", cells)).join("\n")}</table></div>`;
};

/** Peers that are missing in a group, by reason. */
function reasonsOf(group: string, skipped: readonly Skipped[]): Map<string, string[]> {
  const reasons = new Map<string, string[]>();
  for (const { name, reason } of skipped.filter((s) => s.group === group)) {
    reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  }
  return reasons;
}

/** One page with a plot and a table for every group; no scripts, nothing to fetch. */
export function htmlPage(
  rows: readonly Row[],
  skipped: readonly Skipped[],
  machine: string,
): string {
  const sections = [...byGroup(rows)].map(([group, of]) => {
    const plot = hasSizes(of) ? `<div class="wide">${growthPlot(group, of)}</div>` : "";
    const left = [...reasonsOf(group, skipped)]
      .map(([why, names]) => `<p class="note">${escaped(`Not ${names.join(", ")}: ${why}.`)}</p>`)
      .join("");
    return `<section><h2>${escaped(group)}</h2>${plot}${htmlOf(timesTable(of))}${left}</section>`;
  });
  const growth = growthOf(rows);
  if (growth.length > 0) {
    sections.push(
      `<section><h2>Growth with size</h2><p class="note">${GROWTH_NOTE}</p>${htmlOf(growthTable(growth))}</section>`,
    );
  }
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>xent benchmarks</title>
<style>:root{color-scheme:light dark}body{font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1f2328;background:#fff}
h2{font-size:1.15rem;overflow-wrap:anywhere}section{margin:2.5rem 0}svg{display:block;width:100%;max-width:44rem;min-width:34rem;height:auto;margin-bottom:.75rem}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums;white-space:nowrap}
td,th{padding:.2rem 1rem .2rem 0;text-align:left;border-bottom:1px solid #8883}.note{color:#59636e;max-width:46rem;margin:.4rem 0}
@media(prefers-color-scheme:dark){body{color:#f0f6fc;background:#0d1117}.note{color:#9198a1}}</style>
<h1>xent benchmarks</h1><p class="note">${escaped(machine)}. Ratios are paired within one run: median, least and greatest over the rounds, to the first of each size. Plots show the fastest runs, both axes logarithmic.</p>
${sections.join("\n")}</html>
`;
}
