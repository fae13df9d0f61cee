import {
  axpy,
  copyDense,
  type Dense,
  dense,
  gramMatrix,
  multiply,
  multiplyTransposeA,
  multiplyTransposeB,
  requireLength,
  requireShape,
} from "@xent/linalg";
import { applyActivation } from "./activation.js";
import {
  addRowVector,
  addScaledColumns,
  columnSums,
  multiplyEntries,
  scaleColumns,
} from "./batch-kernels.js";
import { normalizeRowsSecond, normalizeRowsTangent } from "./layer-norm.js";
import { requireCotangents } from "./linear-head.js";
import type { Linearization, PreActivations } from "./logit-model.js";
import type { HiddenRecord, MlpForward } from "./mlp-forward.js";
import type { MlpLayer, MlpStructure } from "./mlp-layers.js";
import { checked, requireNoOverflow } from "./overflow.js";
import { blockView, type ParameterBlock, requireParameters } from "./parameter-layout.js";
import {
  addAffineGram,
  addAffineSquares,
  addRowSquares,
  addRowsGram,
  emptyGram,
  writeAffineRows,
  writeRows,
} from "./row-gram.js";

/** Work space of one layer, B x outputs each, made when it is first needed: most passes need one of the two. */
interface Space {
  /** Tangent of the outputs on the way up, cotangent of the affine part on the way down. */
  first?: Dense;
  scratch?: Dense;
}

/** Derivatives of an MLP by hand: forward mode, reverse mode, forward over forward. */
export class MlpLinearization implements Linearization {
  readonly logits: Dense;
  readonly parameterCount: number;
  readonly #structure: MlpStructure;
  readonly #parameters: Float64Array;
  readonly #features: Dense;
  readonly #hidden: readonly HiddenRecord[];
  readonly #spaces: readonly Space[];
  #curvatures: readonly Float64Array[] | undefined;
  /** H H^T of the inputs of each layer, made by the first rowGram. */
  readonly #inputGrams = new Map<MlpLayer, Dense>();

  constructor(structure: MlpStructure, parameters: Float64Array, pass: MlpForward) {
    this.logits = pass.logits;
    this.parameterCount = structure.layout.parameterCount;
    this.#structure = structure;
    this.#parameters = parameters;
    this.#features = pass.features;
    this.#hidden = pass.hidden;
    this.#spaces = structure.layers.map(() => ({}));
  }

