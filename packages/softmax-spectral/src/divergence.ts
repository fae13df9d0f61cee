import { type Dense, requireLength, requireShape } from "@xent/linalg";
import { requireLogitRows, requireUnmasked } from "./log-sum-exp.js";
import { argmaxSpan, restSpan } from "./softmax-span.js";

/** Entropy of the softmax of a span, n >= 1 with a finite entry. */
function entropySpan(logits: ArrayLike<number>, start: number, n: number): number {
  const top = argmaxSpan(logits, start, n);
  const m = logits[start + top]!;
  let rest = 0;
  let weighted = 0;
  for (let i = start; i < start + n; i++) {
    const gap = m - logits[i]!;
    if (i === start + top || gap === Infinity) continue;
    const e = Math.exp(-gap);
    rest += e;
    weighted += e * gap;
  }
  // sum_i p_i ((m - z_i) + log1p(rest)), with sum_i p_i = 1.
  return weighted / (1 + rest) + Math.log1p(rest);
}

/**
 * Shannon entropy -sum_i p_i log p_i (nats) of p = softmax(z), from the logits: a sum of terms >= 0
 * with a relative error of at most about C + 4 roundings, also when one class has almost all the mass.
 * In [0, log C].
 *
 * @param logits - length C >= 1; -Infinity masks a class.
 * @throws DimensionError, DomainError. O(C).
 */
export function entropy(logits: ArrayLike<number>): number {
  requireUnmasked("logits", logits);
  return entropySpan(logits, 0, logits.length);
}

/**
 * {@link entropy} of every row of `logits` (B x C). O(B C).
 *
 * @param out - length B.
 * @throws DimensionError, DomainError.
 */
export function entropyRows(
  logits: Dense,
  out: Float64Array = new Float64Array(logits.rows),
): Float64Array {
  const { rows, cols, data } = logits;
  requireLogitRows("logits", logits);
  requireLength("out", out, rows);
  for (let i = 0; i < rows; i++) out[i] = entropySpan(data, i * cols, cols);
  return out;
}

/** exp(x) - 1 - x >= 0 without cancellation. */
function expm1MinusX(x: number): number {
  // Below 1/2 in size the series needs 16 terms: 0.5^17 / 17! * 2 < 2^-53 * 0.5^2 / 2.
  if (Math.abs(x) >= 0.5) return Math.expm1(x) - x;
  let s = 0;
  for (let n = 17; n >= 3; n--) s = (x / n) * (1 + s);
  return ((x * x) / 2) * (1 + s);
}

/**
 * Kullback-Leibler divergence KL(p || q) = sum_i p_i log(p_i / q_i) (nats) of p = softmax(a) and
 * q = softmax(b), from the logits (log-probabilities are logits too); >= 0, accurate where it is
 * second-order small, that is where the logits agree up to a shift.
 *
 * @param logitsP - a, length C >= 1; -Infinity masks a class.
 * @param logitsQ - b, length C.
 * @returns Infinity iff q masks a class that p does not.
 * @throws DimensionError, DomainError. O(C).
 */
export function klDivergence(logitsP: ArrayLike<number>, logitsQ: ArrayLike<number>): number {
  requireLength("logitsQ", logitsQ, logitsP.length);
  requireUnmasked("logitsP", logitsP);
  requireUnmasked("logitsQ", logitsQ);
  return klSpan(logitsP, logitsQ, 0, logitsP.length);
}

/**
 * {@link klDivergence} of every row of `logitsP` (B x C) from that of `logitsQ` (B x C). O(B C).
 *
 * @param out - length B.
 * @throws DimensionError, DomainError.
 */
export function klDivergenceRows(
  logitsP: Dense,
  logitsQ: Dense,
  out: Float64Array = new Float64Array(logitsP.rows),
): Float64Array {
  const { rows, cols } = logitsP;
  requireShape("logitsQ", logitsQ, rows, cols);
  requireLogitRows("logitsP", logitsP);
  requireLogitRows("logitsQ", logitsQ);
  requireLength("out", out, rows);
  for (let i = 0; i < rows; i++) out[i] = klSpan(logitsP.data, logitsQ.data, i * cols, cols);
  return out;
}

/** KL of the softmax of two spans at the same place, n >= 1, each with a finite entry. Allocates nothing. */
function klSpan(a: ArrayLike<number>, b: ArrayLike<number>, start: number, n: number): number {
  const topA = argmaxSpan(a, start, n);
  const topB = argmaxSpan(b, start, n);
  const maxA = a[start + topA]!;
  const maxB = b[start + topB]!;
  const excessA = Math.log1p(restSpan(a, start, n, topA));
  const excessB = Math.log1p(restSpan(b, start, n, topB));
  let direct = 0;
  let size = 0;
  for (let i = start; i < start + n; i++) {
    const logP = a[i]! - maxA - excessA;
    const logQ = b[i]! - maxB - excessB;
    if (logP === -Infinity) continue;
    if (logQ === -Infinity) return Infinity;
    const p = Math.exp(logP);
    // An underflown p times a huge log-ratio is still negligible, and not NaN.
    if (p === 0) continue;
    direct += p * (logP - logQ);
    size -= p * (logP + logQ);
  }
  // The direct sum cancels by size / direct; below 1/16 the centred form takes over.
  if (direct >= size / 16) return direct;
  return centredDivergence(a, b, start, n, topA, excessA, maxB + excessB);
}

/**
 * KL for close distributions. With c = (b - a) - E_p(b - a) it is log E_p exp(c), and
 * E_p exp(c) - 1 = sum_i p_i (exp(c_i) - 1 - c_i), a sum of terms >= 0; plus -log(1 - the mass that
 * q puts on classes which p masks).
 */
function centredDivergence(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  start: number,
  n: number,
  top: number,
  excessA: number,
  logSumB: number,
): number {
  const maxA = a[start + top]!;
  const originB = b[start + top]!;
  let mean = 0;
  let foreign = 0;
  for (let i = start; i < start + n; i++) {
    if (a[i] === -Infinity) {
      foreign += Math.exp(b[i]! - logSumB);
      continue;
    }
    const p = Math.exp(a[i]! - maxA - excessA);
    if (p > 0) mean += p * (b[i]! - originB - (a[i]! - maxA));
  }
  let excess = 0;
  // What rounding left of sum_i p_i c_i: kept, so that an inexact centre does no harm.
  let offset = 0;
  for (let i = start; i < start + n; i++) {
    if (a[i] === -Infinity) continue;
    const p = Math.exp(a[i]! - maxA - excessA);
    const c = b[i]! - originB - (a[i]! - maxA) - mean;
    if (p > 0) offset += p * c;
    if (p > 0 && c < 700) excess += p * expm1MinusX(c);
    else {
      // p underflows or exp(c) overflows: only their product, q_i / q_top p_top exp(-mean), counts.
      const raised = b[i]! - originB - excessA - mean;
      excess += Math.exp(raised) - (p > 0 ? p * (1 + c) : 0);
    }
  }
  return Math.max(Math.log1p(excess + offset) - offset - Math.log1p(-foreign), 0);
}
