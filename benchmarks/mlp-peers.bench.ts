import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { mlp } from "@xent/models";
import type { BenchCase } from "./bench-case.js";
import { normalMatrix, normals, requireClose } from "./random-data.js";
import { loadTensorflow } from "./tensorflow.js";

const BATCH = 256;
const WIDTHS = [64, 128, 10];

/** The network, point and directions of mlp.bench.ts in TensorFlow.js, whose JVP is two VJPs. */
export async function mlpPeers(): Promise<BenchCase[]> {
  const tf = await loadTensorflow();
  const model = mlp({ widths: WIDTHS, activation: "relu" });
  const parameters = model.initialize(1);
  const tangent = normals(model.parameterCount, 2);
  const batch = normalMatrix(BATCH, 64, 3);
  const cotangent = normalMatrix(BATCH, 10, 4);
  const treeOf = (flat: Float64Array): Tensor[] =>
    Object.values(model.views(flat)).map(({ rows, cols, data }) =>
      rows === 1
        ? tf.tensor1d(Float32Array.from(data))
        : tf.tensor2d(Float32Array.from(data), [rows, cols]),
    );
  const [theta, v] = [treeOf(parameters), treeOf(tangent)];
  const x = tf.tensor2d(Float32Array.from(batch.data), [BATCH, 64]);
  const u = tf.tensor2d(Float32Array.from(cotangent.data), [BATCH, 10]);

  const logits = (w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor): Tensor2D => {
    const hidden = tf.relu(tf.add(tf.matMul(x, w1 as Tensor2D, false, true), b1));
    return tf.add(tf.matMul(hidden as Tensor2D, w2 as Tensor2D, false, true), b2);
  };
  const pullback = (back: Tensor): Tensor[] =>
    tf.grads((...at: Tensor[]) =>
      tf.sum(tf.mul(logits(...(at as [Tensor, Tensor, Tensor, Tensor])), back)),
    )(theta);
  const vjp = (): number[] => {
    const gradient = tf.tidy(() => pullback(u));
    const numbers = gradient.flatMap((g) => Array.from(g.dataSync()));
    tf.dispose(gradient);
    return numbers;
  };
  const jvp = (): ArrayLike<number> => {
    const slopes = tf.tidy(() =>
      tf.grad((back: Tensor) => tf.addN(pullback(back).map((g, i) => tf.sum(tf.mul(g, v[i]!)))))(u),
    );
    const numbers = slopes.dataSync();
    slopes.dispose();
    return numbers;
  };
  const name = "TensorFlow.js wasm float32";
  const at = model.linearize(parameters, batch);
  // As for jax-js in float32.
  const tolerance = 512 * 2 ** -23;
  return [
    {
      group: "MLP 64-128-10, logits and JVP",
      name,
      size: BATCH,
      run: jvp,
      check: () => requireClose(jvp(), at.jvp(tangent).data, tolerance),
    },
    {
      group: "MLP 64-128-10, logits and VJP",
      name,
      size: BATCH,
      run: vjp,
      check: () => requireClose(vjp(), at.vjp(cotangent), tolerance),
    },
  ];
}
