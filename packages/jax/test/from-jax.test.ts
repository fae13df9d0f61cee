import { nn, numpy as np, tree } from "@jax-js/jax";
import { fgnDirection, ggnDirection, ggnStep } from "@xent/fgn";
import { type Dense, dense, SeededRandom } from "@xent/linalg";
import { mlp } from "@xent/models";
import { batchRadius, nearestGhost, radiusCap } from "@xent/taylor-radius";
import { train, trainingPoint } from "@xent/training";
import { expect, test } from "vitest";
import { capByRadius, fromJax, startJax } from "../src/index.js";

await startJax();

const random = new SeededRandom(5);
const own = mlp({ widths: [4, 6, 3], activation: "relu" });
const parameters = own.initialize(2).map((p) => p + 0.1 * random.normal());
const features = dense(20, 4, random.normals(80));
const labels = Array.from({ length: 20 }, (_, i) => i % 3);

/** The same network; its tree sorts otherwise than it is written. */
type Net = { readonly layer1: Layer; readonly layer2: Layer };
type Layer = { readonly weights: np.Array; readonly bias: np.Array };
const net = ({ layer1, layer2 }: Net, x: np.Array): np.Array => {
  const layer = (h: np.Array, { weights, bias }: Layer): np.Array =>
    np.matmul(h, weights.transpose()).add(bias);
  return layer(nn.relu(layer(x, layer1)), layer2);
};
const { layer1, layer2 } = (() => {
  const views = own.views(parameters);
  const array = ({ rows, cols, data }: Dense, shape = [rows, cols]): np.Array =>
    np.array(data.slice(), { shape, dtype: np.float64 });
  const layer = (l: number): Layer => ({
    weights: array(views[`layer${l}.weights`]!),
    bias: array(views[`layer${l}.bias`]!, [l === 1 ? 6 : 3]),
  });
  return { layer1: layer(1), layer2: layer(2) };
})();
const model = fromJax(net, { layer1, layer2 }, { classCount: 3 });

// Sums of at most six products in two layers, values of order one, and a solve at damping 0.1 on top.
const CLOSE = 1e3 * 2 ** -53;

function gap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let [m, scale] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    m = Math.max(m, Math.abs(a[i]! - b[i]!));
    scale = Math.max(scale, Math.abs(b[i]!));
  }
  return m / scale;
}

test("blocks name the leaves in the order of the flat vector", () => {
  expect(model.blocks.map((b) => [b.name, b.shape, b.offset])).toEqual([
    ["layer1.weights", [6, 4], 0],
    ["layer1.bias", [6], 24],
    ["layer2.weights", [3, 6], 30],
    ["layer2.bias", [3], 48],
  ]);
  expect(Array.from(model.start)).toEqual(Array.from(parameters));
});

test("every coordinate of the gradient is that of mlp", () => {
  const [mine, theirs] = [model, own].map((m) => trainingPoint(m, parameters, features, labels));
  expect(gap(mine!.gradient, theirs!.gradient)).toBeLessThan(CLOSE);
});

test("GGN, FGN, radii and the cap are those of the same network in @xent/models", () => {
  const [mine, theirs] = [model, own].map((m) => trainingPoint(m, parameters, features, labels));
  const options = { damping: 0.1, tolerance: 1e-13 };
  const steps = [mine!, theirs!].map((p) => ggnStep(p.linearization, p.labels, options).step);
  // CG stops at a relative residual of 1e-13, over a damping of 0.1 against eigenvalues of order one.
  expect(gap(steps[0]!, steps[1]!)).toBeLessThan(1e-10);
  const [a, b] = [mine!, theirs!].map(({ linearization, gradient }) =>
    batchRadius(linearization.logits, linearization.jvp(gradient), { mode: "exact" }),
  );
  expect(Math.abs(a!.radius / b!.radius - 1)).toBeLessThan(CLOSE);
  expect(a!.sample).toBe(b!.sample);
  const slopes = mine!.linearization.jvp(mine!.gradient);
  const row = (m: Dense): Float64Array => m.data.subarray(3 * a!.sample, 3 * a!.sample + 3);
  expect(nearestGhost(row(mine!.linearization.logits), row(slopes)).certified).toBe(true);
});

