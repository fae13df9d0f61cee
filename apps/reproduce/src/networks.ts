import { lax, nn, numpy as np } from "@jax-js/jax";
import { CLASS_COUNT, PIXEL_COUNT } from "@xent/app-kit";
import { fromJax } from "@xent/jax";
import { SeededRandom } from "@xent/linalg";
import { type LogitModel, linearHead, mlp } from "@xent/models";

/** The six architectures of [G] on 8 x 8 digits. */
export const NETWORKS = [
  "linear",
  "mlp",
  "mlp+layernorm",
  "cnn",
  "cnn+batchnorm",
  "transformer",
] as const;

export type NetworkName = (typeof NETWORKS)[number];

/** A model with its start. */
export interface Network {
  readonly model: LogitModel;
  readonly start: Float64Array;
}

/** Convolutions and attention run in jax-js, float32; the others in doubles. Call `startJax()` before. */
export function network(name: NetworkName, seed: number): Network {
  switch (name) {
    case "linear": {
      const model = linearHead({ featureCount: PIXEL_COUNT, classCount: CLASS_COUNT });
      return { model, start: model.initialize(seed) };
    }
    case "mlp":
    case "mlp+layernorm": {
      const model = mlp({
        widths: [PIXEL_COUNT, 128, CLASS_COUNT],
        activation: "relu",
        layerNorm: name === "mlp+layernorm",
      });
      return { model, start: model.initialize(seed) };
    }
    case "cnn":
    case "cnn+batchnorm": {
      const model = fromJax(convolutional(name === "cnn+batchnorm"), convolutionalStart(seed), {
        classCount: CLASS_COUNT,
        dtype: "float32",
      });
      return { model, start: model.start };
    }
    case "transformer": {
      const model = fromJax((p: Transformer, x) => transformer(p, x), transformerStart(seed), {
        classCount: CLASS_COUNT,
        dtype: "float32",
      });
      return { model, start: model.start };
    }
  }
}

type Arrays<Names extends string> = Readonly<Record<Names, np.Array>>;
type Convolutional = Arrays<
  "kernel1" | "gain1" | "bias1" | "kernel2" | "gain2" | "bias2" | "head" | "bias"
>;

/** What layer norm and batch norm add to the variance. */
export const EPSILON = 1e-5;

const TOKENS = 8;
const WIDTH = 16;
const HIDDEN = 32;

/** Zero mean and unit variance over the axes. */
function standardise(h: np.Array, axis: number | number[]): np.Array {
  const centred = h.ref.sub(np.mean(h, axis, { keepdims: true }));
  const variance = np.mean(np.square(centred.ref), axis, { keepdims: true });
  return centred.div(np.sqrt(variance.add(EPSILON)));
}

/** Two strided convolutions; batch norm, where there is one, with the statistics of the batch at hand. */
function convolutional(batchNorm: boolean): (p: Convolutional, x: np.Array) => np.Array {
  const layer = (h: np.Array, kernel: np.Array, gain: np.Array, bias: np.Array): np.Array => {
    const a = lax.conv(h, kernel, [2, 2], "SAME");
    // Without batch norm the gain is one more factor of the kernel.
    return nn.relu((batchNorm ? standardise(a, [0, 2, 3]) : a).mul(gain).add(bias));
  };
  return (p, x) => {
    const first = layer(x.reshape([-1, 1, 8, 8]), p.kernel1, p.gain1, p.bias1);
    const second = layer(first, p.kernel2, p.gain2, p.bias2);
    return np.matmul(second.reshape([-1, 64]), p.head).add(p.bias);
  };
}

function normals(random: SeededRandom, shape: number[], deviation: number): np.Array {
  const size = shape.reduce((a, b) => a * b, 1);
  return np.array(random.normals(size, deviation), { shape });
}

