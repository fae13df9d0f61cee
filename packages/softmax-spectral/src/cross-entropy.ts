import {
  type Dense,
  DomainError,
  dense,
  requireLabels,
  requireLength,
  requirePositive,
  requireShape,
} from "@xent/linalg";
import { requireLogitRows } from "./log-sum-exp.js";
import { argmaxSpan, exponentialsSpan, restSpan } from "./softmax-span.js";

/** What {@link crossEntropyRows} needs to know besides logits and labels. */
export interface CrossEntropyTerms {
  /** Weight of each class, length C, finite and >= 0: multiplies that class's term. Default 1. */
  readonly classWeights?: ArrayLike<number>;
  /** Weight of each example, length B, finite and >= 0. Default 1. */
  readonly exampleWeights?: ArrayLike<number>;
  /**
   * Share eps in [0, 1] of the target that is spread evenly over the classes that are not masked
   * in that row. Default 0.
   */
  readonly labelSmoothing?: number;
  /** Divides the logits; finite, > 0. Default 1. */
  readonly temperature?: number;
}

/** Options of {@link crossEntropy} and {@link crossEntropyGradient}. */
export interface CrossEntropyOptions extends CrossEntropyTerms {
  /**
   * `"mean"` (the default) divides by the total weight: the sum over examples of the example's
   * weight, times the class weight of its label when labels are given. `"sum"` does not divide.
   */
  readonly reduction?: "mean" | "sum";
}

/** True classes (length B, integers in 0..C-1), or soft targets (B x C, finite and >= 0). */
export type Labels = ArrayLike<number> | Dense;

function isDense(labels: Labels): labels is Dense {
  return "data" in labels;
}

function requireWeights(name: string, weights: ArrayLike<number>, length: number): void {
  requireLength(name, weights, length);
  for (let i = 0; i < length; i++) {
    const w = weights[i]!;
    if (!(w >= 0 && w < Infinity)) {
      throw new DomainError(`${name}[${i}] = ${w}, expected a finite number >= 0`);
    }
  }
}

/** Rejects bad arguments before any work, masked true classes included. */
function requireArguments(logits: Dense, labels: Labels, terms: CrossEntropyTerms): void {
  const { rows, cols, data } = logits;
  requireLogitRows("logits", logits);
  if (terms.classWeights) requireWeights("classWeights", terms.classWeights, cols);
  if (terms.exampleWeights) requireWeights("exampleWeights", terms.exampleWeights, rows);
  const smoothing = terms.labelSmoothing ?? 0;
  if (!(smoothing >= 0 && smoothing <= 1)) {
    throw new DomainError(`labelSmoothing = ${smoothing}, expected a number in [0, 1]`);
  }
  if (terms.temperature !== undefined) requirePositive("temperature", terms.temperature);
  if (isDense(labels)) {
    requireShape("targets", labels, rows, cols);
    for (let n = 0; n < data.length; n++) {
      const t = labels.data[n]!;
      const at = `targets[${Math.floor(n / cols)}][${n % cols}]`;
      if (!(t >= 0 && t < Infinity)) {
        throw new DomainError(`${at} = ${t}, expected a finite number >= 0`);
      }
      if (t > 0 && data[n] === -Infinity) {
        throw new DomainError(`${at} = ${t}, but that class is masked (logit -Infinity)`);
      }
    }
  } else {
    requireLabels("labels", labels, rows, cols);
    for (let i = 0; i < rows; i++) {
      if (data[i * cols + labels[i]!] === -Infinity) {
        throw new DomainError(`labels[${i}] = ${labels[i]} is a masked class (logit -Infinity)`);
      }
    }
  }
}

/** The divisor of the reduction. */
function divisor(logits: Dense, labels: Labels, options: CrossEntropyOptions): number {
  if (options.reduction === "sum") return 1;
  let total = 0;
  for (let i = 0; i < logits.rows; i++) {
    const w = options.exampleWeights?.[i] ?? 1;
    total += isDense(labels) ? w : w * (options.classWeights?.[labels[i]!] ?? 1);
  }
  if (!(total > 0)) {
    throw new DomainError(
      `a mean needs a total weight > 0, got ${total} over ${logits.rows} examples; use reduction "sum"`,
    );
  }
  return total;
}

