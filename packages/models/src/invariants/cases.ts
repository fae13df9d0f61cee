import { type DeclaredPrecision, unitRoundoff } from "@xent/invariants";
import { type Dense, dense, SeededRandom } from "@xent/linalg";
import * as fc from "fast-check";
import { type ActivationName, activation } from "../activation.js";
import { erf, erfc } from "../gaussian.js";
import { linearHead } from "../linear-head.js";
import type { Linearization, ParametricModel } from "../logit-model.js";
import { mlp } from "../mlp.js";
import { unconstrainedFeatures } from "../unconstrained-features.js";
import { type LayerParameters, type ReferencePass, referencePass } from "./reference-pass.js";

/** The functions that the invariants of this package measure: replace any of them by your own. */
export interface ModelsSubject extends DeclaredPrecision {
  readonly linearHead: typeof linearHead;
  readonly mlp: typeof mlp;
  readonly unconstrainedFeatures: typeof unconstrainedFeatures;
  readonly activation: typeof activation;
  readonly erf: typeof erf;
  readonly erfc: typeof erfc;
}

/** The implementation of this package. */
export const modelsSubject: ModelsSubject = {
  linearHead,
  mlp,
  unconstrainedFeatures,
  activation,
  erf,
  erfc,
};

export const seed: fc.Arbitrary<number> = fc.integer({ min: 0, max: 0x7fffffff });

/** A model, a point and a batch. */
export interface ModelCase {
  readonly model:
    | { readonly kind: "linear head"; readonly sizes: readonly number[]; readonly bias: boolean }
    | {
        readonly kind: "mlp";
        readonly widths: readonly number[];
        readonly activation: ActivationName;
        readonly layerNorm: boolean;
      }
    | { readonly kind: "unconstrained features"; readonly sizes: readonly number[] };
  readonly batchSize: number;
  /** "equal": every row of the batch the same, with equal entries: nothing for a layer norm to divide by. */
  readonly features: "normal" | "large" | "tiny" | "zero" | "equal";
  /** Multiplies the initial parameters: 0 is the origin, 4 saturates tanh. */
  readonly gain: number;
  readonly seed: number;
}

const size = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });

export function modelCase(
  activations: readonly ActivationName[] = ["tanh", "relu", "silu", "gelu", "softplus"],
): fc.Arbitrary<ModelCase> {
  return fc.record({
    model: fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant("mlp" as const),
          widths: fc.array(size(1, 5), { minLength: 2, maxLength: 5 }),
          activation: fc.constantFrom(...activations),
          layerNorm: fc.boolean(),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant("linear head" as const),
          sizes: fc.tuple(size(1, 6), size(1, 6)),
          bias: fc.boolean(),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant("unconstrained features" as const),
          sizes: fc.tuple(size(1, 6), size(1, 6), size(1, 6)),
        }),
      },
    ),
    batchSize: size(1, 5),
    features: fc.constantFrom("normal", "large", "tiny", "zero", "equal"),
    gain: fc.constantFrom(1, 1, 0, 0.1, 4),
    seed,
  });
}

/** A case made real: the batch is closed over. */
export interface Prepared {
  readonly model: Pick<
    ParametricModel<never>,
    "parameterCount" | "classCount" | "layout" | "initialize" | "views"
  >;
  readonly activation: ActivationName;
  readonly parameters: Float64Array;
  readonly batchSize: number;
  logits(parameters: Float64Array): Dense;
  linearize(parameters: Float64Array): Linearization;
  /** Logits of the batch with its examples in the given order. */
  reordered(parameters: Float64Array, order: ArrayLike<number>): Dense;
  /** Example `i` by the definition, with the derivative along `v`, at this point or another one. */
  reference(i: number, v: Float64Array, parameters?: Float64Array): ReferencePass;
  /** A direction of this layout from a seed. */
  direction(seed: number): Float64Array;
  /** Cotangents, B x C, from a seed. */
  cotangents(seed: number): Dense;
}

function featuresOf(c: ModelCase, count: number, random: SeededRandom): Dense {
  const scale = { normal: 1, large: 1e3, tiny: 1e-6, zero: 0, equal: 1 }[c.features];
  const data = random.normals(c.batchSize * count, scale);
  if (c.features === "equal") data.fill(data[0] ?? 0);
  return dense(c.batchSize, count, data);
}

/** Float32 inputs for a float32 subject, so that both sides see the same numbers. */
function representable(x: Float64Array, subject: DeclaredPrecision): Float64Array {
  return unitRoundoff(subject) > 2 ** -53 ? x.map(Math.fround) : x;
}

