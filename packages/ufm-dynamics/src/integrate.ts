import {
  DimensionError,
  DomainError,
  requireFinite,
  requireInteger,
  requirePositive,
} from "@xent/linalg";
import {
  type EntryTolerance,
  entryByEntry,
  type Flow,
  mixedTolerances,
  type StepFailure,
} from "./flow.js";
import { RungeKuttaStepper } from "./runge-kutta.js";
import type { ExplicitMethod } from "./tableau.js";

/** A function of time and state whose sign change from positive to not positive is looked for. */
export interface FlowEvent {
  readonly name: string;
  value(t: number, y: Float64Array): number;
  /** Whether the integration ends there. @defaultValue true */
  readonly stop?: boolean;
}

/** Options of {@link integrate}. */
export interface IntegrateOptions {
  /** Output times, not decreasing; the first is not before `start`. */
  readonly times: ArrayLike<number>;
  /** @defaultValue 0 */
  readonly start?: number;
  /** @defaultValue 1e-9 */
  readonly relativeTolerance?: number;
  /** @defaultValue 1e-12 */
  readonly absoluteTolerance?: number;
  /** Local error allowed in each entry, in place of the two tolerances. */
  readonly tolerance?: EntryTolerance;
  /** @defaultValue "dop853" */
  readonly method?: ExplicitMethod;
  /** @defaultValue 100000 */
  readonly maxEvaluations?: number;
  readonly firstStep?: number;
  readonly events?: readonly FlowEvent[];
  /** Called at the end of each accepted step, or where an event stopped it; `y` is overwritten by the next one. */
  readonly onStep?: (t: number, y: Float64Array) => void;
}

/** What {@link integrate} returns. */
export interface Integration {
  /** `completed`, or `event`: the last output is at the event that stopped it, or why it got no further. */
  readonly status: "completed" | "event" | StepFailure;
  readonly times: number[];
  readonly states: Float64Array[];
  readonly events: { readonly name: string; readonly time: number; readonly state: Float64Array }[];
  readonly steps: number;
  readonly rejected: number;
  readonly evaluations: number;
  /** Whether stability and not accuracy held the steps down when it ended. */
  readonly stiff: boolean;
}

/**
 * Integrates y' = f(t, y) forward by an adaptive explicit Runge-Kutta pair with PI step control; outputs
 * and events by dense output. The state at the last time reached is the last output when it stops early.
 *
 * @throws DimensionError, DomainError for options that make no sense.
 */
export function integrate(
  flow: Flow,
  y0: ArrayLike<number>,
  options: IntegrateOptions,
): Integration {
  if (y0.length !== flow.dimension) {
    throw new DimensionError(`y0 has length ${y0.length}, expected ${flow.dimension}`);
  }
  requireFinite("y0", y0);
  const { relativeTolerance = 1e-9, absoluteTolerance = 1e-12, start = 0 } = options;
  requirePositive("relativeTolerance", relativeTolerance);
  requirePositive("absoluteTolerance", absoluteTolerance);
  const maxEvaluations = options.maxEvaluations ?? 100_000;
  requireInteger("maxEvaluations", maxEvaluations, 1);
  if (options.firstStep !== undefined) requirePositive("firstStep", options.firstStep);
  const outputs = Float64Array.from(options.times);
  if (outputs.length === 0) throw new DomainError("times is empty");
  for (const [i, t] of outputs.entries()) {
    const least = i === 0 ? start : outputs[i - 1]!;
    if (!(t >= least && t < Infinity)) {
      throw new DomainError(`times[${i}] = ${t}, expected a finite time >= ${least}`);
    }
  }
  const copy = Float64Array.from(y0);
  const stepper = new RungeKuttaStepper(flow, start, copy, options.method ?? "dop853", {
    tolerance:
      options.tolerance === undefined
        ? mixedTolerances(relativeTolerance, absoluteTolerance)
        : entryByEntry(options.tolerance),
    maxEvaluations,
    firstStep: options.firstStep,
  });
  const times: number[] = [];
  const states: Float64Array[] = [];
  const record = (t: number, y: Float64Array): void => {
    times.push(t);
    states.push(y.slice());
  };
  const found: { name: string; time: number; state: Float64Array }[] = [];
  const events = options.events ?? [];
  const before = events.map((event) => event.value(start, stepper.y));
  const scratch = new Float64Array(flow.dimension);
  const end = outputs[outputs.length - 1]!;
  let next = 0;
  for (; next < outputs.length && outputs[next] === start; next++) record(start, stepper.y);
  let status: Integration["status"] = "completed";
  while (status === "completed" && next < outputs.length) {
    const outcome = stepper.step(end);
    if (outcome !== "accepted") {
      record(stepper.t, stepper.y);
      status = outcome;
      break;
    }
    let stopAt = Infinity;
    for (const [i, event] of events.entries()) {
      const after = event.value(stepper.t, stepper.y);
      if (before[i]! > 0 && after <= 0) {
        const time = locate(stepper, event, scratch);
        found.push({ name: event.name, time, state: stepper.interpolate(time, scratch).slice() });
        if (event.stop !== false) stopAt = Math.min(stopAt, time);
      }
      before[i] = after;
    }
    const reached = Math.min(stopAt, stepper.t);
    for (; next < outputs.length && outputs[next]! <= reached; next++) {
      record(outputs[next]!, stepper.interpolate(outputs[next]!, scratch));
    }
    if (stopAt < Infinity) {
      record(stopAt, stepper.interpolate(stopAt, scratch));
      status = "event";
    }
    options.onStep?.(reached, reached < stepper.t ? scratch : stepper.y);
  }
  found.sort((a, b) => a.time - b.time);
  return {
    status,
    times,
    states,
    events: status === "event" ? found.filter((e) => e.time <= times[times.length - 1]!) : found,
    steps: stepper.steps,
    rejected: stepper.rejected,
    evaluations: stepper.evaluations,
    stiff: stepper.stiff,
  };
}

/** The end of the shortest bracket, in doubles, of the sign change in the last step. */
function locate(stepper: RungeKuttaStepper, event: FlowEvent, scratch: Float64Array): number {
  let low = stepper.tPrevious;
  let high = stepper.t;
  for (;;) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    if (event.value(middle, stepper.interpolate(middle, scratch)) > 0) low = middle;
    else high = middle;
  }
}
