import {
  type Dense,
  DimensionError,
  dense,
  type GroupTransform,
  multiplyTransposeB,
  randomOrthonormal,
  requireFinite,
  requireInteger,
  requireLength,
  SeededRandom,
  transpose,
} from "@xent/linalg";
import { defaultGroup, type Group, groupPlan, requireEven } from "./abelian-group.js";
import { groupMatrixFromSpectrum, groupMatrixToDense } from "./group-matrix.js";

/** Options of {@link hadamardInitialization}. */
export interface HadamardInitializationOptions {
  /** k >= 1. */
  readonly classCount: number;
  /** Hidden width d >= k. */
  readonly width: number;
  /**
   * s, length k: the eigenvalue of W2 W1 for each character of the group, finite and even; or one number for
   * every character but the trivial one, whose eigenvalue is then 0 (a multiple of the simplex frame).
   */
  readonly spectrum: ArrayLike<number> | number;
  /** Of order k. Default: Z_2^m (the Hadamard case) for k = 2^m, otherwise Z_k. */
  readonly group?: Group;
  /** s1^2 - s2^2 for each character, length k, finite and even. Default 0: balanced layers. */
  readonly imbalance?: ArrayLike<number>;
  /** Of the random frame R. Default: no randomness, R is the first k coordinate axes. */
  readonly seed?: number;
}

/** W1 = R diag(s1) Phi^T and W2 = Phi diag(s2) R^T. */
export interface HadamardInitialization {
  readonly group: GroupTransform;
  /** d x k. */
  readonly w1: Dense;
  /** k x d. */
  readonly w2: Dense;
  /** Length k, >= 0. */
  readonly s1: Float64Array;
  /** Length k; carries the signs of the spectrum. */
  readonly s2: Float64Array;
}

/** Options of {@link layersFromSpectra}. */
export interface SpectralLayersOptions {
  /** Of order k. */
  readonly group: Group;
  /** One array (length k, finite, even, of any sign) for each layer, first layer first. */
  readonly singularValues: readonly ArrayLike<number>[];
  /** Hidden widths, one less than layers, each >= k. */
  readonly widths: readonly number[];
  /** n: the input has n k samples, sample j of class j mod k. Default 1. */
  readonly samplesPerClass?: number;
  /** Of the random frames. Default: the first k coordinate axes. */
  readonly seed?: number;
}

/** Throws unless `values` has length k, is finite and even; returns it even to the last bit. */
function requireEvenValues(
  name: string,
  group: GroupTransform,
  values: ArrayLike<number>,
): Float64Array {
  requireLength(name, values, group.size);
  requireFinite(name, values);
  requireEven(name, "characters", group, values);
  return Float64Array.from(values, (v, c) => v / 2 + values[group.negation[c]!]! / 2);
}

/** rows_r = Hartley transform of (R diag(s))_r: R diag(s) Phi^T, d x k. O(d k log k). */
function scaledBasis(group: GroupTransform, frame: Dense, s: Float64Array): Dense {
  const { rows, cols } = frame;
  const out = scaleColumns(frame, s);
  for (let r = 0; r < rows; r++) {
    const row = out.data.subarray(r * cols, (r + 1) * cols);
    group.hartley(row, row);
  }
  return out;
}

function scaleColumns(m: Dense, s: Float64Array): Dense {
  const out = dense(m.rows, m.cols);
  for (let e = 0; e < out.data.length; e++) out.data[e] = m.data[e]! * s[e % m.cols]!;
  return out;
}

/** [m, ..., m] / sqrt n: the columns for n samples of each class. */
function repeatColumns(m: Dense, n: number): Dense {
  const out = dense(m.rows, n * m.cols);
  const root = Math.sqrt(n);
  for (let r = 0; r < m.rows; r++) {
    for (let j = 0; j < out.cols; j++) {
      out.data[r * out.cols + j] = m.data[r * m.cols + (j % m.cols)]! / root;
    }
  }
  return out;
}

/**
 * The layers of a deep linear network whose product is diagonal in the eigenbasis Phi of a group:
 * W1 = R1 S1 (Phi^T kron 1_n^T / sqrt n), Wl = Rl Sl R(l-1)^T, WL = Phi SL R(L-1)^T with frames R of orthonormal
 * columns, so that WL ... W1 = Phi diag(prod s) Phi^T kron 1_n^T / sqrt n. One layer: that product itself.
 *
 * @returns W1 (widths[0] x n k), ..., WL (k x widths[L - 2]).
 * @throws DimensionError (a width below k, lengths), DomainError. O(L d k (log k + d)).
 */
