import { type Array as JaxArray, nn, numpy } from "@jax-js/jax";
import { type Dense, dense, SeededRandom } from "@xent/linalg";
import { type ActivationName, type Linearization, mlp, type ParametricModel } from "@xent/models";
import * as fc from "fast-check";
import type { capByRadius } from "../cap-by-radius.js";
import type { fromJax, JaxModel } from "../from-jax.js";
import type { JaxDtype, JaxPrecision } from "../precision.js";
import { errorPass, type TrackedValues } from "./error-pass.js";

/** The functions that the invariants measure: replace any of them by your own. */
export interface JaxSubject {
  readonly fromJax: typeof fromJax;
  readonly capByRadius: typeof capByRadius;
  /** What the backend declares for each format. */
  readonly precision: Readonly<Record<JaxDtype, JaxPrecision>>;
}

/** An MLP written twice: for jax-js, and by `mlp` of `@xent/models`. */
export interface JaxCase {
  /** Few shapes on purpose: each is compiled once. */
  readonly widths: readonly number[];
  readonly batchSize: number;
  readonly activation: ActivationName;
  readonly dtype: JaxDtype;
  /** Multiplies the weights: 0 is the origin, 4 saturates tanh. */
  readonly gain: number;
  readonly features: "normal" | "large" | "tiny" | "zero" | "equal";
  readonly seed: number;
}

export const seed: fc.Arbitrary<number> = fc.integer({ min: 0, max: 0x7fffffff });

export function jaxCase(
  activations: readonly ActivationName[] = ["relu", "tanh", "silu", "softplus"],
): fc.Arbitrary<JaxCase> {
  return fc.record({
    widths: fc.constantFrom<readonly number[]>([3, 4], [1, 1], [4, 5, 3], [3, 6, 4, 2]),
    batchSize: fc.constantFrom(1, 5),
    activation: fc.constantFrom(...activations),
    dtype: fc.constantFrom<JaxDtype>("float64", "float32"),
    gain: fc.constantFrom(1, 1, 0, 0.1, 4),
    features: fc.constantFrom("normal", "normal", "large", "tiny", "zero", "equal"),
    seed,
  });
}

/** Weights (outputs x inputs) and bias of each layer, in order. */
export type MlpTree = { readonly weights: JaxArray; readonly bias: JaxArray }[];

/** The network for jax-js; it owns its arguments. */
export function jaxMlp(activation: ActivationName): (tree: MlpTree, x: JaxArray) => JaxArray {
  const apply: Record<ActivationName, (a: JaxArray) => JaxArray> = {
    relu: nn.relu,
    tanh: numpy.tanh,
    // The derivative of nn.silu of jax-js is NaN at -1000; this form has the same values.
    silu: (a) => a.ref.mul(numpy.tanh(a.mul(0.5)).add(1).mul(0.5)),
    gelu: (a) => nn.gelu(a, { approximate: false }),
    // nn.softplus of jax-js is NaN at arguments of a thousand.
    softplus: (a) => {
      const tail = numpy.log1p(numpy.exp(numpy.abs(a.ref).mul(-1)));
      return numpy.maximum(a, 0).add(tail);
    },
  };
  return (tree, x) =>
    tree.reduce((h, { weights, bias }, l) => {
      const a = numpy.matmul(h, weights.transpose()).add(bias);
      return l === tree.length - 1 ? a : apply[activation](a);
    }, x);
}

/** A case made real. */
export interface Prepared {
  readonly jax: JaxModel<MlpTree>;
  readonly own: ParametricModel;
  /** In the order of `own`, which is that of the tree too. */
  readonly parameters: Float64Array;
  readonly batch: Dense;
  readonly precision: JaxPrecision;
  at(): Linearization;
  /** A direction that the format represents. */
  direction(seed: number): Float64Array;
  cotangents(seed: number): Dense;
  /** Each example with its error bounds along `v`; undefined where a ReLU lies on its kink. */
  bounds(v: Float64Array, parameters?: Float64Array): TrackedValues[] | undefined;
}

const models = new Map<string, JaxModel<MlpTree>>();

/** One model for each network of a subject, so that its programs are compiled once. */
function modelOf(c: JaxCase, subject: JaxSubject, own: ParametricModel): JaxModel<MlpTree> {
  const key = `${c.widths.join("-")} ${c.activation} ${c.dtype}`;
  const make = (): JaxModel<MlpTree> => {
    const zeros = c.widths.slice(1).map((n, l) => ({
      weights: numpy.zeros([n, c.widths[l]!]),
      bias: numpy.zeros([n]),
    }));
    return subject.fromJax(jaxMlp(c.activation), zeros, {
      classCount: own.classCount,
      dtype: c.dtype,
    });
  };
  // A replaced implementation must not meet the models of another.
  if (subject.fromJax !== cachedFor) {
    models.clear();
    cachedFor = subject.fromJax;
  }
  const model = models.get(key) ?? make();
  models.set(key, model);
  return model;
}

let cachedFor: unknown;

export function prepare(c: JaxCase, subject: JaxSubject): Prepared {
  const random = new SeededRandom(c.seed);
  const own = mlp({ widths: c.widths, activation: c.activation });
  const precision = subject.precision[c.dtype];
  // Both sides are to see the same numbers.
  const round = (x: Float64Array): Float64Array => (c.dtype === "float32" ? x.map(Math.fround) : x);
  const noise = c.gain === 0 ? 0 : 0.3;
  const parameters = round(
    own.initialize(c.seed % 1000).map((w) => c.gain * w + noise * random.normal()),
  );
  const scale = { normal: 1, large: 1e3, tiny: 1e-6, zero: 0, equal: 1 }[c.features];
  const data = random.normals(c.batchSize * c.widths[0]!, scale);
  if (c.features === "equal") data.fill(data[0]!);
  const batch = dense(c.batchSize, c.widths[0]!, round(data));
  const model = modelOf(c, subject, own);
  return {
    jax: model,
    own,
    parameters,
    batch,
    precision,
    at: () => model.linearize(parameters, batch),
    direction: (s) => round(new SeededRandom(s).normals(own.parameterCount)),
    cotangents: (s) =>
      dense(
        c.batchSize,
        own.classCount,
        round(new SeededRandom(s).normals(c.batchSize * own.classCount)),
      ),
    bounds(v, at = parameters) {
      const [here, along] = [own.views(at), own.views(v)];
      const layers = c.widths.slice(1).map((_, l) => ({
        weights: here[`layer${l + 1}.weights`]!,
        bias: here[`layer${l + 1}.bias`]!.data,
        weightsAlong: along[`layer${l + 1}.weights`]!,
        biasAlong: along[`layer${l + 1}.bias`]!.data,
      }));
      const passes = Array.from({ length: batch.rows }, (_, i) =>
        errorPass(
          batch.data.subarray(i * batch.cols, (i + 1) * batch.cols),
          layers,
          c.activation,
          precision,
        ),
      );
      return passes.every((p) => p !== undefined) ? passes : undefined;
    },
  };
}
