import { type Dense, DimensionError, dense, multiplyTransposeB } from "@xent/linalg";
import { applyActivation } from "./activation.js";
import { addRowVector, scaleColumns } from "./batch-kernels.js";
import { type LayerNormRecord, normalizeRows } from "./layer-norm.js";
import type { MlpStructure } from "./mlp-layers.js";
import { checked } from "./overflow.js";
import { blockView } from "./parameter-layout.js";

/** What the forward pass leaves of one hidden layer. */
export interface HiddenRecord {
  /** B x n: arguments of the activation. */
  readonly arguments: Dense;
  /** B x n: f'. */
  readonly slopes: Dense;
  /** B x n: f. */
  readonly outputs: Dense;
  readonly norm: LayerNormRecord | undefined;
}

/** The forward pass with what the derivatives need. */
export interface MlpForward {
  readonly features: Dense;
  readonly hidden: readonly HiddenRecord[];
  readonly logits: Dense;
}

/** The forward pass of one batch. Slopes are computed, and records kept, only with `record`. */
export function mlpForward(
  structure: MlpStructure,
  parameters: Float64Array,
  features: Dense,
  record = false,
): MlpForward {
  const { layers, activation, epsilon } = structure;
  const hidden: HiddenRecord[] = [];
  let h = features;
  for (const [i, layer] of layers.entries()) {
    const a = multiplyTransposeB(h, blockView(parameters, layer.weights));
    addRowVector(a, blockView(parameters, layer.bias).data);
    checked(i === layers.length - 1 ? "logits" : `layer ${i + 1}`, a);
    if (i === layers.length - 1) return { features, hidden, logits: a };
    let norm: LayerNormRecord | undefined;
    if (epsilon !== undefined && layer.gain !== undefined && layer.shift !== undefined) {
      norm = { normalized: dense(a.rows, a.cols), inverseDeviation: new Float64Array(a.rows) };
      normalizeRows(a, epsilon, norm);
      a.data.set(norm.normalized.data);
      scaleColumns(a, blockView(parameters, layer.gain).data);
      addRowVector(a, blockView(parameters, layer.shift).data);
      checked(`layer ${i + 1}`, a);
    }
    if (record) {
      const slopes = dense(a.rows, a.cols);
      h = dense(a.rows, a.cols);
      applyActivation(activation, a.data, h.data, slopes.data);
      hidden.push({ arguments: a, slopes, outputs: h, norm });
    } else {
      applyActivation(activation, a.data, a.data);
      h = a;
    }
  }
  throw new DimensionError("an MLP has at least one layer");
}
