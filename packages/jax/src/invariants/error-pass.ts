import type { Dense } from "@xent/linalg";
import { type ActivationName, activation, activationFacts } from "@xent/models";

/** Numbers with a running bound on their rounding error, and their derivatives along a direction likewise. */
export interface TrackedValues {
  readonly value: Float64Array;
  readonly valueError: Float64Array;
  readonly tangent: Float64Array;
  readonly tangentError: Float64Array;
}

/** One affine layer and the direction of its parameters: weights are outputs x inputs. */
export interface TrackedLayer {
  readonly weights: Dense;
  readonly bias: Float64Array;
  readonly weightsAlong: Dense;
  readonly biasAlong: Float64Array;
}

/** Relative errors of one operation. */
export interface OperationErrors {
  readonly arithmetic: number;
  /** Of an activation and of its derivative, over 1 + |result|. */
  readonly elementary: number;
}

/**
 * An MLP on one example in plain loops, beside a bound on what any order of the same operations rounds:
 * a sum of n products errs by at most (n + 2) u times the sum of their sizes; an activation passes errors
 * on by its largest slope, its derivative by its largest curvature.
 *
 * @returns undefined where an argument of ReLU lies within its error of the kink: the derivative is either side's.
 */
export function errorPass(
  features: ArrayLike<number>,
  layers: readonly TrackedLayer[],
  name: ActivationName,
  errors: OperationErrors,
): TrackedValues | undefined {
  let h = tracked(features.length);
  h.value.set(features);
  for (const [l, layer] of layers.entries()) {
    h = affine(h, layer, errors.arithmetic);
    if (l === layers.length - 1) continue;
    if (name === "relu" && h.value.some((a, i) => Math.abs(a) <= h.valueError[i]!)) {
      return undefined;
    }
    h = activate(h, name, errors);
  }
  return h;
}

function tracked(n: number): TrackedValues {
  const [value, valueError, tangent, tangentError] = [0, 0, 0, 0].map(
    () => new Float64Array(n),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array];
  return { value, valueError, tangent, tangentError };
}

function affine(h: TrackedValues, layer: TrackedLayer, u: number): TrackedValues {
  const { weights, bias, weightsAlong, biasAlong } = layer;
  const out = tracked(weights.rows);
  for (let r = 0; r < weights.rows; r++) {
    let [value, size, carried] = [bias[r]!, Math.abs(bias[r]!), 0];
    let [slope, slopeSize, slopeCarried] = [biasAlong[r]!, Math.abs(biasAlong[r]!), 0];
    for (let c = 0; c < weights.cols; c++) {
      const w = weights.data[r * weights.cols + c]!;
      const v = weightsAlong.data[r * weights.cols + c]!;
      const [x, dx] = [h.value[c]!, h.tangent[c]!];
      value += w * x;
      size += Math.abs(w * x);
      carried += Math.abs(w) * h.valueError[c]!;
      slope += v * x + w * dx;
      slopeSize += Math.abs(v * x) + Math.abs(w * dx);
      slopeCarried += Math.abs(v) * h.valueError[c]! + Math.abs(w) * h.tangentError[c]!;
    }
    out.value[r] = value;
    out.valueError[r] = carried + (weights.cols + 2) * u * size;
    out.tangent[r] = slope;
    out.tangentError[r] = slopeCarried + (2 * weights.cols + 3) * u * slopeSize;
  }
  return out;
}

function activate(a: TrackedValues, name: ActivationName, errors: OperationErrors): TrackedValues {
  const out = tracked(a.value.length);
  const { maximumSlope, maximumCurvature } = activationFacts[name];
  // ReLU copies or drops; away from its kink it has no curvature.
  const own = name === "relu" ? 0 : errors.elementary;
  const curvature = name === "relu" ? 0 : maximumCurvature;
  a.value.forEach((x, i) => {
    const { value, slope } = activation(name, x);
    const t = a.tangent[i]!;
    out.value[i] = value;
    out.valueError[i] = maximumSlope * a.valueError[i]! + own * (1 + Math.abs(value));
    out.tangent[i] = slope * t;
    out.tangentError[i] =
      maximumSlope * a.tangentError[i]! +
      (curvature * a.valueError[i]! + own * (1 + Math.abs(slope))) * Math.abs(t) +
      errors.arithmetic * Math.abs(slope * t);
  });
  return out;
}
