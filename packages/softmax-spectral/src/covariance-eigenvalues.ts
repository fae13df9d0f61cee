import { requireLength } from "@xent/linalg";
import { requireProbabilities } from "./covariance.js";

/**
 * Eigenvalues of the softmax covariance diag(p) - p p^T, ascending, length C; the first is 0.
 *
 * The non-zero ones interlace the probabilities: strictly between two neighbouring distinct values
 * of p lies one root of the secular equation sum_i p_i / (p_i - lambda) = 0, and a value that m classes
 * share is itself an eigenvalue m - 1 times. Each root is found from its nearer pole, so that small
 * eigenvalues keep relative accuracy. O(C^2) with about ten evaluations a root.
 *
 * @param probabilities - p, length C >= 1, as for `softmaxCovariance`.
 * @param out - length C.
 * @throws DimensionError, DomainError.
 */
export function softmaxCovarianceEigenvalues(
  probabilities: ArrayLike<number>,
  out: Float64Array = new Float64Array(probabilities.length),
): Float64Array {
  requireProbabilities("probabilities", probabilities);
  requireLength("out", out, probabilities.length);
  const sorted = Float64Array.from(probabilities).sort();
  const poles: number[] = [];
  // sum of p over the classes at each pole.
  const weights: number[] = [];
  let filled = 0;
  for (const p of sorted) {
    const last = poles.length - 1;
    if (p === 0) out[filled++] = 0;
    else if (poles[last] === p) {
      weights[last]! += p;
      out[filled++] = p;
    } else {
      poles.push(p);
      weights.push(p);
    }
  }
  const pole = Float64Array.from(poles);
  const weight = Float64Array.from(weights);
  out[filled++] = 0;
  for (let j = 0; j + 1 < pole.length; j++) out[filled++] = secularRoot(pole, weight, j);
  return out.sort();
}

/** The root of g(x) = sum_i weight_i / (pole_i - x) in (pole_j, pole_j+1), where g increases. */
function secularRoot(pole: Float64Array, weight: Float64Array, j: number): number {
  const left = pole[j]!;
  const right = pole[j + 1]!;
  const gap = right - left;
  // With the nearer pole as origin the distance to it has relative accuracy.
  const origin = secular(pole, weight, left, gap / 2).value > 0 ? left : right;
  let low = origin === left ? 0 : -gap / 2;
  let high = origin === left ? gap / 2 : 0;
  const first = left - origin;
  const last = right - origin;
  let x = (low + high) / 2;
  for (let n = 1; ; n++) {
    const { value, slope } = secular(pole, weight, origin, x);
    if (value === 0) break;
    if (value < 0) low = x;
    else high = x;
    // Newton on g(x) (x - first)(last - x), which has no pole in the bracket.
    const w = (x - first) * (last - x);
    const dw = last - x - (x - first);
    let next = x - (value * w) / (slope * w + value * dw);
    // Every fourth step halves the bracket, so that slow Newton steps cannot go on for ever.
    if (n % 4 === 0 || !(next > low && next < high)) next = (low + high) / 2;
    if (next === x || next <= low || next >= high) break;
    const done = Math.abs(next - x) <= 2 ** -53 * Math.abs(next);
    x = next;
    if (done) break;
  }
  return origin + x;
}

function secular(
  pole: Float64Array,
  weight: Float64Array,
  origin: number,
  x: number,
): { value: number; slope: number } {
  let value = 0;
  let slope = 0;
  for (let i = 0; i < pole.length; i++) {
    const distance = pole[i]! - origin - x;
    const term = weight[i]! / distance;
    value += term;
    slope += term / distance;
  }
  return { value, slope };
}
