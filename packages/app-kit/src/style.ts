/** One of the line colours, each readable on the light and on the dark background. */
export type SeriesColor = 1 | 2 | 3 | 4 | 5 | 6;

/** The colour as CSS; the value depends on the reader's scheme. */
export function seriesColor(color: SeriesColor): string {
  return `var(--series-${color})`;
}

const LIGHT = {
  text: "#1d2430",
  muted: "#596575",
  rule: "#d9dee6",
  background: "#ffffff",
  panel: "#f6f8fb",
  accent: "#1f62d0",
  good: "#0a7a4b",
  bad: "#b3261e",
  series: ["#1f62d0", "#c2540a", "#0a7a5a", "#8a3fc0", "#b3266a", "#5d6b7a"],
};

const DARK: typeof LIGHT = {
  text: "#e4e9f1",
  muted: "#9ba8b9",
  rule: "#343d4a",
  background: "#12161d",
  panel: "#1a2029",
  accent: "#7fb0ff",
  good: "#52d39c",
  bad: "#ff8a80",
  series: ["#7fb0ff", "#ffa25c", "#4fd0a4", "#cfa0ff", "#ff8db6", "#a7b3c1"],
};

function variables(palette: typeof LIGHT): string {
  const { series, ...plain } = palette;
  return [
    ...Object.entries(plain).map(([name, value]) => `--${name}: ${value};`),
    ...series.map((value, index) => `--series-${index + 1}: ${value};`),
  ].join(" ");
}

/** The colours as CSS variables of `selector`, light and dark. */
export function colorCss(selector: string): string {
  return (
    `${selector} { ${variables(LIGHT)} color-scheme: light dark; }\n` +
    `@media (prefers-color-scheme: dark) { ${selector} { ${variables(DARK)} } }`
  );
}

export const FONT =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/** How every plot looks, inside the report and alone. */
export const PLOT_CSS: string = `
.xent-plot { display: block; width: 100%; height: auto; color: var(--text); font-family: ${FONT}; font-size: 12px; }
.xent-plot text { white-space: pre; }
.xent-plot [aria-label$="axis tick label"], .xent-plot [aria-label$="axis tick"] { color: var(--muted); }
`.trim();

/** The page around the figures. */
export const PAGE_CSS: string = `
* { box-sizing: border-box; }
body { margin: 0; background: var(--background); color: var(--text); font: 16px/1.55 ${FONT}; }
main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; margin: 3rem 0 .75rem; padding-top: 1.25rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1rem; margin: 0 0 .75rem; }
p { margin: 0 0 1rem; max-width: 46rem; }
.lead { color: var(--muted); font-size: 1.05rem; }
figure { margin: 1.75rem 0; padding: 1.1rem 1.1rem .9rem; background: var(--panel); border: 1px solid var(--rule); border-radius: 10px; }
figcaption { margin-top: .75rem; color: var(--muted); font-size: .9rem; max-width: 46rem; }
.table-scroll { overflow-x: auto; margin: 1.25rem 0; container-type: inline-size; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; width: 100%; }
caption { text-align: left; font-weight: 600; padding-bottom: .5rem; }
caption span { position: sticky; left: 0; display: inline-block; max-width: min(100cqi, 46rem); }
th, td { padding: .4rem .6rem; border-bottom: 1px solid var(--rule); text-align: left; white-space: nowrap; }
th { color: var(--muted); font-weight: 600; white-space: normal; vertical-align: bottom; line-height: 1.3; }
th.right, td.right { text-align: right; }
td.good { color: var(--good); font-weight: 600; }
td.bad { color: var(--bad); font-weight: 600; }
.narrow { display: none; }
@media (max-width: 640px) {
  .wide { display: none; }
  .narrow { display: block; }
  main { padding: 1.5rem .9rem 3rem; }
  figure { padding: .8rem .6rem .7rem; }
  h1 { font-size: 1.55rem; }
  table { font-size: .82rem; }
  th, td { padding: .35rem .4rem; }
  th:first-child:not(.right), td:first-child:not(.right) { position: sticky; left: 0; min-width: 7.5rem; white-space: normal; background: var(--background); }
  .facts { grid-template-columns: 1fr 1fr; gap: .6rem; }
  .facts li { padding: .7rem .8rem; }
  .facts strong { font-size: 1.3rem; }
}
@media print { .wide { display: block; } .narrow { display: none; } }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .9rem; margin: 1.75rem 0; padding: 0; list-style: none; }
.facts li { padding: .9rem 1.1rem; background: var(--panel); border: 1px solid var(--rule); border-radius: 10px; color: var(--muted); font-size: .88rem; line-height: 1.4; }
.facts strong { display: block; color: var(--text); font-size: 1.6rem; line-height: 1.25; letter-spacing: -.01em; font-variant-numeric: tabular-nums; }
.note { color: var(--muted); font-size: .9rem; }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .9em; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--rule); color: var(--muted); font-size: .85rem; }
@media print { body { background: none; } figure { break-inside: avoid; } }
`.trim();
