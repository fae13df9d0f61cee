import { exponentials, simdTop } from "@xent/kernels";

/*
 * Unchecked kernels on a span `data[start .. start + n)` of logits. They are the only place where a
 * logit is exponentiated. Every sum leaves out the largest entry (whose scaled exponential is
 * exactly 1) and is kept apart as `rest`, so that log(1 + rest), 1 - p_max = rest / (1 + rest) and
 * the loss of a confident row keep full relative accuracy however small they are.
 *
 * The exponentials and their sums are those of `@xent/kernels`: the same bits with and without SIMD.
 */

/** Length from which the divisions by the total cost more than the accuracy of their last bit is worth. */
const LONG = 1024;

/** First index of the largest of `data[start .. start + n)`, relative to `start`; 0 when n = 0. */
export function argmaxSpan(data: ArrayLike<number>, start: number, n: number): number {
  let best = 0;
  let m = -Infinity;
  for (let i = 0; i < n; i++) {
    const v = data[start + i]!;
    if (v > m) {
      m = v;
      best = i;
    }
  }
  return best;
}

/** {@link argmaxSpan}, or -1 when an entry is NaN or +Infinity: one pass that checks and finds. */
export function checkedArgmaxSpan(data: ArrayLike<number>, start: number, n: number): number {
  const found = data instanceof Float64Array ? simdTop(data, start, n) : undefined;
  if (found !== undefined) return found;
  let best = 0;
  let m = -Infinity;
  for (let i = 0; i < n; i++) {
    const v = data[start + i]!;
    // NaN fails the first comparison, and then the second.
    if (!(v <= m)) {
      if (!(v < Infinity)) return -1;
      m = v;
      best = i;
    }
  }
  return best;
}

/**
 * rest = sum over i != top of exp((z_i - z_top) / temperature). `top` must be the argmax, and
 * z_top finite. O(n), relative error about 70 u plus that of exp.
 */
export function restSpan(
  data: ArrayLike<number>,
  start: number,
  n: number,
  top: number,
  temperature = 1,
): number {
  return exponentials(data, start, n, top, data[start + top]!, temperature);
}

/**
 * Writes the scaled exponentials exp((z_i - z_top) / temperature) to `out[outStart ..]` (1 at
 * `top`) and returns their sum without the entry of `top`. `out` may be `data` at the same place.
 */
export function exponentialsSpan(
  data: ArrayLike<number>,
  start: number,
  n: number,
  top: number,
  temperature: number,
  out: Float64Array,
  outStart: number,
): number {
  return exponentials(data, start, n, top, data[start + top]!, temperature, out, outStart);
}

/** log sum exp of the span, n >= 1, `top` its argmax; -Infinity when every entry is. */
export function logSumExpSpan(
  data: ArrayLike<number>,
  start: number,
  n: number,
  top: number,
): number {
  const m = data[start + top]!;
  if (m === -Infinity) return -Infinity;
  return m + Math.log1p(restSpan(data, start, n, top));
}

/** Softmax of a span into another, n >= 1; `top` is the argmax, with a finite entry. */
export function softmaxSpan(
  data: ArrayLike<number>,
  start: number,
  n: number,
  top: number,
  out: Float64Array,
  outStart: number,
): void {
  const total = 1 + exponentialsSpan(data, start, n, top, 1, out, outStart);
  if (n < LONG) {
    for (let i = outStart; i < outStart + n; i++) out[i]! /= total;
  } else {
    // One rounding more, at a quarter of the time.
    const inverse = 1 / total;
    for (let i = outStart; i < outStart + n; i++) out[i]! *= inverse;
  }
}

/**
 * Log-softmax of a span into another, n >= 1; `top` is the argmax, with a finite entry. `out` may be
 * `data` at the same place.
 */
export function logSoftmaxSpan(
  data: ArrayLike<number>,
  start: number,
  n: number,
  top: number,
  out: Float64Array,
  outStart: number,
): void {
  const m = data[start + top]!;
  const excess = Math.log1p(restSpan(data, start, n, top));
  // Both parts of the difference are <= 0: no cancellation.
  for (let i = 0; i < n; i++) out[outStart + i] = data[start + i]! - m - excess;
}
