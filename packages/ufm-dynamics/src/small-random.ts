import {
  type Dense,
  dense,
  multiply,
  norm2,
  planGroupTransform,
  requireInteger,
  requirePositive,
  SeededRandom,
  singularValues,
} from "@xent/linalg";
import { type DenseFlowResult, integrateDenseFlow } from "./dense-flow.js";
import { integrateSpectralFlow } from "./spectral-flow.js";
import type { SpectralFlowResult } from "./spectral-run.js";

/** Options of {@link compareSmallRandom}. */
export interface SmallRandomOptions {
  /** Orders of the cyclic factors of the group of the model; its order k is the number of classes. */
  readonly group: readonly number[];
  /** Hidden width d >= 1. */
  readonly width: number;
  /** Standard deviation of the initial entries of W1 and W2, independent normal. @defaultValue 1e-3 */
  readonly scale?: number;
  readonly seed: number;
  /** Output times, >= 0, not decreasing. */
  readonly times: ArrayLike<number>;
  /** Of both integrations. @defaultValue 1e-9 */
  readonly tolerance?: number;
}

/** Dense and model side by side at one time. */
export interface SmallRandomPoint {
  readonly time: number;
  /** Singular values of the centred logits (I - 11^T/k) W2 W1 (I - 11^T/k), descending, k - 1 of them. */
  readonly singularValues: Float64Array;
  /** Strengths of the model, descending. */
  readonly modelStrengths: Float64Array;
  /** ||singular values - strengths|| / ||singular values||. */
  readonly distance: number;
  readonly loss: number;
  readonly modelLoss: number;
}

/** Both trajectories of {@link compareSmallRandom}, and their distance. */
export interface SmallRandomComparison {
  readonly dense: DenseFlowResult;
  readonly model: SpectralFlowResult;
  /** As many as the shorter of the two trajectories has states. */
  readonly points: SmallRandomPoint[];
  readonly largestDistance: number;
}

/**
 * The comparison that [H] makes by eye: gradient flow of all matrices from a small random start, against its spectral model.
 *
 * Near zero the flow is linear, W2' = C W1^T and W1^T' = C W2 with the centring C = I - 11^T/k, so that the logits become
 * U U^T e^(2 t) with U = C (W2 + W1^T) / 2, while the other half dies out. The model starts balanced with the
 * eigenvalues of U U^T as its strengths, assigned to the characters in descending order (the mean of each conjugate
 * pair, where there are pairs). It shares the singular values at first; later the singular vectors of the dense flow turn
 * towards a simplex frame, and those of the model need not.
 *
 * @throws DimensionError, DomainError; running out of steps is the `status` of either trajectory.
 */
export function compareSmallRandom(options: SmallRandomOptions): SmallRandomComparison {
  const { width, seed, times, scale = 1e-3, tolerance = 1e-9 } = options;
  const group = planGroupTransform(options.group);
  const k = group.size;
  requireInteger("the order of group", k, 2);
  requireInteger("width", width, 1);
  requirePositive("scale", scale);
  const random = new SeededRandom(seed);
  const w1 = dense(
    width,
    k,
    random.normals(width * k).map((x) => scale * x),
  );
  const w2 = dense(
    k,
    width,
    random.normals(k * width).map((x) => scale * x),
  );
  const strengths = modelStart(w1, w2, group.negation);
  const full = integrateDenseFlow({ layers: [w1, w2], times, tolerance });
  const model = integrateSpectralFlow({ group: options.group, strengths, times, tolerance });
  const points: SmallRandomPoint[] = [];
  for (let i = 0; i < Math.min(full.states.length, model.states.length); i++) {
    const state = full.states[i]!;
    const ours = model.states[i]!;
    const values = singularValues(centre(state.logits)).subarray(0, k - 1);
    const modelStrengths = ours.logitSpectrum.slice(1).sort().reverse();
    const size = norm2(values);
    const difference = norm2(values.map((s, c) => s - modelStrengths[c]!));
    points.push({
      time: state.time,
      singularValues: values,
      modelStrengths,
      distance: difference === 0 ? 0 : difference / size,
      loss: state.loss,
      modelLoss: ours.loss,
    });
  }
  return {
    dense: full,
    model,
    points,
    largestDistance: Math.max(...points.map((point) => point.distance)),
  };
}

/** C A C. */
function centre(a: Dense): Dense {
  const k = a.rows;
  const projector = dense(k, k, new Float64Array(k * k).fill(-1 / k));
  for (let i = 0; i < k; i++) projector.data[i * k + i]! += 1;
  return multiply(projector, multiply(a, projector));
}

/** Eigenvalues of U U^T, descending, on the characters 1, ..., k - 1. */
function modelStart(w1: Dense, w2: Dense, negation: Int32Array): Float64Array {
  const k = w2.rows;
  const d = w2.cols;
  const u = dense(k, d);
  for (let i = 0; i < d; i++) {
    let mean = 0;
    for (let c = 0; c < k; c++) {
      u.data[c * d + i] = (w2.data[c * d + i]! + w1.data[i * k + c]!) / 2;
      mean += u.data[c * d + i]! / k;
    }
    for (let c = 0; c < k; c++) u.data[c * d + i]! -= mean;
  }
  // A narrow network has fewer than k - 1 of them: the other modes are dead.
  const values = singularValues(u);
  const rank = Math.min(k - 1, d);
  const strengths = new Float64Array(k);
  // Pairs take neighbours in the descending order.
  let next = 0;
  for (let c = 1; c < k; c++) {
    const other = negation[c]!;
    if (other < c) continue;
    const members = other === c ? [c] : [c, other];
    let sum = 0;
    for (const end = next + members.length; next < end; next++) {
      if (next < rank) sum += values[next]! ** 2;
    }
    for (const member of members) strengths[member] = sum / members.length;
  }
  return strengths;
}
