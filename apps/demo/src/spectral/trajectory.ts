import {
  type FlowStatus,
  integrateSpectralFlow,
  type LossKind,
  type SpectralProblem,
} from "@xent/ufm-dynamics";
import { type Observation, observe, selectModes } from "./observation.js";
import { type Trend, TrendCounter } from "./trend.js";

/** What the studies vary of a flow. */
export type FlowProblem = Pick<
  SpectralProblem,
  "group" | "layers" | "loss" | "strengths" | "s1" | "s2"
>;

/** One flow, reduced to what is shown of it. */
export interface Trajectory {
  readonly status: FlowStatus;
  readonly modeLabels: readonly string[];
  readonly quantiles: boolean;
  readonly observations: readonly Observation[];
  /** V over the accepted steps of the integrator, the last of which ends at the last time. */
  readonly trend: Trend;
  readonly steps: number;
  readonly evaluations: number;
}

/** Above this many classes flows are long: one start is run, at few times. */
const LARGE = 4096;

/** Whether a group is too large for figures that need many flows or many states. */
export function isLarge(classCount: number): boolean {
  return classCount > LARGE;
}

/**
 * Below it the squared loss has met its target: residuals of 1e-6, a thousand times the integrator's tolerance, so that
 * V is still resolved. Further on stability bounds the step, and time would cost without end.
 */
const SQUARED_LOSS_MET = 1e-12;

/** Ends a flow at its target with the squared loss. */
export const SQUARED_STOP: { readonly lossBelow: number } = { lossBelow: SQUARED_LOSS_MET };

/**
 * Runs the flow and observes it at `logTimes` (increasing). One state is held at a time.
 *
 * @param onState - called after each observation.
 */
export function runTrajectory(
  problem: FlowProblem,
  logTimes: readonly number[],
  onState: (observation: Observation) => void = () => undefined,
): Trajectory {
  const selection = selectModes(problem.group);
  const counter = new TrendCounter();
  const observations: Observation[] = [];
  counter.add(integrateSpectralFlow({ ...problem, logTimes: [-Infinity] }).states[0]!.lyapunov);
  const flow = integrateSpectralFlow({
    ...problem,
    ...((problem.loss ?? "cross-entropy") === "cross-entropy" ? {} : { stopWhen: SQUARED_STOP }),
    logTimes,
    onStep: (step) => counter.add(step.lyapunov),
    onState: (state) => {
      const observation = observe(state, selection);
      observations.push(observation);
      onState(observation);
    },
  });
  return {
    status: flow.status,
    modeLabels: selection.labels,
    quantiles: selection.quantiles,
    observations,
    trend: counter.trend,
    steps: flow.steps,
    evaluations: flow.evaluations,
  };
}

/** How the package calls a loss of the command line: the target of the squared loss is the simplex, I - 11^T/k. */
export function lossKind(loss: "cross-entropy" | "squared"): LossKind {
  return loss === "squared" ? "squared-centred" : loss;
}
