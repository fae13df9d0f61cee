import { fgnDirection, ggnDirection } from "@xent/fgn";
import { type Direction, linearHead, type StepLimit } from "@xent/models";
import { radiusCap } from "@xent/taylor-radius";
import {
  accuracy,
  adamDirection,
  gradientDirection,
  momentumDirection,
  noLimit,
  train,
} from "@xent/training";
import { countingModel, type ModelCalls } from "../counting-model.js";
import { CLASS_COUNT, loadDigits, splitDigits } from "../digits.js";
import { withHiddenFeatures } from "../hidden-features.js";

/** An optimiser with its settings. */
export type Method =
  | { readonly kind: "sgd" | "momentum" | "adam"; readonly rate: number }
  | { readonly kind: "fgn" | "ggn"; readonly damping: number; readonly target: number };

/** One run of the race. */
export interface RaceJob {
  readonly method: Method;
  readonly seed: number;
  /** Examples of a minibatch; the whole training set when it is not smaller. */
  readonly batchSize: number;
  readonly steps: number;
  /** What the head sees: the pixels, or the hidden layer of a trained MLP. Default "pixels". */
  readonly features?: "pixels" | "hidden";
}

/** What a run had cost when the mean loss of its batch first was at most `loss`. */
export interface Milestone {
  readonly loss: number;
  readonly steps: number;
  readonly seconds: number;
  readonly calls: ModelCalls;
}

export interface RaceResult {
  readonly job: RaceJob;
  readonly status: "completed" | "stopped" | "diverged";
  /** In the order of {@link GOALS}; null when not reached. */
  readonly milestones: readonly (Milestone | null)[];
  /** Training loss before each step (of the minibatch). */
  readonly losses: readonly number[];
  /** Seconds since the start at each step. */
  readonly times: readonly number[];
  readonly testAccuracy: number;
}

export const GOALS: readonly [number, number] = [0.05, 0.02];

/** "Adam, rate 0.3" or "FGN, lambda 1e-4, r <= 2". */
export function methodName(method: Method): string {
  const name = { sgd: "SGD", momentum: "momentum", adam: "Adam", fgn: "FGN", ggn: "GGN" }[
    method.kind
  ];
  return "rate" in method
    ? `${name}, rate ${method.rate}`
    : `${name}, lambda ${method.damping.toExponential()}, r <= ${method.target}`;
}

function optimiser(method: Method): { direction: Direction; limit: StepLimit; rate: number } {
  switch (method.kind) {
    case "sgd":
      return { direction: gradientDirection(), limit: noLimit(), rate: method.rate };
    case "momentum":
      return { direction: momentumDirection(), limit: noLimit(), rate: method.rate };
    case "adam":
      return { direction: adamDirection(), limit: noLimit(), rate: method.rate };
    case "fgn":
      return {
        direction: fgnDirection({ damping: method.damping, tolerance: 1e-4 }),
        limit: radiusCap({ target: method.target }),
        rate: 1,
      };
    case "ggn":
      return {
        direction: ggnDirection({ damping: method.damping, tolerance: 1e-4 }),
        limit: radiusCap({ target: method.target }),
        rate: 1,
      };
  }
}

/** Trains a softmax head with bias on the digits, from zero, until the last of {@link GOALS}. */
export function runRace(job: RaceJob): RaceResult {
  const split = splitDigits(loadDigits(), job.seed);
  const { train: data, test } =
    job.features === "hidden" ? withHiddenFeatures(split, job.seed) : split;
  const head = linearHead({ featureCount: data.features.cols, classCount: CLASS_COUNT });
  const { model, calls } = countingModel(head);
  const { direction, limit, rate } = optimiser(job.method);
  const milestones: (Milestone | null)[] = GOALS.map(() => null);
  const losses: number[] = [];
  const times: number[] = [];
  let before: ModelCalls = { ...calls };
  const started = performance.now();
  const result = train({
    model,
    parameters: new Float64Array(head.parameterCount),
    features: data.features,
    labels: data.labels,
    batchSize: Math.min(job.batchSize, data.labels.length),
    steps: job.steps,
    seed: job.seed,
    direction,
    limit,
    learningRate: rate,
    onStep({ step, loss }) {
      // The loss is that before this step: what it cost is what came before.
      const seconds = (performance.now() - started) / 1000;
      losses.push(loss);
      times.push(seconds);
      for (const [i, goal] of GOALS.entries()) {
        if (milestones[i] === null && loss <= goal) {
          milestones[i] = { loss: goal, steps: step, seconds: times.at(-2) ?? 0, calls: before };
        }
      }
      before = { ...calls };
    },
    stopWhen: () => milestones.at(-1) !== null,
  });
  return {
    job,
    status: result.status,
    milestones,
    losses,
    times,
    testAccuracy: accuracy(head.logits(result.parameters, test.features), test.labels),
  };
}
