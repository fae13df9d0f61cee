import { DomainError } from "./errors.js";
import { requireFinite } from "./validate.js";
import { norm2, normInf } from "./vector.js";

/**
 * A factor s in [0, 1] with `|s x| <= bound`, exactly and as {@link norm2} of the rounded products
 * computes it: 1 when x fits, else `bound / |x|` less 2 (n + 16) roundings, which is more than the two
 * norms, the quotient and the products can be wrong by. Where the products are subnormal numbers it may
 * be up to a power of two smaller.
 *
 * @param x - length n, finite; its norm may overflow.
 * @param bound - >= 0; Infinity bounds nothing.
 * @throws {@link DomainError} when bound is negative or NaN, or an entry of x is not finite. O(n).
 */
export function scaleToLength(x: Float64Array, bound: number): number {
  if (!(bound >= 0)) throw new DomainError(`bound = ${bound}, expected a number >= 0`);
  requireFinite("x", x);
  // norm2 is wrong by at most (n / 2 + 4) u, relatively; the rest of the n + 16 is for the products.
  const slack = (x.length + 16) * 2 ** -53;
  // Tiny lengths are compared after an exact lift: a subnormal bound has no digits to take the slack from.
  const lift = bound < 2 ** -400 ? 2 ** 600 : 1;
  const safe = bound * lift * (1 - slack);
  const exceeds = (s: number): boolean => !(normOfProducts(x, s, lift) <= safe);
  if (bound === Infinity || !exceeds(1)) return 1;
  const length = norm2(x);
  const quotient = length < Infinity ? bound / length : boundOverOverflowingNorm(x, bound);
  let s = Math.min(1, quotient * (1 - 2 * slack));
  // Products that round among the subnormal numbers are the only ones that can still be too long.
  while (s > 0 && exceeds(s)) s /= 2;
  return s;
}

/** norm2 of the rounded products s x lift, to the bit, without an array of them unless squares overflow or underflow. */
function normOfProducts(x: Float64Array, s: number, lift: number): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const v = s * x[i]! * lift;
    sum += v * v;
  }
  if (sum > 1e-280 && sum < 1e280) return Math.sqrt(sum);
  return norm2(x.map((v) => s * v * lift));
}

/** bound / |x| for finite entries whose norm is beyond the largest double: at most sqrt(n) times beyond. */
function boundOverOverflowingNorm(x: Float64Array, bound: number): number {
  const largest = normInf(x);
  return bound / largest / norm2(x.map((v) => v / largest));
}
