import {
  type Dense,
  DimensionError,
  requireFinite,
  requireLength,
  requireShape,
} from "@xent/linalg";
import {
  exponentOf,
  nextDown,
  nextUp,
  PI_HIGH,
  PI_LOW,
  productError,
  scaleByPower,
  sumError,
} from "./directed-rounding.js";

/**
 * max - min in halves: the least double that is not below (max - min) / 2, or below 2^-1000 the one
 * above it. Halving keeps a spread that overflows finite, and is exact but for odd subnormals, which
 * that extra spacing covers.
 */
export function halfSpreadUp(minimum: number, maximum: number): number {
  if (minimum === maximum) return 0;
  const high = maximum / 2;
  const low = minimum / 2;
  const s = high - low;
  const subnormal = s < 2 ** -1000;
  return subnormal || sumError(high, -low, s) > 0 ? nextUp(s) : s;
}

/** The greatest double not above pi / spread, up to one spacing; `halfSpread` > 0 is half the spread, rounded up. */
export function piOverSpreadDown(halfSpread: number): number {
  const e = exponentOf(halfSpread);
  // In [1, 2), exactly: two factors, since 2^-e itself may overflow.
  const m = scaleByPower(halfSpread, -e);
  let q = PI_HIGH / m;
  const p = q * m;
  // q <= pi / m  iff  pi - q m >= 0. The left side carries a rounding below 2^-103, and pi one below 2^-106.
  if (PI_HIGH - p - productError(q, m, p) + PI_LOW < 2 ** -100) q = nextDown(q);
  const scaled = scaleByPower(q, -e - 1);
  if (scaled === Infinity) return Number.MAX_VALUE;
  return scaled < 2 ** -1021 && scaleByPower(scaled, e + 1) > q ? nextDown(scaled) : scaled;
}

/** [minimum, maximum] of `n` values from `start`. */
export function spanRange(
  values: ArrayLike<number>,
  start: number,
  n: number,
): readonly [number, number] {
  let minimum = values[start]!;
  let maximum = minimum;
  for (let i = start + 1; i < start + n; i++) {
    const v = values[i]!;
    if (v < minimum) minimum = v;
    if (v > maximum) maximum = v;
  }
  return [minimum, maximum];
}

/**
 * pi / spread: a lower bound on the distance from 0 to the nearest complex zero of
 * F(t) = sum_k exp(z_k + a_k t), whatever the logits z. No zero has |Im t| < pi / spread, because all
 * terms then lie in one open half-plane. Exact on the safe side: the value returned is never above
 * pi / (max a - min a), and less than three spacings below.
 *
 * @param slopes - directional logit derivatives `a`, length C >= 1, finite.
 * @returns the bound in units of step; `Infinity` iff all slopes are equal (F has no zero). No
 *   epsilon is added. Where pi / spread overflows, the largest double.
 * @throws DimensionError when C = 0, DomainError for a slope that is not finite. O(C).
 * @see [G] arXiv:2603.13552.
 */
export function spreadRadius(slopes: ArrayLike<number>): number {
  if (slopes.length === 0) throw new DimensionError("slopes has no classes");
  requireFinite("slopes", slopes);
  const [minimum, maximum] = spanRange(slopes, 0, slopes.length);
  return spreadRadiusOfRange(minimum, maximum);
}

/** pi / (maximum - minimum), rounded down; Infinity when they agree. */
export function spreadRadiusOfRange(minimum: number, maximum: number): number {
  return minimum === maximum ? Infinity : piOverSpreadDown(halfSpreadUp(minimum, maximum));
}

/**
 * {@link spreadRadius} of every row. O(B C), one pass.
 *
 * @param slopes - B x C, C >= 1, finite.
 * @param out - length B.
 */
export function spreadRadii(
  slopes: Dense,
  out: Float64Array = new Float64Array(slopes.rows),
): Float64Array {
  const { rows, cols, data } = slopes;
  requireShape("slopes", slopes, rows, cols);
  if (cols === 0) throw new DimensionError("slopes has no classes");
  requireLength("out", out, rows);
  for (let i = 0; i < rows; i++) {
    const start = i * cols;
    let minimum = data[start]!;
    let maximum = minimum;
    // 0 * v is 0 for finite v and NaN otherwise: the check costs no second pass.
    let nonFinite = 0;
    for (let j = start; j < start + cols; j++) {
      const v = data[j]!;
      if (v < minimum) minimum = v;
      if (v > maximum) maximum = v;
      nonFinite += 0 * v;
    }
    if (nonFinite !== 0) requireFinite("slopes.data", data);
    out[i] = spreadRadiusOfRange(minimum, maximum);
  }
  return out;
}
