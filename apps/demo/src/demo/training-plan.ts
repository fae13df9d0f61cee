import { CLASS_COUNT, PIXEL_COUNT } from "@xent/app-kit";
import { fgnDirection } from "@xent/fgn";
import { type Direction, linearHead, mlp, type ParametricModel } from "@xent/models";
import { adamDirection, gradientDirection } from "@xent/training";

export const MODEL_NAMES = ["softmax head", "MLP"] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

export const OPTIMISER_NAMES = ["SGD", "Adam", "FGN"] as const;
export type OptimiserName = (typeof OPTIMISER_NAMES)[number];

/** One training run: what is trained, by what, and whether the radius cap limits its steps. */
export interface RunPlan {
  readonly model: ModelName;
  readonly optimiser: OptimiserName;
  readonly capped: boolean;
}

/** All twelve, in the order of the table. */
export const RUN_PLANS: readonly RunPlan[] = MODEL_NAMES.flatMap((model) =>
  OPTIMISER_NAMES.flatMap((optimiser) =>
    [false, true].map((capped) => ({ model, optimiser, capped })),
  ),
);

export const HIDDEN_UNITS = 128;
export const BATCH_SIZE = 128;

/** The step, counted from 0, whose learning rate is multiplied by SPIKE_FACTOR. */
export const SPIKE_STEP = 50;
export const SPIKE_FACTOR = 1000;

export function buildModel(name: ModelName): ParametricModel {
  return name === "MLP"
    ? mlp({ widths: [PIXEL_COUNT, HIDDEN_UNITS, CLASS_COUNT], activation: "gelu" })
    : linearHead({ featureCount: PIXEL_COUNT, classCount: CLASS_COUNT });
}

/** Learning rates at which each method trains both models well without a spike; FGN's own is 1. */
export const LEARNING_RATES: Readonly<Record<OptimiserName, number>> = {
  SGD: 0.5,
  Adam: 0.01,
  FGN: 1,
};

/** lambda of FGN: the smallest power of ten at which it trains both models without a cap or a spike. */
export const FGN_DAMPING = 1;

export function buildDirection(name: OptimiserName): Direction {
  if (name === "FGN") return fgnDirection({ damping: FGN_DAMPING });
  return name === "Adam" ? adamDirection() : gradientDirection();
}
