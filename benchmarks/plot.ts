import type { Row } from "./measure.js";

const WIDTH = 560;
const HEIGHT = 340;
const LEFT = 62;
const RIGHT = 170;
const TOP = 30;
const BOTTOM = 44;
// Okabe and Ito's palette, told apart by all kinds of eyes; dashes besides.
const COLOURS = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#555555",
  "#000000",
];
const DASHES = ["", "6 3", "2 3", "8 3 2 3"];

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function power(value: number): string {
  const m = Math.log2(value);
  return m >= 10 && Number.isInteger(m) ? `2^${m}` : String(value);
}

/** Time against size, both logarithmic, of the cases of one group: an SVG of its own. */
export function growthPlot(group: string, rows: readonly Row[]): string {
  const sizes = [...new Set(rows.map((r) => r.size))].sort((a, b) => a - b);
  const [x0, x1] = [Math.log10(sizes[0]!), Math.log10(sizes.at(-1)!)];
  const times = rows.map((r) => Math.log10(r.least));
  const [y0, y1] = [Math.floor(Math.min(...times)), Math.ceil(Math.max(...times) + 1e-9)];
  const x = (size: number): number =>
    LEFT + ((Math.log10(size) - x0) / (x1 - x0)) * (WIDTH - LEFT - RIGHT);
  const y = (log: number): number => TOP + ((y1 - log) / (y1 - y0)) * (HEIGHT - TOP - BOTTOM);
  const parts: string[] = [];
  for (let d = y0; d <= y1; d++) {
    const at = y(d).toFixed(1);
    const label = d >= 0 ? String(10 ** d) : (10 ** d).toFixed(-d);
    parts.push(
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" stroke="#8884"/>`,
      `<text x="${LEFT - 6}" y="${at}" dy="4" text-anchor="end">${label}</text>`,
    );
  }
  for (const size of sizes) {
    parts.push(
      `<text x="${x(size).toFixed(1)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${power(size)}</text>`,
    );
  }
  const names = [...new Set(rows.map((r) => r.name))];
  const ends = names
    .map((name, i) => {
      const line = rows.filter((r) => r.name === name).sort((a, b) => a.size - b.size);
      const colour = COLOURS[i % COLOURS.length]!;
      const dash = DASHES[i % DASHES.length]!;
      const points = line
        .map((r) => `${x(r.size).toFixed(1)},${y(Math.log10(r.least)).toFixed(1)}`)
        .join(" ");
      parts.push(
        `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>`,
      );
      return { name, colour, at: y(Math.log10(line.at(-1)!.least)) };
    })
    .sort((a, b) => a.at - b.at);
  // Labels keep 14 pixels of each other.
  let free = TOP - 14;
  for (const { name, colour, at } of ends) {
    free = Math.max(free + 14, at);
    parts.push(
      `<text x="${WIDTH - RIGHT + 6}" y="${free.toFixed(1)}" dy="4" style="fill:${colour}">${escaped(name)}</text>`,
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" role="img" aria-label="${escaped(group)}: milliseconds against size">
<style>text{font:11px system-ui,sans-serif;fill:#888}</style>
<text x="${LEFT}" y="16" style="font-weight:600">${escaped(group)}: ms against size</text>
${parts.join("\n")}
</svg>
`;
}
