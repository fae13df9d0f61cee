import { exp } from "@xent/kernels";
import type { TiltedVariance } from "./tilted-variance.js";

/**
 * log var(x + h) - log var(x) from above, with D >= max a - min a: (kappa3 / kappa2) h + D^2 h^2 / 2, because the second
 * derivative of log var is kappa4 / kappa2 - (kappa3 / kappa2)^2 <= D^2; and D |h|.
 */
export function logGrowth(
  { halfWidth, logSlope, logSlopeError }: TiltedVariance,
  h: number,
): number {
  const width = 2 * halfWidth;
  const quadratic = logSlope * h + logSlopeError * Math.abs(h) + (width * width * h * h) / 2;
  return Math.min(quadratic, width * Math.abs(h));
}

/**
 * var(x + h) over the second moment V at x, about the mean m there, from above; sharper for small h by the true fourth
 * moment in place of D^2. With X = a - m and E at x: var(x + h) <= E X^2 e^(hX) / E e^(hX), whose denominator is at least
 * 1 + h E X = 1 but for roundings, and by Taylor's formula with |X| <= W, y = W |h|,
 * E X^2 e^(hX) <= V + h E X^3 + h^2 / 2 E X^4 + V y^3 e^y / 6.
 *
 * `logSlopeError` e bounds the error of E X^3 / V, e D that of E X^4 / V, and e / 4 the mean's: while y < 2 the sum is
 * below 21, so the denominator adds at most 11 e |h|. Terms are below 44 together: 1e-13 covers their roundings.
 */
export function momentGrowth(row: TiltedVariance, h: number): number {
  const { halfWidth, logSlope, logSlopeError: e, fourthRatio, mean } = row;
  const size = Math.abs(h);
  const y = (halfWidth + Math.abs(mean)) * size * (1 + 1e-15);
  // The error is as large as D where nothing is known of the moments.
  if (!(y < 2 && e < halfWidth)) return Infinity;
  const first = logSlope * h + 12 * e * size;
  const second = ((fourthRatio + 2 * halfWidth * e) * h * h) / 2;
  return 1 + first + second + (y * y * y * exp(y)) / 6 + 1e-13;
}
