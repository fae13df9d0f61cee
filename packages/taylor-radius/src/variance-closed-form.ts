import { exp } from "@xent/kernels";
import { WEIGHT_ERROR } from "./class-weights.js";
import { below, exponentOf, scaleByPower, U } from "./directed-rounding.js";
import { boundFrom, dominatedUpTo, radiusOfFewSlopes } from "./dominance.js";
import { LeadingClass, newSlopeRange, type Row, type SlopeRange } from "./leading-class.js";
import { halfSpreadUp, spreadRadiusOfRange } from "./spread.js";

// Memory from row to row. None of this is entered again while it runs.
const range: SlopeRange = newSlopeRange();
const leading = new LeadingClass();

/** Variance of 2^-exponent a under the weights at hand, from above. */
function varianceUp(
  { slopes, start, classes }: Row,
  weights: Float64Array,
  { minimum, maximum }: SlopeRange,
  exponent: number,
): number {
  // Two factors: 2^-exponent itself may overflow. Scaling is exact, down to subnormals.
  const one = 2 ** -Math.trunc(exponent / 2);
  const two = 2 ** -(exponent - Math.trunc(exponent / 2));
  const low = minimum * one * two;
  const centre = low + (maximum * one * two - low) / 2;
  let total = 0;
  let first = 0;
  for (let j = 0; j < classes; j++) {
    const w = weights[j]!;
    // Of a masked class not even the slope may count: it may lie anywhere.
    if (w === 0) continue;
    total += w;
    first += w * (slopes[start + j]! * one * two - centre);
  }
  const mean = first / total;
  let second = 0;
  for (let j = 0; j < classes; j++) {
    const w = weights[j]!;
    if (w === 0) continue;
    const gap = slopes[start + j]! * one * two - centre - mean;
    second += w * gap * gap;
  }
  // Weights err by WEIGHT_ERROR in numerator and denominator, slopes by 2 u, as (sigma + 2 u)^2 <= sigma^2 (1 + 1e-9) +
  // 4 u^2 (1 + 1e9); classes without a weight have less than e^-700 of it.
  const relative = 4 * WEIGHT_ERROR + 1e-9 + 2 * U * classes;
  return (second / total) * (1 + relative) + 1e-22;
}

/** The closed form of the variance bound of a row whose numbers have been checked. */
export function varianceClosedFormOfRow(row: Row): number {
  const few = radiusOfFewSlopes(row, range);
  if (few !== undefined) return few;
  const led = leading.find(row, range);
  const half = halfSpreadUp(range.minimum, range.maximum);
  const exponent = exponentOf(half) + 1;
  const variance = varianceUp(row, leading.weights, range, exponent);
  const u0 = led ? dominatedUpTo(row, range, leading) : 0;
  const strip = spreadRadiusOfRange(range.minimum, range.maximum);
  const width = 2 * scaleByPower(half, -exponent);
  const height = Math.PI / 2 / Math.sqrt(variance);
  // Up to y = spread x = y1 the exponential rules, beyond it pi / spread does.
  const y1 = 2 * Math.log(Math.max(1, (height * width) / Math.PI));
  const argument = (width * height) ** 2 / 2;
  const y = Math.max(width * u0, Math.min(y1, lambertW(argument)));
  const x = y / width;
  const bound = Math.hypot(x, Math.max(Math.PI / width, height * exp(-y / 2)));
  // The minimiser is good to 1e-12, and the value is stationary or u0, y1 are ends of the branch.
  const low = scaleByPower(bound * (1 - 1e-11), -exponent);
  return Math.max(boundFrom(u0, exponent, strip), below(Math.min(low, Number.MAX_VALUE), 2));
}

/** w with w e^w = v, v >= 1, to about 1e-15. */
function lambertW(v: number): number {
  const log = Math.log(v);
  // w + log w = log v: Newton on a concave function, from below the root.
  let w = log > 1 ? log - Math.log(log) : 0.5;
  for (let i = 0; i < 30; i++) {
    const step = (log - w - Math.log(w)) / (1 + 1 / w);
    w += step;
    if (Math.abs(step) < 1e-15 * w) break;
  }
  return w;
}
