import { exp } from "@xent/kernels";
import { DomainError, requireFinite, requireInteger, requirePositive } from "@xent/linalg";
import { type ComplexValues, logSumExp } from "@xent/softmax-spectral";
import { exponentOf, scaleByPower, sumError } from "./directed-rounding.js";
import { dominanceRadius } from "./dominance.js";
import { requireClasses } from "./exponential-sum.js";
import type { ComplexPoint } from "./nearest-ghost.js";
import { estimateByRecurrence } from "./radius-estimates.js";

/** Largest order of a series: O(N^2) time, and what the accuracy is stated for. */
export const MAXIMUM_ORDER = 500;

/** A Taylor series at t = 0 in units of a length: sum_n c_n (t / unit)^n. */
export interface LineSeries {
  /** c_0..c_N, each l_n unit^n with l_n the plain coefficient. */
  readonly coefficients: Float64Array;
  /** Step length that counts as 1, near the radius of convergence: neither c_n nor its powers leave the doubles. */
  readonly unit: number;
}

/** Options of {@link logPartitionSeries} and {@link lineLossSeries}. */
export interface SeriesOptions {
  /**
   * A guess of the radius of convergence; > 0. c_n behaves like (unit / rho)^n / n, so a guess within
   * a factor 4 serves to order 500. Default: found from the series itself, beginning with the dominance bound.
   */
  readonly unit?: number;
}

/**
 * Taylor series of `log F(t) - log F(0)`, F(t) = sum_k exp(z_k + a_k t), to order N: n! l_n are the
 * cumulants of the slopes under softmax(z). Power-series logarithm of the moment series,
 * `l_n = f_n - (1/n) sum_k k l_k f_(n-k)` with f_n = E (a - mean)^n / n!, in a scaled variable.
 * Probabilities below the doubles keep their part. O(N^2 + N C).
 *
 * The rounding error of c_n is a few n 2^-53, times the size of F(unit) / F(0) and of the
 * coefficients of F(0) / F (of order one for a simple nearest zero).
 *
 * @param logits - length C >= 1; -Infinity masks a class.
 * @param slopes - length C, finite.
 * @param order - N in 0..500.
 * @throws DimensionError for lengths, DomainError for bad values or a unit with which coefficients overflow.
 * @see docs/theory 3.4.
 */
export function logPartitionSeries(
  logits: ArrayLike<number>,
  slopes: ArrayLike<number>,
  order: number,
  options: SeriesOptions = {},
): LineSeries {
  requireClasses(logits, slopes);
  requireInteger("order", order, 0, MAXIMUM_ORDER);
  const weights = scaledWeights(logits, slopes);
  if (options.unit !== undefined) {
    requirePositive("unit", options.unit);
    return checked(seriesInUnit(weights, order, options.unit));
  }
  const first = dominanceRadius(logits, slopes);
  // No zero: log F is linear, and any unit serves.
  if (first === Infinity) return seriesInUnit(weights, order, 1);
  const series = seriesInUnit(weights, order, first);
  // The bound may be several times too small, which underflows at high orders: look, and rescale.
  if (order < 24) return checked(series);
  const short =
    order <= 64 ? series : { ...series, coefficients: series.coefficients.slice(0, 65) };
  const { radius } = estimateByRecurrence(short);
  if (!(radius > first && radius < 16 * first)) return checked(series);
  const better = seriesInUnit(weights, order, radius);
  return better.coefficients.every(Number.isFinite) ? better : checked(series);
}

/**
 * Taylor series of the loss `-z_y - a_y t + log F(t)` of one sample along a line: c_0 is its
 * cross-entropy, and from order 2 on it is {@link logPartitionSeries}.
 *
 * @param label - y in 0..C-1, of a class that is not masked.
 * @throws as {@link logPartitionSeries}; DomainError for a bad label.
 */
