import {
  axpy,
  type Dense,
  DomainError,
  dense,
  gramMatrix,
  multiply,
  multiplyTransposeA,
  multiplyTransposeB,
  requireInteger,
  requireLength,
  requirePositive,
  requireShape,
} from "@xent/linalg";
import { requireCotangents } from "./linear-head.js";
import type { Linearization, ParametricModel } from "./logit-model.js";
import { checked, requireNoOverflow } from "./overflow.js";
import {
  blockView,
  initialParameters,
  type ParameterBlock,
  type ParameterLayout,
  parameterLayout,
  parameterViews,
  requireParameters,
} from "./parameter-layout.js";
import { addAffineGram, addAffineSquares, addRowSquares, emptyGram } from "./row-gram.js";

/** Sizes of an {@link unconstrainedFeatures} model. */
export interface UnconstrainedFeaturesOptions {
  /** k >= 1. */
  readonly classCount: number;
  /** d >= 1, the length of a feature vector; neural collapse needs d >= k - 1. */
  readonly dimension: number;
  /** N >= 1, the number of samples; each has a feature vector of its own. */
  readonly sampleCount: number;
  /** Standard deviation of every parameter at the start. Default d^(-1/4): logits of variance 1. */
  readonly deviation?: number;
}

/** Sample numbers in 0..N-1, in any order; a sample may stand more than once. */
export type SampleBatch = ArrayLike<number>;

/**
 * Unconstrained features model, the layer-peeled model of neural collapse: two free factors, and the
 * logits of sample j are `W2 w_j` with `w_j` column j of `W1`. A batch is a list of sample numbers.
 *
 * Parameters: "W2" (k x d), then "W1" (d x N).
 *
 * Cost: O(B d k) for logits, jvp and vjp each (vjp also clears N d entries); O(B^2 (d + k)) for rowGram.
 *
 * @throws DomainError when a size is not an integer >= 1 or the deviation not > 0. Its methods
 *   throw DimensionError for wrong shapes and DomainError for sample numbers outside
 *   0..N-1, entries that are not finite, and when a result overflows.
 * @see Mixon, Parshall, Pi, "Neural collapse with unconstrained features", arXiv:2011.11619; [H] 2.
 */
export function unconstrainedFeatures(
  options: UnconstrainedFeaturesOptions,
): ParametricModel<SampleBatch> {
  const { classCount, dimension, sampleCount } = options;
  requireInteger("classCount", classCount, 1);
  requireInteger("dimension", dimension, 1);
  requireInteger("sampleCount", sampleCount, 1);
  const deviation = options.deviation ?? dimension ** -0.25;
  requirePositive("deviation", deviation);
  const start = { kind: "normal", deviation } as const;
  const layout = parameterLayout([
    { name: "W2", rows: classCount, cols: dimension, start },
    { name: "W1", rows: dimension, cols: sampleCount, start },
  ]);
  const linearize = (parameters: Float64Array, batch: SampleBatch): FactorLinearization => {
    requireParameters("parameters", parameters, layout);
    return new FactorLinearization(layout, parameters, samplesOf(batch, sampleCount));
  };
  return {
    parameterCount: layout.parameterCount,
    classCount,
    layout,
    initialize: (seed) => initialParameters(layout, seed),
    views: (parameters) => parameterViews(layout, parameters),
    logits: (parameters, batch) => linearize(parameters, batch).logits,
    linearize,
  };
}

function samplesOf(batch: SampleBatch, sampleCount: number): Int32Array {
  for (let i = 0; i < batch.length; i++) {
    const j = batch[i]!;
    if (!Number.isInteger(j) || j < 0 || j >= sampleCount) {
      throw new DomainError(`batch[${i}] = ${j} is outside 0..${sampleCount - 1}`);
    }
  }
  return Int32Array.from(batch);
}

/** Derivatives of z_j = W2 w_j, both factors moving. */
class FactorLinearization implements Linearization {
  readonly logits: Dense;
  readonly parameterCount: number;
  readonly #layout: ParameterLayout;
  readonly #classBlock: ParameterBlock;
  readonly #featureBlock: ParameterBlock;
  readonly #samples: Int32Array;
  /** W2, a copy: k x d. */
  readonly #classifier: Dense;
  /** w_j of the batch, one a row: B x d. */
  readonly #features: Dense;

