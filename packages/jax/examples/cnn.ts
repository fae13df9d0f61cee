import { lax, nn, numpy as np } from "@jax-js/jax";
import { fgnDirection } from "@xent/fgn";
import { fromJax, startJax } from "@xent/jax";
import { SeededRandom } from "@xent/linalg";
import { radiusCap } from "@xent/taylor-radius";
import { accuracy, train } from "@xent/training";
import { loadDigits } from "./digits.ts";

/** Two strided convolutions and a linear head on 8 x 8 images; arrays are consumed, as jax-js has it. */
export type CnnParameters = {
  readonly kernel1: np.Array; // 8 x 1 x 3 x 3
  readonly bias1: np.Array; // 8 x 1 x 1
  readonly kernel2: np.Array; // 16 x 8 x 3 x 3
  readonly bias2: np.Array; // 16 x 1 x 1
  readonly head: np.Array; // 64 x 10
  readonly bias: np.Array; // 10
};

export function cnn(p: CnnParameters, x: np.Array): np.Array {
  const convolve = (h: np.Array, kernel: np.Array, bias: np.Array): np.Array =>
    nn.relu(lax.conv(h, kernel, [2, 2], "SAME").add(bias));
  const first = convolve(x.reshape([-1, 1, 8, 8]), p.kernel1, p.bias1); // B x 8 x 4 x 4
  const second = convolve(first, p.kernel2, p.bias2); // B x 16 x 2 x 2
  return np.matmul(second.reshape([-1, 64]), p.head).add(p.bias);
}

export function cnnStart(seed: number): CnnParameters {
  const random = new SeededRandom(seed);
  /** Normal entries of variance 2 / inputs. */
  const normal = (shape: number[], inputs: number): np.Array => {
    const size = shape.reduce((a, b) => a * b, 1);
    return np.array(random.normals(size, Math.sqrt(2 / inputs)), { shape });
  };
  return {
    kernel1: normal([8, 1, 3, 3], 9),
    bias1: np.zeros([8, 1, 1]),
    kernel2: normal([16, 8, 3, 3], 72),
    bias2: np.zeros([16, 1, 1]),
    head: normal([64, 10], 64),
    bias: np.zeros([10]),
  };
}

/** Trains with Fast Gauss-Newton under a radius cap; no learning rate to choose. */
export async function trainCnn(options: { seed: number; steps: number }): Promise<number> {
  await startJax();
  const { train: data, test } = loadDigits(options.seed);
  const model = fromJax(cnn, cnnStart(options.seed), { classCount: 10, dtype: "float32" });
  const result = train({
    model,
    parameters: model.start,
    ...data,
    batchSize: 64,
    ...options,
    direction: fgnDirection({ damping: 1e-3, solver: "row-cg", tolerance: 0.03, maxIterations: 8 }),
    learningRate: 1,
    limit: radiusCap({ target: 1 }),
  });
  return accuracy(model.logits(result.parameters, test.features), test.labels);
}
