import { type Dense, DomainError, norm2, normInf, requireLength } from "@xent/linalg";
import type { Direction, Linearization, StepLimit, TrainingPoint } from "@xent/models";
import {
  restoreCheckpoint,
  type StreamIdentity,
  saveCheckpoint,
  savePartStates,
  type TrainingCheckpoint,
} from "./checkpoint.js";
import { minibatches } from "./minibatches.js";
import { noLimit } from "./step-limit.js";
import {
  batchSource,
  gatherLabels,
  rateAt,
  requireOptions,
  type StepRecord,
  type TrainOptions,
} from "./train-options.js";
import { trainingPoint } from "./training-point.js";

/** Outcome of {@link train}. */
export interface TrainResult {
  /** "diverged": the next step would have left the finite numbers, or the loss already had. */
  readonly status: "completed" | "stopped" | "diverged";
  /** The last parameters, always finite. */
  readonly parameters: Float64Array;
  /** One a step taken by this call. */
  readonly records: readonly StepRecord[];
  /** The run after its last good step, for `resume`. */
  readonly checkpoint: TrainingCheckpoint;
  /** Why it diverged: what overflowed at which step. */
  readonly reason?: string;
}

/** Gradients beyond this are divergence: their squares, and what any method builds on them, overflow. */
const LARGEST_GRADIENT = 1e150;

/**
 * Minibatch training on the mean cross-entropy: at each step direction, times learning rate, times the
 * factor of the limit, is added to the parameters. The same options give bit-identical results.
 *
 * Never throws for divergence: when logits, loss, gradient, step or parameters leave the finite
 * numbers, or the slopes that a direction or limit asks for do, it ends with status "diverged" and the last
 * finite parameters. A step costs one forward and
 * one reverse pass, what direction and limit ask for, and O(P).
 *
 * @throws DimensionError, DomainError for bad input, before the first step: shapes, labels, features
 *   or parameters that are not finite, a start at which the loss overflows, a checkpoint of another run. A
 *   learning rate of a schedule that is out of range is found when it occurs.
 */
export function train<Batch = Dense>(options: TrainOptions<Batch>): TrainResult {
  requireOptions(options);
  const { model, labels, direction, limit = noLimit(), steps } = options;
  const stream: StreamIdentity = {
    exampleCount: labels.length,
    batchSize: options.batchSize,
    seed: options.seed,
    remainder: options.remainder ?? "keep",
  };
  const batches = minibatches(stream);
  const parts = { direction, limit, minibatches: batches };
  const batchOf = batchSource(options);
  let step = 0;
  let parameters: Float64Array = options.parameters.slice();
  if (options.resume !== undefined) {
    ({ step, parameters } = restoreCheckpoint(options.resume, model.parameterCount, parts, stream));
  }
  const records: StepRecord[] = [];
  const save = (): TrainingCheckpoint =>
    saveCheckpoint(step, parameters, savePartStates(parts), stream);

  while (step < steps) {
    // Taken before they move on: a run that diverges in this step ends with the state before it.
    const statesBefore = savePartStates(parts);
    const learningRate = rateAt(options.learningRate, step);
    const indices = batches.draw();
    const outcome = unlessOverflow(step, () => {
      const point = {
        ...trainingPoint(model, parameters, batchOf(indices), gatherLabels(labels, indices)),
        examples: indices,
      };
      return takeStep(point, direction, limit, learningRate);
    });
    if (typeof outcome === "string") {
      return {
        status: "diverged",
        parameters,
        records,
        checkpoint: saveCheckpoint(step, parameters, statesBefore, stream),
        reason: `step ${step}: ${outcome}`,
      };
    }
    parameters = outcome.next;
    const record: StepRecord = { step, learningRate, ...outcome.measured };
    records.push(record);
    step++;
    options.onStep?.(record, { parameters, save });
    if (options.stopWhen?.(record) === true) {
      return { status: "stopped", parameters, records, checkpoint: save() };
    }
  }
  return { status: "completed", parameters, records, checkpoint: save() };
}

/**
 * The message of an overflow as a string. Parameters and data were checked, so that after the first step
 * only overflow is left to complain about; before it, the complaint is of the input.
 */
function unlessOverflow<T>(step: number, work: () => T): T | string {
  try {
    return work();
  } catch (error) {
    if (step > 0 && error instanceof DomainError) return error.message;
    throw error;
  }
}

/**
 * What a direction or limit answers; its complaint as a string where the derivative of the logits along `v`
 * (taken with largest entry 1) does overflow. Then no option of the caller's is at fault, at the first step either.
 */
function unlessOverflowAlong<T extends object>(
  { linearization }: TrainingPoint,
  v: Float64Array,
  who: string,
  work: () => T,
): T | string {
  try {
    return work();
  } catch (error) {
    if (error instanceof DomainError && slopesOverflow(linearization, v)) {
      return `${who}: ${error.message}`;
    }
    throw error;
  }
}

function slopesOverflow(linearization: Linearization, v: Float64Array): boolean {
  const size = normInf(v) || 1;
  try {
    return !linearization.jvp(v.map((x) => x / size)).data.every(Number.isFinite);
  } catch (error) {
    // Models of @xent/models complain about it themselves.
    return error instanceof DomainError;
  }
}

type Measured = Omit<StepRecord, "step" | "learningRate">;

/** The parameters after a step and what it did, or as a string what overflowed. */
function takeStep(
  point: TrainingPoint,
  direction: Direction,
  limit: StepLimit,
  learningRate: number,
): { readonly next: Float64Array; readonly measured: Measured } | string {
  const { parameters, loss } = point;
  const slope = normInf(point.gradient);
  if (!(slope <= LARGEST_GRADIENT)) return `the gradient has an entry of size ${slope}`;
  const proposed = unlessOverflowAlong(point, point.gradient, `direction "${direction.name}"`, () =>
    direction.propose(point),
  );
  if (typeof proposed === "string") return proposed;
  requireLength("proposed direction", proposed, parameters.length);
  const change = proposed.map((d) => learningRate * d);
  if (!change.every(Number.isFinite)) return "the proposed step is not finite";
  const limited = unlessOverflowAlong(point, change, `limit "${limit.name}"`, () =>
    limit.limit(change, point.linearization),
  );
  if (typeof limited === "string") return limited;
  const { scale, radius, ratio } = limited;
  if (!(scale >= 0 && scale <= 1)) {
    throw new RangeError(`limit "${limit.name}" returned scale = ${scale}, expected 0..1`);
  }
  for (let i = 0; i < change.length; i++) change[i]! *= scale;
  const next = parameters.map((p, i) => p + change[i]!);
  const stepNorm = norm2(change);
  if (stepNorm === Infinity) return "the length of the step overflows";
  if (!next.every(Number.isFinite)) return "the parameters overflow";
  return { next, measured: { loss, scale, radius, ratio, stepNorm } };
}
