import { DomainError, requireInteger, requireLength } from "@xent/linalg";
import type { Direction, StepLimit } from "@xent/models";
import { asRecord, type ExactNumbers, fromExactNumbers, toExactNumbers } from "./exact-json.js";
import type { Minibatches, MinibatchState } from "./minibatches.js";

/**
 * A training run between two steps, as plain data: `JSON.parse(JSON.stringify(checkpoint))` resumes to
 * bit-identical parameters.
 */
export interface TrainingCheckpoint {
  readonly format: "xent-training/1";
  /** Steps taken so far. */
  readonly step: number;
  readonly parameters: ExactNumbers;
  /** Name of the direction and what its `save` returned; null when it keeps no state. */
  readonly direction: { readonly name: string; readonly state: unknown };
  /** The same of the step limit. */
  readonly limit: { readonly name: string; readonly state: unknown };
  readonly minibatches: MinibatchState;
  /** What the stream of minibatches depends on; a run with other values cannot resume here. */
  readonly stream: StreamIdentity;
}

/** See {@link TrainingCheckpoint.stream}. */
export interface StreamIdentity {
  readonly exampleCount: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly remainder: "keep" | "drop";
}

/** The parts of a run that keep state of their own. */
export interface RunParts {
  readonly direction: Direction;
  readonly limit: StepLimit;
  readonly minibatches: Minibatches;
}

type PartStates = Pick<TrainingCheckpoint, "direction" | "limit" | "minibatches">;

/** The state of every part: a part without any has null. */
export function savePartStates({ direction, limit, minibatches }: RunParts): PartStates {
  return {
    direction: { name: direction.name, state: direction.save?.() ?? null },
    limit: { name: limit.name, state: limit.save?.() ?? null },
    minibatches: minibatches.save(),
  };
}

/** Collects a checkpoint. */
export function saveCheckpoint(
  step: number,
  parameters: Float64Array,
  states: PartStates,
  stream: StreamIdentity,
): TrainingCheckpoint {
  return {
    format: "xent-training/1",
    step,
    parameters: toExactNumbers(parameters),
    ...states,
    stream,
  };
}

/** Puts the parts back; returns step and parameters. Throws before it changes anything that it can check. */
export function restoreCheckpoint(
  checkpoint: TrainingCheckpoint,
  parameterCount: number,
  parts: RunParts,
  stream: StreamIdentity,
): { step: number; parameters: Float64Array } {
  const saved = asRecord<"format">("resume", checkpoint);
  if (saved.format !== "xent-training/1") {
    throw new DomainError(
      `resume.format = ${JSON.stringify(saved.format)}, expected "xent-training/1"`,
    );
  }
  requireInteger("resume.step", checkpoint.step, 0);
  const parameters = fromExactNumbers("resume.parameters", checkpoint.parameters);
  requireLength("resume.parameters", parameters, parameterCount);
  const savedStream = asRecord<string>("resume.stream", checkpoint.stream);
  for (const [key, value] of Object.entries(stream)) {
    if (savedStream[key] !== value) {
      throw new DomainError(
        `resume.stream.${key} = ${JSON.stringify(savedStream[key])}, but this run has ${JSON.stringify(value)}`,
      );
    }
  }
  const directionState = stateOf("direction", checkpoint, parts.direction.name);
  const limitState = stateOf("limit", checkpoint, parts.limit.name);
  parts.minibatches.restore(checkpoint.minibatches);
  if (directionState !== null) parts.direction.restore?.(directionState);
  if (limitState !== null) parts.limit.restore?.(limitState);
  return { step: checkpoint.step, parameters };
}

function stateOf(
  part: "direction" | "limit",
  checkpoint: TrainingCheckpoint,
  name: string,
): unknown {
  const saved = asRecord<"name" | "state">(`resume.${part}`, checkpoint[part]);
  if (saved.name !== name) {
    throw new DomainError(
      `resume.${part}.name = ${JSON.stringify(saved.name)}, expected "${name}"`,
    );
  }
  return saved.state;
}
