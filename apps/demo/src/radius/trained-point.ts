import {
  CLASS_COUNT,
  type Digits,
  loadDigits,
  PIXEL_COUNT,
  selectDigits,
  splitDigits,
  UsageError,
} from "@xent/app-kit";
import { fgnDirection } from "@xent/fgn";
import { type Dense, norm2, SeededRandom } from "@xent/linalg";
import {
  type Direction,
  type Linearization,
  linearHead,
  mlp,
  type ParametricModel,
} from "@xent/models";
import { adamDirection, gradientDirection, train, trainingPoint } from "@xent/training";

export const MODEL_KINDS = ["head", "mlp"] as const;
export const DIRECTION_KINDS = ["gradient", "adam", "fgn"] as const;
export type ModelKind = (typeof MODEL_KINDS)[number];
export type DirectionKind = (typeof DIRECTION_KINDS)[number];

/** Everything that the point in hand depends on. */
export interface PointSettings {
  readonly model: ModelKind;
  readonly direction: DirectionKind;
  /** Training steps of Adam. */
  readonly steps: number;
  readonly batchSize: number;
  readonly seed: number;
}

/** A trained model, a minibatch that it has not stepped on yet, and a line through its parameters. */
export interface TrainedPoint {
  readonly model: ParametricModel;
  readonly parameters: Float64Array;
  readonly batch: Digits;
  /** Rows of the training set that make up the batch. */
  readonly rows: Int32Array;
  /** Mean loss of the batch. */
  readonly loss: number;
  /** Unit direction of the step that the optimiser proposes for the batch, length P. */
  readonly unit: Float64Array;
  /** Length of the proposed step, learning rate included. */
  readonly stepLength: number;
  readonly linearization: Linearization;
  /** J v along `unit`, B x C. */
  readonly slopes: Dense;
}

const HIDDEN = 128;
const FGN_DAMPING = 1e-3;
/** Of Adam in training; the head has no hidden layer to upset. */
const ADAM_RATE: Record<ModelKind, number> = { head: 0.03, mlp: 0.003 };
const GRADIENT_RATE = 0.1;

/** "64-128-10 with ReLU" or "softmax head 64-10". */
export function modelName(kind: ModelKind): string {
  return kind === "head"
    ? `softmax head ${PIXEL_COUNT}-${CLASS_COUNT}`
    : `MLP ${PIXEL_COUNT}-${HIDDEN}-${CLASS_COUNT} with ReLU`;
}

/** What {@link TrainedPoint.unit} is the direction of, in words. */
export function directionName(kind: DirectionKind): string {
  return { gradient: "negative gradient", adam: "Adam step", fgn: "FGN step" }[kind];
}

function newModel(kind: ModelKind): ParametricModel {
  return kind === "head"
    ? linearHead({ featureCount: PIXEL_COUNT, classCount: CLASS_COUNT })
    : mlp({ widths: [PIXEL_COUNT, HIDDEN, CLASS_COUNT], activation: "relu" });
}

/**
 * Trains by Adam, then draws a batch and asks the optimiser for its step there (Adam goes on from its own
 * moments).
 */
export function trainedPoint(settings: PointSettings): TrainedPoint {
  const { model: kind, direction, steps, batchSize, seed } = settings;
  const { train: data } = splitDigits(loadDigits(), seed);
  const model = newModel(kind);
  const adam = adamDirection();
  const { parameters } = train({
    model,
    parameters: model.initialize(seed),
    features: data.features,
    labels: data.labels,
    batchSize: Math.min(batchSize, data.labels.length),
    steps,
    seed,
    direction: adam,
    learningRate: ADAM_RATE[kind],
  });
  // Another stream than the split's and the minibatches'.
  const order = new SeededRandom((seed ^ 0x5bd1e995) >>> 0).permutation(data.labels.length);
  const rows = Int32Array.from(order.subarray(0, batchSize)).sort();
  const batch = selectDigits(data, rows);
  const point = trainingPoint(model, parameters, batch.features, batch.labels);
  const [proposer, rate] = proposerOf(direction, adam, kind);
  const step = proposer.propose(point);
  const size = norm2(step);
  if (!(size > 0)) throw new UsageError(`the ${directionName(direction)} of the batch is zero`);
  const unit = step.map((x) => x / size);
  const { linearization, loss } = point;
  return {
    model,
    parameters,
    batch,
    rows,
    loss,
    unit,
    stepLength: rate * size,
    linearization,
    slopes: linearization.jvp(unit),
  };
}

function proposerOf(
  direction: DirectionKind,
  adam: Direction,
  kind: ModelKind,
): readonly [Direction, number] {
  switch (direction) {
    case "adam":
      return [adam, ADAM_RATE[kind]];
    case "gradient":
      return [gradientDirection(), GRADIENT_RATE];
    case "fgn":
      return [fgnDirection({ damping: FGN_DAMPING }), 1];
  }
}
