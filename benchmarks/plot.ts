import type { Row } from "./measure.js";
import { escaped, sizeLabel, timeLabel } from "./units.js";

const WIDTH = 640;
const LEFT = 58;
const RIGHT = 196;
const TOP = 34;
const BOTTOM = 40;
const LABEL = 15;
// Okabe and Ito's palette, told apart by all kinds of eyes, each in a shade for light and one for dark paper; dashes besides.
const COLOURS = [
  ["#0072b2", "#4fa8dc"],
  ["#d55e00", "#f0843a"],
  ["#009e73", "#2fc79b"],
  ["#b0508c", "#dd94bf"],
  ["#a87400", "#e6a93a"],
  ["#2b87b8", "#8accf2"],
  ["#6b6b6b", "#a8a8a8"],
  ["#222222", "#e8e8e8"],
] as const;
const DASHES = ["", "7 3", "2 3", "9 3 2 3"];

const shades = (dark: 0 | 1): string =>
  COLOURS.map(([...c], i) => `.l${i}{stroke:${c[dark]}}.t${i}{fill:${c[dark]}}`).join("");

const STYLE = `<style>.plot text{font:12px system-ui,-apple-system,"Segoe UI",sans-serif}.plot .axis{fill:#59636e}.plot .grid{stroke:#8886;stroke-width:1}.plot .title{font-weight:600;fill:#1f2328}${shades(0)}
@media(prefers-color-scheme:dark){.plot .axis{fill:#9198a1}.plot .title{fill:#f0f6fc}${shades(1)}}</style>`;

/** Heights at which labels do not touch: near the wanted ones, in their order, within top and bottom. */
function apart(wanted: readonly number[], top: number, bottom: number): number[] {
  const at: number[] = [];
  for (const y of wanted) at.push(Math.max(y, (at.at(-1) ?? top - LABEL) + LABEL));
  let limit = bottom;
  for (let i = at.length - 1; i >= 0; i--) {
    at[i] = Math.min(at[i]!, limit);
    limit = at[i]! - LABEL;
  }
  return at;
}

/** Time against size, both logarithmic, of the cases of one group: an SVG of its own, for light and dark paper. */
export function growthPlot(group: string, rows: readonly Row[]): string {
  const names = [...new Set(rows.map((r) => r.name))];
  const height = Math.max(340, TOP + BOTTOM + names.length * LABEL);
  const sizes = [...new Set(rows.map((r) => r.size))].sort((a, b) => a - b);
  const [x0, x1] = [Math.log10(sizes[0]!), Math.log10(sizes.at(-1)!)];
  const times = rows.map((r) => Math.log10(r.least));
  const [y0, y1] = [Math.floor(Math.min(...times)), Math.ceil(Math.max(...times) + 1e-9)];
  const x = (size: number): number =>
    LEFT + ((Math.log10(size) - x0) / (x1 - x0)) * (WIDTH - LEFT - RIGHT);
  const y = (log: number): number => TOP + ((y1 - log) / (y1 - y0)) * (height - TOP - BOTTOM);
  const parts: string[] = [];
  for (let d = y0; d <= y1; d++) {
    const at = y(d).toFixed(1);
    parts.push(
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>`,
      `<text class="axis" x="${LEFT - 8}" y="${at}" dy="4" text-anchor="end">${timeLabel(10 ** d)}</text>`,
    );
  }
  let last = -Infinity;
  for (const size of sizes) {
    const at = x(size);
    if (at - last < 36) continue;
    last = at;
    parts.push(
      `<text class="axis" x="${at.toFixed(1)}" y="${height - BOTTOM + 18}" text-anchor="middle">${sizeLabel(size)}</text>`,
    );
  }
  parts.push(
    `<text class="axis" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${height - 6}" text-anchor="middle">size</text>`,
  );
  const ends = names
    .map((name, i) => {
      const line = rows.filter((r) => r.name === name).sort((a, b) => a.size - b.size);
      const colour = i % COLOURS.length;
      const dash = DASHES[(i + Math.floor(i / COLOURS.length)) % DASHES.length]!;
      const points = line.map(
        (r) => [x(r.size).toFixed(1), y(Math.log10(r.least)).toFixed(1)] as const,
      );
      parts.push(
        `<polyline class="l${colour}" points="${points.map((p) => p.join()).join(" ")}" fill="none" stroke-width="2" stroke-linejoin="round"${dash === "" ? "" : ` stroke-dasharray="${dash}"`}/>`,
        ...points.map(([cx, cy]) => `<circle class="t${colour}" cx="${cx}" cy="${cy}" r="2.5"/>`),
      );
      const end = line.at(-1)!;
      return { name, colour, x: x(end.size), y: y(Math.log10(end.least)) };
    })
    .sort((a, b) => a.y - b.y);
  const heights = apart(
    ends.map((e) => e.y),
    TOP,
    height - BOTTOM,
  );
  ends.forEach(({ name, colour, x: from, y: at }, i) => {
    const label = WIDTH - RIGHT + 20;
    const to = heights[i]!.toFixed(1);
    parts.push(
      `<path class="l${colour}" d="M${(from + 4).toFixed(1)} ${at.toFixed(1)}L${label - 4} ${to}" fill="none" stroke-width="1" opacity=".45"/>`,
      `<text class="t${colour}" x="${label}" y="${to}" dy="4">${escaped(name)}</text>`,
    );
  });
  return `<svg class="plot" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" role="img" aria-label="${escaped(group)}: time against size">
${STYLE}
<text class="title" x="${LEFT}" y="16">${escaped(group)}: time against size</text>
${parts.join("\n")}
</svg>
`;
}
