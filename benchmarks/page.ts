import { growthOf } from "./growth.js";
import type { Row } from "./measure.js";
import { growthPlot } from "./plot.js";

/** Rows by group, in the order of their first appearance. */
export function byGroup(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(row.group, [...(groups.get(row.group) ?? []), row]);
  return groups;
}

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
}

/** The row that those of its size are compared with. */
function firstOf(rows: readonly Row[], row: Row): Row {
  return rows.find((r) => r.size === row.size)!;
}

/** Markdown tables: times and paired ratios of every group, its rates, and the exponents of growth. */
export function markdownTables(rows: readonly Row[]): string {
  const parts: string[] = [];
  for (const [group, of] of byGroup(rows)) {
    parts.push(
      `### ${group}\n`,
      table(
        [
          "size",
          "who",
          "ms, median",
          "least",
          "least over the first",
          "paired ratio (least to greatest)",
          "GFlop/s",
          "GB/s",
        ],
        of.map((r) => [
          String(r.size),
          r.name,
          r.median.toPrecision(3),
          r.least.toPrecision(3),
          (r.least / firstOf(of, r).least).toFixed(2),
          `${r.ratio[1].toFixed(2)} (${r.ratio[0].toFixed(2)} to ${r.ratio[2].toFixed(2)})`,
          r.operations === undefined ? "" : (r.operations / r.least / 1e6).toPrecision(3),
          r.bytes === undefined ? "" : (r.bytes / r.least / 1e6).toPrecision(3),
        ]),
      ),
      "",
    );
  }
  const growth = growthOf(rows);
  if (growth.length > 0) {
    parts.push(
      "### Growth\n",
      table(
        ["what", "who", "exponent measured", "exponent of its operations"],
        growth.map((g) => [
          g.group,
          g.name,
          g.exponent.toFixed(2),
          g.expected === undefined ? "" : g.expected.toFixed(2),
        ]),
      ),
      "",
    );
  }
  return parts.join("\n");
}

const cell = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** One page with a plot and a table for every group; no scripts, nothing to fetch. */
export function htmlPage(rows: readonly Row[], title: string): string {
  const sections = [...byGroup(rows)].map(([group, of]) => {
    const plot = new Set(of.map((r) => r.size)).size > 1 ? growthPlot(group, of) : "";
    const body = of
      .map(
        (r) =>
          `<tr><td>${r.size}<td>${cell(r.name)}<td>${r.median.toPrecision(3)}<td>${r.least.toPrecision(3)}<td>${r.ratio[1].toFixed(2)} <small>(${r.ratio[0].toFixed(2)} to ${r.ratio[2].toFixed(2)})</small>`,
      )
      .join("\n");
    return `<section><h2>${cell(group)}</h2>${plot}<table><tr><th>size<th>who<th>ms, median<th>least<th>paired ratio to the first\n${body}</table></section>`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${cell(title)}</title>
<style>:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem}
section{margin:2.5rem 0}svg{max-width:100%;height:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
td,th{padding:.15rem .8rem .15rem 0;text-align:left;border-bottom:1px solid #8883}small{opacity:.7}</style>
<h1>${cell(title)}</h1><p>Ratios are paired within one run; plots show the fastest runs.</p>
${sections.join("\n")}</html>
`;
}
