import { requireLength } from "./validate.js";

/**
 * Sum of `values` as if in twice the precision, rounded once at the end (Neumaier): error at most
 * u |s| + n^2 u^2 sum |x_i| up to higher order. An overflow of a partial sum falls back to the plain sum, so that
 * infinities come out as plain addition gives them.
 *
 * @see Neumaier, ZAMM 54 (1974) 39; Ogita, Rump, Oishi, SIAM J. Sci. Comput. 26 (2005) 1955. O(n).
 */
export function compensatedSum(values: ArrayLike<number>): number {
  let sum = 0;
  let correction = 0;
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    const t = sum + v;
    // The smaller operand's lost digits, recovered exactly.
    correction += Math.abs(sum) >= Math.abs(v) ? sum - t + v : v - t + sum;
    sum = t;
  }
  return Number.isFinite(sum) ? sum + correction : sum;
}

/** Splits at 27 bits: both halves, and products of halves, are exact. */
const SPLITTER = 2 ** 27 + 1;

/**
 * x . y as if in twice the precision, rounded once at the end (Dot2 of Ogita, Rump and Oishi): error at
 * most u |s| + gamma_n^2 |x| . |y|, short of over- and underflow; entries beyond 2^996 in size may overflow inside
 * the splitting, and then the plain dot product is returned.
 */
export function compensatedDot(x: ArrayLike<number>, y: ArrayLike<number>): number {
  requireLength("y", y, x.length);
  let sum = 0;
  let plain = 0;
  let correction = 0;
  for (let i = 0; i < x.length; i++) {
    const a = x[i]!;
    const b = y[i]!;
    const p = a * b;
    const ca = SPLITTER * a;
    const ah = ca - (ca - a);
    const al = a - ah;
    const cb = SPLITTER * b;
    const bh = cb - (cb - b);
    const bl = b - bh;
    const lost = al * bl - (p - ah * bh - al * bh - ah * bl);
    const t = sum + p;
    const z = t - sum;
    correction += sum - (t - z) + (p - z) + lost;
    sum = t;
    plain += p;
  }
  const result = sum + correction;
  return Number.isFinite(result) ? result : plain;
}
