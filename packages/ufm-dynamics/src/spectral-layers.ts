import { type Dense, requireInteger } from "@xent/linalg";
import { layersFromSpectra } from "@xent/softmax-spectral";
import { checkProblem, type SpectralProblem } from "./spectral-problem.js";

/**
 * The full matrices of a spectral start: W1 = R1 S1 (Phi^T kron 1_n^T / sqrt n), W2 = Phi S2 R1^T, and for
 * other depths balanced layers with random orthonormal frames in between. The dense flow from them
 * stays in this form, with the singular values of {@link integrateSpectralFlow}.
 *
 * @param width - hidden width d >= k. @param seed - of the random frames R.
 * @returns W1 (width x n k, sample j of class j mod k), ..., WL (k x width).
 * @throws DimensionError, DomainError for a problem that makes no sense or a width below k.
 */
export function spectralLayers(problem: SpectralProblem, width: number, seed: number): Dense[] {
  const { group, s1, s2, layers, samplesPerClass } = checkProblem(problem);
  requireInteger("width", width, 1);
  // The last layer carries the sign of the product.
  const last = layers === 2 ? s2 : s1.map((a, c) => (s2[c]! < 0 ? -a : a));
  const singularValues = Array.from({ length: layers }, (_, l) => (l === layers - 1 ? last : s1));
  if (layers === 1) singularValues[0] = s1.map((a, c) => a * s2[c]!);
  return layersFromSpectra({
    group,
    singularValues,
    widths: new Array<number>(layers - 1).fill(width),
    samplesPerClass,
    seed,
  });
}
