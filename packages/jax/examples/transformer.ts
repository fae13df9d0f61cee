import { nn, numpy as np } from "@jax-js/jax";
import { fgnDirection } from "@xent/fgn";
import { fromJax, startJax } from "@xent/jax";
import { SeededRandom } from "@xent/linalg";
import { radiusCap } from "@xent/taylor-radius";
import { accuracy, train } from "@xent/training";
import { loadDigits } from "./digits.ts";

const TOKENS = 8; // the rows of an image
const WIDTH = 16;
const HIDDEN = 32;
type Weights = "embed" | "position" | "query" | "key" | "value" | "out" | "up" | "down" | "head";
export type TransformerParameters = Readonly<Record<Weights | "bias", np.Array>>;

function layerNorm(h: np.Array): np.Array {
  const centred = h.ref.sub(np.mean(h, -1, { keepdims: true }));
  const variance = np.mean(np.square(centred.ref), -1, { keepdims: true });
  return centred.div(np.sqrt(variance.add(1e-5)));
}

/** One block of attention and one of GELU, before the mean of the tokens goes to a linear head. */
export function transformer(p: TransformerParameters, x: np.Array): np.Array {
  const h = np.matmul(x.reshape([-1, TOKENS, 8]), p.embed).add(p.position);
  const normed = layerNorm(h.ref);
  const [q, k] = [np.matmul(normed.ref, p.query), np.matmul(normed.ref, p.key)];
  const scores = np.matmul(q, k.transpose([0, 2, 1])).mul(1 / Math.sqrt(WIDTH));
  const mixed = np.matmul(nn.softmax(scores, -1), np.matmul(normed, p.value));
  const attended = h.add(np.matmul(mixed, p.out));
  const hidden = nn.gelu(np.matmul(layerNorm(attended.ref), p.up));
  const tokens = attended.add(np.matmul(hidden, p.down));
  return np.matmul(np.mean(layerNorm(tokens), 1), p.head).add(p.bias);
}

export function transformerStart(seed: number): TransformerParameters {
  const random = new SeededRandom(seed);
  const matrix = (rows: number, cols: number, deviation = 1 / Math.sqrt(rows)): np.Array =>
    np.array(random.normals(rows * cols, deviation), { shape: [rows, cols] });
  return {
    embed: matrix(8, WIDTH),
    position: matrix(TOKENS, WIDTH, 0.3),
    query: matrix(WIDTH, WIDTH),
    key: matrix(WIDTH, WIDTH),
    value: matrix(WIDTH, WIDTH),
    out: matrix(WIDTH, WIDTH),
    up: matrix(WIDTH, HIDDEN),
    down: matrix(HIDDEN, WIDTH),
    head: matrix(WIDTH, 10),
    bias: np.zeros([10]),
  };
}

/** Trains with Fast Gauss-Newton under a radius cap; no learning rate to choose. */
export async function trainTransformer(options: { seed: number; steps: number }): Promise<number> {
  await startJax();
  const { train: data, test } = loadDigits(options.seed);
  const start = transformerStart(options.seed);
  const model = fromJax(transformer, start, { classCount: 10, dtype: "float32" });
  const solve = { solver: "row-cg", tolerance: 0.03, maxIterations: 8 } as const;
  const direction = fgnDirection({ damping: 1e-3, ...solve });
  const parameters = model.start;
  const limit = radiusCap();
  const run = { model, parameters, ...data, batchSize: 64, direction, learningRate: 1, limit };
  const result = train({ ...run, ...options });
  return accuracy(model.logits(result.parameters, test.features), test.labels);
}