export function layersFromSpectra(options: SpectralLayersOptions): Dense[] {
  const group = groupPlan(options.group);
  const k = group.size;
  const { singularValues, widths, samplesPerClass: n = 1, seed } = options;
  if (singularValues.length !== widths.length + 1) {
    throw new DimensionError(
      `singularValues has ${singularValues.length} layers, expected ${widths.length + 1} for ${widths.length} hidden widths`,
    );
  }
  requireInteger("samplesPerClass", n, 1);
  const spectra = singularValues.map((s, l) => requireEvenValues(`singularValues[${l}]`, group, s));
  for (const [l, width] of widths.entries()) {
    requireInteger(`widths[${l}]`, width, 1);
    if (width < k) throw new DimensionError(`widths[${l}] = ${width}, expected at least k = ${k}`);
  }
  const random = seed === undefined ? undefined : new SeededRandom(seed);
  const frames = widths.map((width) =>
    random === undefined ? coordinateAxes(width, k) : randomOrthonormal(width, k, random),
  );
  if (frames.length === 0) {
    const matrix = groupMatrixFromSpectrum(group, spectra[0]!);
    return [repeatColumns(groupMatrixToDense(matrix), n)];
  }
  const layers = [repeatColumns(scaledBasis(group, frames[0]!, spectra[0]!), n)];
  for (let l = 1; l < frames.length; l++) {
    layers.push(multiplyTransposeB(scaleColumns(frames[l]!, spectra[l]!), frames[l - 1]!));
  }
  const last = frames.length;
  layers.push(transpose(scaledBasis(group, frames[last - 1]!, spectra[last]!)));
  return layers;
}

function coordinateAxes(rows: number, cols: number): Dense {
  const out = dense(rows, cols);
  for (let c = 0; c < cols; c++) out.data[c * cols + c] = 1;
  return out;
}

/**
 * Weights of a two-layer linear network on k one-hot inputs with logits W2 W1 = Phi diag(s) Phi^T, Phi the real
 * eigenbasis of a group (for Z_2^m the Hadamard matrix over sqrt k). Cross-entropy gradient flow from there keeps the
 * singular vectors and moves the k numbers s alone.
 *
 * @throws DimensionError when the width is below k or a length is wrong; DomainError when the group has another
 *   order, or the spectrum is not finite and even (naming the pair of characters that differ). O(d k (log k + k)).
 * @see Garrod, Keating, Thrampoulidis, arXiv:2512.04006, for k = 2^m; any abelian group: docs/theory 1.2.
 */
export function hadamardInitialization(
  options: HadamardInitializationOptions,
): HadamardInitialization {
  const { classCount: k, width, spectrum, imbalance } = options;
  requireInteger("classCount", k, 1);
  requireInteger("width", width, 1);
  if (width < k) {
    throw new DimensionError(`width = ${width}, expected at least the ${k} classes`);
  }
  const group = groupPlan(options.group ?? defaultGroup(k));
  if (group.size !== k) {
    throw new DimensionError(
      `group Z_${group.orders.join(" x Z_")} has order ${group.size}, expected classCount = ${k}`,
    );
  }
  const targets =
    typeof spectrum === "number" ? new Float64Array(k).fill(spectrum).fill(0, 0, 1) : spectrum;
  const s = requireEvenValues("spectrum", group, targets);
  const delta = requireEvenValues("imbalance", group, imbalance ?? new Float64Array(k));
  const s1 = new Float64Array(k);
  const s2 = new Float64Array(k);
  for (let c = 0; c < k; c++) {
    // s1^2 + s2^2 = hypot(delta, 2 s): the larger of the two first, so that nothing cancels.
    const size = Math.abs(s[c]!);
    const excess = Math.abs(delta[c]!);
    const larger = Math.sqrt(excess / 2 + Math.hypot(excess, 2 * size) / 2);
    const smaller = larger === 0 ? 0 : size / larger;
    const [first, second] = delta[c]! >= 0 ? [larger, smaller] : [smaller, larger];
    s1[c] = first;
    s2[c] = s[c]! < 0 ? -second : second;
  }
  const layers = layersFromSpectra({
    group,
    singularValues: [s1, s2],
    widths: [width],
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  });
  return { group, w1: layers[0]!, w2: layers[1]!, s1, s2 };
}
