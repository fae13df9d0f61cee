import { DimensionError, requireFinite } from "@xent/linalg";
import { entropy } from "@xent/softmax-spectral";

/** The strengths of the non-trivial modes as a probability distribution. */
export interface ModeDistribution {
  /** q_c = s_c / sum_(c>=1) s_c, length k; entry 0 is 0. */
  readonly q: Float64Array;
  /** Entropy of q in nats: ln(k - 1) iff collapsed. V = KL(uniform || q) is the other direction, see `lyapunov`. */
  readonly entropy: number;
  /** Largest over smallest strength; not monotone along the flow. */
  readonly ratio: number;
}

/**
 * q, its entropy and the ratio of its extremes, from strengths s_c > 0, c >= 1 (entry 0, the trivial mode, is
 * not read); undefined when one of them is zero or negative. O(k).
 *
 * @throws DimensionError below two classes, DomainError for strengths that are not finite.
 */
export function modeDistribution(strengths: ArrayLike<number>): ModeDistribution | undefined {
  const k = strengths.length;
  if (k < 2) throw new DimensionError(`strengths has length ${k}, expected at least 2`);
  requireFinite("strengths", strengths);
  let smallest = Infinity;
  let largest = 0;
  for (let c = 1; c < k; c++) {
    smallest = Math.min(smallest, strengths[c]!);
    largest = Math.max(largest, strengths[c]!);
  }
  if (!(smallest > 0)) return undefined;
  let sum = 0;
  for (let c = 1; c < k; c++) sum += strengths[c]! / largest;
  const q = Float64Array.from(strengths, (s, c) => (c === 0 ? 0 : s / largest / sum));
  const logs = Float64Array.from(strengths, (s, c) => (c === 0 ? -Infinity : Math.log(s)));
  return { q, entropy: entropy(logs), ratio: largest / smallest };
}
