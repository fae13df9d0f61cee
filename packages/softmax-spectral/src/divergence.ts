import { requireLength, requireLogits } from "@xent/linalg";
import { requireUnmasked } from "./log-sum-exp.js";
import { argmaxSpan, logSoftmaxSpan, restSpan } from "./softmax-span.js";

/**
 * Shannon entropy -sum_i p_i log p_i (nats) of p = softmax(z), from the logits: a sum of terms >= 0
 * with full relative accuracy, also when one class has almost all the mass. In [0, log C].
 *
 * @param logits - length C >= 1; -Infinity masks a class.
 * @throws DimensionError, DomainError. O(C).
 */
export function entropy(logits: ArrayLike<number>): number {
  requireLogits("logits", logits);
  requireUnmasked("logits", logits);
  const n = logits.length;
  const top = argmaxSpan(logits, 0, n);
  const m = logits[top]!;
  const rest = restSpan(logits, 0, n, top);
  // sum_i p_i ((m - z_i) + log1p(rest)), with sum_i p_i = 1.
  let s = 0;
  for (let i = 0; i < n; i++) {
    const gap = m - logits[i]!;
    if (gap < Infinity) s += Math.exp(-gap) * gap;
  }
  return s / (1 + rest) + Math.log1p(rest);
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
 * q = softmax(b), from the logits; >= 0, accurate where it is second-order small, that is where the
 * logits agree up to a shift.
 *
 * @param logitsP - a, length C >= 1; -Infinity masks a class.
 * @param logitsQ - b, length C.
 * @returns Infinity iff q masks a class that p does not.
 * @throws DimensionError, DomainError. O(C).
 */
export function klDivergence(logitsP: ArrayLike<number>, logitsQ: ArrayLike<number>): number {
  requireLength("logitsQ", logitsQ, logitsP.length);
  requireLogits("logitsP", logitsP);
  requireLogits("logitsQ", logitsQ);
  requireUnmasked("logitsP", logitsP);
  requireUnmasked("logitsQ", logitsQ);
  const n = logitsP.length;
  const logP = new Float64Array(n);
  const logQ = new Float64Array(n);
  logSoftmaxSpan(logitsP, 0, n, logP, 0);
  logSoftmaxSpan(logitsQ, 0, n, logQ, 0);
  let direct = 0;
  let size = 0;
  for (let i = 0; i < n; i++) {
    if (logP[i] === -Infinity) continue;
    if (logQ[i] === -Infinity) return Infinity;
    const p = Math.exp(logP[i]!);
    // An underflown p times a huge log-ratio is still negligible, and not NaN.
    if (p === 0) continue;
    direct += p * (logP[i]! - logQ[i]!);
    size -= p * (logP[i]! + logQ[i]!);
  }
  // The direct sum cancels by size / direct; below 1/16 the centred form takes over.
  return direct >= size / 16 ? direct : centredDivergence(logitsP, logitsQ, logP, logQ);
}

/**
 * KL for close distributions. With c = (b - a) - E_p(b - a) it is log E_p exp(c), and
 * E_p exp(c) - 1 = sum_i p_i (exp(c_i) - 1 - c_i), a sum of terms >= 0; plus -log(1 - the mass that
 * q puts on classes which p masks).
 */
function centredDivergence(
  logitsP: ArrayLike<number>,
  logitsQ: ArrayLike<number>,
  logP: Float64Array,
  logQ: Float64Array,
): number {
  const n = logP.length;
  const top = argmaxSpan(logP, 0, n);
  const delta = new Float64Array(n);
  let mean = 0;
  let foreign = 0;
  for (let i = 0; i < n; i++) {
    const p = Math.exp(logP[i]!);
    if (logP[i] === -Infinity) foreign += Math.exp(logQ[i]!);
    else {
      delta[i] = logitsQ[i]! - logitsQ[top]! - (logitsP[i]! - logitsP[top]!);
      if (p > 0) mean += p * delta[i]!;
    }
  }
  let excess = 0;
  // What rounding left of sum_i p_i c_i: kept, so that an inexact centre does no harm.
  let offset = 0;
  for (let i = 0; i < n; i++) {
    if (logP[i] === -Infinity) continue;
    const p = Math.exp(logP[i]!);
    const c = delta[i]! - mean;
    if (p > 0) offset += p * c;
    if (p > 0 && c < 700) excess += p * expm1MinusX(c);
    else {
      // p underflows or exp(c) overflows: only their product, q_i / q_top p_top exp(-mean), counts.
      const raised = logitsQ[i]! - logitsQ[top]! + logP[top]! - mean;
      excess += Math.exp(raised) - (p > 0 ? p * (1 + c) : 0);
    }
  }
  return Math.max(Math.log1p(excess + offset) - offset - Math.log1p(-foreign), 0);
}
