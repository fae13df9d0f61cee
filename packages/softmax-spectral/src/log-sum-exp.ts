import { simdLogSumExpRows, simdSoftmaxRows } from "@xent/kernels";
import {
  type Dense,
  DimensionError,
  DomainError,
  dense,
  requireLength,
  requireLogits,
  requireShape,
} from "@xent/linalg";
import {
  argmaxSpan,
  checkedArgmaxSpan,
  logSoftmaxSpan,
  logSumExpSpan,
  softmaxSpan,
} from "./softmax-span.js";

/** First index of the largest logit of the span, after checking that there is one and that all are logits. */
function topOf(name: string, logits: ArrayLike<number>, start: number, n: number): number {
  if (n === 0) throw new DimensionError(`${name} has no classes`);
  const top = checkedArgmaxSpan(logits, start, n);
  // One entry is at fault: this finds it again and names it.
  if (top < 0) requireLogits(name, logits);
  return top;
}

function allMasked(name: string, n: number): DomainError {
  return new DomainError(`${name}: all ${n} classes are masked (-Infinity)`);
}

/**
 * Throws unless there is at least one class, all are logits and at least one of them is not masked.
 *
 * @returns the first index of the largest.
 */
export function requireUnmasked(name: string, logits: ArrayLike<number>): number {
  const top = topOf(name, logits, 0, logits.length);
  if (logits[top] === -Infinity) throw allMasked(name, logits.length);
  return top;
}

/** Throws unless `logits` is a consistent B x C matrix of logits whose rows each keep a class. */
export function requireLogitRows(name: string, logits: Dense): void {
  const { rows, cols, data } = logits;
  requireShape(name, logits, rows, cols);
  const entries = `${name}.data`;
  for (let i = 0; i < rows; i++) {
    const top = topOf(entries, data, i * cols, cols);
    if (data[i * cols + top] === -Infinity) throw allMasked(`${name} row ${i}`, cols);
  }
}

/** Where the kernels put the result of a row alone. */
const single = new Float64Array(1);

/**
 * log(sum_i exp(z_i)), with no overflow for any finite logits; convex, and 1-Lipschitz in the
 * largest norm. The absolute error is a few roundings of max |z_i|.
 *
 * @param logits - `z`, length C >= 1; -Infinity masks a class.
 * @returns -Infinity iff every class is masked.
 * @throws DimensionError when C = 0, DomainError for NaN or +Infinity.
 */
export function logSumExp(logits: ArrayLike<number>): number {
  if (logits instanceof Float64Array && simdLogSumExpRows(logits, 1, logits.length, single)) {
    return single[0]!;
  }
  const top = topOf("logits", logits, 0, logits.length);
  return logSumExpSpan(logits, 0, logits.length, top);
}

/**
 * {@link logSumExp} of every row of `logits` (B x C, C >= 1). O(B C).
 *
 * @param out - length B.
 * @returns `out`; entry i is -Infinity iff every class of row i is masked.
 * @throws DimensionError, DomainError (NaN or +Infinity).
 */
export function logSumExpRows(
  logits: Dense,
  out: Float64Array = new Float64Array(logits.rows),
): Float64Array {
  const { rows, cols, data } = logits;
  requireShape("logits", logits, rows, cols);
  if (cols === 0) throw new DimensionError("logits has no classes");
  if (out.length === rows && simdLogSumExpRows(data, rows, cols, out)) return out;
  requireLogits("logits.data", data);
  requireLength("out", out, rows);
  for (let i = 0; i < rows; i++) {
    out[i] = logSumExpSpan(data, i * cols, cols, argmaxSpan(data, i * cols, cols));
  }
  return out;
}

/**
 * Probabilities exp(z_i) / sum_j exp(z_j). Relative error of each entry: a few roundings times
 * (1 + |z_i - max z|); an entry whose true value is below the smallest double is 0.
 *
 * @param logits - `z`, length C >= 1; -Infinity masks a class (probability exactly 0).
 * @param out - length C; may be `logits` itself.
 * @throws DimensionError, DomainError (NaN, +Infinity, or every class masked).
 */
export function softmax(
  logits: ArrayLike<number>,
  out: Float64Array = new Float64Array(logits.length),
): Float64Array {
  const n = logits.length;
  requireLength("out", out, n);
  // The kernel checks as it goes, before it writes.
  if (logits instanceof Float64Array && simdSoftmaxRows(logits, 1, n, out)) return out;
  const top = requireUnmasked("logits", logits);
  softmaxSpan(logits, 0, n, top, out, 0);
  return out;
}

/** {@link softmax} of every row of `logits` (B x C) into `out` (B x C; may be `logits`). O(B C). */
export function softmaxRows(logits: Dense, out: Dense = dense(logits.rows, logits.cols)): Dense {
  const { rows, cols, data } = logits;
  requireShape("out", out, rows, cols);
  requireShape("logits", logits, rows, cols);
  // In place all rows are checked before the first is overwritten; else the kernel checks each before it writes it.
  const checked = out.data.buffer === data.buffer;
  if (checked) requireLogitRows("logits", logits);
  if (simdSoftmaxRows(data, rows, cols, out.data)) return out;
  if (!checked) requireLogitRows("logits", logits);
  for (let i = 0; i < rows; i++) {
    const start = i * cols;
    softmaxSpan(data, start, cols, argmaxSpan(data, start, cols), out.data, start);
  }
  return out;
}

/**
 * Log-probabilities z_i - logSumExp(z), never through a probability: right where the softmax
 * underflows. As -(max z - z_i) - log1p(rest), a sum of terms of one sign, each entry keeps full
 * *relative* accuracy, also when the probability rounds to 1.
 *
 * @param logits - `z`, length C >= 1; -Infinity masks a class (log-probability -Infinity).
 * @param out - length C; may be `logits` itself.
 * @throws DimensionError, DomainError (NaN, +Infinity, or every class masked).
 */
export function logSoftmax(
  logits: ArrayLike<number>,
  out: Float64Array = new Float64Array(logits.length),
): Float64Array {
  requireLength("out", out, logits.length);
  const top = requireUnmasked("logits", logits);
  logSoftmaxSpan(logits, 0, logits.length, top, out, 0);
  return out;
}

/** {@link logSoftmax} of every row of `logits` (B x C) into `out` (B x C; may be `logits`). O(B C). */
export function logSoftmaxRows(logits: Dense, out: Dense = dense(logits.rows, logits.cols)): Dense {
  const { rows, cols, data } = logits;
  requireShape("out", out, rows, cols);
  requireLogitRows("logits", logits);
  for (let i = 0; i < rows; i++) {
    const start = i * cols;
    logSoftmaxSpan(data, start, cols, argmaxSpan(data, start, cols), out.data, start);
  }
  return out;
}
