import {
  escapeHtml,
  type LineChartOptions,
  lineChart,
  responsiveLineChart,
  type Series,
  type SeriesColor,
} from "@xent/app-kit";
import { type Counterexample, METRIC_NAMES } from "./counterexamples.js";
import type { Observation } from "./observation.js";
import type { SmallRandomStudy } from "./small-random.js";
import type { CollapseRun, LossComparison, StartRun } from "./study.js";
import type { Trajectory } from "./trajectory.js";
import { V_ROUNDING } from "./trend.js";

const TIME = { label: "time t", type: "log" } as const;
const V_AXIS = { label: "V (nats)", type: "log" } as const;
const METRIC_LABELS = { ratio: "ratio", angleDeviation: "deviation of the cosines" };
const HALF = { width: 420, height: 270 };

/** Charts side by side where the page is wide enough, each with its title. */
function panels(charts: readonly { readonly title?: string; readonly svg: string }[]): string {
  const cells = charts.map(({ title, svg }) => {
    const head =
      title === undefined
        ? ""
        : `<p style="margin:0 0 .4rem;font-size:.9rem;font-weight:600">${escapeHtml(title)}</p>`;
    return `<div>${head}${svg}</div>`;
  });
  return `<div style="display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr));gap:1.25rem 1rem">${cells.join("\n")}</div>`;
}

const timesOf = (observations: readonly Observation[]): number[] =>
  observations.map((one) => one.time);

/** V, with gaps where it is not defined or is rounding. */
function vSeries(name: string, trajectory: Trajectory, color: SeriesColor, dashed = false): Series {
  const { observations } = trajectory;
  return {
    name,
    x: timesOf(observations),
    y: observations.map(({ lyapunov }) =>
      lyapunov === null || lyapunov < V_ROUNDING ? Number.NaN : lyapunov,
    ),
    color,
    dashed,
  };
}

const hasPoints = (series: Series): boolean =>
  Array.from(series.y).some((value, i) => value > 0 && series.x[i]! > 0);

/** The extreme modes of the start stand out, all others are grey. */
function modeSeries(trajectory: Trajectory): Series[] {
  const { observations, modeLabels, quantiles } = trajectory;
  const first = observations[0]!.modes;
  const largest = first.indexOf(Math.max(...first));
  const smallest = first.indexOf(Math.min(...first));
  const x = timesOf(observations);
  const role = (j: number): { name: string; color: SeriesColor; order: number } => {
    if (largest === smallest) return { name: "all alike", color: 1, order: 2 };
    if (j === largest)
      return { name: quantiles ? "largest" : "largest at first", color: 2, order: 2 };
    if (j === smallest)
      return { name: quantiles ? "smallest" : "smallest at first", color: 1, order: 1 };
    return { name: quantiles ? "quantiles 5, 25, 50, 75, 95 %" : "others", color: 6, order: 0 };
  };
  // Grey lines first, so that the coloured ones lie on top.
  return modeLabels
    .map((_, j) => ({ ...role(j), y: observations.map(({ modes }) => modes[j]!) }))
    .sort((a, b) => a.order - b.order)
    .map(({ name, color, y }) => ({ name, color, x, y }));
}

function extent(runs: readonly Trajectory[]): readonly [number, number] {
  let low = Infinity;
  let high = 0;
  for (const { observations } of runs) {
    for (const { smallest, largest } of observations) {
      if (smallest > 0) low = Math.min(low, smallest);
      high = Math.max(high, largest);
    }
  }
  return low < high ? [low, high] : [low / 2, high * 2];
}

/** First positive and last time of all. */
function timeExtent(runs: readonly Trajectory[]): readonly [number, number] {
  const times = runs.flatMap((run) => timesOf(run.observations)).filter((t) => t > 0);
  return [Math.min(...times), Math.max(...times)];
}

function modeChart(
  trajectory: Trajectory,
  name: string,
  domain: readonly [number, number],
  times: readonly [number, number],
): string {
  return lineChart({
    ...HALF,
    series: modeSeries(trajectory),
    x: { ...TIME, domain: times },
    y: { label: "singular value", type: "log", domain },
    alt: `Singular values of the logits against time, ${name}`,
  });
}

/** Figure 1: singular values against time, one panel a start. */
export function startsFigure(runs: readonly StartRun[]): string {
  const trajectories = runs.map((run) => run.trajectory);
  const domain = extent(trajectories);
  const times = timeExtent(trajectories);
  return panels(
    runs.map(({ name, description, trajectory }) => ({
      title: `${name} (${description})`,
      svg: modeChart(trajectory, name, domain, times),
    })),
  );
}

/** A chart of V; undefined when nothing of it is above rounding. */
function vChart(series: readonly Series[], options: Partial<LineChartOptions>): string | undefined {
  const shown = series.filter(hasPoints);
  if (shown.length === 0) return undefined;
  // Half a page wide fits a phone as it is.
  const draw = options.width === undefined ? responsiveLineChart : lineChart;
  return draw({
    series: shown,
    x: TIME,
    y: V_AXIS,
    alt: "V against time, both axes logarithmic",
    ...options,
  });
}

