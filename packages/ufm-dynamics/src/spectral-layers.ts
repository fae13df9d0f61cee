import {
  type Dense,
  DimensionError,
  dense,
  multiply,
  planGroupTransform,
  qr,
  requireInteger,
  SeededRandom,
  transpose,
} from "@xent/linalg";
import { checkProblem, type SpectralProblem } from "./spectral-problem.js";

/**
 * Orthonormal eigenvectors Phi (k x k, column c belongs to mode c) of all matrices of even symbols on
 * the group: Phi_gc = cas(2 pi <c, g>) / sqrt k, for Z_2^m the Sylvester Hadamard matrix over sqrt k. O(k^2 log k).
 */
export function groupBasis(group: readonly number[]): Dense {
  const plan = planGroupTransform(group);
  const k = plan.size;
  const out = dense(k, k);
  const unit = new Float64Array(k);
  for (let g = 0; g < k; g++) {
    unit.fill(0);
    unit[g] = 1;
    plan.hartley(unit, out.data.subarray(g * k, (g + 1) * k));
  }
  return out;
}

/**
 * The full matrices of a spectral start: W1 = R1 S1 (Phi^T kron 1_n^T / sqrt n), W2 = Phi S2 R1^T, and for
 * other depths balanced layers with random orthonormal frames in between. The dense flow from them
 * stays in this form, with the singular values of {@link integrateSpectralFlow}.
 *
 * @param width - hidden width d >= k. @param seed - of the random frames R.
 * @returns W1 (width x n k, sample j of class j mod k), ..., WL (k x width).
 */
export function spectralLayers(problem: SpectralProblem, width: number, seed: number): Dense[] {
  const { group, s1, s2, layers, samplesPerClass: n } = checkProblem(problem);
  const k = group.order;
  requireInteger("width", width, 1);
  if (width < k) throw new DimensionError(`width = ${width}, expected at least k = ${k}`);
  const basis = groupBasis(group.factors);
  const random = new SeededRandom(seed);
  const features = dense(k, n * k);
  for (let c = 0; c < k; c++) {
    for (let j = 0; j < n * k; j++) {
      features.data[c * n * k + j] = basis.data[(j % k) * k + c]! / Math.sqrt(n);
    }
  }
  const frame = (): Dense => qr(dense(width, k, random.normals(width * k))).q;
  const diagonal = (s: ArrayLike<number>): Dense => {
    const out = dense(k, k);
    for (let c = 0; c < k; c++) out.data[c * k + c] = s[c]!;
    return out;
  };
  if (layers === 1) return [multiply(basis, multiply(diagonal(product(s1, s2)), features))];
  let right = frame();
  const out = [multiply(right, multiply(diagonal(s1), features))];
  for (let l = 2; l < layers; l++) {
    const left = frame();
    out.push(multiply(left, multiply(diagonal(s1), transpose(right))));
    right = left;
  }
  // The last layer carries the sign of the product.
  const last = layers === 2 ? s2 : s1.map((a, c) => (s2[c]! < 0 ? -a : a));
  out.push(multiply(basis, multiply(diagonal(last), transpose(right))));
  return out;
}

function product(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((x, c) => x * b[c]!);
}
