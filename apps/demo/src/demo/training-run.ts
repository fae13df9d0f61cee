import { type Digits, loadDigits, splitDigits } from "@xent/app-kit";
import type { Dense } from "@xent/linalg";
import { DomainError } from "@xent/linalg";
import type { ParametricModel, StepLimit } from "@xent/models";
import { crossEntropy } from "@xent/softmax-spectral";
import { radiusCap } from "@xent/taylor-radius";
import { accuracy, type StepRecord, train } from "@xent/training";
import {
  BATCH_SIZE,
  buildDirection,
  buildModel,
  LEARNING_RATES,
  type RunPlan,
  SPIKE_FACTOR,
  SPIKE_STEP,
} from "./training-plan.js";

/** What a worker thread is asked to do. */
export interface TrainingJob {
  readonly plan: RunPlan;
  readonly seed: number;
  readonly steps: number;
}

/** Quality of a model on whole sets; null where its logits overflow, so that there is none. */
export interface Quality {
  readonly trainLoss: number | null;
  readonly testAccuracy: number | null;
}

/** A run as plain data; it holds no times, so that the same job gives the same outcome. */
export interface RunOutcome {
  readonly plan: RunPlan;
  readonly status: "completed" | "diverged";
  /** Why it diverged. */
  readonly reason: string | null;
  /** Right before the spike; null when the run ended before. */
  readonly beforeSpike: Quality | null;
  readonly final: Quality;
  /** Minibatch loss before each step. */
  readonly losses: readonly number[];
  /** r of each proposed step: its length over the radius of its minibatch along it. */
  readonly proposedRatios: readonly number[];
  /** r of each step as taken: smaller than proposed where the cap shortened it. */
  readonly takenRatios: readonly number[];
  /** Steps that the cap shortened. */
  readonly shortened: number;
  /** See {@link survives}. */
  readonly survived: boolean;
}

/** Test accuracy that a run may lose through the spike and still count as having survived it. */
export const ACCURACY_LOSS_ALLOWED = 0.05;

/** The rule of {@link survives} for people. */
export const SURVIVAL_RULE: string =
  "A run survives when nothing overflows, and at its last step the loss on the training set is no larger and " +
  "the test accuracy at most 5 points lower than right before the spike.";

/** Whether a run that got through all its steps ended no worse than it was right before the spike. */
export function survives(before: Quality | null, final: Quality): boolean {
  if (before === null || before.trainLoss === null || before.testAccuracy === null) return false;
  if (final.trainLoss === null || final.testAccuracy === null) return false;
  return (
    final.trainLoss <= before.trainLoss &&
    final.testAccuracy >= before.testAccuracy - ACCURACY_LOSS_ALLOWED
  );
}

/** Measures r = |step| / radius as the cap does, and takes every step whole. */
function measuringOnly(cap: StepLimit): StepLimit {
  return {
    name: "none, measured",
    limit: (step, linearization) => ({ ...cap.limit(step, linearization), scale: 1 }),
  };
}

/** Trains one model on the digits through the spike. Deterministic in the job. */
export function runTraining({ plan, seed, steps }: TrainingJob): RunOutcome {
  const data = splitDigits(loadDigits(), seed);
  const model = buildModel(plan.model);
  const cap = radiusCap({ mode: "spread", target: 1 });
  const rate = LEARNING_RATES[plan.optimiser];
  let beforeSpike: Quality | null = null;
  const result = train({
    model,
    parameters: model.initialize(seed),
    features: data.train.features,
    labels: data.train.labels,
    batchSize: BATCH_SIZE,
    steps,
    seed,
    direction: buildDirection(plan.optimiser),
    limit: plan.capped ? cap : measuringOnly(cap),
    learningRate: (step) => (step === SPIKE_STEP ? SPIKE_FACTOR * rate : rate),
    onStep: ({ step }, { parameters }) => {
      if (step === SPIKE_STEP - 1)
        beforeSpike = qualityOf(model, parameters, data.train, data.test);
    },
  });
  const final = qualityOf(model, result.parameters, data.train, data.test);
  const { records } = result;
  const completed = result.status === "completed";
  return {
    plan,
    status: completed ? "completed" : "diverged",
    reason: result.reason ?? null,
    beforeSpike,
    final,
    losses: records.map((record) => record.loss),
    proposedRatios: records.map((record) => record.ratio),
    takenRatios: records.map(takenRatio),
    shortened: records.filter((record) => record.scale < 1).length,
    survived: completed && survives(beforeSpike, final),
  };
}

function takenRatio({ ratio, scale, stepNorm, radius }: StepRecord): number {
  // With the cap, the length that was really taken: ratio times scale rounds once more.
  if (scale === 1) return ratio;
  return radius === Infinity ? 0 : stepNorm / radius;
}

function qualityOf(
  model: ParametricModel,
  parameters: Float64Array,
  trainSet: Digits,
  testSet: Digits,
): Quality {
  const loss = unlessOverflow(() =>
    crossEntropy(logitsOf(model, parameters, trainSet), trainSet.labels),
  );
  return {
    trainLoss: loss !== null && Number.isFinite(loss) ? loss : null,
    testAccuracy: unlessOverflow(() =>
      accuracy(logitsOf(model, parameters, testSet), testSet.labels),
    ),
  };
}

function logitsOf(model: ParametricModel, parameters: Float64Array, set: Digits): Dense {
  return model.logits(parameters, set.features);
}

/** A model reports logits that overflow as a DomainError: its parameters and the digits are known to be finite. */
function unlessOverflow(measure: () => number): number | null {
  try {
    return measure();
  } catch (error) {
    if (error instanceof DomainError) return null;
    throw error;
  }
}
