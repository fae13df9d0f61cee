import {
  copyDense,
  type Dense,
  DimensionError,
  DomainError,
  requireInteger,
  requirePositive,
} from "@xent/linalg";
import { ACTIVATION_NAMES, type ActivationName } from "./activation.js";
import { requireFeatures } from "./linear-head.js";
import type { ParametricModel } from "./logit-model.js";
import { mlpForward } from "./mlp-forward.js";
import { type MlpStructure, mlpStructure } from "./mlp-layers.js";
import { MlpLinearization } from "./mlp-linearization.js";
import { initialParameters, parameterViews, requireParameters } from "./parameter-layout.js";

/** Sizes and parts of an {@link mlp}. */
export interface MlpOptions {
  /** Feature count, hidden widths, class count: at least two sizes, each >= 1. */
  readonly widths: readonly number[];
  readonly activation: ActivationName;
  /**
   * Layer norm with gain and shift before each activation: true, or its epsilon > 0 (added to the
   * variance). Default: none; `true` means epsilon 1e-5.
   */
  readonly layerNorm?: boolean | { readonly epsilon: number };
}

/**
 * Multilayer perceptron. Hidden layer l: `a = W h + b`, then (with layer norm)
 * `a <- gain o (a - mean a) / sqrt(var a + epsilon) + shift`, then `h = f(a)`; the last layer is affine
 * and gives the logits. A batch is a B x D matrix of features, one example a row.
 *
 * Parameters of layer l: "layerL.weights" (outputs x inputs), "layerL.bias", and for hidden layers
 * with layer norm "layerL.gain", "layerL.shift". Start: weights normal, with variance 2 / inputs before
 * ReLU, SiLU, GELU (He), 2 / (inputs + outputs) before tanh, softplus and for the logits (Glorot);
 * biases and shifts 0, gains 1.
 *
 * Cost of logits: sum of B n_(l-1) n_l multiplications; jvp about 2 of that, vjp about 2,
 * rowGram `B^2 sum n_l`, gradientRows B P more than vjp, gradientSquares no more than vjp. A linearization keeps its work space, so repeated products allocate nothing
 * but their result (and nothing when `out` is given).
 *
 * @throws DomainError or DimensionError for sizes that are not integers >= 1, fewer than two sizes, an
 *   unknown activation, epsilon not > 0. Its methods throw DimensionError for wrong shapes and
 *   DomainError for entries that are not finite, and when a result overflows.
 */
export function mlp(options: MlpOptions): ParametricModel {
  const structure = structureOf(options);
  const { layout, widths } = structure;
  const check = (parameters: Float64Array, batch: Dense): void => {
    requireParameters("parameters", parameters, layout);
    requireFeatures(batch, widths[0]!);
  };
  return {
    parameterCount: layout.parameterCount,
    classCount: widths[widths.length - 1]!,
    layout,
    initialize: (seed) => initialParameters(layout, seed),
    views: (parameters) => parameterViews(layout, parameters),
    logits(parameters, batch) {
      check(parameters, batch);
      return mlpForward(structure, parameters, batch).logits;
    },
    linearize(parameters, batch) {
      check(parameters, batch);
      const own = parameters.slice();
      return new MlpLinearization(
        structure,
        own,
        mlpForward(structure, own, copyDense(batch), true),
      );
    },
  };
}

function structureOf(options: MlpOptions): MlpStructure {
  const { widths, activation, layerNorm = false } = options;
  if (widths.length < 2) {
    throw new DimensionError(`widths has length ${widths.length}, expected at least 2`);
  }
  widths.forEach((w, i) => void requireInteger(`widths[${i}]`, w, 1));
  if (!ACTIVATION_NAMES.includes(activation)) {
    throw new DomainError(
      `activation = "${String(activation)}", expected one of ${ACTIVATION_NAMES.join(", ")}`,
    );
  }
  const epsilon = layerNorm === false ? undefined : layerNorm === true ? 1e-5 : layerNorm.epsilon;
  if (epsilon !== undefined) requirePositive("layerNorm.epsilon", epsilon);
  return mlpStructure(widths.slice(), activation, epsilon);
}
