import {
  type Dense,
  DimensionError,
  DomainError,
  requireLength,
  requireLogits,
} from "@xent/linalg";

/** Largest of `data[start .. start + n)`. */
function maxOf(data: ArrayLike<number>, start: number, n: number): number {
  let m = -Infinity;
  for (let i = start; i < start + n; i++) if (data[i]! > m) m = data[i]!;
  return m;
}

/** Kernel without checks: log sum exp of `data[start .. start + n)`; -Infinity when all are masked. */
export function logSumExpSpan(data: ArrayLike<number>, start: number, n: number): number {
  const m = maxOf(data, start, n);
  if (m === -Infinity) return -Infinity;
  let s = 0;
  for (let i = start; i < start + n; i++) s += Math.exp(data[i]! - m);
  return m + Math.log(s);
}

/** Kernel without checks: softmax of a span into another, n >= 1 with a finite entry; returns log sum exp. */
export function softmaxSpan(
  data: ArrayLike<number>,
  start: number,
  n: number,
  out: Float64Array,
  outStart: number,
): number {
  const m = maxOf(data, start, n);
  let s = 0;
  for (let i = 0; i < n; i++) {
    const e = Math.exp(data[start + i]! - m);
    out[outStart + i] = e;
    s += e;
  }
  for (let i = outStart; i < outStart + n; i++) out[i]! /= s;
  return m + Math.log(s);
}

/** Throws unless there is at least one class and at least one of them is not masked. */
export function requireUnmasked(
  name: string,
  logits: ArrayLike<number>,
  start = 0,
  n: number = logits.length,
): void {
  if (n === 0) throw new DimensionError(`${name} has no classes`);
  if (maxOf(logits, start, n) === -Infinity) {
    throw new DomainError(`${name}: all ${n} classes are masked (-Infinity)`);
  }
}

/**
 * log(sum_i exp(z_i)), exact under shifts: no overflow for any finite logits.
 *
 * @param logits - `z`, length C >= 1; -Infinity masks a class.
 * @returns -Infinity iff every class is masked.
 * @throws {@link DimensionError} when C = 0, {@link DomainError} for NaN or +Infinity.
 */
export function logSumExp(logits: ArrayLike<number>): number {
  if (logits.length === 0) throw new DimensionError("logits has no classes");
  requireLogits("logits", logits);
  return logSumExpSpan(logits, 0, logits.length);
}

/**
 * exp(z_i) / sum_j exp(z_j).
 *
 * @param logits - `z`, length C >= 1; -Infinity masks a class (probability exactly 0).
 * @param out - length C; may be `logits` itself.
 * @throws {@link DimensionError}, {@link DomainError} (NaN, +Infinity, or every class masked).
 */
export function softmax(
  logits: ArrayLike<number>,
  out: Float64Array = new Float64Array(logits.length),
): Float64Array {
  requireLength("out", out, logits.length);
  requireLogits("logits", logits);
  requireUnmasked("logits", logits);
  softmaxSpan(logits, 0, logits.length, out, 0);
  return out;
}

/** Softmax of every row of `logits` (B x C) into `out` (B x C; may be `logits`). O(B C). */
export function softmaxRows(
  logits: Dense,
  out: Dense = { rows: logits.rows, cols: logits.cols, data: new Float64Array(logits.data.length) },
): Dense {
  requireLogits("logits", logits.data);
  if (out.rows !== logits.rows || out.cols !== logits.cols) {
    throw new DimensionError(
      `out is ${out.rows} x ${out.cols}, expected ${logits.rows} x ${logits.cols}`,
    );
  }
  for (let i = 0; i < logits.rows; i++) {
    requireUnmasked(`logits row ${i}`, logits.data, i * logits.cols, logits.cols);
  }
  for (let i = 0; i < logits.rows; i++) {
    softmaxSpan(logits.data, i * logits.cols, logits.cols, out.data, i * logits.cols);
  }
  return out;
}
