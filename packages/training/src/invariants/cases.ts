import { dense, SeededRandom } from "@xent/linalg";
import {
  type Direction,
  linearHead,
  mlp,
  type ParametricModel,
  type StepLimit,
} from "@xent/models";
import * as fc from "fast-check";
import type { TrainOptions } from "../index.js";
import type { TrainingSubject } from "./subject.js";

export const seed: fc.Arbitrary<number> = fc.integer({ min: 0, max: 0xffffffff });

export type DirectionName = "gradient" | "momentum" | "nesterov" | "adam";

/** A small training run: one class and one example included, examples drawn twice, labels that miss classes. */
export interface RunCase {
  readonly seed: number;
  readonly model: "head" | "mlp";
  readonly exampleCount: number;
  readonly classCount: number;
  /** Clamped to exampleCount. */
  readonly batchSize: number;
  readonly remainder: "keep" | "drop";
  readonly direction: DirectionName;
  readonly learningRate: number;
  /** Of a norm clip; null for no limit. */
  readonly maxNorm: number | null;
}

export const runCase: fc.Arbitrary<RunCase> = fc.record<RunCase>({
  seed,
  model: fc.constantFrom("head", "mlp"),
  exampleCount: fc.integer({ min: 1, max: 14 }),
  classCount: fc.integer({ min: 1, max: 4 }),
  batchSize: fc.integer({ min: 1, max: 14 }),
  remainder: fc.constantFrom("keep", "drop"),
  direction: fc.constantFrom("gradient", "momentum", "nesterov", "adam"),
  learningRate: fc.constantFrom(0, 1e-12, 0.1, 1, 30),
  maxNorm: fc.constantFrom(null, 1e-9, 0.05, 1, 1e6),
});

export function directionOf(subject: TrainingSubject, name: DirectionName): Direction {
  if (name === "gradient") return subject.gradientDirection();
  if (name === "adam") return subject.adamDirection({});
  return subject.momentumDirection({ nesterov: name === "nesterov" });
}

export function limitOf(subject: TrainingSubject, maxNorm: number | null): StepLimit {
  return maxNorm === null ? subject.noLimit() : subject.normClip({ maxNorm });
}

const FEATURES = 3;

export function modelOf(kind: RunCase["model"], classCount: number): ParametricModel {
  return kind === "head"
    ? linearHead({ featureCount: FEATURES, classCount })
    : mlp({ widths: [FEATURES, 4, classCount], activation: "tanh" });
}

/** The options of a run, fresh: its direction has no state yet. */
export function optionsOf(
  subject: TrainingSubject,
  one: RunCase,
  steps: number,
): TrainOptions & { readonly limit: StepLimit } {
  const model = modelOf(one.model, one.classCount);
  const random = new SeededRandom(one.seed);
  const n = one.exampleCount;
  // Whole numbers, so that some examples agree in all features and differ in label.
  const data = Float64Array.from({ length: n * FEATURES }, () => random.integer(5) - 2);
  return {
    model,
    parameters: model.initialize(random),
    features: dense(n, FEATURES, data),
    labels: Int32Array.from({ length: n }, () => random.integer(one.classCount)),
    batchSize: Math.min(one.batchSize, n),
    steps,
    seed: one.seed,
    direction: directionOf(subject, one.direction),
    limit: limitOf(subject, one.maxNorm),
    learningRate: one.learningRate,
    remainder: one.remainder,
  };
}