/**
 * Fills `target` with row i of the targets after smoothing and class weights: the loss of the row
 * is sum_c target_c (-log p_c).
 */
function fillTarget(
  logits: Dense,
  labels: Labels,
  i: number,
  terms: CrossEntropyTerms,
  target: Float64Array,
): void {
  const { cols, data } = logits;
  const start = i * cols;
  const smoothing = terms.labelSmoothing ?? 0;
  if (isDense(labels)) {
    for (let c = 0; c < cols; c++) target[c] = labels.data[start + c]!;
  } else {
    target.fill(0);
    target[labels[i]!] = 1;
  }
  if (smoothing > 0) {
    let mass = 0;
    let unmasked = 0;
    for (let c = 0; c < cols; c++) {
      mass += target[c]!;
      if (data[start + c] !== -Infinity) unmasked++;
    }
    const even = (smoothing * mass) / unmasked;
    for (let c = 0; c < cols; c++) {
      if (data[start + c] !== -Infinity) target[c] = (1 - smoothing) * target[c]! + even;
    }
  }
  if (terms.classWeights) {
    for (let c = 0; c < cols; c++) target[c]! *= terms.classWeights[c]!;
  }
}

/** Whether each row has a single term, that of its label: the fast path. */
function hasSingleTerms(labels: Labels, terms: CrossEntropyTerms): labels is ArrayLike<number> {
  return !isDense(labels) && (terms.labelSmoothing ?? 0) === 0;
}

function lossRow(
  logits: Dense,
  labels: Labels,
  i: number,
  terms: CrossEntropyTerms,
  target: Float64Array,
): number {
  const weight = terms.exampleWeights?.[i] ?? 1;
  if (weight === 0) return 0;
  const { cols, data } = logits;
  const start = i * cols;
  const temperature = terms.temperature ?? 1;
  const top = argmaxSpan(data, start, cols);
  const m = data[start + top]!;
  const excess = Math.log1p(restSpan(data, start, cols, top, temperature));
  // -log p_c = (m - z_c) / T + log1p(rest): two terms >= 0, so nothing cancels.
  if (hasSingleTerms(labels, terms)) {
    const y = labels[i]!;
    const w = weight * (terms.classWeights?.[y] ?? 1);
    return w === 0 ? 0 : w * ((m - data[start + y]!) / temperature + excess);
  }
  fillTarget(logits, labels, i, terms, target);
  let loss = 0;
  for (let c = 0; c < cols; c++) {
    const t = target[c]!;
    if (t !== 0) loss += t * ((m - data[start + c]!) / temperature + excess);
  }
  return weight * loss;
}

/**
 * Cross-entropy of every row, `weight_i sum_c t_ic (-log p_ic)` with p = softmax(z / temperature)
 * and t the (smoothed, class-weighted) target. For a label y without options this is
 * -log p_y = log1p(sum of exponentials of the competitors): full relative accuracy from 1e-300 to
 * 1e300, always >= 0, never through a probability.
 *
 * @param logits - B x C, -Infinity masks a class.
 * @param labels - labels (length B) or soft targets (B x C); rows of targets that do not sum to one
 *   weigh their example by their sum.
 * @param out - length B.
 * @throws DimensionError, DomainError: also when a label, or a target > 0, is a masked class (its
 *   loss would be infinite), or a row has no class left. O(B C).
 */
export function crossEntropyRows(
  logits: Dense,
  labels: Labels,
  terms: CrossEntropyTerms = {},
  out: Float64Array = new Float64Array(logits.rows),
): Float64Array {
  requireArguments(logits, labels, terms);
  requireLength("out", out, logits.rows);
  const target = new Float64Array(hasSingleTerms(labels, terms) ? 0 : logits.cols);
  for (let i = 0; i < logits.rows; i++) out[i] = lossRow(logits, labels, i, terms, target);
  return out;
}

