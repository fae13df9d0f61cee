/** Half the distance from 1 to the next double. */
export const U: number = 2 ** -53;

/** pi = PI_HIGH + PI_LOW + less than 2^-106; `Math.PI` is below pi. */
export const PI_HIGH: number = Math.PI;
export const PI_LOW: number = 1.2246467991473532e-16;

/** A double at least `ulps` spacings below `x`, and at most about `2 ulps + 1` below. NaN stays NaN; infinities stay. */
export function below(x: number, ulps = 1): number {
  if (!Number.isFinite(x)) return x;
  return x - (Math.abs(x) * (ulps * 2 ** -52) + ulps * Number.MIN_VALUE);
}

/** A double at least `ulps` spacings above `x`. */
export function above(x: number, ulps = 1): number {
  return -below(-x, ulps);
}

/** The double next above `x`, for finite x >= 0. */
export function nextUp(x: number): number {
  if (x < 2 ** -1021) return x + Number.MIN_VALUE;
  // Below 2^-900 the increment itself would be rounded to the subnormal grid.
  if (x < 2 ** -900) return nextUp(x * 2 ** 200) * 2 ** -200;
  // 1.1 U x lies between 0.55 and 1.1 spacings of x: the sum rounds to the next double, with no tie.
  return x + x * (1.1 * U);
}

/** The double next below `x`, for finite x > 0. */
export function nextDown(x: number): number {
  if (x <= 2 ** -1021) return x - Number.MIN_VALUE;
  if (x < 2 ** -900) return nextDown(x * 2 ** 200) * 2 ** -200;
  return x - x * (1.1 * U);
}

const bits = new DataView(new ArrayBuffer(8));

/** e with 2^e <= x < 2^(e+1), for finite x > 0, subnormals included. */
export function exponentOf(x: number): number {
  bits.setFloat64(0, x);
  const field = bits.getUint32(0) >>> 20;
  return field > 0 ? field - 1023 : exponentOf(x * 2 ** 54) - 54;
}

/** x 2^e with the power split, so that it overflows or underflows only where the result does. */
export function scaleByPower(x: number, e: number): number {
  let value = x;
  let left = e;
  while (left > 1000) {
    value *= 2 ** 1000;
    left -= 1000;
  }
  while (left < -1000) {
    value *= 2 ** -1000;
    left += 1000;
  }
  return value * 2 ** left;
}

/** The rounding error of the sum a + b that was computed as `s`: a + b = s + error, exactly (no overflow). */
export function sumError(a: number, b: number, s: number): number {
  const bb = s - a;
  return a - (s - bb) + (b - bb);
}

const SPLITTER = 2 ** 27 + 1;

/** The rounding error of x y that was computed as `p`, exactly, for factors in 2^-400..2^400 (Dekker). */
export function productError(x: number, y: number, p: number): number {
  const cx = SPLITTER * x;
  const xh = cx - (cx - x);
  const xl = x - xh;
  const cy = SPLITTER * y;
  const yh = cy - (cy - y);
  const yl = y - yh;
  return xl * yl - (p - xh * yh - xl * yh - xh * yl);
}
