import { fgnDirection, ggnDirection } from "@xent/fgn";
import { type Direction, linearHead, type StepLimit } from "@xent/models";
import { crossEntropy } from "@xent/softmax-spectral";
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
import { type RaceData, raceData } from "./data.js";

/** An optimiser with its settings. */
export type Method =
  | { readonly kind: "sgd" | "momentum" | "adam"; readonly rate: number }
  | {
      readonly kind: "fgn" | "ggn";
      readonly damping: number;
      /** r of the radius cap. */
      readonly target: number;
      /** Of conjugate gradients, relative to the gradient. */
      readonly tolerance: number;
      readonly momentum: number;
    };

/** One run of the race. */
export interface RaceJob {
  readonly method: Method;
  readonly seed: number;
  /** Examples of a minibatch; the whole training set when it is not smaller. */
  readonly batchSize: number;
  readonly steps: number;
  /** Default: the digits, all ten. */
  readonly data?: RaceData;
  /** A run that reaches the last goal is timed this often, and the least time counts. Default 1. */
  readonly repeats?: number;
}

/** What a run had cost when the mean loss over the training set first was at most `loss`. */
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
  /** Loss over the training set before each step; with minibatches, after each step. */
  readonly losses: readonly number[];
  /** Seconds since the start at each entry of `losses`, without what evaluating them took. */
  readonly times: readonly number[];
  readonly testAccuracy: number;
}

export const GOALS: readonly [number, number] = [0.05, 0.02];

/** "Adam, rate 0.3" or "FGN, lambda 1e-4, momentum 0.4". */
export function methodName(method: Method): string {
  const name = { sgd: "SGD", momentum: "momentum", adam: "Adam", fgn: "FGN", ggn: "GGN" }[
    method.kind
  ];
  return `${name}, ${settingsName(method)}`;
}

/** The settings of a method without its name. */
export function settingsName(method: Method): string {
  return "rate" in method
    ? `rate ${method.rate}`
    : [
        `lambda ${method.damping.toExponential()}`,
        `r <= ${method.target}`,
        ...(method.momentum > 0 ? [`momentum ${method.momentum}`] : []),
      ].join(", ");
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
    case "ggn": {
      const { damping, tolerance, momentum, target } = method;
      const make = method.kind === "fgn" ? fgnDirection : ggnDirection;
      return {
        direction: make({ damping, tolerance, momentum }),
        limit: radiusCap({ target }),
        rate: 1,
      };
    }
  }
}

/** Trains a softmax head with bias from zero until the last of {@link GOALS}, `repeats` times when it gets there. */
export function runRace(job: RaceJob): RaceResult {
  let best = runOnce(job);
  for (let again = 1; again < (job.repeats ?? 1); again++) {
    if (best.milestones.at(-1) === null) break;
    const next = runOnce(job);
    // Only the times differ.
    if (next.times.at(-1)! < best.times.at(-1)!) best = next;
  }
  return best;
}

function runOnce(job: RaceJob): RaceResult {
  const { train: data, test, classCount } = raceData(job.data ?? "digits", job.seed);
  const head = linearHead({ featureCount: data.features.cols, classCount });
  const { model, calls } = countingModel(head);
  const { direction, limit, rate } = optimiser(job.method);
  const wholeBatch = job.batchSize >= data.labels.length;
  const milestones: (Milestone | null)[] = GOALS.map(() => null);
  const losses: number[] = [];
  const times: number[] = [];
  const observe = (loss: number, steps: number, seconds: number, spent: ModelCalls): void => {
    losses.push(loss);
    for (const [i, goal] of GOALS.entries()) {
      if (milestones[i] === null && loss <= goal) {
        milestones[i] = { loss: goal, steps, seconds, calls: spent };
      }
    }
  };
  let before: ModelCalls = { ...calls };
  let started = performance.now();
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
    onStep({ step, loss }, { parameters }) {
      const now = performance.now();
      const seconds = (now - started) / 1000;
      // The loss of the whole batch is that before this step: what it cost is what came before.
      if (wholeBatch) observe(loss, step, times.at(-1) ?? 0, before);
      else {
        const current = crossEntropy(head.logits(parameters, data.features), data.labels);
        observe(current, step + 1, seconds, { ...calls });
      }
      times.push(seconds);
      before = { ...calls };
      started += performance.now() - now;
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
