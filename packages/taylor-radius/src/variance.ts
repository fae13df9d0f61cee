import { exp } from "@xent/kernels";
import { type Dense, requirePositive } from "@xent/linalg";
import { below, scaleByPower } from "./directed-rounding.js";
import { type DominanceInterval, dominanceRadiusOfRow } from "./dominance.js";
import { newSlopeRange, type Row, type SlopeRange } from "./leading-class.js";
import { radiiOfRows, rowOf } from "./radii-of-rows.js";
import { TiltedVariance } from "./tilted-variance.js";
import { logGrowth, momentGrowth } from "./variance-growth.js";

/** Options of {@link varianceRadius}. */
export interface VarianceRadiusOptions {
  /** Relative gap to the minimum at which the search may stop. Default 1e-3. */
  readonly tolerance?: number;
}

/**
 * Relative room for the roundings of a profile's bound, in u = 2^-53: 30 for sqrt, exp, divisions and hypot, and half
 * the error of the exponent `most`. That one matters up to 59: a variance is computed as at least 8.7e-27 D^2 (what
 * negligible classes may add), and beyond D^2 / 4 the strip takes over. Its terms are then at most 12 and 72 with 3 and
 * 6 roundings, since |kappa3 / kappa2| <= D, and two sums up to 84: less than 640 u.
 */
const ROUNDING = 1 - 400 * 2 ** -53;
const PIECES = 8;

/** An interval of real x, with the variance at its centre and a lower bound of |zero| over it. */
interface Interval {
  readonly left: number;
  readonly right: number;
  readonly bound: number;
}

/** The profile hypot(x, pi / (2 sigma_x)) of a row, in the units of its normal form. */
class Profile {
  /** Smallest value met: an upper bound of the minimum. */
  least = Infinity;
  private readonly row: TiltedVariance;
  private readonly strip: number;

  constructor(row: TiltedVariance) {
    this.row = row;
    this.strip = Math.PI / 2 / row.halfWidth / (1 + 1e-15);
  }

  /** pi / (2 sigma) for an upper bound of sigma^2, at least the strip. */
  height(variance: number): number {
    return Math.max(this.strip, Math.PI / 2 / Math.sqrt(variance));
  }

  valueAt(x: number): number {
    this.row.at(x);
    const value = Math.hypot(x, this.height(this.row.upper));
    this.least = Math.min(this.least, value);
    return value;
  }

  /**
   * Over an interval, with h = x - centre, by the growth of the variance from the centre. Both of its bounds are largest
   * at an end of a piece, as the ends lie on one side of the centre: there they are convex, or the lesser of such a one
   * and of one that increases and ends above it.
   */
  bound(left: number, right: number): Interval {
    const centre = left / 2 + right / 2;
    this.valueAt(centre);
    const { row } = this;
    const { upper } = row;
    let least = Infinity;
    let from = left;
    let logFrom = logGrowth(row, from - centre);
    let momentFrom = momentGrowth(row, from - centre);
    for (let i = 1; i <= PIECES; i++) {
      const to = i === PIECES ? right : left + ((right - left) * i) / PIECES;
      const logTo = logGrowth(row, to - centre);
      const momentTo = momentGrowth(row, to - centre);
      const near = from > 0 ? from : to < 0 ? -to : 0;
      const growth = Math.min(exp(Math.max(logFrom, logTo)), Math.max(momentFrom, momentTo));
      least = Math.min(least, Math.hypot(near, this.height(upper * growth)));
      from = to;
      logFrom = logTo;
      momentFrom = momentTo;
    }
    return { left, right, bound: least };
  }
}

/**
 * The minimum of the profile outside the dominance interval, from below, in the units of the normal form; or `base`,
 * when a value of the profile exceeds it by so little that it bounds the minimum within the tolerance itself.
 */
function profileMinimum(
  row: TiltedVariance,
  dominance: DominanceInterval,
  base: number,
  tolerance: number,
): number {
  const profile = new Profile(row);
  const close = (): boolean => profile.least * (1 - tolerance) <= base;
  const open: Interval[] = [];
  if (dominance.above === 0 && dominance.below === 0) {
    const reach = profile.valueAt(0);
    if (close()) return base;
    open.push(profile.bound(-reach, reach));
  } else {
    if (dominance.above < Infinity) profile.valueAt(dominance.above);
    if (dominance.below < Infinity) profile.valueAt(-dominance.below);
    if (close()) return base;
    // Beyond |x| = least the profile is larger anyway.
    const reach = profile.least;
    if (dominance.above < reach) open.push(profile.bound(dominance.above, reach));
    if (dominance.below < reach) open.push(profile.bound(-reach, -dominance.below));
  }
  for (let i = 0; i < 500 && !close(); i++) {
    let at = 0;
    for (let k = 1; k < open.length; k++) if (open[k]!.bound < open[at]!.bound) at = k;
    const worst = open[at];
    if (worst === undefined || worst.bound >= profile.least * (1 - tolerance)) break;
    const middle = worst.left / 2 + worst.right / 2;
    if (!(middle > worst.left && middle < worst.right)) break;
    open[at] = profile.bound(worst.left, middle);
    open.push(profile.bound(middle, worst.right));
  }
  return open.reduce((m, interval) => Math.min(m, interval.bound), profile.least) * ROUNDING;
}

