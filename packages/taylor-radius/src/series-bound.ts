import { exp } from "@xent/kernels";
import { DomainError, requireInteger, requireNonNegative } from "@xent/linalg";
import { logSumExp } from "@xent/softmax-spectral";
import { above } from "./directed-rounding.js";
import { requireClasses } from "./exponential-sum.js";

/**
 * Upper bound of |l_n| radius^n for every n >= 2, l_n the Taylor coefficients of log F(t): K(R) + K(-R)
 * with K(x) = log F(x) / F(0), for any R up to the distance of the nearest zero. (Caratheodory's
 * inequality |g_n| R^n <= 2 max Re g for g = log F(t) / F(0) - m t, with the m that balances both ends;
 * Re log F(x + iy) <= log F(x), convex.) Never above 2 log cosh(Delta R / 2), by Kantorovich's
 * inequality, and that is attained at the fair coin. Rounded up. O(C).
 *
 * @param radius - R: proven free of zeros, e.g. `dominanceRadius` or the `lower` of `nearestGhost`; Infinity only
 *   when F has no zero, and then the bound is 0.
 * @throws DimensionError, DomainError for bad input.
 * @see [ours] docs/theory 3.4 gives the rate; the inequality is classical (Titchmarsh, Theory of Functions, 5.5).
 */
export function coefficientBound(
  logits: ArrayLike<number>,
  slopes: ArrayLike<number>,
  radius: number,
): number {
  requireClasses(logits, slopes);
  if (!(radius > 0)) throw new DomainError(`radius = ${radius}, expected a number > 0`);
  if (radius === Infinity) {
    const alive = Array.from(slopes).filter((_, k) => logits[k]! > -Infinity);
    if (alive.every((a) => a === alive[0])) return 0;
    throw new DomainError("radius = Infinity, but slopes differ: F has zeros");
  }
  let top = 0;
  for (let k = 1; k < logits.length; k++) if (logits[k]! > logits[top]!) top = k;
  // Relative to the top class both sums are near 1 when it dominates: nothing cancels.
  const at = (sign: number): number => {
    const exponents = Float64Array.from(logits, (z, k) =>
      z === -Infinity ? z : z - logits[top]! + sign * radius * (slopes[k]! - slopes[top]!),
    );
    if (!exponents.every((e) => e < Infinity)) {
      throw new DomainError(`radius = ${radius} times differences of slopes is not finite`);
    }
    return logSumExp(exponents);
  };
  const base = logSumExp(Float64Array.from(logits, (z) => z - logits[top]!));
  const [right, left] = [at(1), at(-1)];
  // Each logarithm is off by a few roundings of its own size and of the exponents that matter, which
  // are at most (|log| + log C) apart from it; 64 spacings of the total cover them.
  const size =
    right +
    left +
    2 * Math.abs(base) +
    2 * Math.log(logits.length) +
    exponentSize(logits, slopes, radius);
  return Math.max(0, right + left - 2 * base) + 64 * 2 ** -53 * size;
}

/** The largest exponent that a term of weight within e^-60 of the top can have. */
function exponentSize(
  logits: ArrayLike<number>,
  slopes: ArrayLike<number>,
  radius: number,
): number {
  let high = -Infinity;
  let low = Infinity;
  for (let k = 0; k < logits.length; k++) {
    if (logits[k] === -Infinity) continue;
    high = Math.max(high, slopes[k]!);
    low = Math.min(low, slopes[k]!);
  }
  return 2 * radius * (high - low);
}

/**
 * Upper bound of the truncation error |log F(t) - S_N(t)| for |t| = distance < radius, N >= 1:
 * {@link coefficientBound} times q^(N+1) / (1 - q), q = distance / radius. Infinity for
 * distance >= radius, where the series need not converge. Rounded up. O(C).
 *
 * @param order - N >= 1, the last order that is kept.
 * @param distance - |t| >= 0.
 */
export function seriesTruncationBound(
  logits: ArrayLike<number>,
  slopes: ArrayLike<number>,
  order: number,
  distance: number,
  radius: number,
): number {
  requireInteger("order", order, 1);
  requireNonNegative("distance", distance);
  const bound = coefficientBound(logits, slopes, radius);
  if (!(distance < radius)) return Infinity;
  if (bound === 0 || distance === 0) return 0;
  const q = distance / radius;
  // 1 - q is (radius - distance) / radius, and that difference is exact where it matters.
  const gap = (radius - distance) / radius;
  const tail = exp((order + 1) * Math.log(q)) / gap;
  // The power errs by (N + 1) (|log q| + 1) roundings; underflow to 0 is lifted by `above`.
  return above(bound * tail * (1 + (order + 1) * (Math.abs(Math.log(q)) + 2) * 2 ** -51), 16);
}
