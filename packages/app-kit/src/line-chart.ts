import * as Plot from "@observablehq/plot";
import { type LegendEntry, plotSvg } from "./plot.js";
import { type SeriesColor, seriesColor } from "./style.js";

export interface Axis {
  /** With its unit, if it has one. */
  readonly label: string;
  readonly type: "log" | "linear";
  /** Lowest and highest value shown; the data's unless given. */
  readonly domain?: readonly [number, number];
}

/** A line. Points that are not finite, or not positive on a log axis, are gaps. */
export interface Series {
  /** Lines of one name share one entry of the legend. */
  readonly name: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  readonly color: SeriesColor;
  readonly dashed?: boolean;
  /** The panel of a grid of charts in which the line stands. */
  readonly panel?: { readonly column: string; readonly row: string };
  /** Marks the last point with a cross, e.g. where a run diverged. */
  readonly endsEarly?: boolean;
}

/** A straight line across the plot with a word of explanation. */
export interface Rule {
  readonly axis: "x" | "y";
  readonly value: number;
  readonly label: string;
}

export interface LineChartOptions {
  readonly series: readonly Series[];
  readonly x: Axis;
  readonly y: Axis;
  /** What the picture shows, for those who do not see it. */
  readonly alt: string;
  readonly rules?: readonly Rule[];
  readonly width?: number;
  readonly height?: number;
}