export function lineLossSeries(
  logits: ArrayLike<number>,
  slopes: ArrayLike<number>,
  label: number,
  order: number,
  options: SeriesOptions = {},
): LineSeries {
  const series = logPartitionSeries(logits, slopes, order, options);
  requireInteger("label", label, 0, logits.length - 1);
  const height = logits[label]!;
  if (height === -Infinity) throw new DomainError(`label = ${label} is a masked class`);
  const { coefficients, unit } = series;
  coefficients[0] = logSumExp(Float64Array.from(logits, (z) => z - height));
  if (order >= 1) {
    const { relative, slopeExponent, topSlope, probability } = scaledWeights(logits, slopes);
    // E (a - a_y) term by term, not the mean less a_y, so that nothing cancels.
    const scaled = scaleByPower(slopes[label]!, -slopeExponent);
    const own = scaled - scaleByPower(topSlope, -slopeExponent);
    let mean = 0;
    relative.forEach((d, k) => {
      mean += probability(k) * (d - own);
    });
    coefficients[1] = mean * scaleByPower(unit, slopeExponent);
  }
  return checked(series);
}

/** p_k = fraction_k 2^exponent_k, and slopes times 2^-slopeExponent relative to the most probable class. */
interface ScaledWeights {
  readonly fraction: Float64Array;
  readonly exponent: Int32Array;
  /** At most 4 in size; 0 where the fraction is. */
  readonly relative: Float64Array;
  readonly slopeExponent: number;
  /** Slope of the most probable class. */
  readonly topSlope: number;
  probability(this: void, k: number): number;
}

// ln 2 in two parts, the first with 21 trailing zero bits: its products with integers below 2^20 are exact.
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

function scaledWeights(logits: ArrayLike<number>, slopes: ArrayLike<number>): ScaledWeights {
  const n = logits.length;
  let top = 0;
  for (let k = 1; k < n; k++) if (logits[k]! > logits[top]!) top = k;
  const fraction = new Float64Array(n);
  const exponent = new Int32Array(n);
  let largest = 0;
  for (let k = 0; k < n; k++) {
    if (logits[k]! > -Infinity) largest = Math.max(largest, Math.abs(slopes[k]!));
  }
  // Exact, and then neither differences overflow nor subnormal slopes lose digits.
  const slopeExponent = largest === 0 ? 0 : exponentOf(largest);
  const topSlope = scaleByPower(slopes[top]!, -slopeExponent);
  const relative = new Float64Array(n);
  let total = 0;
  for (let k = 0; k < n; k++) {
    const gap = logits[k]! - logits[top]!;
    // Beyond the range of the exponents even (a unit)^n / n! brings nothing back.
    if (!(gap > -7e5)) continue;
    const lost = sumError(logits[k]!, -logits[top]!, gap);
    const e = Math.round(gap / Math.LN2);
    relative[k] = scaleByPower(slopes[k]!, -slopeExponent) - topSlope;
    fraction[k] = exp(gap - e * LN2_HIGH - e * LN2_LOW + lost);
    exponent[k] = e;
    total += scaleByPower(fraction[k]!, e);
  }
  for (let k = 0; k < n; k++) fraction[k]! /= total;
  return {
    fraction,
    exponent,
    relative,
    slopeExponent,
    topSlope: slopes[top]!,
    probability: (k) => scaleByPower(fraction[k]!, exponent[k]!),
  };
}

function seriesInUnit(weights: ScaledWeights, order: number, unit: number): LineSeries {
  const { moments, mean } = scaledMoments(weights, order, unit);
  const c = new Float64Array(order + 1);
  if (order >= 1) c[1] = mean;
  // With d centred at the mean f_1 = 0 up to rounding, and so is its own first coefficient.
  const kc = new Float64Array(order + 1);
  kc[1] = moments[1] ?? 0;
  for (let n = 2; n <= order; n++) {
    let sum = 0;
    for (let k = 1; k < n; k++) sum += kc[k]! * moments[n - k]!;
    kc[n] = n * moments[n]! - sum;
    c[n] = kc[n]! / n;
  }
  return { coefficients: c, unit };
}