/** Figure 2: V(t) of every start. */
export function lyapunovFigure(runs: readonly StartRun[]): string | undefined {
  const colors = { random: 1, equal: 6, "one dominant": 2, unbalanced: 4 } as const;
  return vChart(
    runs.map(({ name, trajectory }) => vSeries(name, trajectory, colors[name])),
    {},
  );
}

/** Figure 3: a measure that climbs, beside V of the same flow (beside the ratio where it is V that climbs). */
export function counterexampleFigure({ metric, trajectory }: Counterexample): string {
  const { observations } = trajectory;
  const chart = (shown: Counterexample["metric"], color: SeriesColor): { svg: string } => {
    const name = METRIC_NAMES[shown].replace("the ", "");
    return {
      svg: lineChart({
        ...HALF,
        series: [
          {
            name,
            x: timesOf(observations),
            y: observations.map((one) => one[shown] ?? Number.NaN),
            color,
          },
        ],
        x: TIME,
        y: { label: shown === "lyapunov" ? "V (nats)" : METRIC_LABELS[shown], type: "linear" },
        alt: `${name} against time`,
      }),
    };
  };
  return panels([chart(metric, 2), chart(metric === "lyapunov" ? "ratio" : "lyapunov", 1)]);
}

/** Figure 4: the random start under both losses. */
export function lossesFigure({ crossEntropy, squared }: LossComparison): string {
  const domain = extent([crossEntropy, squared]);
  const times = timeExtent([crossEntropy, squared]);
  const v = vChart(
    [vSeries("cross-entropy", crossEntropy, 1), vSeries("squared loss", squared, 2)],
    HALF,
  );
  const loss = (name: string, { observations }: Trajectory, color: SeriesColor): Series => ({
    name,
    x: timesOf(observations),
    y: observations.map((one) => one.loss),
    color,
  });
  return panels([
    { title: "cross-entropy", svg: modeChart(crossEntropy, "cross-entropy", domain, times) },
    { title: "squared loss", svg: modeChart(squared, "squared loss", domain, times) },
    ...(v === undefined ? [] : [{ title: "V under both", svg: v }]),
    {
      title: "each loss",
      svg: lineChart({
        ...HALF,
        series: [loss("cross-entropy (nats)", crossEntropy, 1), loss("squared loss", squared, 2)],
        x: TIME,
        y: { label: "loss", type: "log" },
        alt: "Each loss along its own flow",
      }),
    },
  ]);
}

/** Figure 5: sorted singular values and V, dense flow and spectral model. */
export function smallRandomFigure(study: SmallRandomStudy): string {
  const curves = (
    name: string,
    spectra: readonly number[][],
    color: SeriesColor,
    dashed: boolean,
  ): Series[] =>
    Array.from({ length: study.classes - 1 }, (_, j) => ({
      name,
      x: study.times,
      y: spectra.map((values) => values[j]!),
      color,
      dashed,
    }));
  const v = (values: readonly (number | null)[]): number[] =>
    values.map((value) => value ?? Number.NaN);
  const sizes = [...study.dense.slice(1), ...study.model.slice(1)].flat().filter((s) => s > 0);
  const lowest = Math.min(...sizes);
  // Room for the word on the rule.
  const highest = Math.max(...sizes);
  const emerged = {
    axis: "x",
    value: study.times[study.emerged]!,
    label: "emerged",
  } as const;
  return panels([
    {
      title: "singular values of the centred logits",
      svg: lineChart({
        ...HALF,
        series: [
          ...curves("dense flow", study.dense, 1, false),
          ...curves("spectral model", study.model, 2, true),
        ],
        x: TIME,
        y: { label: "singular value", type: "log", domain: [lowest, 10 * highest] },
        rules: [emerged],
        alt: "Sorted singular values of the dense flow and of the spectral model against time",
      }),
    },
    {
      title: "V of those singular values",
      svg: lineChart({
        ...HALF,
        series: [
          { name: "dense flow", x: study.times, y: v(study.denseLyapunov), color: 1 },
          {
            name: "spectral model",
            x: study.times,
            y: v(study.modelLyapunov),
            color: 2,
            dashed: true,
          },
        ],
        x: TIME,
        y: V_AXIS,
        rules: [emerged],
        alt: "V of the dense flow and of the spectral model against time",
      }),
    },
  ]);
}

/** Figure 6: V(t) for several numbers of classes. */
export function collapseFigure(runs: readonly CollapseRun[]): string {
  return responsiveLineChart({
    series: runs.map(({ classes, trajectory }, i) =>
      vSeries(`k = ${classes}`, trajectory, (i + 1) as SeriesColor),
    ),
    x: TIME,
    y: V_AXIS,
    alt: "V against time for several numbers of classes, both axes logarithmic",
  });
}