interface Point {
  readonly x: number;
  readonly y: number;
  readonly column: string | undefined;
  readonly row: string | undefined;
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** 10 to the `exponent` as text, e.g. 10⁻³. */
function powerOfTen(exponent: number): string {
  const digits = Array.from(String(Math.abs(exponent)), (digit) => SUPERSCRIPTS[Number(digit)]!);
  return `10${exponent < 0 ? "⁻" : ""}${digits.join("")}`;
}

function inside(value: number, axis: Axis): boolean {
  return Number.isFinite(value) && (axis.type === "linear" || value > 0);
}

function pointsOf(series: Series, x: Axis, y: Axis): Point[] {
  return Array.from({ length: series.x.length }, (_, i) => {
    const point = { x: series.x[i]!, y: series.y[i]! };
    const shown = inside(point.x, x) && inside(point.y, y);
    return {
      x: shown ? point.x : Number.NaN,
      y: shown ? point.y : Number.NaN,
      column: series.panel?.column,
      row: series.panel?.row,
    };
  });
}

function domainOf(axis: Axis, values: readonly number[]): readonly [number, number] {
  if (axis.domain !== undefined) return axis.domain;
  const shown = values.filter((value) => !Number.isNaN(value));
  return shown.length === 0
    ? [1, 10]
    : shown.reduce(
        ([low, high], value): [number, number] => [Math.min(low, value), Math.max(high, value)],
        [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
      );
}

/** Powers of ten, at most `most` of them, evenly spaced in the exponent. */
function logTicks([low, high]: readonly [number, number], most: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const step = Math.max(1, Math.ceil((last - first + 1) / most));
  const ticks: number[] = [];
  for (let exponent = first; exponent <= last; exponent++) {
    if (exponent % step === 0) ticks.push(exponent);
  }
  return ticks;
}

function scaleOf(axis: Axis, domain: readonly [number, number], most: number): Plot.ScaleOptions {
  const common = { label: axis.label, labelArrow: "none", domain: [...domain] } as const;
  if (axis.type === "linear")
    return { ...common, type: "linear", nice: true, ticks: most, grid: true };
  const exponents = logTicks(domain, most);
  return {
    ...common,
    type: "log",
    grid: true,
    ticks: exponents.map((exponent) => 10 ** exponent) as never,
    tickFormat: (value: number) => powerOfTen(Math.round(Math.log10(value))),
  };
}

function ruleMarks(rule: Rule): Plot.Markish[] {
  const line = { stroke: "currentColor", strokeOpacity: 0.55, strokeDasharray: "2 3" };
  const text = { text: [rule.label], fill: "var(--muted)", fontSize: 11 };
  return rule.axis === "x"
    ? [
        Plot.ruleX([rule.value], line),
        Plot.text([rule.value], {
          ...text,
          x: (value: number) => value,
          frameAnchor: "top",
          textAnchor: "start",
          dx: 4,
          dy: 2,
        }),
      ]
    : [
        Plot.ruleY([rule.value], line),
        Plot.text([rule.value], {
          ...text,
          y: (value: number) => value,
          frameAnchor: "right",
          textAnchor: "end",
          dy: -7,
        }),
      ];
}

function seriesMarks(series: Series, points: readonly Point[]): Plot.Markish[] {
  const stroke = seriesColor(series.color);
  const panel = series.panel === undefined ? {} : { fx: "column", fy: "row" };
  const dash = series.dashed === true ? { strokeDasharray: "5 3" } : {};
  const line = Plot.line(points, {
    x: "x",
    y: "y",
    ...panel,
    ...dash,
    stroke,
    strokeWidth: 1.8,
    strokeLinejoin: "round",
  });
  const last = points.findLast((point) => !Number.isNaN(point.y));
  if (series.endsEarly !== true || last === undefined) return [line];
  const cross = Plot.dot([last], {
    x: "x",
    y: "y",
    ...panel,
    stroke,
    strokeWidth: 2.2,
    symbol: "times",
    r: 5,
  });
  return [line, cross];
}

function legendOf(series: readonly Series[]): LegendEntry[] {
  const entries = new Map<string, LegendEntry>();
  for (const one of series) {
    entries.set(one.name, {
      label: one.name,
      color: seriesColor(one.color),
      dashed: one.dashed === true,
    });
  }
  // The axis already names a single line.
  return entries.size > 1 ? [...entries.values()] : [];
}

/** Lines over two axes, or a grid of such charts with common axes where the series name their panels. SVG text. */
export function lineChart(options: LineChartOptions): string {
  const { series, x, y } = options;
  const lines = series.map((one) => pointsOf(one, x, y));
  const all = lines.flat();
  const columns = new Set(series.map((one) => one.panel?.column));
  const rows = new Set(series.map((one) => one.panel?.row));
  const grid = series.some((one) => one.panel !== undefined);
  const xDomain = domainOf(
    x,
    all.map((point) => point.x),
  );
  const yDomain = domainOf(
    y,
    all.map((point) => point.y),
  );
  const width = options.width ?? 860;
  const height = options.height ?? (grid ? 60 + 175 * rows.size : width < 600 ? 300 : 340);
  // The names of the rows stand at the right.
  const rowName = Math.max(...[...rows].map((row) => row?.length ?? 0));
  const panelWidth = (width - 160) / columns.size;
  return plotSvg(
    {
      width,
      height,
      marginLeft: 58,
      marginRight: grid ? 22 + 7 * rowName : 24,
      marginTop: grid ? 34 : 24,
      marginBottom: 44,
      x: scaleOf(x, xDomain, Math.max(2, Math.min(9, Math.round(panelWidth / 70)))),
      y: scaleOf(y, yDomain, grid ? 5 : 7),
      ...(grid
        ? {
            // Narrow panels keep the last tick of one apart from the first of the next.
            fx: { label: null, domain: [...columns], padding: width < 600 ? 0.25 : 0.12 },
            fy: { label: null, domain: [...rows], padding: 0.1 },
          }
        : {}),
      marks: [
        Plot.frame({ stroke: "var(--rule)" }),
        ...(options.rules ?? []).flatMap(ruleMarks),
        ...series.flatMap((one, index) => seriesMarks(one, lines[index]!)),
      ],
    },
    options.alt,
    legendOf(series),
  );
}

/** Below this width of the page the narrow drawing of {@link responsiveLineChart} takes over. */
const NARROW_WIDTH = 400;

/**
 * The chart drawn twice, for a desk and for a phone, of which the page shows the one that fits. In a
 * grid of charts the narrow drawing has rows and columns exchanged where that makes fewer columns.
 */
export function responsiveLineChart(options: LineChartOptions): string {
  const columns = new Set(options.series.map((one) => one.panel?.column)).size;
  const rows = new Set(options.series.map((one) => one.panel?.row)).size;
  const turned = rows < columns;
  const series = options.series.map((one) =>
    turned && one.panel !== undefined
      ? { ...one, panel: { column: one.panel.row, row: one.panel.column } }
      : one,
  );
  const narrow = lineChart({ ...options, series, width: NARROW_WIDTH });
  return `<div class="wide">${lineChart(options)}</div><div class="narrow">${narrow}</div>`;
}
