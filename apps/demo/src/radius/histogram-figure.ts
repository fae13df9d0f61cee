import * as Plot from "@observablehq/plot";
import { formatNumber, plotSvg, seriesColor } from "@xent/app-kit";
import { RADIUS_KINDS } from "./radii.js";
import type { RadiusStudy } from "./study.js";

const COLORS = {
  spread: seriesColor(3),
  dominance: seriesColor(4),
  variance: seriesColor(1),
  exact: seriesColor(2),
};

/** The middle radius of the batch, of two middle ones the smaller. */
export function middleOf(radii: Float64Array): number {
  return Array.from(radii).sort((a, b) => (a < b ? -1 : 1))[(radii.length - 1) >> 1]!;
}

/** The numbers 1, 2 and 5 times a power of ten in low..high. */
export function roundNumbers(low: number, high: number): number[] {
  const numbers: number[] = [];
  for (let e = Math.floor(Math.log10(low)); 10 ** e <= high; e++) {
    for (const m of [1, 2, 5]) {
      // Read as decimals, so that 5e-1 is 0.5 and not a multiple of a rounded power.
      const x = Number(`${m}e${e}`);
      if (x >= low && x <= high) numbers.push(x);
    }
  }
  return numbers;
}

/** One panel for each of the four radii over common bins, medians marked. */
export function histogramFigure({ bins, counts, radii }: RadiusStudy): string {
  const drawing = (width: number): string => {
    const bars = RADIUS_KINDS.flatMap((kind) =>
      counts[kind].map((count, i) => ({ kind, count, from: bins[i]!, to: bins[i + 1]! })),
    ).filter((bar) => bar.count > 0);
    const middles = RADIUS_KINDS.map((kind) => ({ kind, x: middleOf(radii[kind]) })).filter(
      (m) => m.x < Infinity,
    );
    return plotSvg(
      {
        width,
        height: 430,
        marginLeft: 58,
        marginRight: 84,
        marginTop: 26,
        marginBottom: 44,
        x: {
          type: "log",
          domain: [bins[0]!, bins.at(-1)!],
          label: "radius t (log scale)",
          labelArrow: "none",
          tickFormat: (v: number) => formatNumber(v, 1).replace(/\.0+$/, ""),
          // A count of 3 labels the powers of ten and little else.
          ticks: width < 600 ? roundNumbers(bins[0]!, bins.at(-1)!) : 8,
          grid: true,
        },
        y: { label: "samples", labelArrow: "none", ticks: 3, grid: true },
        fy: { label: null, domain: [...RADIUS_KINDS], padding: 0.16 },
        color: { type: "identity" },
        marks: [
          Plot.rectY(bars, {
            fy: "kind",
            x1: "from",
            x2: "to",
            y: "count",
            fill: (bar: (typeof bars)[number]) => COLORS[bar.kind],
            insetLeft: 0.5,
            insetRight: 0.5,
          }),
          Plot.ruleX(middles, {
            fy: "kind",
            x: "x",
            stroke: "currentColor",
            strokeOpacity: 0.7,
            strokeDasharray: "2 3",
          }),
          Plot.text(middles, {
            fy: "kind",
            x: "x",
            text: (m: { x: number }) => `median ${formatNumber(m.x)}`,
            frameAnchor: "top",
            textAnchor: "start",
            dx: 5,
            dy: 2,
            fontSize: 11,
            fill: "var(--text)",
            stroke: "var(--panel)",
            strokeWidth: 4,
            paintOrder: "stroke",
          }),
          Plot.ruleY([0], { stroke: "currentColor", strokeOpacity: 0.4 }),
        ],
      },
      "Histograms of the spread, dominance, variance and exact radii over the batch",
    );
  };
  return `<div class="wide">${drawing(860)}</div><div class="narrow">${drawing(400)}</div>`;
}
