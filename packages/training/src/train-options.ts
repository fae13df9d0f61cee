import {
  type Dense,
  DimensionError,
  DomainError,
  dense,
  requireFinite,
  requireInteger,
  requireLabels,
  requireLength,
  requireNonNegative,
  requireShape,
} from "@xent/linalg";
import type { Direction, LogitModel, StepLimit } from "@xent/models";
import type { TrainingCheckpoint } from "./checkpoint.js";

/** What one step did. */
export interface StepRecord {
  /** Steps taken before this one: 0 for the first. */
  readonly step: number;
  /** Mean cross-entropy of the minibatch before the step. */
  readonly loss: number;
  readonly learningRate: number;
  /** Factor in [0, 1] by which the limit shortened the step. */
  readonly scale: number;
  /** As reported by the limit, in Euclidean distance of parameters; Infinity without a limit. */
  readonly radius: number;
  /** Length of the step before the limit, over the radius; Infinity where that overflows. */
  readonly ratio: number;
  /** Euclidean length of the step taken, after the limit. */
  readonly stepNorm: number;
}

/** Options of {@link train}. */
export interface TrainOptions<Batch = Dense> {
  readonly model: LogitModel<Batch>;
  /** Where to start, length P; not modified. Unused when `resume` is given, except for its length. */
  readonly parameters: Float64Array;
  /** All examples, N x D; or a function that gathers the batch of given example indices. */
  readonly features: Dense | ((indices: Int32Array) => Batch);
  /** Length N >= 1, integers in 0..C-1. */
  readonly labels: ArrayLike<number>;
  /** 1..N. */
  readonly batchSize: number;
  /** Steps in all; a resumed run counts those before the checkpoint too. */
  readonly steps: number;
  /** Of the minibatches; 32-bit integer. */
  readonly seed: number;
  /** Keeps its state between runs: give each run an object of its own. */
  readonly direction: Direction;
  /** Applied to learning rate times direction. Default {@link noLimit}. */
  readonly limit?: StepLimit;
  /** Finite, >= 0; or a function of the step number (from 0). */
  readonly learningRate: number | ((step: number) => number);
  /** The last batch of an epoch when batchSize does not divide N; see `minibatches`. Default "keep". */
  readonly remainder?: "keep" | "drop";
  /** Called after every step; `save` collects a checkpoint as of after that step. */
  readonly onStep?: (record: StepRecord, state: StepState) => void;
  /** True ends the run with status "stopped". Asked after `onStep`. */
  readonly stopWhen?: (record: StepRecord) => boolean;
  /** Go on from here instead of from `parameters`. */
  readonly resume?: TrainingCheckpoint;
}

/** What {@link TrainOptions.onStep} may look at. */
export interface StepState {
  /** After the step; not to be modified. */
  readonly parameters: Float64Array;
  save(): TrainingCheckpoint;
}

/** Throws unless everything that can be known before the first step is in order. */
export function requireOptions<Batch>(options: TrainOptions<Batch>): void {
  const { model, parameters, features, labels, batchSize, steps, learningRate } = options;
  requireLength("parameters", parameters, model.parameterCount);
  requireFinite("parameters", parameters);
  if (labels.length === 0) throw new DimensionError("labels has length 0, expected at least 1");
  requireLabels("labels", labels, labels.length, model.classCount);
  if (typeof features !== "function") {
    requireShape("features", features, labels.length, features.cols);
    requireFinite("features.data", features.data);
  }
  requireInteger("batchSize", batchSize, 1, labels.length);
  requireInteger("steps", steps, 0);
  if (typeof learningRate === "number") requireNonNegative("learningRate", learningRate);
}

/** The function that gathers the batch of given example indices. */
export function batchSource<Batch>(options: TrainOptions<Batch>): (indices: Int32Array) => Batch {
  const { features } = options;
  if (typeof features === "function") return features;
  // Without a function the features are a matrix, and Batch is its type.
  return (indices) => gatherRows(features, indices) as Batch;
}

function gatherRows({ cols, data }: Dense, indices: Int32Array): Dense {
  const out = dense(indices.length, cols);
  for (const [row, i] of indices.entries()) {
    out.data.set(data.subarray(i * cols, (i + 1) * cols), row * cols);
  }
  return out;
}

export function gatherLabels(labels: ArrayLike<number>, indices: Int32Array): Int32Array {
  return indices.map((i) => labels[i]!);
}

/** The learning rate of a step, checked: a schedule can only be checked as it goes. */
export function rateAt(learningRate: TrainOptions["learningRate"], step: number): number {
  if (typeof learningRate === "number") return learningRate;
  const rate = learningRate(step);
  if (!(rate >= 0 && rate < Infinity)) {
    throw new DomainError(`learningRate(${step}) = ${rate}, expected a finite number >= 0`);
  }
  return rate;
}
