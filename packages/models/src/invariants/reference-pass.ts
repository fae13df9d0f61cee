/**
 * The MLP of the definition, one example at a time, in plain loops: values, tangents and sizes, with
 * running error bounds. The other route that the invariants compare with, and the source of their
 * tolerances. A linear head is the MLP without hidden layers.
 */
import type { Dense } from "@xent/linalg";
import { type ActivationName, activation, activationFacts } from "../activation.js";

/** One layer of parameters, or of a direction laid out alike. */
export interface LayerParameters {
  readonly weights: Dense;
  readonly bias: Float64Array | undefined;
  readonly gain: Float64Array | undefined;
  readonly shift: Float64Array | undefined;
}

/** A quantity with its derivative along the direction. All bounds are in units of the roundoff u. */
interface Track {
  readonly value: Float64Array;
  /** |computed - exact| <= u times this. */
  readonly valueError: Float64Array;
  readonly tangent: Float64Array;
  /** The sum behind the tangent with every term made positive. */
  readonly tangentSize: Float64Array;
  readonly tangentError: Float64Array;
}

/** What the pass says of one example. */
export interface ReferencePass {
  readonly logits: Track;
  /** Arguments of each layer of activations. */
  readonly preActivations: readonly Track[];
  /** Euclidean norm of the gradient of <cotangent, logits> with every term made positive. */
  gradientSize(cotangent: ArrayLike<number>): number;
  /** Roundings along the longest path. */
  readonly roundings: number;
}

interface LayerRecord {
  readonly input: Float64Array;
  readonly layer: LayerParameters;
  /** |f'|, and |gain| and 1 / deviation with the normalised row when there is a layer norm. */
  readonly slopes: Float64Array | undefined;
  readonly normalised: Float64Array | undefined;
  readonly inverseDeviation: number;
}

function track(n: number): Track {
  const zeros = (): Float64Array => new Float64Array(n);
  return {
    value: zeros(),
    valueError: zeros(),
    tangent: zeros(),
    tangentSize: zeros(),
    tangentError: zeros(),
  };
}

function mean(n: number, term: (k: number) => number): number {
  let s = 0;
  for (let k = 0; k < n; k++) s += term(k);
  return s / n;
}

function affine(input: Track, layer: LayerParameters, direction: LayerParameters): Track {
  const { rows, cols, data } = layer.weights;
  const out = track(rows);
  const roundings = cols + 4;
  for (let i = 0; i < rows; i++) {
    const b = layer.bias?.[i] ?? 0;
    const db = direction.bias?.[i] ?? 0;
    let size = Math.abs(b);
    let drift = 0;
    out.value[i] = b;
    out.tangent[i] = db;
    out.tangentSize[i] = Math.abs(db);
    for (let k = 0; k < cols; k++) {
      const w = data[i * cols + k]!;
      const dw = direction.weights.data[i * cols + k]!;
      out.value[i]! += w * input.value[k]!;
      size += Math.abs(w * input.value[k]!);
      out.valueError[i]! += Math.abs(w) * input.valueError[k]!;
      out.tangent[i]! += w * input.tangent[k]! + dw * input.value[k]!;
      out.tangentSize[i]! += Math.abs(w) * input.tangentSize[k]! + Math.abs(dw * input.value[k]!);
      drift += Math.abs(w) * input.tangentError[k]! + Math.abs(dw) * input.valueError[k]!;
    }
    out.valueError[i]! += roundings * size;
    out.tangentError[i] = drift + 2 * roundings * out.tangentSize[i]!;
  }
  return out;
}

function normalise(
  a: Track,
  epsilon: number,
  layer: LayerParameters,
  direction: LayerParameters,
): { out: Track; normalised: Float64Array; inverseDeviation: number } {
  const n = a.value.length;
  const centre = mean(n, (k) => a.value[k]!);
  const s = 1 / Math.sqrt(mean(n, (k) => (a.value[k]! - centre) ** 2) + epsilon);
  const x = a.value.map((v) => (v - centre) * s);
  const centring = 2 * n + 6;
  const largest = a.value.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  // Error of a row entry before scaling, and of the scale relative to itself.
  const entryError = a.valueError.map(
    (e) => e + mean(n, (k) => a.valueError[k]!) + centring * largest,
  );
  const scaleError = s * mean(n, (k) => Math.abs(x[k]!) * entryError[k]!) + centring;
  const xError = entryError.map((e, k) => s * e + Math.abs(x[k]!) * scaleError);
  const tangentMean = mean(n, (k) => a.tangent[k]!);
  const along = mean(n, (k) => x[k]! * (a.tangent[k]! - tangentMean));
  const sizeMean = mean(n, (k) => a.tangentSize[k]!);
  const driftMean = mean(n, (k) => a.tangentError[k]!);
  const centredSize = a.tangentSize.map((t) => t + sizeMean);
  const alongSize = mean(n, (k) => Math.abs(x[k]!) * centredSize[k]!);
  const alongDrift = mean(
    n,
    (k) => xError[k]! * centredSize[k]! + Math.abs(x[k]!) * (a.tangentError[k]! + driftMean),
  );
  const out = track(n);
  for (let k = 0; k < n; k++) {
    const gain = layer.gain![k]!;
    const dGain = direction.gain![k]!;
    const dShift = direction.shift![k]!;
    const xk = Math.abs(x[k]!);
    out.value[k] = gain * x[k]! + layer.shift![k]!;
    out.valueError[k] = Math.abs(gain) * (xError[k]! + 3 * xk) + 2 * Math.abs(layer.shift![k]!);
    const t = s * (a.tangent[k]! - tangentMean - x[k]! * along);
    const size = s * (centredSize[k]! + xk * alongSize);
    const drift =
      s * (a.tangentError[k]! + driftMean + xError[k]! * alongSize + xk * alongDrift) +
      size * (scaleError + 2 * centring);
    out.tangent[k] = gain * t + dGain * x[k]! + dShift;
    out.tangentSize[k] = Math.abs(gain) * size + Math.abs(dGain) * xk + Math.abs(dShift);
    out.tangentError[k] =
      Math.abs(gain) * drift + Math.abs(dGain) * xError[k]! + 4 * out.tangentSize[k]!;
  }
  return { out, normalised: x, inverseDeviation: s };
}

