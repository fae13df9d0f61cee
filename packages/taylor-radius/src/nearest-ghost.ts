import { requireInteger, requirePositive } from "@xent/linalg";
import type { Budget } from "./argument-tracking.js";
import { binaryBracket } from "./binary.js";
import { above, below, scaleByPower } from "./directed-rounding.js";
import { dominanceInterval, dominanceRadius } from "./dominance.js";
import { type ExponentialSum, exponentialSum, requireClasses } from "./exponential-sum.js";
import { searchNearest } from "./ghost-search.js";

/** A point of the complex plane. */
export interface ComplexPoint {
  readonly re: number;
  readonly im: number;
}

/** Options of {@link nearestGhost}. */
export interface NearestGhostOptions {
  /** Evaluations of F over all classes that may be spent. Default 10000. */
  readonly maxEvaluations?: number;
  /** `certified` asks for (upper - lower) <= tolerance * upper. Default 1e-6. */
  readonly tolerance?: number;
}

/**
 * Why an answer is not certified: `cancellation`, the terms of F cancel to their rounding errors along
 * every circle that would decide; `clustered-zeros`, several zeros lie closer together than double
 * precision separates, and the proven bracket is wider than the tolerance; `range`, exponents so large
 * that their own rounding spoils the terms, or a radius beyond the doubles; `budget`, evaluations spent.
 */
export type UncertifiedReason = "cancellation" | "clustered-zeros" | "range" | "budget";

/** The nearest ghost, its bracket and whether it is proven. */
export interface NearestGhost {
  /** Best value of the distance; `Infinity` when F has no zero. */
  readonly radius: number;
  /** The zero in the upper half-plane (its conjugate is one too); undefined when F has none or none was found. */
  readonly zero: ComplexPoint | undefined;
  /** Proven: F has no zero with |t| < lower. */
  readonly lower: number;
  /** Proven: F has a zero with |t| <= upper. Infinity when none is proven, or there is none. */
  readonly upper: number;
  /** Whether the bracket is as narrow as the tolerance asks. */
  readonly certified: boolean;
  /** Evaluations of F over all classes, candidates included. */
  readonly evaluations: number;
  /** Present when not certified. */
  readonly reason?: UncertifiedReason;
}

function hasNone(): NearestGhost {
  return {
    radius: Infinity,
    zero: undefined,
    lower: Infinity,
    upper: Infinity,
    certified: true,
    evaluations: 0,
  };
}

function ofTwo(sum: ExponentialSum, tolerance: number): NearestGhost {
  const other = 1 - sum.top;
  const gap = -sum.logWeights[other]!;
  const error = sum.logWeightErrors[0]! + sum.logWeightErrors[1]!;
  const { lower, value, upper } = binaryBracket(gap, error, sum.halfSpread);
  const sign = other > sum.top ? 1 : -1;
  const zero = {
    re: (sign * (gap / 2)) / sum.halfSpread,
    im: Math.PI / 2 / sum.halfSpread,
  };
  const certified = upper < Infinity && upper - lower <= tolerance * upper;
  return {
    radius: Math.min(value, Number.MAX_VALUE),
    zero: Number.isFinite(zero.re) && Number.isFinite(zero.im) ? zero : undefined,
    lower,
    upper,
    certified,
    evaluations: 0,
    ...(certified ? {} : { reason: "range" as const }),
  };
}

/**
 * Distance from 0 to the nearest complex zero ("ghost") of F(t) = sum_k exp(z_k + a_k t), with a proof:
 * the radius of convergence of the Taylor series of the cross-entropy loss along a direction with
 * logit derivatives a.
 *
 * Newton finds zeros near guesses; a disk about each is proven to hold just that zero (Rouche); then
 * all zeros in a slightly larger disk about 0 are counted by the change of arg F along its rim, in
 * steps proven to turn by less than a half turn. When the count equals the zeros isolated, the nearest
 * of them is the nearest of all; otherwise more are hunted from the rim. All rounding errors are
 * bounded as the computation goes; the bounds assume that Math.sin, cos, log and expm1 err by at most 2 units
 * in the last place, and Math.hypot by 3 (exp is proven). Two classes have a closed form.
 *
 * @param logits - `z`, length C >= 1; -Infinity masks a class, at least one must remain.
 * @param slopes - `a`, length C, finite.
 * @returns radius, zero, bracket, certificate. `lower` is proven always, `upper` unless infinite.
 * @throws DimensionError, DomainError for bad input or options.
 * @see [G] arXiv:2603.13552 for the ghosts. Cost O(C) an evaluation, usually 50 to 100 of them.
 */
export function nearestGhost(
  logits: ArrayLike<number>,
  slopes: ArrayLike<number>,
  options: NearestGhostOptions = {},
): NearestGhost {
  requireClasses(logits, slopes);
  const { maxEvaluations = 10_000, tolerance = 1e-6 } = options;
  requireInteger("options.maxEvaluations", maxEvaluations, 1);
  requirePositive("options.tolerance", tolerance);
  const sum = exponentialSum(logits, slopes);
  if (sum.classes === 1) return hasNone();
  if (sum.classes === 2) return ofTwo(sum, tolerance);

  const budget: Budget = { left: maxEvaluations };
  const dominance = dominanceInterval(sum);
  const bound = dominanceRadius(logits, slopes);
  const start = below(scaleByPower(bound, sum.exponent), 2);
  const found = searchNearest(sum, dominance, start, tolerance / 4, budget);
  const scaled = (s: number): number => scaleByPower(s, -sum.exponent);
  const lower = Math.max(bound, Math.min(Number.MAX_VALUE, below(scaled(found.lower), 2)));
  const upper = above(scaled(found.upper), 2);
  const zero = found.nearest && { re: scaled(found.nearest.x), im: scaled(found.nearest.y) };
  const radius = zero === undefined ? lower : Math.hypot(zero.re, zero.im);
  const certified = upper < Infinity && upper - lower <= tolerance * upper;
  let reason: UncertifiedReason = "clustered-zeros";
  if (found.failure === "range" || (upper === Infinity && found.upper < Infinity)) reason = "range";
  else if (found.failure === "budget" || found.failure === "cancellation") reason = found.failure;
  return {
    radius: Math.min(Math.max(radius, lower), upper, Number.MAX_VALUE),
    zero: zero && Number.isFinite(zero.re) && Number.isFinite(zero.im) ? zero : undefined,
    lower,
    upper,
    certified,
    evaluations: maxEvaluations - budget.left,
    ...(certified ? {} : { reason }),
  };
}
