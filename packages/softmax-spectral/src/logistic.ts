import { DomainError, requireLength } from "@xent/linalg";

function requireNumber(x: number): void {
  if (Number.isNaN(x)) throw new DomainError("x = NaN is not a number");
}

/**
 * 1 / (1 + exp(-x)), the probability at margin `x`: full relative accuracy for x of either sign,
 * 0 and 1 at -Infinity and +Infinity. 1 - sigmoid(x) is `sigmoid(-x)`.
 *
 * @throws DomainError for NaN.
 */
export function sigmoid(x: number): number {
  requireNumber(x);
  const e = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

/**
 * log(1 + exp(x)), the cross-entropy at margin `-x`: no overflow, full relative accuracy.
 *
 * @throws DomainError for NaN.
 */
export function softplus(x: number): number {
  requireNumber(x);
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** log(sigmoid(x)) = -softplus(-x), at full relative accuracy. Throws DomainError for NaN. */
export function logSigmoid(x: number): number {
  return -softplus(-x);
}

/** {@link sigmoid} of every entry into `out` (same length; may be `x`). */
export function sigmoidVector(
  x: ArrayLike<number>,
  out: Float64Array = new Float64Array(x.length),
): Float64Array {
  requireLength("out", out, x.length);
  for (let i = 0; i < x.length; i++) out[i] = sigmoid(x[i]!);
  return out;
}

/** {@link softplus} of every entry into `out` (same length; may be `x`). */
export function softplusVector(
  x: ArrayLike<number>,
  out: Float64Array = new Float64Array(x.length),
): Float64Array {
  requireLength("out", out, x.length);
  for (let i = 0; i < x.length; i++) out[i] = softplus(x[i]!);
  return out;
}