/** ReLU bends nowhere else than at its kink, where its callers do not go. */
function curvatureBound(name: ActivationName): number {
  const { maximumCurvature } = activationFacts[name];
  return maximumCurvature === Infinity ? 0 : maximumCurvature;
}

function activate(name: ActivationName, a: Track): { out: Track; slopes: Float64Array } {
  const out = track(a.value.length);
  const slopes = new Float64Array(a.value.length);
  const bend = curvatureBound(name);
  for (let k = 0; k < slopes.length; k++) {
    const { value, slope } = activation(name, a.value[k]!);
    const steepest = activationFacts[name].maximumSlope;
    slopes[k] = Math.abs(slope);
    out.value[k] = value;
    // An activation is right to 8 u of itself, or of its argument where two parts cancel.
    out.valueError[k] = steepest * a.valueError[k]! + 8 * (Math.abs(value) + slopes[k]!);
    out.tangent[k] = slope * a.tangent[k]!;
    out.tangentSize[k] = slopes[k]! * a.tangentSize[k]!;
    out.tangentError[k] =
      slopes[k]! * a.tangentError[k]! +
      (bend * a.valueError[k]! + 16) * Math.abs(a.tangentSize[k]!);
  }
  return { out, slopes };
}

/** What a {@link referencePass} runs through. */
export interface ReferenceModel {
  readonly layers: readonly LayerParameters[];
  /** The direction, laid out alike. */
  readonly directions: readonly LayerParameters[];
  readonly activation: ActivationName;
  /** Of the layer norm, when there is one. */
  readonly epsilon: number | undefined;
}

/**
 * One example through the layers, with the derivative along the direction.
 *
 * @param featureTangent - when the features are parameters themselves: their part of the direction.
 */
export function referencePass(
  features: ArrayLike<number>,
  { layers, directions, activation: name, epsilon }: ReferenceModel,
  featureTangent?: ArrayLike<number>,
): ReferencePass {
  let h = track(features.length);
  if (featureTangent !== undefined) {
    h.tangent.set(featureTangent);
    h.tangentSize.set(Float64Array.from(featureTangent, Math.abs));
    h.tangentError.set(h.tangentSize);
  }
  h.value.set(features);
  h.valueError.forEach((_, k) => {
    h.valueError[k] = Math.abs(h.value[k]!); // an input rounded to less precision
  });
  const preActivations: Track[] = [];
  const records: LayerRecord[] = [];
  let roundings = 8;
  for (const [l, layer] of layers.entries()) {
    roundings += 2 * layer.weights.cols + 8;
    const input = h.value;
    let a = affine(h, layer, directions[l]!);
    if (l === layers.length - 1) {
      records.push({ input, layer, slopes: undefined, normalised: undefined, inverseDeviation: 1 });
      return {
        logits: a,
        preActivations,
        gradientSize: (u) => gradientSize(u, records, featureTangent !== undefined),
        roundings,
      };
    }
    let normalised: Float64Array | undefined;
    let inverseDeviation = 1;
    if (epsilon !== undefined) {
      ({ out: a, normalised, inverseDeviation } = normalise(a, epsilon, layer, directions[l]!));
      roundings += 6 * layer.weights.rows + 20;
    }
    preActivations.push(a);
    const { out, slopes } = activate(name, a);
    records.push({ input, layer, slopes, normalised, inverseDeviation });
    h = out;
  }
  throw new Error("unreachable: the last layer returns");
}

function gradientSize(
  u: ArrayLike<number>,
  records: readonly LayerRecord[],
  freeFeatures: boolean,
): number {
  let delta = Float64Array.from(u, Math.abs);
  let square = 0;
  const add = (v: number): void => {
    square += v * v;
  };
  for (let l = records.length - 1; l >= 0; l--) {
    const { input, layer, slopes, normalised, inverseDeviation } = records[l]!;
    if (slopes !== undefined) delta = delta.map((d, k) => d * slopes[k]!);
    if (normalised !== undefined) {
      delta.forEach((d, k) => {
        add(d * normalised[k]!);
        add(d);
      });
      const scaled = delta.map((d, k) => d * Math.abs(layer.gain![k]!));
      const n = scaled.length;
      const centre = mean(n, (k) => scaled[k]!);
      const along = mean(n, (k) => Math.abs(normalised[k]!) * (scaled[k]! + centre));
      delta = scaled.map(
        (d, k) => inverseDeviation * (d + centre + Math.abs(normalised[k]!) * along),
      );
    }
    const { rows, cols, data } = layer.weights;
    for (let i = 0; i < rows; i++) {
      if (layer.bias !== undefined) add(delta[i]!);
      for (let k = 0; k < cols; k++) add(delta[i]! * input[k]!);
    }
    const below = new Float64Array(cols);
    for (let i = 0; i < rows; i++) {
      for (let k = 0; k < cols; k++) below[k]! += Math.abs(data[i * cols + k]!) * delta[i]!;
    }
    delta = below;
  }
  if (freeFeatures) delta.forEach(add);
  return Math.sqrt(square);
}