function convolutionalStart(seed: number): Convolutional {
  const random = new SeededRandom(seed);
  return {
    kernel1: normals(random, [8, 1, 3, 3], Math.sqrt(2 / 9)),
    gain1: np.ones([8, 1, 1]),
    bias1: np.zeros([8, 1, 1]),
    kernel2: normals(random, [16, 8, 3, 3], Math.sqrt(2 / 72)),
    gain2: np.ones([16, 1, 1]),
    bias2: np.zeros([16, 1, 1]),
    head: normals(random, [64, CLASS_COUNT], Math.sqrt(1 / 64)),
    bias: np.zeros([CLASS_COUNT]),
  };
}

type Transformer = Arrays<
  "embed" | "position" | "query" | "key" | "value" | "out" | "up" | "down" | "head" | "bias"
>;

/** What the transformer passes to its nonlinear functions, by name, each B first. */
type Watch = (name: TraceName, values: np.Array) => void;

/** One block with layer norms before attention and before GELU; the rows of the image are its tokens. */
function transformer(p: Transformer, x: np.Array, watch?: Watch): np.Array {
  const h = np.matmul(x.reshape([-1, TOKENS, 8]), p.embed).add(p.position);
  watch?.("embedded", h.ref);
  const normed = standardise(h.ref, -1);
  const [q, k] = [np.matmul(normed.ref, p.query), np.matmul(normed.ref, p.key)];
  const scores = np.matmul(q, k.transpose([0, 2, 1])).mul(1 / Math.sqrt(WIDTH));
  watch?.("scores", scores.ref);
  const mixed = np.matmul(nn.softmax(scores, -1), np.matmul(normed, p.value));
  const attended = h.add(np.matmul(mixed, p.out));
  watch?.("attended", attended.ref);
  const hidden = np.matmul(standardise(attended.ref, -1), p.up);
  watch?.("hidden", hidden.ref);
  const tokens = attended.add(np.matmul(nn.gelu(hidden), p.down));
  watch?.("tokens", tokens.ref);
  return np.matmul(np.mean(standardise(tokens, -1), 1), p.head).add(p.bias);
}

/**
 * Arguments of the transformer's nonlinear functions, `groups` rows of `width` numbers for each example: the vectors that
 * layer norm divides, the rows of attention, and the arguments of GELU.
 */
export const TRANSFORMER_TRACES: readonly {
  readonly name: TraceName;
  readonly groups: number;
  readonly width: number;
}[] = [
  { name: "embedded", groups: TOKENS, width: WIDTH },
  { name: "scores", groups: TOKENS, width: TOKENS },
  { name: "attended", groups: TOKENS, width: WIDTH },
  { name: "hidden", groups: TOKENS, width: HIDDEN },
  { name: "tokens", groups: TOKENS, width: WIDTH },
];

export type TraceName = "embedded" | "scores" | "attended" | "hidden" | "tokens";

/** The same parameters to all traces, one after another in a row: the adapter gives their slopes along a direction. */
export function transformerTraces(): LogitModel {
  const sizes = TRANSFORMER_TRACES.map((t) => t.groups * t.width);
  const all = (p: Transformer, x: np.Array): np.Array => {
    const parts: np.Array[] = [];
    transformer(p, x, (_, values) => {
      const { shape } = values;
      parts.push(values.reshape([-1, shape.slice(1).reduce((a, b) => a * b, 1)]));
    }).dispose();
    return np.concatenate(parts, 1);
  };
  // The start values are not used: parameters come from the network.
  return fromJax(all, transformerStart(0), {
    classCount: sizes.reduce((a, b) => a + b, 0),
    dtype: "float32",
  });
}

function transformerStart(seed: number): Transformer {
  const random = new SeededRandom(seed);
  const matrix = (rows: number, cols: number, deviation = 1 / Math.sqrt(rows)): np.Array =>
    normals(random, [rows, cols], deviation);
  return {
    embed: matrix(8, WIDTH),
    position: matrix(TOKENS, WIDTH, 0.3),
    query: matrix(WIDTH, WIDTH),
    key: matrix(WIDTH, WIDTH),
    value: matrix(WIDTH, WIDTH),
    out: matrix(WIDTH, WIDTH),
    up: matrix(WIDTH, HIDDEN),
    down: matrix(HIDDEN, WIDTH),
    head: matrix(WIDTH, CLASS_COUNT),
    bias: np.zeros([CLASS_COUNT]),
  };
}