  constructor(layout: ParameterLayout, parameters: Float64Array, samples: Int32Array) {
    const [classBlock, featureBlock] = layout.blocks as [ParameterBlock, ParameterBlock];
    this.parameterCount = layout.parameterCount;
    this.#layout = layout;
    this.#classBlock = classBlock;
    this.#featureBlock = featureBlock;
    this.#samples = samples;
    const { rows, cols } = classBlock;
    this.#classifier = dense(rows, cols, blockView(parameters, classBlock).data.slice());
    this.#features = this.#gather(parameters);
    this.logits = checked("logits", multiplyTransposeB(this.#features, this.#classifier));
  }

  jvp(v: Float64Array, out?: Dense): Dense {
    requireParameters("v", v, this.#layout);
    const result = multiplyTransposeB(this.#features, blockView(v, this.#classBlock), out);
    axpy(1, multiplyTransposeB(this.#gather(v), this.#classifier).data, result.data);
    return checked("jvp", result);
  }

  vjp(u: Dense, out: Float64Array = new Float64Array(this.parameterCount)): Float64Array {
    requireCotangents(u, this.logits);
    requireLength("out", out, this.parameterCount);
    multiplyTransposeA(u, this.#features, blockView(out, this.#classBlock));
    const target = blockView(out, this.#featureBlock);
    target.data.fill(0);
    const pulled = multiply(u, this.#classifier);
    // A sample that stands twice in the batch receives both.
    for (const [i, j] of this.#samples.entries()) {
      for (let r = 0; r < target.rows; r++) {
        target.data[r * target.cols + j]! += pulled.data[i * pulled.cols + r]!;
      }
    }
    requireNoOverflow("vjp", out);
    return out;
  }

  rowGram(u: Dense, out?: Dense): Dense {
    requireCotangents(u, this.logits);
    const gram = emptyGram(u.rows, out);
    addAffineGram(gram, gramMatrix(this.#features), u, 0);
    // Feature vectors meet only where two examples are the same sample.
    const pulled = multiply(u, this.#classifier);
    const overlap = multiplyTransposeB(pulled, pulled).data;
    const samples = this.#samples;
    for (let i = 0, at = 0; i < samples.length; i++) {
      for (let j = 0; j < samples.length; j++, at++) {
        if (samples[i] === samples[j]) gram.data[at]! += overlap[at]!;
      }
    }
    return checked("rowGram", gram);
  }

  gradientSquares(u: Dense, out: Float64Array = new Float64Array(u.rows)): Float64Array {
    requireCotangents(u, this.logits);
    requireLength("out", out, u.rows);
    out.fill(0);
    addAffineSquares(out, this.#features, u, 0);
    addRowSquares(out, multiply(u, this.#classifier));
    requireNoOverflow("gradientSquares", out);
    return out;
  }

  second(v: Float64Array, out?: Dense): Dense {
    requireParameters("v", v, this.#layout);
    const { rows, cols } = this.logits;
    const result = out ?? dense(rows, cols);
    requireShape("out", result, rows, cols);
    // (W2 + t V2)(w + t v) has second derivative 2 V2 v.
    multiplyTransposeB(this.#gather(v), blockView(v, this.#classBlock), result);
    for (let i = 0; i < result.data.length; i++) result.data[i]! *= 2;
    return checked("second", result);
  }

  preActivations(v: Float64Array): [] {
    requireParameters("v", v, this.#layout);
    return [];
  }

  /** Columns of the "W1" block of `source` that the batch names, as rows: B x d. */
  #gather(source: Float64Array): Dense {
    const block = blockView(source, this.#featureBlock);
    const rows = dense(this.#samples.length, block.rows);
    for (const [i, j] of this.#samples.entries()) {
      for (let r = 0; r < block.rows; r++) {
        rows.data[i * block.rows + r] = block.data[r * block.cols + j]!;
      }
    }
    return rows;
  }
}
