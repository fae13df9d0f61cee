import { exp } from "@xent/kernels";
import { DomainError, requireInteger } from "@xent/linalg";
import type { ComplexPoint } from "./nearest-ghost.js";
import type { LineSeries } from "./series.js";

/**
 * How a radius is read off the coefficients l_n. With the nearest zeros a conjugate pair t0, conj t0,
 * s_n = n l_n tends to -2 Re t0^-n; Infinity, NaN never: a series without tail gives Infinity.
 * "root": the largest of |l_n|^(1/n), inverted; off by about log(n)/n. "corrected-root": the same of
 * |n l_n / 2|. "ratio": D_n = s_(n+1) s_(n-1) - s_n^2, whose quotients D_(n+1) / D_n tend to |t0|^-2.
 * "recurrence": least squares for s_(n+1) = p s_n - m s_(n-1), m = |t0|^-2; the best of them.
 */
export type EstimateMethod = "root" | "corrected-root" | "ratio" | "recurrence";

/** A guess of the radius of convergence from finitely many coefficients: it proves nothing. */
export interface RadiusEstimate {
  /** > 0; Infinity when the coefficients that were looked at are all 0. */
  readonly radius: number;
  readonly method: EstimateMethod;
  readonly proven: false;
  /** The zero in the upper half-plane that the recurrence points to, where it points to one. */
  readonly zero: ComplexPoint | undefined;
}

/** Options of {@link estimateRadius}. */
export interface EstimateOptions {
  /** Default "recurrence". */
  readonly method?: EstimateMethod;
  /** The last so many orders are looked at; integer >= 4. Default 20 (root: 50), or all from 2 on if fewer. */
  readonly orders?: number;
}

/**
 * Estimates the radius of convergence from the last coefficients of a series of order >= 8. A diagnostic
 * and a source of candidates; `nearestGhost` is the answer. O(orders).
 *
 * @throws DomainError for a series of lower order, an unknown method, or orders below 4.
 * @see docs/theory 3.4.
 */
export function estimateRadius(series: LineSeries, options: EstimateOptions = {}): RadiusEstimate {
  const { method = "recurrence" } = options;
  const order = series.coefficients.length - 1;
  if (order < 8) throw new DomainError(`the series has order ${order}, expected at least 8`);
  const { orders = method.endsWith("root") ? 50 : 20 } = options;
  requireInteger("orders", orders, 4);
  const first = Math.max(2, order - orders + 1);
  switch (method) {
    case "root":
      return byRoots(series, first, false);
    case "corrected-root":
      return byRoots(series, first, true);
    case "ratio":
      return byRatios(series, first);
    case "recurrence":
      return estimateByRecurrence(series, first);
    default:
      throw new DomainError(
        `method = "${String(method)}", expected root, corrected-root, ratio or recurrence`,
      );
  }
}

function estimate(radius: number, method: EstimateMethod, zero?: ComplexPoint): RadiusEstimate {
  return { radius, method, proven: false, zero };
}

function byRoots({ coefficients: c, unit }: LineSeries, first: number, correct: boolean) {
  let rate = 0;
  for (let n = first; n < c.length; n++) {
    const size = Math.abs(c[n]!) * (correct ? n / 2 : 1);
    if (size > 0) rate = Math.max(rate, exp(Math.log(size) / n));
  }
  return estimate(unit / rate, correct ? "corrected-root" : "root");
}

function byRatios({ coefficients: c, unit }: LineSeries, first: number): RadiusEstimate {
  const s = tail(c, first);
  const quotients: number[] = [];
  const determinant = (i: number): number => s[i + 1]! * s[i - 1]! - s[i]! * s[i]!;
  for (let i = 1; i + 2 < s.length; i++) {
    const q = determinant(i + 1) / determinant(i);
    if (q > 0 && q < Infinity) quotients.push(q);
  }
  if (quotients.length === 0) return estimate(Infinity, "ratio");
  // A near-cancellation in one D_n spoils two quotients: the median does not see it.
  quotients.sort((x, y) => x - y);
  return estimate(unit / Math.sqrt(quotients[quotients.length >> 1]!), "ratio");
}

/** s_n = n c_n from `first` on, over their largest: squares then stay within the doubles. */
function tail(c: Float64Array, first: number): Float64Array {
  const s = c.slice(first).map((x, i) => x * (first + i));
  const largest = s.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
  return largest === 0 ? s : s.map((x) => x / largest);
}

/** The recurrence on the orders from `first` on. */
export function estimateByRecurrence(
  { coefficients: c, unit }: LineSeries,
  first: number = Math.max(2, c.length - 20),
): RadiusEstimate {
  const s = tail(c, first);
  const n = s.length - 2;
  // QR of the columns (s_n), (s_(n-1)) for the right-hand side s_(n+1): normal equations would square the
  // condition, which is poor when the zeros are close to the real axis.
  const late = s.subarray(1, n + 1);
  const early = s.slice(0, n);
  const right = s.slice(2);
  const lateSquare = dotOf(late, late);
  const overlap = lateSquare === 0 ? 0 : dotOf(late, early) / lateSquare;
  const projection = lateSquare === 0 ? 0 : dotOf(late, right) / lateSquare;
  for (let i = 0; i < n; i++) {
    early[i]! -= overlap * late[i]!;
    right[i]! -= projection * late[i]!;
  }
  const earlySquare = dotOf(early, early);
  const m = earlySquare === 0 ? 0 : -dotOf(early, right) / earlySquare;
  if (!(m > 0)) return estimate(Infinity, "recurrence");
  const p = projection + m * overlap;
  const radius = unit / Math.sqrt(m);
  // The roots of q^2 - p q + m are 1/t0 and its conjugate, when they are not real.
  const discriminant = m - (p * p) / 4;
  if (!(discriminant > 0)) return estimate(radius, "recurrence");
  const zero = { re: (unit * p) / 2 / m, im: (unit * Math.sqrt(discriminant)) / m };
  return estimate(radius, "recurrence", zero);
}

function dotOf(x: Float64Array, y: Float64Array): number {
  let s = 0;
  for (let i = 0; i < x.length; i++) s += x[i]! * y[i]!;
  return s;
}
