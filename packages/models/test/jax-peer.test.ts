import type * as JaxModule from "@jax-js/jax";
import { type Dense, dense, SeededRandom } from "@xent/linalg";
import { beforeAll, describe, expect, test } from "vitest";
import { mlp } from "../src/index.js";

// Automatic differentiation by jax-js. Its float64 is exact to rounding in sums and products, and single precision
// in exp and tanh: so ReLU is compared to rounding, tanh to that precision.
type Jax = typeof JaxModule;
let jax: Jax;

beforeAll(async () => {
  // Node 20 has neither of these two, which jax-js looks at when it starts.
  const globals = globalThis as { Float16Array?: unknown; navigator?: unknown };
  globals.Float16Array ??= class {};
  globals.navigator ??= {};
  jax = await import("@jax-js/jax");
  await jax.init("wasm");
  jax.defaultDevice("wasm");
});

const WIDTHS = [7, 9, 8, 5];
const BATCH = 6;

describe.each([
  // 24 inputs at most and three layers, values of order one: 3 (2 24 + 8) u, three times over for growth by weights.
  ["relu", 3 * 3 * 56 * 2 ** -53],
  // 2^-22 for each tanh and its slope, over two layers, times the growth of the next layers, of order ten.
  ["tanh", 10 * 2 * 2 ** -22],
] as const)("%s MLP", (activation, tolerance) => {
  const model = mlp({ widths: WIDTHS, activation });
  const random = new SeededRandom(11);
  const parameters = model.initialize(3).map((v) => v + 0.1 * random.normal());
  const batch = dense(BATCH, WIDTHS[0]!, random.normals(BATCH * WIDTHS[0]!));
  const v = random.normals(model.parameterCount);
  const u = dense(BATCH, WIDTHS[3]!, random.normals(BATCH * WIDTHS[3]!));
  const at = model.linearize(parameters, batch);

  const array = (m: Dense): InstanceType<Jax["Array"]> =>
    jax.numpy.array(m.data.slice(), { dtype: jax.numpy.float64 }).reshape([m.rows, m.cols]);
  /** The blocks of a flat vector in the order of the layout. */
  const blocks = (flat: Float64Array) =>
    model.layout.blocks.map(({ name }) => array(model.views(flat)[name]!));
  const network = (...p: InstanceType<Jax["Array"]>[]) => {
    let h = array(batch);
    for (let l = 0; l < 3; l++) {
      h = jax.numpy.matmul(h, p[2 * l]!.transpose()).add(p[2 * l + 1]!);
      if (l < 2) h = activation === "relu" ? jax.nn.relu(h) : jax.numpy.tanh(h);
    }
    return h;
  };
  const numbers = async (a: InstanceType<Jax["Array"]>): Promise<ArrayLike<number>> =>
    (await a.data()) as ArrayLike<number>;
  const close = (a: ArrayLike<number>, b: ArrayLike<number>): void => {
    expect(a.length).toBe(b.length);
    let worst = 0;
    let scale = 0;
    for (let i = 0; i < a.length; i++) {
      worst = Math.max(worst, Math.abs(a[i]! - b[i]!));
      scale = Math.max(scale, Math.abs(b[i]!));
    }
    expect(worst / scale).toBeLessThan(tolerance);
  };

  test("logits and jvp", async () => {
    const [logits, tangent] = jax.jvp(network, blocks(parameters), blocks(v));
    close(await numbers(logits), at.logits.data);
    close(await numbers(tangent), at.jvp(v).data);
  });

  test("vjp", async () => {
    const [logits, pullback] = jax.vjp(network, blocks(parameters));
    const gradients = pullback(array(u));
    logits.dispose();
    const flat = new Float64Array(model.parameterCount);
    for (const [i, { offset }] of model.layout.blocks.entries()) {
      flat.set(await numbers(gradients[i]!), offset);
    }
    pullback.dispose();
    close(flat, at.vjp(u));
  });
});
