import type * as Jax from "@jax-js/jax";
import { fgnStep } from "@xent/fgn";
import { dense, SeededRandom } from "@xent/linalg";
import { trainingPoint } from "@xent/training";
import { expect, test } from "vitest";

// Everything that jax-js allocates lies in its one WebAssembly memory, which only ever grows: a leak shows in its
// length by 64 KiB. Arrays of fewer than 128 numbers it keeps as formulas, so the sizes here are above
// that. `XENT_LEAK_STEPS=10000` makes it the long run. The compiler knows no WebAssembly in a Node program.
interface Memory {
  readonly buffer: ArrayBuffer;
}
type MemoryClass = new (descriptor: object) => Memory;
const wasm = (globalThis as unknown as { WebAssembly: { Memory: MemoryClass } }).WebAssembly;
const memories: Memory[] = [];
const Original = wasm.Memory;
wasm.Memory = class extends Original {
  constructor(descriptor: object) {
    super(descriptor);
    memories.push(this);
  }
};
// The memory is made when jax-js is loaded, so it must not be loaded before.
const { numpy: np } = await import("@jax-js/jax");
const { capByRadius, fromJax, startJax } = await import("../src/index.js");
await startJax();
wasm.Memory = Original;

const { XENT_LEAK_STEPS = "150" } = process.env;
const STEPS = Number(XENT_LEAK_STEPS);
const PAGE = 65_536;

test(`no leak over ${STEPS} steps`, () => {
  expect(memories).toHaveLength(1);
  const net = (
    { w, b, out }: { w: Jax.Array; b: Jax.Array; out: Jax.Array },
    x: Jax.Array,
  ): Jax.Array => np.matmul(np.tanh(np.matmul(x, w).add(b)), out);
  const random = new SeededRandom(1);
  const normal = (rows: number, cols: number): Jax.Array =>
    np.array(random.normals(rows * cols), { shape: [rows, cols] });
  const model = fromJax(
    net,
    { w: normal(12, 16), b: np.zeros([16]), out: normal(16, 10) },
    { classCount: 10 },
  );
  const batch = dense(16, 12, random.normals(192));
  const labels = Array.from({ length: 16 }, (_, i) => i % 10);
  let parameters = model.start;
  const step = (): void => {
    const point = trainingPoint(model, parameters, batch, labels);
    const { step: d } = fgnStep(point.linearization, labels, {
      damping: 1,
      solver: "row-cg",
      maxIterations: 3,
    });
    point.linearization.second!(d);
    const cap = capByRadius((p: Parameters<typeof net>[0]) =>
      net(p, np.array(batch.data.slice(), { shape: [16, 12] })),
    );
    const state = cap.init(model.toTree(parameters));
    const [updates] = cap.update(model.toTree(d), state, model.toTree(parameters));
    const capped = model.toFlat(updates);
    parameters = parameters.map((p, i) => p + 1e-3 * capped[i]!);
    // A linearization of which nothing is asked keeps nothing either.
    model.linearize(parameters, batch);
    expect(() => model.linearize(parameters, batch).jvp(d.fill(Number.NaN))).toThrow("NaN");
  };
  for (let i = 0; i < 50; i++) step();
  const before = memories[0]!.buffer.byteLength;
  for (let i = 0; i < STEPS; i++) step();
  expect(memories[0]!.buffer.byteLength - before).toBe(0);
});

test("the measure sees a leak of one array a step", () => {
  const before = memories[0]!.buffer.byteLength;
  const random = new SeededRandom(2);
  const kept = Array.from({ length: STEPS }, () => np.array(random.normals(160)));
  expect(memories[0]!.buffer.byteLength - before).toBeGreaterThan(PAGE);
  for (const a of kept) a.dispose();
});
