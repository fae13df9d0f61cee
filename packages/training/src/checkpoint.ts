import { DomainError, requireInteger, requireLength } from "@xent/linalg";
import type { Direction } from "@xent/models";
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

/** Collects a checkpoint; `directionState` is what the direction's `save` returned, null without one. */
export function saveCheckpoint(
  step: number,
  parameters: Float64Array,
  directionName: string,
  directionState: unknown,
  minibatches: MinibatchState,
  stream: StreamIdentity,
): TrainingCheckpoint {
  return {
    format: "xent-training/1",
    step,
    parameters: toExactNumbers(parameters),
    direction: { name: directionName, state: directionState },
    minibatches,
    stream,
  };
}

/** Puts direction and minibatches back; returns step and parameters. Throws before it changes anything that it can check. */
export function restoreCheckpoint(
  checkpoint: TrainingCheckpoint,
  parameterCount: number,
  direction: Direction,
  batches: Minibatches,
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
  const savedDirection = asRecord<"name">("resume.direction", checkpoint.direction);
  if (savedDirection.name !== direction.name) {
    throw new DomainError(
      `resume.direction.name = ${JSON.stringify(savedDirection.name)}, expected "${direction.name}"`,
    );
  }
  const savedStream = asRecord<string>("resume.stream", checkpoint.stream);
  for (const [key, value] of Object.entries(stream)) {
    if (savedStream[key] !== value) {
      throw new DomainError(
        `resume.stream.${key} = ${JSON.stringify(savedStream[key])}, but this run has ${JSON.stringify(value)}`,
      );
    }
  }
  batches.restore(checkpoint.minibatches);
  if (checkpoint.direction.state !== null) direction.restore?.(checkpoint.direction.state);
  return { step: checkpoint.step, parameters };
}
