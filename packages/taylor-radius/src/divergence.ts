import { DomainError, requireFinite, requireNonNegative } from "@xent/linalg";
import { klDivergence, softmax, softmaxVariance } from "@xent/softmax-spectral";
import { requireClasses } from "./exponential-sum.js";
import { spanRange } from "./spread.js";

/** 1 / (6 sqrt 3), rounded up: of the third central moment, for a spread of 1. */
export const THIRD_MOMENT_CONSTANT = 0.09622504486493764;

/** p = (3 + sqrt 3) / 6: the Bernoulli law (of the larger value) at which the third-moment bound is attained, up to sign. */
export const EXTREMAL_PROBABILITY: number = (3 + Math.sqrt(3)) / 6;

// Each bound below is a product of at most 8 factors, each correctly rounded, and the constants are
// rounded up: 16 spacings upward keep it a bound.
function upward(value: number): number {
  return value * (1 + 16 * 2 ** -52) + Number.MIN_VALUE;
}

/**
 * Delta^2 / 4: the largest variance of a random number in an interval of length Delta (Popoviciu), attained
 * at the fair coin. Rounded up.
 *
 * @param spread - Delta >= 0, finite.
 */
export function varianceBound(spread: number): number {
  requireNonNegative("spread", spread);
  return spread === 0 ? 0 : upward((spread / 2) * (spread / 2));
}

/**
 * Delta^3 / (6 sqrt 3) >= |E (X - E X)^3| for X in an interval of length Delta, attained at the Bernoulli
 * laws with p = (3 +- sqrt 3) / 6. Rounded up.
 *
 * @param spread - Delta >= 0, finite.
 * @see [G] appendix; docs/theory 3.6.
 */
export function thirdMomentBound(spread: number): number {
  requireNonNegative("spread", spread);
  return spread === 0 ? 0 : upward(THIRD_MOMENT_CONSTANT * spread * spread * spread);
}

/**
 * Delta^4 / 8 >= |kappa_4(X)| for X in an interval of length Delta, attained at the fair coin
 * (kappa_4 = E Y^4 - 3 v^2, with v^2 <= E Y^4 <= Delta^2 v and v <= Delta^2 / 4). Rounded up.
 *
 * @param spread - Delta >= 0, finite.
 */
export function fourthCumulantBound(spread: number): number {
  requireNonNegative("spread", spread);
  return spread === 0 ? 0 : upward(((spread * spread) / 8) * spread * spread);
}

/**
 * Bound on the error of the Taylor polynomial of the given order of log F (or of the line loss) at
 * a real step tau, from the spread alone, with the best constants as tau -> 0: order 1
 * tau^2 Delta^2 / 8 (Hoeffding), order 2 |tau Delta|^3 / (36 sqrt 3), order 3 (tau Delta)^4 / 192.
 * Holds for every tau, beyond the radius too: a polynomial of fixed order, not the series. Rounded up.
 *
 * @param spread - Delta >= 0, finite.
 * @param tau - finite.
 * @see [G] appendix; docs/theory 3.6.
 */
export function taylorRemainderBound(order: 1 | 2 | 3, spread: number, tau: number): number {
  requireNonNegative("spread", spread);
  requireFinite("tau", [tau]);
  const r = Math.abs(tau) * spread;
  if (spread === 0 || tau === 0) return 0;
  switch (order) {
    case 1:
      return upward((r * r) / 8);
    case 2:
      return upward((THIRD_MOMENT_CONSTANT / 6) * r * r * r);
    case 3:
      return upward(((r * r) / 192) * r * r);
    default:
      throw new DomainError(`order = ${String(order)}, expected 1, 2 or 3`);
  }
}

/** A divergence between softmax(z) and softmax(z + tau a), and its quadratic model. */
export interface LineDivergence {
  readonly value: number;
  /** tau^2 / 2 times the variance of the slopes under softmax(z). */
  readonly quadratic: number;
  /** |value - quadratic| is at most this. */
  readonly remainderBound: number;
  /** value is at most this: tau^2 Delta^2 / 8. */
  readonly upperBound: number;
}

/**
 * KL(p_0 || p_tau) along a line, p_tau = softmax(z + tau a): = K(tau) - K(0) - tau K'(0), K = log F. Its
 * distance from tau^2 Var / 2 is at most |tau Delta|^3 / (36 sqrt 3), best constant as tau -> 0. O(C).
 *
 * @param logits - z, length C >= 1; -Infinity masks a class (its slope does not count).
 * @param slopes - a, length C, finite.
 * @throws DimensionError, DomainError for bad input.
 * @see [G] appendix; docs/theory 3.6.
 */
export function forwardDivergence(
  logits: ArrayLike<number>,
  slopes: ArrayLike<number>,
  tau: number,
): LineDivergence {
  return lineDivergence(logits, slopes, tau, false);
}

/**
 * KL(p_tau || p_0) along a line: = integral of s K''(s) from 0 to tau, so its distance from tau^2 Var / 2
 * is at most |tau Delta|^3 / (18 sqrt 3), twice that of {@link forwardDivergence}; best constant too.
 */
export function reverseDivergence(
  logits: ArrayLike<number>,
  slopes: ArrayLike<number>,
  tau: number,
): LineDivergence {
  return lineDivergence(logits, slopes, tau, true);
}

function lineDivergence(
  logits: ArrayLike<number>,
  slopes: ArrayLike<number>,
  tau: number,
  reverse: boolean,
): LineDivergence {
  requireClasses(logits, slopes);
  requireFinite("tau", [tau]);
  const moved = Float64Array.from(logits, (z, k) => (z === -Infinity ? z : z + tau * slopes[k]!));
  requireFinite(
    "logits + tau slopes",
    moved.filter((_, k) => logits[k]! > -Infinity),
  );
  const spread = unmaskedSpread(logits, slopes);
  const third = taylorRemainderBound(2, spread, tau);
  return {
    value: reverse ? klDivergence(moved, logits) : klDivergence(logits, moved),
    quadratic: ((tau * tau) / 2) * softmaxVariance(softmax(logits), slopes),
    remainderBound: reverse ? 2 * third : third,
    upperBound: taylorRemainderBound(1, spread, tau),
  };
}

/** max - min of the slopes of the classes that are not masked. */
export function unmaskedSpread(logits: ArrayLike<number>, slopes: ArrayLike<number>): number {
  const alive = Array.from(slopes).filter((_, k) => logits[k]! > -Infinity);
  const [minimum, maximum] = spanRange(alive, 0, alive.length);
  return maximum - minimum;
}
