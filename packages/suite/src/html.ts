import { asTest } from "./replay.js";
import { RATIO_EDGES } from "./shard.js";
import type { Summary } from "./summary.js";
import { escapeHtml, typeset } from "./typeset.js";

const BIN_NAMES: readonly string[] = [
  "exactly 0",
  ...RATIO_EDGES.slice(1).map((edge, i) => `${RATIO_EDGES[i]} to ${edge}`),
  "above 1: fails",
];

/** Bars on a log scale of counts: a single case near the tolerance must be seen among thousands at 0. */
function histogram(counts: readonly number[]): string {
  const top = Math.log1p(Math.max(1, ...counts));
  const bars = counts.map((n, i) => {
    const h = n === 0 ? 0 : Math.max(2, (38 * Math.log1p(n)) / top);
    const kind = i === counts.length - 1 ? "bad" : "good";
    return `<rect class="${kind}" x="${i * 12}" y="${40 - h}" width="10" height="${h}"><title>${BIN_NAMES[i]}: ${n} cases</title></rect>`;
  });
  const label = counts.map((n, i) => `${BIN_NAMES[i]}: ${n}`).join("; ");
  return `<svg width="${counts.length * 12}" height="41" role="img" aria-label="cases by error over tolerance: ${label}"><line x1="0" x2="${counts.length * 12}" y1="40.5" y2="40.5"/>${bars.join("")}</svg>`;
}

function row(s: Summary): string {
  const ratio = s.worstRatio === "Infinity" ? "∞" : s.worstRatio.toPrecision(3);
  const shown = s.counterexample?.case ?? s.worst?.case;
  return `<tr class="${s.status}"><td><code>${escapeHtml(s.id)}</code><p class="statement">${typeset(s.statement)}</p><p class="source">${escapeHtml(s.source)}</p>${
    shown === undefined
      ? ""
      : `<details><summary>${s.counterexample === null ? "worst case" : "counterexample"}</summary><pre>${escapeHtml(shown)}</pre><p>again: <code>xent-invariants --replay ${escapeHtml(s.id)} "${escapeHtml(s.replay ?? "")}"</code></p><pre>${escapeHtml(asTest(s.id, shown))}</pre></details>`
  }</td><td>${s.status}</td><td>${s.cases}</td><td>${s.discarded}</td><td>${ratio}</td><td>${histogram(s.histogram)}</td>${s.time === null ? "" : `<td>${(s.time / 1000).toFixed(2)}</td>`}</tr>`;
}

/** One self-contained page: every invariant, its histogram of error / tolerance, its worst case. */
export function htmlReport(summaries: readonly Summary[], seed: number): string {
  const held = summaries.filter((s) => s.status === "holds").length;
  const cases = summaries.reduce((n, s) => n + s.cases, 0);
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>xent invariants</title>
<style>
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; }
td, th { padding: .5rem .7rem; border-bottom: 1px solid #8885; vertical-align: top; }
td:nth-child(n+3) { font-variant-numeric: tabular-nums; }
p { margin: .2rem 0; } .statement { font: 1.1em/1.5 "Latin Modern Math", "STIX Two Text", "Cambria Math", Georgia, serif; }
sub, sup { font-size: .7em; line-height: 0; } .source { opacity: .7; font-size: .9em; }
pre { white-space: pre-wrap; word-break: break-all; max-height: 14rem; overflow: auto; }
line { stroke: #8888; } .good { fill: #2a7f62; } .bad { fill: #c62828; }
tr.fails td:nth-child(2), tr.too-many-discards td:nth-child(2) { color: #d33; font-weight: 700; }
</style>
<h1>Invariants</h1>
<p>${held} of ${summaries.length} hold over ${cases} cases; seed ${seed}. Each bar counts cases by error / tolerance, on a log scale of counts, from exactly 0 at the left to the tolerance at the right; anything beyond it is a failure.</p>
<table><thead><tr><th>Invariant</th><th>Status</th><th>Cases</th><th>Discarded</th><th>Worst error / tolerance</th><th>Distribution</th>${summaries.some((s) => s.time !== null) ? "<th>Seconds</th>" : ""}</tr></thead>
<tbody>
${summaries.map(row).join("\n")}
</tbody></table>
</html>
`;
}
