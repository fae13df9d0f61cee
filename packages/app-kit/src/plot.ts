import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { escapeHtml } from "./html.js";
import { colorCss, PLOT_CSS } from "./style.js";

/** An entry of the legend above a plot. */
export interface LegendEntry {
  readonly label: string;
  /** CSS colour, e.g. of `seriesColor`. */
  readonly color: string;
  readonly dashed?: boolean;
  /** A line unless told. */
  readonly symbol?: "line" | "dot";
}

const LEGEND_ROW = 20;
const LEGEND_GAP = 8;
const SWATCH = 22;

/** Rough width of 12 px text of the widest font that a page may get; a legend only needs to not overlap. */
function textWidth(text: string): number {
  return 7.5 * text.length;
}

/** Legend as SVG, in as many rows as `width` asks for. */
function legendSvg(
  entries: readonly LegendEntry[],
  left: number,
  width: number,
): { readonly svg: string; readonly height: number } {
  let x = left;
  let row = 0;
  const parts = entries.map((entry) => {
    const entryWidth = SWATCH + 6 + textWidth(entry.label) + 18;
    if (x > left && x + entryWidth > width) {
      x = left;
      row++;
    }
    const y = row * LEGEND_ROW + 10;
    const dash = entry.dashed === true ? ' stroke-dasharray="5 3"' : "";
    const mark =
      entry.symbol === "dot"
        ? `<circle cx="${x + SWATCH / 2}" cy="${y}" r="4" fill="${entry.color}"/>`
        : `<line x1="${x}" x2="${x + SWATCH}" y1="${y}" y2="${y}" stroke="${entry.color}" stroke-width="2.5"${dash}/>`;
    const text = `<text x="${x + SWATCH + 6}" y="${y}" dy="0.35em" fill="currentColor">${escapeHtml(entry.label)}</text>`;
    x += entryWidth;
    return mark + text;
  });
  if (parts.length === 0) return { svg: "", height: 0 };
  return {
    svg: `<g aria-label="legend">${parts.join("")}</g>`,
    height: (row + 1) * LEGEND_ROW + LEGEND_GAP,
  };
}

/** The part of an SVG element that is used here; the compiler knows no DOM in a Node program. */
interface SvgElement {
  readonly innerHTML: string;
  getAttribute(name: string): string | null;
  querySelector(selector: string): { remove(): void } | null;
}

const renderPlot = (options: Plot.PlotOptions): SvgElement => {
  const page = parseHTML("<!doctype html><html><body></body></html>") as { document: unknown };
  const withDocument = { ...options, document: page.document, figure: false };
  // Plot's own type is of the DOM, which the compiler does not know here.
  const rendered: unknown = Plot.plot(withDocument);
  return rendered as SvgElement;
};

/**
 * Renders any Plot options to an SVG element as text, in the style of the report. Use
 * {@link standaloneSvg} to make a file of it.
 *
 * @param alt - what the picture shows, for those who do not see it.
 */
export function plotSvg(
  options: Plot.PlotOptions,
  alt: string,
  legend: readonly LegendEntry[] = [],
): string {
  const plot = renderPlot(options);
  const width = Number(plot.getAttribute("width"));
  const height = Number(plot.getAttribute("height"));
  // Plot's own style element addresses a white page; PLOT_CSS takes its place.
  plot.querySelector("style")?.remove();
  const head = legendSvg(legend, options.marginLeft ?? 0, width);
  const total = height + head.height;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="xent-plot" role="img" aria-label="${escapeHtml(alt)}"` +
    ` viewBox="0 0 ${width} ${total}" width="${width}" height="${total}" fill="currentColor" text-anchor="start">` +
    `${head.svg}<g transform="translate(0,${head.height})" text-anchor="middle">${plot.innerHTML}</g></svg>`
  );
}

/** The SVG of {@link plotSvg} as a file of its own: it brings its colours along, for light and dark pages. */
export function standaloneSvg(svg: string): string {
  const style = `<style>\n${colorCss(".xent-plot")}\n${PLOT_CSS}\n</style>`;
  return `${svg.replace(/^(<svg[^>]*>)/, `$1\n${style}\n`)}\n`;
}
