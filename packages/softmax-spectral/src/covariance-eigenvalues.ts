import { requireLength } from "@xent/linalg";
import { requireProbabilities } from "./covariance.js";

/**
 * Eigenvalues of the softmax covariance diag(p) - p p^T, ascending, length C; the first is 0.
 *
 * The non-zero ones interlace the positive probabilities: strictly between two neighbouring distinct values
 * of p lies one root of the secular equation sum_i p_i / (p_i - lambda) = 0, and a value that m classes
 * share is itself an eigenvalue m - 1 times. Each root is found from its nearer pole, so that small
 * eigenvalues keep relative accuracy. O(C^2): five to ten evaluations of that sum a root.
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
  const masked = sorted.findIndex((p) => p > 0);
  const pole = sorted.subarray(masked);
  out.fill(0, 0, masked + 1);
  for (let j = 0; j + 1 < pole.length; j++) out[masked + 1 + j] = secularRoot(pole, j).root;
  return out;
}

/**
 * The root of g(x) = sum_i pole_i / (pole_i - x) in (pole_j, pole_j+1), where g increases, and how often g was
 * evaluated; the pole itself where the two are equal. Poles ascend and are > 0. Exported for the test of what it costs.
 *
 * With the nearer pole as origin the distance x to it has relative accuracy. Up to the other pole x g(x) is convex (on
 * the right, seen from there, its negative): every term is a constant and a positive multiple of 1 / |pole_i - x|. So
 * Newton's method, which starts beyond the root, in the middle, only comes nearer, until rounding turns it back.
 */
export function secularRoot(
  pole: Float64Array,
  j: number,
): { readonly root: number; readonly evaluations: number } {
  const left = pole[j]!;
  const right = pole[j + 1]!;
  if (left === right) return { root: left, evaluations: 0 };
  let origin = left;
  let x = (right - left) / 2;
  let { value, pull } = secular(pole, origin, x);
  let evaluations = 1;
  if (value < 0) {
    origin = right;
    x = -x;
    ({ value, pull } = secular(pole, origin, x));
    evaluations++;
  }
  for (;;) {
    // x - x g / (x g)'.
    const next = x * (pull / (value + pull));
    if (!(Math.abs(next) < Math.abs(x))) return { root: origin + x, evaluations };
    x = next;
    ({ value, pull } = secular(pole, origin, x));
    evaluations++;
  }
}

/** g and x g' at origin + x; of the latter all terms have the sign of x, and none overflows. */
function secular(pole: Float64Array, origin: number, x: number): { value: number; pull: number } {
  let value = 0;
  let pull = 0;
  for (let i = 0; i < pole.length; i++) {
    const distance = pole[i]! - origin - x;
    const term = pole[i]! / distance;
    value += term;
    pull += term * (x / distance);
  }
  return { value, pull };
}
