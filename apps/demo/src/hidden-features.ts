import { CLASS_COUNT, type Digits, type DigitsSplit, PIXEL_COUNT } from "@xent/app-kit";
import { type Dense, multiplyTransposeB } from "@xent/linalg";
import { mlp } from "@xent/models";
import { adamDirection, train } from "@xent/training";

const HIDDEN = 128;

/** max(0, W x + b) of every row of `x`. */
function reluLayer(x: Dense, weights: Dense, bias: Dense): Dense {
  const h = multiplyTransposeB(x, weights);
  for (let i = 0; i < h.data.length; i++) {
    h.data[i] = Math.max(0, h.data[i]! + bias.data[i % h.cols]!);
  }
  return h;
}

/**
 * The images as features for a head of its own: activations of the hidden layer of an MLP 64-128-10 (ReLU)
 * trained by Adam on the training images for `steps` minibatches of 128.
 */
export function withHiddenFeatures(split: DigitsSplit, seed: number, steps = 200): DigitsSplit {
  const model = mlp({ widths: [PIXEL_COUNT, HIDDEN, CLASS_COUNT], activation: "relu" });
  const { parameters } = train({
    model,
    parameters: model.initialize(seed),
    features: split.train.features,
    labels: split.train.labels,
    batchSize: Math.min(128, split.train.labels.length),
    steps,
    seed,
    direction: adamDirection(),
    learningRate: 0.003,
  });
  const views = model.views(parameters);
  const hidden = (digits: Digits): Digits => ({
    labels: digits.labels,
    features: reluLayer(digits.features, views["layer1.weights"]!, views["layer1.bias"]!),
  });
  return { train: hidden(split.train), test: hidden(split.test) };
}
