import { formatNumber } from "@xent/app-kit";
import { type Counterexample, METRIC_NAMES } from "./counterexamples.js";
import type { Observation } from "./observation.js";
import type { SmallRandomStudy } from "./small-random.js";
import type { CollapseRun, LossComparison, StartRun } from "./study.js";
import { formatTime } from "./table-rows.js";
import type { Trajectory } from "./trajectory.js";
import { largestClimb, type Trend, V_ROUNDING } from "./trend.js";

/** V below this is called collapse here. */
export const COLLAPSED = 1e-6;

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;

const at = (time: number): string => `t = ${formatTime(time)}`;

const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

/** What V did from step to step. */
export function trendSentence({ steps, falls, rises, largestRise }: Trend): string {
  const flat = steps - falls - rises;
  if (steps === 0) return "V was not defined at two steps in a row.";
  if (flat === steps) {
    return `V was 0 to rounding (below ${formatNumber(V_ROUNDING, 1)}) at every one of ${plural(steps, "step")}.`;
  }
  const still =
    flat === 0
      ? ""
      : ` It ${rises === 0 ? "" : "neither rose nor fell, or "}was 0 to rounding at the other ${flat}.`;
  if (rises === 0) {
    return flat === 0
      ? `V fell at every one of ${plural(steps, "step")}.`
      : `V fell at ${falls} of ${plural(steps, "step")}.${still}`;
  }
  return `V rose at ${rises} of ${plural(steps, "step")}, by at most ${formatNumber(largestRise)} in one.${flat === 0 ? "" : still}`;
}

/** Whether and when V fell below {@link COLLAPSED}; times are those of the output grid. */
export function collapseSentence(observations: readonly Observation[]): string {
  const last = observations.at(-1)!;
  const end = last.lyapunov;
  if (end === null) return `V is not defined at ${at(last.time)}: a mode is not positive.`;
  const reached = observations.find(({ lyapunov }) => lyapunov !== null && lyapunov < COLLAPSED);
  if (reached === undefined) {
    return `V < ${formatNumber(COLLAPSED, 1)} was not reached: V = ${formatNumber(end)} at ${at(last.time)}.`;
  }
  if (end >= COLLAPSED) {
    return `V was below ${formatNumber(COLLAPSED, 1)} at ${at(reached.time)}, but ${formatNumber(end)} at ${at(last.time)}.`;
  }
  return `V < ${formatNumber(COLLAPSED, 1)} was seen first at ${at(reached.time)}; V = ${formatNumber(end)} at ${at(last.time)}.`;
}

/** Why a flow has no rows beyond its last, or nothing. */
export function statusSentence({ status, observations }: Trajectory): string {
  const end = at(observations.at(-1)!.time);
  switch (status) {
    case "completed":
      return "";
    case "event":
      return `The flow ended at ${end}: the squared loss had met its target.`;
    case "evaluation-limit":
      return `The flow gave up at ${end}: it ran out of right-hand sides.`;
    case "step-underflow":
      return `The flow gave up at ${end}: no step was small enough.`;
  }
}

/** Whether ratio and angle deviation climbed anywhere along the observations. */
export function metricSentence(observations: readonly Observation[]): string {
  const told = (
    [
      ["ratio", "the ratio largest/smallest"],
      ["angleDeviation", "the angle deviation"],
    ] as const
  ).map(([metric, name]) => {
    const values = observations.map((one) => one[metric]);
    const climb = largestClimb(values);
    if (climb === undefined) return `${name} never rose between two output times`;
    return (
      `${name} rose from ${formatNumber(values[climb.from]!, 4)} at ${at(observations[climb.from]!.time)} ` +
      `to ${formatNumber(values[climb.to]!, 4)} at ${at(observations[climb.to]!.time)}`
    );
  });
  return `${capital(told.join("; "))}.`;
}

/** The text under the table. */
export function flowSummary(trajectory: Trajectory): string {
  return [
    trendSentence(trajectory.trend),
    collapseSentence(trajectory.observations),
    metricSentence(trajectory.observations),
    statusSentence(trajectory),
    `${plural(trajectory.evaluations, "right-hand side")}.`,
  ]
    .filter((part) => part !== "")
    .join(" ");
}

/** Under the singular values of all starts. */
export function startsSentence(runs: readonly StartRun[]): string {
  return runs
    .map(({ name, trajectory: { observations } }) => {
      const first = observations[0]!;
      const last = observations.at(-1)!;
      return `${name}: ratio ${formatNumber(first.ratio)} at ${at(first.time)}, ${formatNumber(last.ratio)} at ${at(last.time)}`;
    })
    .join("; ")
    .concat(".");
}

