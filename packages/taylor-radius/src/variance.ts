import { type Dense, requirePositive } from "@xent/linalg";
import type { Row } from "./leading-class.js";
import { radiiOfRows, rowOf } from "./radii-of-rows.js";
import { varianceBoundOfRow } from "./variance-bound.js";
import { varianceClosedFormOfRow } from "./variance-closed-form.js";

/** Options of {@link varianceRadius}. */
export interface VarianceRadiusOptions {
  /** Relative gap to the minimum that may be left; below 1e-7 it counts as that. Default 1e-3. */
  readonly tolerance?: number;
}

/**
 * Variance bound: a zero x + i y of F(t) = sum_k exp(z_k + a_k t) has |y| >= pi / (2 sigma_x), sigma_x the
 * standard deviation of a under softmax(z + a x), because |F(x + i y)| / F(x) >= cos(y sigma_x) for
 * y sigma_x <= pi / 2. So the nearest one has |t| >= min hypot(x, pi / (2 sigma_x)) over the real x at
 * which no class dominates ({@link dominanceRadius}). Never below the dominance bound, since
 * sigma_x <= spread / 2; equal to the exact radius for two classes.
 *
 * The minimum is proven by pieces that cover all x: on each, how far sigma_x can grow follows from six
 * moments at one point, with remainders of fourth order. From 256 classes on the slopes first move to the nodes
 * of a grid, 505 over the spread, and what that may do to a variance is added. Rounding is covered.
 *
 * @param logits - `z`, length C >= 1; -Infinity masks a class, at least one must remain.
 * @param slopes - `a`, length C, finite.
 * @returns a proven lower bound in units of step, within `tolerance` of the minimum; `Infinity` iff all
 *   slopes of unmasked classes agree.
 * @throws DimensionError, DomainError for bad input. Usually 1 to 8 evaluations of O(C), or
 *   of a grid.
 * @see Mandelstam and Tamm 1945, J. Phys. USSR 9, 249: the same inequality for the overlap of a quantum
 *   state with itself, whose energies are the slopes; Andrews 2007, arXiv:0705.1823.
 */
export function varianceRadius(
  logits: ArrayLike<number>,
  slopes: ArrayLike<number>,
  options: VarianceRadiusOptions = {},
): number {
  const row = rowOf(logits, slopes);
  const { tolerance = 1e-3 } = options;
  requirePositive("options.tolerance", tolerance);
  return varianceBoundOfRow(row, tolerance);
}

/**
 * {@link varianceRadius} of every row, at its cost for each.
 *
 * @param logits - B x C; -Infinity masks.
 * @param slopes - B x C, finite.
 * @param out - length B.
 * @throws DimensionError, DomainError for bad input.
 */
export function varianceRadii(
  logits: Dense,
  slopes: Dense,
  options: VarianceRadiusOptions = {},
  out?: Float64Array,
): Float64Array {
  const { tolerance = 1e-3 } = options;
  requirePositive("options.tolerance", tolerance);
  return radiiOfRows((row) => varianceBoundOfRow(row, tolerance), logits, slopes, out);
}

/**
 * The variance bound from one evaluation, at 0: sigma_x <= sigma_0 e^(spread |x| / 2) gives
 * min over |x| >= u0 of hypot(x, max(pi / spread, (pi / (2 sigma_0)) e^(-spread |x| / 2))), in closed form
 * by the Lambert function. Between {@link dominanceRadius} and {@link varianceRadius} up to rounding.
 *
 * @param logits - length C >= 1; -Infinity masks.
 * @param slopes - length C, finite.
 * @returns a proven lower bound; `Infinity` iff all slopes of unmasked classes agree. O(C).
 */
export function varianceRadiusClosedForm(
  logits: ArrayLike<number>,
  slopes: ArrayLike<number>,
): number {
  return varianceClosedFormOfRow(rowOf(logits, slopes));
}

/**
 * {@link varianceRadiusClosedForm} of every row, at its cost for each.
 *
 * @param logits - B x C; -Infinity masks.
 * @param slopes - B x C, finite.
 * @param out - length B.
 * @throws DimensionError, DomainError for bad input.
 */
export function varianceRadiiClosedForm(
  logits: Dense,
  slopes: Dense,
  out?: Float64Array,
): Float64Array {
  return radiiOfRows(varianceClosedFormOfRow, logits, slopes, out);
}

/**
 * The best cheap proven lower bound for logits that are linear along the direction: the larger of
 * dominance and variance bound, the latter to one per cent. Within a few per cent of the exact radius
 * when one class leads, and 30 % when none does (the spread bound is off by up to 7 times).
 *
 * @param logits - length C >= 1; -Infinity masks.
 * @param slopes - length C, finite.
 * @throws DimensionError, DomainError for bad input. O(C): one exponential a class from 64 classes on, which is less
 *   than {@link dominanceRadius} takes when one class leads; with fewer classes one to four more.
 */
export function provenRadius(logits: ArrayLike<number>, slopes: ArrayLike<number>): number {
  return provenRadiusOfRow(rowOf(logits, slopes));
}

const provenRadiusOfRow = (row: Row): number => varianceBoundOfRow(row, 1e-2);

/**
 * {@link provenRadius} of every row, at its cost for each.
 *
 * @param logits - B x C; -Infinity masks.
 * @param slopes - B x C, finite.
 * @param out - length B.
 */
export function provenRadii(logits: Dense, slopes: Dense, out?: Float64Array): Float64Array {
  return radiiOfRows(provenRadiusOfRow, logits, slopes, out);
}
