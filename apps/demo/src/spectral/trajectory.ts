import {
  type FlowStatus,
  integrateSpectralFlow,
  type LossKind,
  type SpectralFlowResult,
  type SpectralProblem,
  type SpectralState,
  type SpectralStep,
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

/** From this many classes on, states are seen one by one: memory stays O(k). */
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

/** ln(e^b - e^a) for a < b. */
function logDifference(b: number, a: number): number {
  return b + Math.log1p(-Math.exp(a - b));
}

/** The problem that goes on from `state`. */
function continued(problem: FlowProblem, state: SpectralState): FlowProblem {
  const { group, layers = 2, loss = "cross-entropy" } = problem;
  return layers === 2
    ? { group, loss, s1: state.s1, s2: state.s2 }
    : { group, loss, layers, strengths: state.logitSpectrum };
}

/**
 * Runs the flow and observes it at `logTimes` (increasing). Large groups run from one output time to the next, the
 * flow being autonomous, so that only one state is held.
 *
 * @param onState - called after each observation of a large group.
 */
export function runTrajectory(
  problem: FlowProblem,
  logTimes: readonly number[],
  onState: (observation: Observation) => void = () => undefined,
): Trajectory {
  const selection = selectModes(problem.group);
  const counter = new TrendCounter();
  const observations: Observation[] = [];
  const options = {
    ...((problem.loss ?? "cross-entropy") === "cross-entropy" ? {} : { stopWhen: SQUARED_STOP }),
    onStep: (step: SpectralStep) => counter.add(step.lyapunov),
  };
  const initial = integrateSpectralFlow({ ...problem, logTimes: [-Infinity] }).states[0]!;
  counter.add(initial.lyapunov);
  let steps = 0;
  let evaluations = 0;
  let status: FlowStatus = "completed";
  const keep = (state: SpectralState, logTime: number): void => {
    const observation = observe({ ...state, logTime, time: Math.exp(logTime) }, selection);
    observations.push(observation);
    onState(observation);
  };
  const add = (flow: SpectralFlowResult): void => {
    steps += flow.steps;
    evaluations += flow.evaluations;
    status = flow.status;
  };
  if (!isLarge(initial.s1.length)) {
    const flow = integrateSpectralFlow({ ...problem, ...options, logTimes });
    add(flow);
    for (const state of flow.states) keep(state, state.logTime);
  } else {
    let current = initial;
    let reached = -Infinity;
    for (const logTime of logTimes) {
      if (logTime > reached) {
        const flow = integrateSpectralFlow({
          ...continued(problem, current),
          ...options,
          logTimes: [logDifference(logTime, reached)],
        });
        add(flow);
        current = flow.states.at(-1)!;
        reached =
          flow.status === "completed"
            ? logTime
            : Math.log(Math.exp(reached) + Math.exp(current.logTime));
      }
      keep(current, reached);
      if (status !== "completed") break;
    }
  }
  return {
    status,
    modeLabels: selection.labels,
    quantiles: selection.quantiles,
    observations,
    trend: counter.trend,
    steps,
    evaluations,
  };
}

/** How the package calls a loss of the command line: the target of the squared loss is the simplex, I - 11^T/k. */
export function lossKind(loss: "cross-entropy" | "squared"): LossKind {
  return loss === "squared" ? "squared-centred" : loss;
}