/**
 * Cross-entropy of a batch, mean (weighted) or sum of {@link crossEntropyRows}.
 *
 * @param logits - B x C, B >= 1 for a mean.
 * @param labels - labels (length B) or soft targets (B x C).
 * @throws DimensionError, DomainError: as {@link crossEntropyRows}, and for a mean over zero total weight.
 */
export function crossEntropy(
  logits: Dense,
  labels: Labels,
  options: CrossEntropyOptions = {},
): number {
  requireArguments(logits, labels, options);
  const total = divisor(logits, labels, options);
  const target = new Float64Array(hasSingleTerms(labels, options) ? 0 : logits.cols);
  let sum = 0;
  for (let i = 0; i < logits.rows; i++) sum += lossRow(logits, labels, i, options, target);
  return sum / total;
}

/**
 * Gradient of {@link crossEntropy} with respect to the logits (B x C):
 * `weight_i (p_ic sum_j t_ij - t_ic) / (temperature * total weight)`.
 *
 * The entry of the true class is -(1 - p_y) with 1 - p_y summed over the competitors, so it is right
 * to the last digits when p_y rounds to 1. Masked classes have gradient exactly 0.
 *
 * @param out - B x C; may be `logits`.
 * @throws DimensionError, DomainError, as {@link crossEntropy}. O(B C).
 */
export function crossEntropyGradient(
  logits: Dense,
  labels: Labels,
  options: CrossEntropyOptions = {},
  out: Dense = dense(logits.rows, logits.cols),
): Dense {
  const { rows, cols, data } = logits;
  requireArguments(logits, labels, options);
  requireShape("out", out, rows, cols);
  const temperature = options.temperature ?? 1;
  const total = divisor(logits, labels, options);
  const single = hasSingleTerms(labels, options);
  const target = new Float64Array(single ? 0 : cols);
  for (let i = 0; i < rows; i++) {
    const start = i * cols;
    const factor = (options.exampleWeights?.[i] ?? 1) / (temperature * total);
    // Before the exponentials: `out` may be the logits, whose masks the targets depend on.
    if (!single) fillTarget(logits, labels, i, options, target);
    const top = argmaxSpan(data, start, cols);
    const rest = exponentialsSpan(data, start, cols, top, temperature, out.data, start);
    if (single) {
      const y = labels[i]!;
      singleRow(out.data, start, cols, y, top, rest, factor * (options.classWeights?.[y] ?? 1));
    } else targetRow(out.data, start, cols, target, top, rest, factor);
  }
  return out;
}

/** Turns scaled exponentials into factor (p - e_y). */
function singleRow(
  row: Float64Array,
  start: number,
  cols: number,
  y: number,
  top: number,
  rest: number,
  factor: number,
): void {
  // Without the label the sum is `rest` when the label is on top; else at least 1, so that the
  // subtraction of an exponential <= 1 loses nothing.
  const competitors = y === top ? rest : 1 + rest - row[start + y]!;
  const perUnit = factor / (1 + rest);
  for (let c = start; c < start + cols; c++) row[c]! *= perUnit;
  row[start + y] = -competitors * perUnit;
}

/**
 * Turns scaled exponentials e into factor (p_c T - t_c), T = sum t, written
 * p_c (T - t_c) - t_c (1 - p_c): each of T - t_c and 1 - p_c is a sum over the other classes.
 */
function targetRow(
  row: Float64Array,
  start: number,
  cols: number,
  target: Float64Array,
  top: number,
  rest: number,
  factor: number,
): void {
  const largest = argmaxSpan(target, 0, cols);
  let others = 0;
  for (let c = 0; c < cols; c++) if (c !== largest) others += target[c]!;
  const mass = others + target[largest]!;
  const sum = 1 + rest;
  const perUnit = factor / sum;
  for (let c = 0; c < cols; c++) {
    const e = row[start + c]!;
    const t = target[c]!;
    const otherTargets = c === largest ? others : mass - t;
    const otherExponentials = c === top ? rest : sum - e;
    row[start + c] = perUnit * (e * otherTargets - t * otherExponentials);
  }
}