// Memory from row to row. None of this is entered again while it runs.
const range: SlopeRange = newSlopeRange();
const tilted = new TiltedVariance();
let interval: DominanceInterval = { below: 0, above: 0 };
const keepInterval = (of: DominanceInterval): void => {
  interval = of;
};

function toStep(bound: number): number {
  return below(Math.min(scaleByPower(bound, -tilted.exponent), Number.MAX_VALUE), 2);
}

/** Of a row whose numbers have been checked. */
function varianceRadiusOfRow(row: Row, tolerance: number): number {
  const base = dominanceRadiusOfRow(row, range, keepInterval);
  if (range.distinct <= 2) return base;
  tilted.take(row, range);
  const inUnits = scaleByPower(base, tilted.exponent);
  return Math.max(base, toStep(profileMinimum(tilted, interval, inUnits, tolerance)));
}

/**
 * Variance bound: a zero x + i y of F(t) = sum_k exp(z_k + a_k t) has |y| >= pi / (2 sigma_x), sigma_x the
 * standard deviation of a under softmax(z + a x), because |F(x + i y)| / F(x) >= cos(y sigma_x) for
 * y sigma_x <= pi / 2. So the nearest one has |t| >= min hypot(x, pi / (2 sigma_x)) over the real x at
 * which no class dominates ({@link dominanceRadius}). Never below the dominance bound, since
 * sigma_x <= spread / 2; equal to the exact radius for two classes.
 *
 * The minimum is bounded from below by branch and bound; how fast sigma_x can grow between
 * evaluations follows from |A - E A| <= spread and the moments up to the fourth. Rounding is covered.
 *
 * @param logits - `z`, length C >= 1; -Infinity masks a class, at least one must remain.
 * @param slopes - `a`, length C, finite.
 * @returns a proven lower bound in units of step, within `tolerance` of the minimum; `Infinity` iff all
 *   slopes of unmasked classes agree.
 * @throws DimensionError, DomainError for bad input. Usually 5 to 40 real evaluations of O(C).
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
  return varianceRadiusOfRow(row, tolerance);
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
  const row = rowOf(logits, slopes);
  const base = dominanceRadiusOfRow(row, range, keepInterval);
  if (range.distinct <= 2) return base;
  tilted.take(row, range);
  tilted.at(0);
  const width = 2 * tilted.halfWidth;
  const height = Math.PI / 2 / Math.sqrt(tilted.upper);
  const u0 = Math.min(interval.above, interval.below);
  // Up to y = spread x = y1 the exponential rules, beyond it pi / spread does.
  const y1 = 2 * Math.log(Math.max(1, (height * width) / Math.PI));
  const argument = (width * height) ** 2 / 2;
  const y = Math.max(width * u0, Math.min(y1, lambertW(argument)));
  const x = y / width;
  const bound = Math.hypot(x, Math.max(Math.PI / width, height * exp(-y / 2)));
  // The minimiser is good to 1e-12, and the value is stationary or u0, y1 are ends of the branch.
  return Math.max(base, toStep(bound * (1 - 1e-11)));
}

/** w with w e^w = v, v >= 1, to about 1e-15. */
function lambertW(v: number): number {
  const log = Math.log(v);
  // w + log w = log v: Newton on a concave function, from below the root.
  let w = log > 1 ? log - Math.log(log) : 0.5;
  for (let i = 0; i < 30; i++) {
    const step = (log - w - Math.log(w)) / (1 + 1 / w);
    w += step;
    if (Math.abs(step) < 1e-15 * w) break;
  }
  return w;
}

/**
 * The best cheap proven lower bound for logits that are linear along the direction: the larger of
 * dominance and variance bound, the latter to one per cent. Within a few per cent of the exact radius
 * when one class leads, and 30 % when none does (the spread bound is off by up to 7 times).
 *
 * @param logits - length C >= 1; -Infinity masks.
 * @param slopes - length C, finite.
 * @throws DimensionError, DomainError for bad input. Usually 1 to 5 real evaluations of O(C) when one class
 *   leads, 10 to 30 when none does.
 */
export function provenRadius(logits: ArrayLike<number>, slopes: ArrayLike<number>): number {
  return provenRadiusOfRow(rowOf(logits, slopes));
}

const provenRadiusOfRow = (row: Row): number => varianceRadiusOfRow(row, 1e-2);

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
