import {
  copyDense,
  type Dense,
  DimensionError,
  dense,
  gramMatrix,
  multiplyTransposeA,
  multiplyTransposeB,
  requireFinite,
  requireInteger,
  requireLength,
  requireShape,
} from "@xent/linalg";
import { addRowVector, columnSums } from "./batch-kernels.js";
import { constantStart, glorotNormal } from "./initialisers.js";
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
import { addAffineSquares, writeAffineRows } from "./row-gram.js";

/** Sizes of a {@link linearHead}. */
export interface LinearHeadOptions {
  /** D >= 1. */
  readonly featureCount: number;
  /** C >= 1. */
  readonly classCount: number;
  /** One offset per class. Default true. */
  readonly bias?: boolean;
}

/**
 * Softmax regression: logits `z = W x + b`. A batch is a B x D matrix of features, one example a row.
 *
 * Parameters: "weights" (C x D, row c belongs to class c), then "bias" (1 x C) unless it is off.
 * Start: weights normal with variance 2 / (D + C), biases 0.
 *
 * Cost: O(B D C) for logits, jvp and vjp each; O(B^2 (D + C)) for the first rowGram,
 * O(B^2 C) for the next; O(B (D + C)) for gradientSquares.
 *
 * @throws DomainError when a size is not an integer >= 1. Its methods throw
 *   DimensionError for wrong shapes and DomainError for entries that are not finite,
 *   and when a result overflows.
 */
export function linearHead(options: LinearHeadOptions): ParametricModel {
  const { featureCount, classCount, bias = true } = options;
  requireInteger("featureCount", featureCount, 1);
  requireInteger("classCount", classCount, 1);
  const layout = parameterLayout([
    {
      name: "weights",
      rows: classCount,
      cols: featureCount,
      start: glorotNormal(featureCount, classCount),
    },
    ...(bias ? [{ name: "bias", rows: 1, cols: classCount, start: constantStart(0) }] : []),
  ]);
  const forward = (parameters: Float64Array, batch: Dense): Dense => {
    requireParameters("parameters", parameters, layout);
    requireFeatures(batch, featureCount);
    return checked("logits", affine(layout, batch, parameters));
  };
  return {
    parameterCount: layout.parameterCount,
    classCount,
    layout,
    initialize: (seed) => initialParameters(layout, seed),
    views: (parameters) => parameterViews(layout, parameters),
    logits: forward,
    linearize: (parameters, batch) =>
      new LinearHeadLinearization(layout, copyDense(batch), forward(parameters, batch)),
  };
}

/** Throws unless `batch` is B x D with finite entries. */
export function requireFeatures(batch: Dense, featureCount: number): void {
  if (batch.cols !== featureCount) {
    throw new DimensionError(
      `batch is ${batch.rows} x ${batch.cols}, expected ${featureCount} columns`,
    );
  }
  requireShape("batch", batch, batch.rows, featureCount);
  requireFinite("batch.data", batch.data);
}

/** X W^T + 1 b^T with W and b read from `source`, which is laid out like the parameters. */
function affine(layout: ParameterLayout, x: Dense, source: Float64Array, out?: Dense): Dense {
  const [weights, bias] = layout.blocks as [ParameterBlock, ParameterBlock | undefined];
  const z = multiplyTransposeB(x, blockView(source, weights), out);
  if (bias !== undefined) addRowVector(z, blockView(source, bias).data);
  return z;
}

class LinearHeadLinearization implements Linearization {
  readonly logits: Dense;
  readonly parameterCount: number;
  readonly #layout: ParameterLayout;
  readonly #features: Dense;
  /** X X^T (+ 1 with a bias), made by the first rowGram. */
  #featureGram: Dense | undefined;

  constructor(layout: ParameterLayout, features: Dense, logits: Dense) {
    this.logits = logits;
    this.parameterCount = layout.parameterCount;
    this.#layout = layout;
    this.#features = features;
  }

  jvp(v: Float64Array, out?: Dense): Dense {
    requireParameters("v", v, this.#layout);
    return checked("jvp", affine(this.#layout, this.#features, v, out));
  }

  vjp(u: Dense, out: Float64Array = new Float64Array(this.parameterCount)): Float64Array {
    requireCotangents(u, this.logits);
    requireLength("out", out, this.parameterCount);
    const [weights, bias] = this.#layout.blocks as [ParameterBlock, ParameterBlock | undefined];
    multiplyTransposeA(u, this.#features, blockView(out, weights));
    if (bias !== undefined) columnSums(u, blockView(out, bias).data);
    requireNoOverflow("vjp", out);
    return out;
  }

  rowGram(u: Dense, out: Dense = dense(u.rows, u.rows)): Dense {
    requireCotangents(u, this.logits);
    requireShape("out", out, u.rows, u.rows);
    if (this.#featureGram === undefined) {
      this.#featureGram = gramMatrix(this.#features);
      if (this.#biasOffset() !== undefined) {
        for (let i = 0; i < this.#featureGram.data.length; i++) this.#featureGram.data[i]! += 1;
      }
    }
    const factor = this.#featureGram.data;
    gramMatrix(u, out);
    for (let i = 0; i < factor.length; i++) out.data[i]! *= factor[i]!;
    return checked("rowGram", out);
  }

  gradientRows(u: Dense, out: Dense = dense(u.rows, this.parameterCount)): Dense {
    requireCotangents(u, this.logits);
    requireShape("out", out, u.rows, this.parameterCount);
    writeAffineRows(out, this.#features, u, 0, this.#biasOffset());
    return checked("gradientRows", out);
  }

  gradientSquares(u: Dense, out: Float64Array = new Float64Array(u.rows)): Float64Array {
    requireCotangents(u, this.logits);
    requireLength("out", out, u.rows);
    out.fill(0);
    addAffineSquares(out, this.#features, u, this.#biasOffset() === undefined ? 0 : 1);
    requireNoOverflow("gradientSquares", out);
    return out;
  }

  #biasOffset(): number | undefined {
    return this.#layout.blocks[1]?.offset;
  }

  second(v: Float64Array, out: Dense = dense(this.logits.rows, this.logits.cols)): Dense {
    requireParameters("v", v, this.#layout);
    requireShape("out", out, this.logits.rows, this.logits.cols);
    out.data.fill(0);
    return out;
  }

  preActivations(v: Float64Array): [] {
    requireParameters("v", v, this.#layout);
    return [];
  }
}

/** Throws unless `u` has the shape of the logits and finite entries. */
export function requireCotangents(u: Dense, logits: Dense): void {
  requireShape("u", u, logits.rows, logits.cols);
  requireFinite("u.data", u.data);
}
