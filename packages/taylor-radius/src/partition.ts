import { DomainError } from "@xent/linalg";
import { scaleByPower } from "./directed-rounding.js";
import {
  type Evaluation,
  type ExponentialSum,
  evaluate,
  exponentialSum,
  newEvaluation,
  requireClasses,
} from "./exponential-sum.js";
import type { ComplexPoint } from "./nearest-ghost.js";

/** F(t) = (re + i im) e^logScale. */
export interface PartitionValue extends ComplexPoint {
  /** The real exponent of the largest term, so that |re + i im| <= C. */
  readonly logScale: number;
  /**
   * Proven bound on the rounding error of re + i im (logScale has its own roundings, relative to the
   * largest of the logit and a t); Infinity
   * where the exponents themselves have lost all digits.
   */
  readonly error: number;
}

function evaluated(
  logits: ArrayLike<number>,
  slopes: ArrayLike<number>,
  t: ComplexPoint,
): { sum: ExponentialSum; at: Evaluation } {
  requireClasses(logits, slopes);
  if (!Number.isFinite(t.re) || !Number.isFinite(t.im)) {
    throw new DomainError(`t = ${t.re} + ${t.im} i is not finite`);
  }
  const sum = exponentialSum(logits, slopes);
  const at = newEvaluation();
  const x = scaleByPower(t.re, sum.exponent);
  const y = scaleByPower(t.im, sum.exponent);
  if (![x, y, sum.centre * x, sum.centre * y].every(Number.isFinite)) {
    throw new DomainError(`t = ${t.re} + ${t.im} i, expected slopes * t within the doubles`);
  }
  evaluate(sum, x, y, at);
  return { sum, at };
}

/**
 * Softmax partition function F(t) = sum_k exp(z_k + a_k t) at a complex t, with its exponent split off,
 * so that neither logits of +-1e4 nor large slopes overflow.
 *
 * @param logits - `z`, length C >= 1; -Infinity masks a class, at least one must remain.
 * @param slopes - `a`, length C, finite.
 * @param t - finite, in units of step; a t within the doubles.
 * @returns value, exponent and a proven error bound of the value (see {@link nearestGhost} for what it assumes).
 * @throws DimensionError, DomainError for bad input. O(C log C).
 */
export function partition(
  logits: ArrayLike<number>,
  slopes: ArrayLike<number>,
  t: ComplexPoint,
): PartitionValue {
  const { sum, at } = evaluated(logits, slopes, t);
  // The factor e^(centre s): its phase is off by the rounding of centre * y.
  const turn = sum.centre * at.y;
  const c = Math.cos(turn);
  const s = Math.sin(turn);
  const size = Math.abs(at.re) + Math.abs(at.im);
  return {
    re: at.re * c - at.im * s,
    im: at.re * s + at.im * c,
    logScale: sum.shift + sum.centre * at.x + at.scale,
    error: at.error * (1 + 2 ** -40) + size * 2 ** -53 * (2 * Math.abs(turn) + 10),
  };
}

/**
 * Principal value of log F(t): the imaginary part lies in [-pi, pi]. The real part is -Infinity (and the
 * imaginary 0) where F evaluates to 0.
 *
 * @throws DimensionError, DomainError as {@link partition}.
 */
export function logPartition(
  logits: ArrayLike<number>,
  slopes: ArrayLike<number>,
  t: ComplexPoint,
): ComplexPoint {
  const value = partition(logits, slopes, t);
  return {
    re: value.logScale + Math.log(Math.hypot(value.re, value.im)),
    im: Math.atan2(value.im, value.re),
  };
}

/**
 * F'(t) / F(t): at real t the mean slope under softmax(z + a t); near a simple zero t0 about 1 / (t - t0).
 *
 * @throws DomainError where F evaluates to 0; DimensionError, DomainError as {@link partition}.
 */
export function partitionLogDerivative(
  logits: ArrayLike<number>,
  slopes: ArrayLike<number>,
  t: ComplexPoint,
): ComplexPoint {
  const { sum, at } = evaluated(logits, slopes, t);
  const square = at.re * at.re + at.im * at.im;
  if (!(square > 0)) throw new DomainError(`t = ${t.re} + ${t.im} i is a zero of F`);
  const re = (at.derivativeRe * at.re + at.derivativeIm * at.im) / square;
  const im = (at.derivativeIm * at.re - at.derivativeRe * at.im) / square;
  return {
    re: scaleByPower(re + sum.centre, sum.exponent),
    im: scaleByPower(im, sum.exponent),
  };
}