/** f_n unit^n = E (d unit)^n / n! for d = a - mean, n = 0..order; and the mean times unit. */
function scaledMoments(
  weights: ScaledWeights,
  order: number,
  unit: number,
): { moments: Float64Array; mean: number } {
  const { fraction, relative, slopeExponent, probability } = weights;
  let centre = 0;
  relative.forEach((d, k) => {
    centre += probability(k) * d;
  });
  const scaledUnit = scaleByPower(unit, slopeExponent);
  const x = relative.map((d, k) => (fraction[k] === 0 ? 0 : (d - centre) * scaledUnit));
  if (!x.every(Number.isFinite)) {
    throw new DomainError(`unit = ${unit} times the spread of the slopes overflows`);
  }
  const moments = new Float64Array(order + 1);
  const term = fraction.slice();
  const power = weights.exponent.slice();
  for (let n = 0; n <= order; n++) {
    let sum = 0;
    for (let k = 0; k < term.length; k++) {
      const t = n === 0 ? term[k]! : (term[k]! * x[k]!) / n;
      term[k] = t;
      const size = Math.abs(t);
      if (size > 0 && (size < 2 ** -400 || size > 2 ** 400)) {
        const e = exponentOf(size);
        term[k] = scaleByPower(t, -e);
        power[k]! += e;
      }
      sum += scaleByPower(term[k]!, power[k]!);
    }
    moments[n] = sum;
  }
  return { moments, mean: weights.topSlope * unit + centre * scaledUnit };
}

function checked(series: LineSeries): LineSeries {
  const at = series.coefficients.findIndex((c) => !Number.isFinite(c));
  if (at < 0) return series;
  throw new DomainError(
    `coefficients[${at}] overflows with unit = ${series.unit}; choose a unit nearer to the radius`,
  );
}

/**
 * Cumulants kappa_0..kappa_N of the slopes: kappa_n = n! l_n, from a {@link logPartitionSeries}. Those
 * beyond the doubles come out as +-Infinity or 0, as division gives them; the series itself does not
 * overflow. O(N).
 */
export function cumulants(series: LineSeries): Float64Array {
  const { coefficients, unit } = series;
  // The unit as m 2^e, so that dividing by a tiny one does not overflow.
  const unitExponent = exponentOf(unit);
  const m = scaleByPower(unit, -unitExponent);
  return coefficients.map((c, n) => {
    if (c === 0) return 0;
    let value = c;
    let e = -n * unitExponent;
    for (let k = 1; k <= n; k++) {
      value *= k / m;
      const size = exponentOf(Math.abs(value));
      value = scaleByPower(value, -size);
      e += size;
    }
    return scaleByPower(value, e);
  });
}

/**
 * S_0..S_N at the complex point t = re + i im: S_n is the sum up to order n. A sum that overflows, and
 * all after it, are Infinity. O(N).
 *
 * @throws DomainError unless re and im are finite.
 */
export function partialSums(series: LineSeries, re: number, im = 0): ComplexValues {
  requireFinite("t", [re, im]);
  const { coefficients: c, unit } = series;
  const x = re / unit;
  const y = im / unit;
  const out = { re: new Float64Array(c.length), im: new Float64Array(c.length) };
  let powerRe = 1;
  let powerIm = 0;
  let sumRe = 0;
  let sumIm = 0;
  for (let n = 0; n < c.length; n++) {
    if (c[n] !== 0) {
      sumRe += c[n]! * powerRe;
      sumIm += c[n]! * powerIm;
    }
    if (!(Math.abs(sumRe) < Infinity && Math.abs(sumIm) < Infinity)) {
      out.re.fill(Infinity, n);
      out.im.fill(Infinity, n);
      break;
    }
    out.re[n] = sumRe;
    out.im[n] = sumIm;
    [powerRe, powerIm] = [powerRe * x - powerIm * y, powerRe * y + powerIm * x];
  }
  return out;
}

/**
 * |S_n - L(t)| for n = 0..N: how far the partial sums are from a value of log F or of the line loss,
 * whose imaginary part counts modulo 2 pi (log F has branches; the series has one value). Inside
 * the radius it falls like (|t| / rho)^n, outside it grows. O(N).
 *
 * @param exact - L(t); `im` 0 for real t.
 */
export function truncationErrors(
  series: LineSeries,
  t: ComplexPoint,
  exact: ComplexPoint,
): Float64Array {
  requireFinite("exact", [exact.re, exact.im]);
  const sums = partialSums(series, t.re, t.im);
  return sums.re.map((re, n) => {
    if (re === Infinity) return Infinity;
    const turn = sums.im[n]! - exact.im;
    const turned = turn - 2 * Math.PI * Math.round(turn / (2 * Math.PI));
    return Math.hypot(re - exact.re, turned);
  });
}
