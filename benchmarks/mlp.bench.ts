import type { Array as JaxArray } from "@jax-js/jax";
import { mlp } from "@xent/models";
import type { BenchCase } from "./bench-case.js";
import { loadJax } from "./jax.js";
import { plainly } from "./kernels.bench.js";
import { normalMatrix, normals, requireClose } from "./random-data.js";

const WIDTHS = [64, 128, 10] as const;
const BATCH = 256;

/** The numbers of an array, which is consumed. */
function numbersOf(array: JaxArray): ArrayLike<number> {
  // Its declared type names Float16Array, which this TypeScript target does not know.
  const data: unknown = array.dataSync();
  return data as ArrayLike<number>;
}

/** Logits with one JVP, and with one VJP, of an MLP 64-128-10 at B = 256, beside jax-js, with and without its jit. */
export async function mlpDerivativeCases(): Promise<BenchCase[]> {
  const jax = await loadJax();
  const np = jax.numpy;
  const model = mlp({ widths: [...WIDTHS], activation: "relu" });
  const parameters = model.initialize(1);
  const tangent = normals(model.parameterCount, 2);
  const batch = normalMatrix(BATCH, WIDTHS[0], 3);
  const cotangent = normalMatrix(BATCH, WIDTHS[2], 4);
  const ourJvp = (): Float64Array => model.linearize(parameters, batch).jvp(tangent).data;
  const ourVjp = (): Float64Array => model.linearize(parameters, batch).vjp(cotangent);

  const forward = (theta: JaxArray[], x: JaxArray): JaxArray => {
    const [w1, b1, w2, b2] = theta as [JaxArray, JaxArray, JaxArray, JaxArray];
    const hidden = jax.nn.relu(np.add(np.matmul(x, np.transpose(w1)), b1));
    return np.add(np.matmul(hidden, np.transpose(w2)), b2);
  };
  const withJax = (dtype: "float32" | "float64", jitted: boolean): BenchCase[] => {
    const arrayOf = (data: Float64Array, shape: number[]): JaxArray =>
      np
        .array(dtype === "float64" ? data : Float32Array.from(data), { dtype: np[dtype] })
        .reshape(shape);
    const treeOf = (flat: Float64Array): JaxArray[] =>
      Object.values(model.views(flat)).map(({ rows, cols, data }) =>
        arrayOf(data.slice(), rows === 1 ? [cols] : [rows, cols]),
      );
    const [theta, v] = [treeOf(parameters), treeOf(tangent)];
    const [x, u] = [
      arrayOf(batch.data, [BATCH, WIDTHS[0]]),
      arrayOf(cotangent.data, [BATCH, WIDTHS[2]]),
    ];
    const refs = (tree: JaxArray[]): JaxArray[] => tree.map((a) => a.ref);
    const jvpOf = (at: JaxArray[], along: JaxArray[], input: JaxArray): JaxArray => {
      const [value, slope] = jax.jvp(
        (q: JaxArray[]) => forward(q, input),
        [at] as never,
        [along] as never,
      );
      value.dispose();
      return slope;
    };
    const vjpOf = (at: JaxArray[], back: JaxArray, input: JaxArray): JaxArray[] => {
      const [value, pullback] = jax.vjp((q: JaxArray[]) => forward(q, input), [at] as never);
      value.dispose();
      const [gradient] = pullback(back) as unknown as [JaxArray[]];
      pullback.dispose();
      return gradient;
    };
    const compiled = <F>(f: F): F => (jitted ? (jax.jit(f as never) as F) : f);
    const [runJvp, runVjp] = [compiled(jvpOf), compiled(vjpOf)];
    const jvp = (): ArrayLike<number> => numbersOf(runJvp(refs(theta), refs(v), x.ref));
    const vjp = (): number[] =>
      runVjp(refs(theta), u.ref, x.ref).flatMap((a) => Array.from(numbersOf(a)));
    const name = `jax-js wasm ${dtype}${jitted ? ", jit" : ""}`;
    // Sums of 64 and 128 terms, and those over the batch in the VJP.
    const tolerance = 512 * (dtype === "float64" ? 2 ** -52 : 2 ** -23);
    return [
      {
        group: JVP,
        name,
        size: BATCH,
        run: jvp,
        check: () => requireClose(jvp(), ourJvp(), tolerance),
      },
      {
        group: VJP,
        name,
        size: BATCH,
        run: () => runVjp(refs(theta), u.ref, x.ref).map(numbersOf),
        check: () => requireClose(vjp(), ourVjp(), tolerance),
      },
    ];
  };
  return [
    { group: JVP, name: "xent", size: BATCH, run: ourJvp },
    { group: VJP, name: "xent", size: BATCH, run: ourVjp },
    { group: JVP, name: "xent, plain path", size: BATCH, run: plainly(ourJvp) },
    { group: VJP, name: "xent, plain path", size: BATCH, run: plainly(ourVjp) },
    ...withJax("float64", false),
    ...withJax("float64", true),
    ...withJax("float32", false),
    ...withJax("float32", true),
  ];
}

const JVP = "MLP 64-128-10, logits and JVP";
const VJP = "MLP 64-128-10, logits and VJP";