/** Ratio and angle deviation of all starts; one sentence where nothing climbed. */
export function startMetrics(runs: readonly StartRun[]): string {
  return runs
    .map(({ name, trajectory }) => `${capital(name)}: ${metricSentence(trajectory.observations)}`)
    .join(" ");
}

/** Under V(t) of all starts. */
export function startTrends(runs: readonly StartRun[]): string {
  return runs
    .map(({ name, trajectory }) => `${capital(name)}: ${trendSentence(trajectory.trend)}`)
    .join(" ");
}

/** Under a counterexample. */
export function counterexampleSentence({ metric, trajectory }: Counterexample): string {
  const { observations } = trajectory;
  const values = observations.map((one) => {
    const value = one[metric] ?? Number.NaN;
    return metric === "lyapunov" && value < V_ROUNDING ? 0 : value;
  });
  const climb = largestClimb(values);
  const name = capital(METRIC_NAMES[metric]);
  const moved =
    climb === undefined
      ? `${name} did not rise.`
      : `${name} rose from ${formatNumber(values[climb.from]!, 4)} to ${formatNumber(values[climb.to]!, 4)} ` +
        `at ${at(observations[climb.to]!.time)} and was ${formatNumber(values.at(-1)!, 4)} at ${at(observations.at(-1)!.time)}.`;
  return metric === "lyapunov" ? moved : `${moved} ${trendSentence(trajectory.trend)}`;
}

/** Under the two losses. */
export function lossesSentence(losses: LossComparison): string {
  const end = ({ observations }: Trajectory): string => {
    const last = observations.at(-1)!;
    return `singular values ${formatNumber(last.smallest)} to ${formatNumber(last.largest)}, V = ${
      last.lyapunov === null ? "undefined" : formatNumber(last.lyapunov)
    } at ${at(last.time)}`;
  };
  const saxe =
    losses.logisticError === null
      ? ""
      : ` The extremes of the squared-loss flow agree with the logistic curves of Saxe et al. to ${formatNumber(losses.logisticError, 1)}.`;
  return (
    `Cross-entropy: ${end(losses.crossEntropy)}. ${trendSentence(losses.crossEntropy.trend)} ` +
    `Squared loss to the target I - 11ᵀ/k: ${end(losses.squared)}. ${trendSentence(losses.squared.trend)}${saxe}`
  );
}

/** Under the comparison with a small random start. */
export function smallRandomSentence(study: SmallRandomStudy): string {
  const { times, distance, emerged } = study;
  const later = distance.slice(emerged);
  const worst = later.reduce((largest, x) => Math.max(largest, x), 0);
  const end = times.at(-1)!;
  const percent = (share: number): string => `${formatNumber(100 * share)} %`;
  const last = (values: readonly (number | null)[]): string =>
    formatNumber(values.at(-1) ?? Number.NaN);
  return (
    `The model starts at t = 0 from the half of the dense start that grows. When the singular values emerge, at ${at(times[emerged]!)}, its sorted ones differ ` +
    `from the dense ones by ${percent(later[0]!)} of their norm; from there to ${at(end)} by at most ${percent(worst)}, and by ${percent(distance.at(-1)!)} at the end. ` +
    `V is then ${last(study.denseLyapunov)} in the dense flow and ${last(study.modelLyapunov)} in the model. ` +
    `The singular vectors are not those of the model: where they emerge the Hadamard basis diagonalises ` +
    `${percent(study.alignment)} of the squared norm of the centred logits, so that the dense flow is not covered by the theorem.`
  );
}

/** d ln V / d(mean strength) between two times, times k: -2 in the linearised law V ~ exp(-2 s / k). */
export function measuredExponent(run: CollapseRun, from: number, to: number): number | null {
  const nearest = (time: number): Observation =>
    run.trajectory.observations.reduce((best, one) =>
      Math.abs(one.logTime - Math.log(time)) < Math.abs(best.logTime - Math.log(time)) ? one : best,
    );
  const a = nearest(from);
  const b = nearest(to);
  const mean = (one: Observation): number =>
    one.modes.reduce((sum, s) => sum + s, 0) / one.modes.length;
  if (run.trajectory.quantiles || a.lyapunov === null || b.lyapunov === null) return null;
  const change = mean(b) - mean(a);
  return change === 0 ? null : (run.classes * Math.log(b.lyapunov / a.lyapunov)) / change;
}

/** Under V(t) for several numbers of classes. */
export function collapseRunsSentence(runs: readonly CollapseRun[]): string {
  return runs
    .map(
      ({ classes, trajectory }) => `k = ${classes}: ${collapseSentence(trajectory.observations)}`,
    )
    .join(" ");
}
