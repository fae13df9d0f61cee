import {
  type Dense,
  DimensionError,
  DomainError,
  requireFinite,
  requireLength,
  requireLogits,
  requireShape,
} from "@xent/linalg";
import { above, below, PI_HIGH } from "./directed-rounding.js";
import { halfSpreadUp } from "./spread.js";

/** A real number enclosed by two doubles. */
export interface Bracket {
  readonly lower: number;
  readonly value: number;
  readonly upper: number;
}

/**
 * sqrt(gap^2 + pi^2) / spread, with the zero's real part, for a gap |z_1 - z_2| known to within
 * `gapError` and half the spread known to a relative 2^-52. Every operation below is within 2
 * spacings (`Math.hypot` within 4), so 12 spacings outward cover them.
 */
export function binaryBracket(gap: number, gapError: number, halfSpread: number): Bracket {
  // Dividing twice keeps a spread that overflows finite.
  const at = (g: number): number => Math.hypot(g / 2, PI_HIGH / 2) / halfSpread;
  const lower = below(at(Math.max(0, gap - gapError)), 12);
  const upper = above(at(gap + gapError), 12);
  return {
    lower: Math.min(lower, Number.MAX_VALUE),
    value: at(gap),
    upper,
  };
}

/**
 * Distance of the nearest zero of exp(z_1 + a_1 t) + exp(z_2 + a_2 t), in closed form:
 * sqrt((z_1 - z_2)^2 + pi^2) / |a_1 - a_2|, within 8 roundings (a relative 1e-15).
 *
 * @param logits - length 2; -Infinity masks a class, at least one must remain.
 * @param slopes - length 2, finite.
 * @returns `Infinity` iff the slopes agree or one class is masked; where the quotient overflows, the
 *   largest double.
 * @throws DimensionError unless both have length 2; DomainError for bad values.
 * @see [G] arXiv:2603.13552.
 */
export function binaryRadius(logits: ArrayLike<number>, slopes: ArrayLike<number>): number {
  if (logits.length !== 2 || slopes.length !== 2) {
    throw new DimensionError(
      `logits and slopes have lengths ${logits.length} and ${slopes.length}, expected 2 and 2`,
    );
  }
  requireLogits("logits", logits);
  requireFinite("slopes", slopes);
  return binaryOf(logits[0]!, logits[1]!, slopes[0]!, slopes[1]!);
}

function binaryOf(z0: number, z1: number, a0: number, a1: number): number {
  if (z0 === -Infinity && z1 === -Infinity) {
    throw new DomainError("logits are all -Infinity, expected a class that is not masked");
  }
  if (a0 === a1 || z0 === -Infinity || z1 === -Infinity) return Infinity;
  const half = halfSpreadUp(Math.min(a0, a1), Math.max(a0, a1));
  return Math.min(Math.hypot(z0 / 2 - z1 / 2, PI_HIGH / 2) / half, Number.MAX_VALUE);
}

/**
 * {@link binaryRadius} of every row.
 *
 * @param logits - B x 2; -Infinity masks.
 * @param slopes - B x 2, finite.
 * @param out - length B.
 * @throws DimensionError, DomainError as {@link binaryRadius}. O(B).
 */
export function binaryRadii(
  logits: Dense,
  slopes: Dense,
  out: Float64Array = new Float64Array(logits.rows),
): Float64Array {
  requireShape("logits", logits, logits.rows, 2);
  requireShape("slopes", slopes, logits.rows, 2);
  requireLogits("logits.data", logits.data);
  requireFinite("slopes.data", slopes.data);
  requireLength("out", out, logits.rows);
  for (let i = 0; i < logits.rows; i++) {
    const k = 2 * i;
    out[i] = binaryOf(logits.data[k]!, logits.data[k + 1]!, slopes.data[k]!, slopes.data[k + 1]!);
  }
  return out;
}