test.each(["fgn", "ggn"])("%s under a radius cap trains it to the same point", (name) => {
  const runs = [model, own].map((m) =>
    train({
      model: m,
      parameters,
      features,
      labels,
      batchSize: 20,
      steps: 4,
      seed: 1,
      direction: (name === "fgn" ? fgnDirection : ggnDirection)({ damping: 0.1, tolerance: 1e-12 }),
      learningRate: 1,
      limit: radiusCap({ mode: "dominance" }),
    }),
  );
  // Four steps, each a solve to 1e-12 over a damping of 0.1, no kink crossed on one side only.
  expect(gap(runs[0]!.parameters, runs[1]!.parameters)).toBeLessThan(1e-8);
});

test("a batch of one's own: tokens through options.input", () => {
  const embed = ({ table, head }: { table: np.Array; head: np.Array }, ids: np.Array): np.Array =>
    np.matmul(np.mean(np.take(table, ids, 0), 1), head);
  const tokens = fromJax(
    embed,
    {
      table: np.array(random.normals(30), { shape: [10, 3] }),
      head: np.array(random.normals(6), { shape: [3, 2] }),
    },
    {
      classCount: 2,
      // The gradient of take does not compile.
      compile: false,
      input: (batch: readonly number[][]) => np.array(batch as number[][], { dtype: np.int32 }),
    },
  );
  const at = tokens.linearize(tokens.start, [
    [1, 2, 3],
    [4, 4, 9],
  ]);
  expect([at.logits.rows, at.logits.cols]).toEqual([2, 2]);
  const gradient = at.vjp(dense(2, 2, Float64Array.of(1, 0, 0, 0)));
  const table = gradient
    .subarray(tokens.blocks.find((b) => b.name === "table")!.offset)
    .slice(0, 30);
  // Only the first example counts: rows 1, 2, 3 of the table.
  const touched = [...Array(10).keys()].filter((r) =>
    table.slice(3 * r, 3 * r + 3).some((x) => x !== 0),
  );
  expect(touched).toEqual([1, 2, 3]);
});

test("capByRadius as the last link of a chain: update, then add", () => {
  const x = (): np.Array => np.array(features.data.slice(), { shape: [20, 4], dtype: np.float64 });
  const steps: number[] = [];
  const cap = capByRadius((p: Net) => net(p, x()), { onLimit: (l) => steps.push(l.ratio) });
  let params = model.toTree(parameters);
  let state = cap.init(tree.ref(params));
  for (let i = 0; i < 5; i++) {
    const flat = model.toFlat(tree.ref(params));
    const { gradient } = trainingPoint(model, flat, features, labels);
    // Gradient descent with a rate that is far too large.
    const updates = model.toTree(gradient.map((g) => -1e4 * g));
    const [capped, next] = cap.update(updates, state, tree.ref(params));
    state = next;
    params = tree.map((p: np.Array, u: np.Array) => p.add(u), params, capped);
  }
  expect(Math.min(...steps)).toBeGreaterThan(10);
  const reached = trainingPoint(model, model.toFlat(params), features, labels);
  expect(reached.loss).toBeLessThan(trainingPoint(model, parameters, features, labels).loss);
});

test("dispose frees the programs; they are compiled anew when asked for", () => {
  const before = model.logits(model.start, features);
  model.dispose();
  expect(model.logits(model.start, features)).toEqual(before);
});

test("interpreted and compiled agree", () => {
  const start = model.toTree(parameters);
  const plain = fromJax(net, start, { classCount: 3, compile: false });
  const [a, b] = [plain, model].map((m) => m.linearize(parameters, features));
  const u = dense(20, 3, random.normals(60));
  expect(gap(a!.vjp(u), b!.vjp(u))).toBeLessThan(CLOSE);
  expect(gap(a!.jvp(parameters).data, b!.jvp(parameters).data)).toBeLessThan(CLOSE);
  plain.dispose();
});
