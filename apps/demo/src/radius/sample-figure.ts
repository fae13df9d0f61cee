import * as Plot from "@observablehq/plot";
import { escapeHtml, formatNumber, plotSvg, seriesColor } from "@xent/app-kit";
import type { SampleStudy } from "./sample-study.js";

const SIDE = 8;
const CELL = 28;

/** The 8 x 8 image, ink in the colour of the text. */
function digitSvg(sample: SampleStudy): string {
  const size = SIDE * CELL;
  const cells = sample.pixels.map((ink, i) => {
    const [x, y] = [(i % SIDE) * CELL, Math.floor(i / SIDE) * CELL];
    return `<rect x="${x}" y="${y}" width="${CELL}" height="${CELL}" fill-opacity="${ink.toFixed(3)}"/>`;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeHtml(`The image, a ${sample.label}`)}" viewBox="0 0 ${size} ${size}" ` +
    `style="width:100%;max-width:${size}px;display:block" fill="currentColor" shape-rendering="crispEdges">` +
    `${cells.join("")}<rect width="${size}" height="${size}" fill="none" stroke="var(--rule)" stroke-width="2"/></svg>`
  );
}

function bars(
  values: readonly number[],
  label: number,
  options: {
    readonly x: Plot.ScaleOptions;
    readonly text: (v: number) => string;
    readonly alt: string;
  },
): string {
  const classes = values.map((value, k) => ({ value, k: String(k) }));
  return plotSvg(
    {
      width: 330,
      height: 270,
      marginLeft: 34,
      marginRight: 46,
      marginTop: 8,
      marginBottom: 40,
      x: { labelArrow: "none", ticks: 4, ...options.x },
      y: { type: "band", domain: classes.map((c) => c.k), label: null, padding: 0.25, tickSize: 0 },
      marks: [
        Plot.barX(classes, {
          x: "value",
          y: "k",
          fill: (c: { k: string }) => seriesColor(Number(c.k) === label ? 2 : 1),
        }),
        Plot.ruleX([0], { stroke: "currentColor", strokeOpacity: 0.5 }),
        Plot.text(classes, {
          x: (c: { value: number }) => Math.max(0, c.value),
          y: "k",
          text: (c: { value: number }) => options.text(c.value),
          textAnchor: "start",
          dx: 5,
          fontSize: 11,
          fill: "var(--muted)",
        }),
      ],
      color: { type: "identity" },
    },
    options.alt,
  );
}

/** Image, probabilities and slopes side by side, the true class in another colour. */
export function sampleFigure(sample: SampleStudy): string {
  const probabilities = bars(sample.probabilities, sample.label, {
    x: { label: "probability", domain: [0, 1] },
    text: (p) => (p < 5e-4 ? "" : p.toFixed(3)),
    alt: "Class probabilities of the sample",
  });
  const slopes = bars(sample.slopes, sample.label, {
    x: { label: "slope of the logit along the line", nice: true },
    text: (a) => formatNumber(a),
    alt: "Derivative of each logit along the line",
  });
  const cell = (title: string, html: string): string =>
    `<div><p style="margin:0 0 .5rem;font-size:.9rem;font-weight:600">${escapeHtml(title)}</p>${html}</div>`;
  return (
    '<div style="display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,14rem),1fr));gap:1.25rem 1.5rem;align-items:start">' +
    cell(`image, true class ${sample.label}`, digitSvg(sample)) +
    cell("class probabilities p", probabilities) +
    cell("slopes a", slopes) +
    "</div>"
  );
}