function layerOf(views: Record<string, Dense>, prefix: string): LayerParameters {
  return {
    weights: views[`${prefix}weights`]!,
    bias: views[`${prefix}bias`]?.data,
    gain: views[`${prefix}gain`]?.data,
    shift: views[`${prefix}shift`]?.data,
  };
}

export function prepare(c: ModelCase, subject: ModelsSubject): Prepared {
  const random = new SeededRandom(c.seed);
  if (c.model.kind === "unconstrained features") {
    const [classCount, dimension, sampleCount] = c.model.sizes as [number, number, number];
    const model = subject.unconstrainedFeatures({ classCount, dimension, sampleCount });
    // Drawn with replacement: the same sample twice is an ordinary batch.
    const batch = Int32Array.from({ length: c.batchSize }, () => random.integer(sampleCount));
    const finished = finish(
      c,
      model,
      batch,
      (order) => Int32Array.from(order, (i) => batch[i]!),
      random,
      subject,
    );
    return {
      ...finished,
      activation: "relu",
      reference: (i, v, at = finished.parameters) => {
        const { W1, W2 } = model.views(at);
        const { W1: V1, W2: V2 } = model.views(v);
        const column = (w: Dense): Float64Array =>
          Float64Array.from({ length: dimension }, (_, r) => w.data[r * sampleCount + batch[i]!]!);
        const layer = (w: Dense): LayerParameters => ({
          weights: w,
          bias: undefined,
          gain: undefined,
          shift: undefined,
        });
        return referencePass(
          column(W1!),
          {
            layers: [layer(W2!)],
            directions: [layer(V2!)],
            activation: "relu",
            epsilon: undefined,
          },
          column(V1!),
        );
      },
    };
  }
  const widths = c.model.kind === "mlp" ? c.model.widths : c.model.sizes;
  const options = c.model;
  const model =
    options.kind === "mlp"
      ? subject.mlp(options)
      : subject.linearHead({
          featureCount: widths[0]!,
          classCount: widths[1]!,
          bias: options.bias,
        });
  const raw = featuresOf(c, widths[0]!, random);
  const batch = dense(raw.rows, raw.cols, representable(raw.data, subject));
  const pick = (order: ArrayLike<number>): Dense => {
    const out = dense(order.length, batch.cols);
    for (let i = 0; i < order.length; i++) {
      out.data.set(
        batch.data.subarray(order[i]! * batch.cols, (order[i]! + 1) * batch.cols),
        i * batch.cols,
      );
    }
    return out;
  };
  const finished = finish(c, model, batch, pick, random, subject);
  const name: ActivationName = options.kind === "mlp" ? options.activation : "relu";
  const layersOf = (parameters: Float64Array): LayerParameters[] => {
    const views = model.views(parameters);
    return options.kind === "mlp"
      ? widths.slice(1).map((_, l) => layerOf(views, `layer${l + 1}.`))
      : [layerOf(views, "")];
  };
  return {
    ...finished,
    activation: name,
    reference: (i, v, at = finished.parameters) =>
      referencePass(batch.data.subarray(i * batch.cols, (i + 1) * batch.cols), {
        layers: layersOf(at),
        directions: layersOf(v),
        activation: name,
        epsilon: options.kind === "mlp" && options.layerNorm ? 1e-5 : undefined,
      }),
  };
}

function finish<Batch>(
  c: ModelCase,
  model: ParametricModel<Batch>,
  batch: Batch,
  pick: (order: ArrayLike<number>) => Batch,
  random: SeededRandom,
  subject: ModelsSubject,
): Omit<Prepared, "reference" | "activation"> {
  const start = model.initialize(random.integer(2 ** 31 - 1));
  // Off the start too, so that biases, gains and shifts are not all 0 or 1.
  const noise = c.gain === 0 ? 0 : 0.3;
  const parameters = representable(
    start.map((v) => c.gain * v + noise * random.normal()),
    subject,
  );
  return {
    model,
    parameters,
    batchSize: c.batchSize,
    logits: (p) => model.logits(p, batch),
    linearize: (p) => model.linearize(p, batch),
    reordered: (p, order) => model.logits(p, pick(order)),
    direction: (s) => representable(new SeededRandom(s).normals(model.parameterCount), subject),
    cotangents: (s) =>
      dense(
        c.batchSize,
        model.classCount,
        representable(new SeededRandom(s).normals(c.batchSize * model.classCount), subject),
      ),
  };
}
