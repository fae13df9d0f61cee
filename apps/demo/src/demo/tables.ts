import { type Column, formatNumber, formatPercent } from "@xent/app-kit";
import type { SpectralOutcome, SpectralPoint } from "./spectral.js";
import type { RunOutcome } from "./training-run.js";

export const SPECTRAL_COLUMNS: readonly Column[] = [
  { title: "t", align: "right" },
  { title: "V", align: "right" },
  { title: "smallest s", align: "right" },
  { title: "largest s", align: "right" },
  { title: "ratio", align: "right" },
  { title: "margin", align: "right" },
  { title: "loss", align: "right" },
];

/** Largest singular value over the smallest: 1 at collapse. */
export function spreadOf(point: SpectralPoint): number {
  return Math.max(...point.singularValues) / Math.min(...point.singularValues);
}

function spectralRow(point: SpectralPoint): string[] {
  return [
    point.time === 0 || point.time >= 1e3 ? formatTime(point.time) : formatNumber(point.time, 1),
    formatNumber(point.lyapunov),
    formatNumber(Math.min(...point.singularValues)),
    formatNumber(Math.max(...point.singularValues)),
    formatNumber(spreadOf(point), 4),
    formatNumber(point.margin),
    formatNumber(point.loss),
  ];
}

function formatTime(time: number): string {
  return time === 0 ? "0" : time.toExponential(0).replace("e+", "e");
}

/** The start, about every second decade, and the end. */
export function spectralRows(outcome: SpectralOutcome): string[][] {
  const { points } = outcome;
  const end = points.length - 1;
  const shown = points.filter(
    (_point, i) => i === 0 || i === end || (i > 1 && (end - i) % 24 === 0),
  );
  return shown.map(spectralRow);
}

export const TRAINING_COLUMNS: readonly Column[] = [
  { title: "model" },
  { title: "optimiser" },
  { title: "cap" },
  { title: "survived" },
  { title: "final loss", align: "right" },
  { title: "test accuracy", align: "right" },
  { title: "before spike", align: "right" },
  { title: "largest r", align: "right" },
  { title: "asked for", align: "right" },
  { title: "shortened", align: "right" },
];

/** Stands where a number would be, and is none: the logits overflow. */
const OVERFLOW = "overflow";

export function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

export function trainingRow(run: RunOutcome): string[] {
  const accuracyOf = (value: number | null | undefined): string =>
    value === undefined ? "not reached" : value === null ? OVERFLOW : formatPercent(value);
  return [
    run.plan.model,
    run.plan.optimiser,
    run.plan.capped ? "r <= 1" : "none",
    run.survived ? "yes" : run.status === "diverged" ? "no, diverged" : "no",
    run.final.trainLoss === null ? OVERFLOW : formatNumber(run.final.trainLoss),
    accuracyOf(run.final.testAccuracy),
    accuracyOf(run.beforeSpike === null ? undefined : run.beforeSpike.testAccuracy),
    formatNumber(largest(run.takenRatios)),
    formatNumber(largest(run.proposedRatios)),
    run.plan.capped ? String(run.shortened) : "",
  ];
}

/** Sentences on what came out, the same in the terminal and in the report. */
export function spectralSentence(outcome: SpectralOutcome): string {
  const end = outcome.points[outcome.points.length - 1]!;
  const fell =
    outcome.rises === 0
      ? `V fell at each of the ${outcome.steps} steps of the integrator and from each of ${outcome.points.length} output times to the next`
      : `V did NOT fall ${outcome.rises} times in ${outcome.steps} steps and ${outcome.points.length} output times`;
  const reached =
    outcome.status === "completed" ? "" : ` The integration ended early (${outcome.status}).`;
  return (
    `${fell}. At t = ${formatNumber(end.time, 1)} V = ${formatNumber(end.lyapunov, 4)}, and the largest singular value is ` +
    `${formatNumber(spreadOf(end), 4)} times the smallest: closer to neural collapse (V = 0, ratio 1) than at the start, and still ` +
    `on the way, which takes exponentially long.${reached}`
  );
}

export function trainingSentence(runs: readonly RunOutcome[]): string {
  const count = (capped: boolean): string => {
    const group = runs.filter((run) => run.plan.capped === capped);
    const survivors = group.filter((run) => run.survived).length;
    return `${survivors} of ${group.length}`;
  };
  return `${count(true)} runs survived the spike with the radius cap, ${count(false)} without it.`;
}
