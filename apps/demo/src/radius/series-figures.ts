import {
  type LineChartOptions,
  responsiveLineChart,
  type Series,
  type SeriesColor,
  selectDigits,
} from "@xent/app-kit";
import { crossEntropy } from "@xent/softmax-spectral";
import { lineLossSeries, partialSums } from "@xent/taylor-radius";
import { logitsAt, type SampleStudy } from "./sample-study.js";
import type { TrainedPoint } from "./trained-point.js";

const SHOWN: readonly (readonly [order: number, color: SeriesColor])[] = [
  [2, 2],
  [5, 3],
  [20, 4],
  [50, 5],
];
const REACH = 2;
const POINTS = 481;

/** The part of a curve between low and high; where it leaves, it ends on the edge. */
function clipped(
  x: readonly number[],
  y: readonly number[],
  [low, high]: readonly [number, number],
): { x: number[]; y: number[] } {
  const out = { x: [] as number[], y: [] as number[] };
  const add = (px: number, py: number): void => {
    out.x.push(px);
    out.y.push(py);
  };
  const edge = (v: number): number => Math.min(high, Math.max(low, v));
  for (let i = 0; i < x.length; i++) {
    const inside = y[i] === edge(y[i]!);
    if (i > 0 && inside !== (y[i - 1] === edge(y[i - 1]!))) {
      const [from, to] = [y[i - 1]!, y[i]!];
      const bound = edge(inside ? from : to);
      add(x[i - 1]! + ((bound - from) / (to - from)) * (x[i]! - x[i - 1]!), bound);
    }
    add(x[i]!, inside ? y[i]! : Number.NaN);
  }
  return out;
}

/** Partial sums and the loss on the real axis, the radius marked on both sides. */
export function partialSumFigure(sample: SampleStudy, point: TrainedPoint): string {
  const rho = sample.radii.exact;
  const ratios = Array.from({ length: POINTS }, (_, i) => REACH * ((2 * i) / (POINTS - 1) - 1));
  const series = lineLossSeries(sample.logits, sample.slopes, sample.label, 50, { unit: rho });
  const sums = ratios.map((r) => partialSums(series, r * rho).re);
  const linear = ratios.map((r) => {
    const data = Float64Array.from(sample.logits, (z, k) => z + sample.slopes[k]! * r * rho);
    return crossEntropy({ rows: 1, cols: data.length, data }, [sample.label]);
  });
  const digit = selectDigits(point.batch, Int32Array.of(sample.sample));
  const actual = ratios.map((r) =>
    crossEntropy(logitsAt(point, digit.features, r * rho), digit.labels),
  );
  const [low, high] = [Math.min(...linear, ...actual), Math.max(...linear, ...actual)];
  const room = 0.35 * (high - low);
  const domain = [low - room, high + room] as const;
  const lines: Series[] = [
    ...SHOWN.map(([order, color]) => ({
      name: `Taylor, order ${order}`,
      color,
      ...clipped(
        ratios,
        sums.map((s) => s[order]!),
        domain,
      ),
    })),
    { name: "loss, linear logits", color: 1, x: ratios, y: linear },
    { name: "loss of the model", color: 6, dashed: true, x: ratios, y: actual },
  ];
  return responsiveLineChart({
    series: lines,
    x: { label: "t / radius", type: "linear", domain: [-REACH, REACH] },
    y: { label: "loss of the sample (nats)", type: "linear", domain },
    rules: [
      { axis: "x", value: -1, label: "-radius" },
      { axis: "x", value: 1, label: "radius" },
    ],
    alt: "Loss of the sample along the line with Taylor partial sums of orders 2, 5, 20 and 50; they leave it at the radius",
  });
}

const FLOOR = 1e-16;
const CEILING = 1e8;

/** Error of the partial sums against their order, inside and outside. */
export function truncationFigure(sample: SampleStudy): string {
  const colors: readonly SeriesColor[] = [3, 1, 2, 5];
  const sizes = [...new Set(sample.taylor.map((row) => Math.abs(row.ratio).toFixed(1)))].sort();
  const rows = [...sample.taylor].sort((p, q) => Math.abs(p.ratio) - Math.abs(q.ratio));
  const series = rows.map((row): Series => {
    const size = Math.abs(row.ratio).toFixed(1);
    const leaves = row.errors.findIndex((e) => e > CEILING);
    const end = leaves === -1 ? row.errors.length : leaves;
    return {
      name: `|t| = ${size} radii`,
      color: colors[sizes.indexOf(size) % colors.length]!,
      x: row.errors.map((_, n) => n),
      y: row.errors.map((e, n) => (n >= end ? Number.NaN : Math.max(e, FLOOR))),
      panel: { column: row.ratio < 0 ? "t < 0" : "t > 0", row: "" },
    };
  });
  const options: LineChartOptions = {
    series,
    x: { label: "order n", type: "linear", domain: [0, 100] },
    y: { label: "|S_n - loss|", type: "log", domain: [FLOOR, CEILING] },
    height: 330,
    alt: "Truncation error against order: falling at 0.5 and 0.9 radii, growing at 1.1 and 1.5",
  };
  return responsiveLineChart(options);
}