  jvp(v: Float64Array, out: Dense = this.#emptyLogits()): Dense {
    requireParameters("v", v, this.#structure.layout);
    requireShape("out", out, this.logits.rows, this.logits.cols);
    this.#tangents(v, out);
    return checked("jvp", out);
  }

  vjp(u: Dense, out: Float64Array = new Float64Array(this.parameterCount)): Float64Array {
    requireCotangents(u, this.logits);
    requireLength("out", out, this.parameterCount);
    this.#cotangents(u, (layer, inputs, delta, outer) => {
      multiplyTransposeA(delta, inputs, blockView(out, layer.weights));
      columnSums(delta, blockView(out, layer.bias).data);
      if (outer !== undefined) {
        columnSums(outer.scaled, blockView(out, layer.gain!).data);
        columnSums(outer.delta, blockView(out, layer.shift!).data);
      }
    });
    requireNoOverflow("vjp", out);
    return out;
  }

  rowGram(u: Dense, out?: Dense): Dense {
    requireCotangents(u, this.logits);
    const gram = emptyGram(u.rows, out);
    this.#cotangents(u, (layer, inputs, delta, outer) => {
      const known = this.#inputGrams.get(layer) ?? gramMatrix(inputs);
      this.#inputGrams.set(layer, known);
      addAffineGram(gram, known, delta, 1);
      if (outer !== undefined) {
        addRowsGram(gram, outer.scaled);
        addRowsGram(gram, outer.delta);
      }
    });
    return checked("rowGram", gram);
  }

  gradientRows(u: Dense, out: Dense = dense(u.rows, this.parameterCount)): Dense {
    requireCotangents(u, this.logits);
    requireShape("out", out, u.rows, this.parameterCount);
    this.#cotangents(u, (layer, inputs, delta, outer) => {
      writeAffineRows(out, inputs, delta, layer.weights.offset, layer.bias.offset);
      if (outer !== undefined) {
        writeRows(out, outer.scaled, layer.gain!.offset);
        writeRows(out, outer.delta, layer.shift!.offset);
      }
    });
    return checked("gradientRows", out);
  }

  gradientSquares(u: Dense, out: Float64Array = new Float64Array(u.rows)): Float64Array {
    requireCotangents(u, this.logits);
    requireLength("out", out, u.rows);
    out.fill(0);
    this.#cotangents(u, (_layer, inputs, delta, outer) => {
      addAffineSquares(out, inputs, delta, 1);
      if (outer !== undefined) {
        addRowSquares(out, outer.scaled);
        addRowSquares(out, outer.delta);
      }
    });
    requireNoOverflow("gradientSquares", out);
    return out;
  }

  second(v: Float64Array, out: Dense = this.#emptyLogits()): Dense {
    requireParameters("v", v, this.#structure.layout);
    requireShape("out", out, this.logits.rows, this.logits.cols);
    this.#secondTangents(v, out);
    return checked("second", out);
  }

  preActivations(v: Float64Array): PreActivations[] {
    requireParameters("v", v, this.#structure.layout);
    const slopes: Dense[] = [];
    this.#tangents(v, this.#emptyLogits(), (argument) => void slopes.push(copyDense(argument)));
    return slopes.map((s, i) => ({
      layer: i + 1,
      values: copyDense(this.#hidden[i]!.arguments),
      slopes: checked(`preActivations of layer ${i + 1}`, s),
    }));
  }

  #emptyLogits(): Dense {
    return dense(this.logits.rows, this.logits.cols);
  }

  /** Work space of layer `i`, made at first use and kept. */
  #space(i: number, which: keyof Space): Dense {
    const space = this.#spaces[i]!;
    space[which] ??= dense(this.logits.rows, this.#structure.layers[i]!.outputs);
    return space[which];
  }

  #parameter(block: ParameterBlock): Dense {
    return blockView(this.#parameters, block);
  }

  #inputs(i: number): Dense {
    return i === 0 ? this.#features : this.#hidden[i - 1]!.outputs;
  }

  /** Forward mode. `visit` sees the tangent of each layer's activation arguments before it is overwritten. */
  #tangents(v: Float64Array, out: Dense, visit?: (argument: Dense) => void): void {
    const { layers } = this.#structure;
    let previous: Dense | undefined;
    for (const [i, layer] of layers.entries()) {
      const hidden = this.#hidden[i];
      const t = hidden === undefined ? out : this.#space(i, "first");
      multiplyTransposeB(this.#inputs(i), blockView(v, layer.weights), t);
      if (previous !== undefined) {
        const scratch = this.#space(i, "scratch");
        axpy(1, multiplyTransposeB(previous, this.#parameter(layer.weights), scratch).data, t.data);
      }
      addRowVector(t, blockView(v, layer.bias).data);
      if (hidden === undefined) return;
      if (hidden.norm !== undefined) {
        normalizeRowsTangent(hidden.norm, t.data);
        scaleColumns(t, this.#parameter(layer.gain!).data);
        addScaledColumns(t.data, hidden.norm.normalized, blockView(v, layer.gain!).data);
        addRowVector(t, blockView(v, layer.shift!).data);
      }
      visit?.(t);
      multiplyEntries(t.data, hidden.slopes.data);
      previous = t;
    }
  }

  /**
   * Reverse mode. `visit` sees, from the last layer to the first, the inputs of the affine map and the
   * cotangent of its result; with layer norm also the cotangent of the norm's result, plain and
   * multiplied by the normalised rows.
   */
  #cotangents(
    u: Dense,
    visit: (
      layer: MlpLayer,
      inputs: Dense,
      delta: Dense,
      outer: { delta: Dense; scaled: Dense } | undefined,
    ) => void,
  ): void {
    const { layers } = this.#structure;
    let delta = u;
    for (let i = layers.length - 1; i >= 0; i--) {
      const layer = layers[i]!;
      const hidden = this.#hidden[i];
      let outer: { delta: Dense; scaled: Dense } | undefined;
      if (hidden !== undefined) {
        const next = layers[i + 1]!;
        const d = multiply(delta, this.#parameter(next.weights), this.#space(i, "first"));
        multiplyEntries(d.data, hidden.slopes.data);
        if (hidden.norm !== undefined) {
          const scaled = this.#space(i, "scratch");
          scaled.data.set(d.data);
          multiplyEntries(scaled.data, hidden.norm.normalized.data);
          outer = { delta: copyDense(d), scaled };
          scaleColumns(d, this.#parameter(layer.gain!).data);
          normalizeRowsTangent(hidden.norm, d.data);
        }
        delta = d;
      }
      visit(layer, this.#inputs(i), delta, outer);
    }
  }

  /** Forward over forward: first and second derivatives along v climb together. */
  #secondTangents(v: Float64Array, out: Dense): void {
    const { layers } = this.#structure;
    const curvatures = this.#activationCurvatures();
    let first: Dense | undefined;
    let second: Dense | undefined;
    for (const [i, layer] of layers.entries()) {
      const hidden = this.#hidden[i];
      const rows = this.logits.rows;
      const tt = hidden === undefined ? out : dense(rows, layer.outputs);
      // (h + t h' + t^2 h''/2)(W + t V)^T has second derivative h'' W^T + 2 h' V^T.
      tt.data.fill(0);
      const weights = this.#parameter(layer.weights);
      if (first !== undefined && second !== undefined) {
        multiplyTransposeB(second, weights, tt);
        axpy(2, multiplyTransposeB(first, blockView(v, layer.weights)).data, tt.data);
      }
      if (hidden === undefined) return;
      const t = multiplyTransposeB(this.#inputs(i), blockView(v, layer.weights));
      if (first !== undefined) axpy(1, multiplyTransposeB(first, weights).data, t.data);
      addRowVector(t, blockView(v, layer.bias).data);
      if (hidden.norm !== undefined) {
        const gain = this.#parameter(layer.gain!).data;
        const gainSlope = blockView(v, layer.gain!).data;
        normalizeRowsSecond(hidden.norm, t.data, tt.data);
        normalizeRowsTangent(hidden.norm, t.data);
        // y = g x + shift: y' = g x' + g' x + shift', y'' = g x'' + 2 g' x'.
        scaleColumns(tt, gain);
        addScaledColumns(
          tt.data,
          t,
          gainSlope.map((g) => 2 * g),
        );
        scaleColumns(t, gain);
        addScaledColumns(t.data, hidden.norm.normalized, gainSlope);
        addRowVector(t, blockView(v, layer.shift!).data);
      }
      const curvature = curvatures[i]!;
      for (let k = 0; k < t.data.length; k++) {
        const slope = hidden.slopes.data[k]!;
        const rate = t.data[k]!;
        tt.data[k] = curvature[k]! * rate * rate + slope * tt.data[k]!;
        t.data[k] = slope * rate;
      }
      first = t;
      second = tt;
    }
  }

  #activationCurvatures(): readonly Float64Array[] {
    this.#curvatures ??= this.#hidden.map((h) => {
      const n = h.arguments.data.length;
      const curvature = new Float64Array(n);
      const unused = new Float64Array(n);
      applyActivation(this.#structure.activation, h.arguments.data, unused, unused, curvature);
      return curvature;
    });
    return this.#curvatures;
  }
}
