import {
  type AnyInvariant,
  type DeclaredPrecision,
  defineInvariant,
  type Measurement,
  unitRoundoff,
} from "@xent/invariants";
import * as fc from "fast-check";
import {
  coefficientBound,
  dominanceRadius,
  estimateRadius,
  type LineSeries,
  lineLossSeries,
  logPartitionSeries,
  partialSums,
  seriesTruncationBound,
} from "../index.js";

/** The series under test. */
export interface SeriesSubject extends DeclaredPrecision {
  logPartitionSeries: typeof logPartitionSeries;
  lineLossSeries: typeof lineLossSeries;
  partialSums: typeof partialSums;
  estimateRadius: typeof estimateRadius;
  coefficientBound: typeof coefficientBound;
  seriesTruncationBound: typeof seriesTruncationBound;
  dominanceRadius(this: void, logits: ArrayLike<number>, slopes: ArrayLike<number>): number;
}

/** The implementation of this package. */
export const seriesSubject: SeriesSubject = {
  logPartitionSeries,
  lineLossSeries,
  partialSums,
  estimateRadius,
  coefficientBound,
  seriesTruncationBound,
  dominanceRadius,
};

interface Line {
  readonly logits: number[];
  readonly slopes: number[];
}

const number = (size: number) =>
  fc.oneof(
    // Near the subnormal numbers the plain sums that serve as oracle lose their digits.
    fc.double({ min: -size, max: size, noNaN: true }).map((x) => (Math.abs(x) < 1e-200 ? 0 : x)),
    fc.integer({ min: -2, max: 2 }), // ties, duplicates, zeros
  );

const line: fc.Arbitrary<Line> = fc
  .integer({ min: 1, max: 8 })
  .chain((n) =>
    fc.record({
      logits: fc.array(fc.oneof(number(6), fc.constant(-Infinity)), { minLength: n, maxLength: n }),
      slopes: fc.array(number(3), { minLength: n, maxLength: n }),
    }),
  )
  .filter(({ logits }) => logits.some((z) => z > -Infinity));

/** Two classes, with the gap on whose scale the zeros lie. */
const twoClasses = fc.record({
  gap: fc.oneof(fc.constant(0), fc.double({ min: -5, max: 5, noNaN: true })),
  slopes: fc.tuple(number(3), number(3)).filter(([a, b]) => Math.abs(a - b) > 1e-3),
});

/** max |a| over the classes that are not masked. */
function largestSlope({ logits, slopes }: Line): number {
  return Math.max(...slopes.map((a, k) => (logits[k]! > -Infinity ? Math.abs(a) : 0)));
}

/** Moments f_n unit^n = E (d unit)^n / n! about the mean, and those of |d|. */
interface Moments {
  readonly signed: Float64Array;
  readonly absolute: Float64Array;
}

/** {@link Moments} by plain powers. */
function plainMoments({ logits, slopes }: Line, unit: number, order: number): Moments {
  const top = Math.max(...logits);
  const weights = logits.map((z) => Math.exp(z - top));
  const total = weights.reduce((s, w) => s + w);
  // Relative to one of them, so that slopes which nearly agree keep their differences.
  const base = slopes[logits.indexOf(top)]!;
  const mean = weights.reduce((s, w, k) => s + (w > 0 ? (w / total) * (slopes[k]! - base) : 0), 0);
  const signed = new Float64Array(order + 1);
  const absolute = new Float64Array(order + 1);
  weights.forEach((w, k) => {
    if (w === 0) return;
    let term = w / total;
    for (let n = 0; n <= order; n++) {
      signed[n]! += term;
      absolute[n]! += Math.abs(term);
      term *= ((slopes[k]! - base - mean) * unit) / (n + 1);
    }
  });
  // The mean is off by its own roundings: no more than this is known of any d.
  const alive = slopes.filter((_, k) => weights[k]! > 0);
  const largest = (Math.max(...alive) - Math.min(...alive)) * unit;
  if (order >= 1) absolute[1] = Math.max(absolute[1]!, largest * logits.length * 2 ** -40);
  return { signed, absolute };
}

/**
 * The terms of step n of the recurrence, sum_j j c_j f_(n-j) = n f_n, in absolute value. Moments err by
 * (n + C + 8) roundings of the absolute moments, sums by another n.
 */
function stepSize(c: Float64Array, { absolute }: Moments, n: number): number {
  let size = n * absolute[n]!;
  for (let j = 1; j <= n; j++) size += j * Math.abs(c[j]!) * absolute[n - j]!;
  return size;
}

/**
 * Bounds on the rounding errors of c_1..c_N, to first order: the residues of the steps reach c through
 * division by the moment series, whose coefficients g are those of 1 / F.
 */
function rounding(c: Float64Array, moments: Moments, classes: number, u: number): Float64Array {
  const n = c.length;
  const f = moments.signed;
  const g = new Float64Array(n);
  g[0] = 1;
  for (let k = 1; k < n; k++) for (let j = 1; j <= k; j++) g[k]! -= f[j]! * g[k - j]!;
  const out = new Float64Array(n);
  const residue = new Float64Array(n);
  for (let k = 1; k < n; k++) {
    residue[k] = 4 * (k + classes + 8) * u * stepSize(c, moments, k);
    for (let j = 1; j <= k; j++) out[k]! += (Math.abs(g[k - j]!) * residue[j]!) / k;
  }
  return out;
}

/** What `rounding` needs of a subject's series: coefficients about the mean slope. */
function centred(series: LineSeries): Float64Array {
  const c = series.coefficients.slice();
  if (c.length > 1) c[1] = 0;
  return c;
}

const ORDER = 60;

/** Whether a is farther from its statement than b, in tolerances; what is not a number is farthest. */
function isWorse(a: Measurement, b: Measurement): boolean {
  return !(a.error * b.tolerance < b.error * a.tolerance);
}

/** log F(t) / F(0) for complex t, real part and argument, by plain summation. */
function logRatio({ logits, slopes }: Line, re: number, im: number): { re: number; im: number } {
  const top = Math.max(...logits);
  const base = slopes[logits.indexOf(top)]!;
  let zero = 0;
  let x = 0;
  let y = 0;
  logits.forEach((z, k) => {
    const w = Math.exp(z - top);
    if (w === 0) return; // masked: its slope may be anything
    const d = slopes[k]! - base;
    const size = w * Math.exp(d * re);
    zero += w;
    x += size * Math.cos(d * im);
    y += size * Math.sin(d * im);
  });
  return { re: base * re + Math.log(Math.hypot(x, y) / zero), im: base * im + Math.atan2(y, x) };
}

function turnBetween(a: number, b: number): number {
  return Math.abs(a - b - 2 * Math.PI * Math.round((a - b) / (2 * Math.PI)));
}

/** What must hold of series. */
export const seriesInvariants: readonly AnyInvariant<SeriesSubject>[] = [
  defineInvariant<SeriesSubject>()({
    id: "taylor-radius/series-reproduces-moments",
    statement: "sum_j j l_j f_(n-j) = n f_n for the central moments n! f_n of the slopes, n <= 60",
    source: "docs/theory 3.4: F (log F)' = F'",
    arbitrary: line,
    measure: (testCase, subject) => {
      const series = subject.logPartitionSeries(testCase.logits, testCase.slopes, ORDER);
      const moments = plainMoments(testCase, series.unit, ORDER);
      const c = centred(series);
      const u = unitRoundoff(subject);
      let worst: Measurement = { error: 0, tolerance: 0 };
      for (let n = 2; n <= ORDER; n++) {
        let sum = -n * moments.signed[n]!;
        for (let j = 1; j <= n; j++) sum += j * c[j]! * moments.signed[n - j]!;
        // The subject's residue and that of this sum, with the moments of both.
        const tolerance = 8 * (n + testCase.logits.length + 8) * u * stepSize(c, moments, n);
        if (isWorse({ error: Math.abs(sum), tolerance }, worst)) {
          worst = { error: Math.abs(sum), tolerance };
        }
      }
      return worst;
    },
  }),
  defineInvariant<SeriesSubject>()({
    id: "taylor-radius/series-from-binary-zeros",
    statement: "for two classes n l_n = -sum over all zeros t_k of t_k^-n, n = 24..60",
    source: "[G] arXiv:2603.13552: t_k = (gap + i pi (2k+1)) / (a_2 - a_1); Hadamard product",
    arbitrary: twoClasses,
    measure: ({ gap, slopes }, subject) => {
      const testCase = { logits: [gap, 0], slopes };
      const { coefficients, unit } = subject.logPartitionSeries(testCase.logits, slopes, ORDER);
      const u = unitRoundoff(subject);
      const f = plainMoments(testCase, unit, ORDER);
      const allowed = rounding(centred({ coefficients, unit }), f, 2, u);
      const spread = slopes[1] - slopes[0];
      let worst: Measurement = { error: 0, tolerance: 0 };
      for (let n = 24; n <= ORDER; n++) {
        let sum = 0;
        // The zeros beyond 40 pairs weigh less than (6 / 250)^24 of the first.
        for (let k = 0; k < 40; k++) {
          const [re, im] = [gap / spread, (Math.PI * (2 * k + 1)) / spread];
          const power = n * Math.log(unit / Math.hypot(re, im));
          sum += Math.exp(power) * Math.cos(n * Math.atan2(im, re));
        }
        const error = Math.abs(coefficients[n]! + (2 * sum) / n);
        // Phase and power of the oracle err by a few n roundings of the largest term.
        const largest = Math.exp(
          n * Math.log((unit * Math.abs(spread)) / Math.hypot(gap, Math.PI)),
        );
        const tolerance = allowed[n]! + 16 * u * largest;
        if (isWorse({ error, tolerance }, worst)) worst = { error, tolerance };
      }
      return worst;
    },
  }),
  defineInvariant<SeriesSubject>()({
    id: "taylor-radius/series-symmetries",
    statement:
      "with t -> -t and with a 2^k in place of a the coefficients in t / unit agree exactly, with signs",
    source: "docs/theory 3.1: F depends on a t alone",
    arbitrary: fc.record({ base: line, power: fc.integer({ min: -40, max: 40 }) }),
    measure: ({ base, power }, subject) => {
      const { logits, slopes } = base;
      const one = subject.logPartitionSeries(logits, slopes, 30);
      const factor = 2 ** power;
      const mirrored = slopes.map((a) => -a * factor);
      const unit = one.unit / factor;
      const other = subject.logPartitionSeries(logits, mirrored, 30, { unit });
      const exact = subject.logPartitionSeries(logits, slopes, 30, { unit: one.unit });
      let error = 0;
      exact.coefficients.forEach((c, n) => {
        const sign = n % 2 === 0 ? 1 : -1;
        // + 0: the two zeros are equal.
        if (c !== sign * other.coefficients[n]! + 0) error = 1;
      });
      return { error, tolerance: 0 };
    },
  }),
  defineInvariant<SeriesSubject>()({
    id: "taylor-radius/coefficients-below-caratheodory",
    statement: "|l_n| R^n <= K(R) + K(-R), K = log F / F(0), for n >= 2 and R the dominance radius",
    source: "[ours] README: Caratheodory's coefficient inequality on a zero-free disk",
    arbitrary: line,
    measure: ({ logits, slopes }, subject) => {
      const radius = subject.dominanceRadius(logits, slopes);
      const { coefficients, unit } = subject.logPartitionSeries(logits, slopes, ORDER);
      if (radius === Infinity) {
        return {
          error: coefficients.reduce((m, c, n) => (n < 2 ? m : m + Math.abs(c)), 0),
          tolerance: 0,
        };
      }
      const bound = subject.coefficientBound(logits, slopes, radius);
      const f = plainMoments({ logits, slopes }, unit, ORDER);
      const allowed = rounding(
        centred({ coefficients, unit }),
        f,
        logits.length,
        unitRoundoff(subject),
      );
      let worst: Measurement = { error: 0, tolerance: 0 };
      for (let n = 2; n <= ORDER; n++) {
        const shrink = (radius / unit) ** n;
        const error = Math.max(0, Math.abs(coefficients[n]!) * shrink - bound);
        const tolerance = (allowed[n]! + 4 * n * unitRoundoff(subject) * bound) * shrink + 1e-300;
        if (isWorse({ error, tolerance }, worst)) worst = { error, tolerance };
      }
      return worst;
    },
  }),
  defineInvariant<SeriesSubject>()({
    id: "taylor-radius/partial-sums-converge-inside",
    statement:
      "|S_N(t) - log F(t) / F(0)| is at most the truncation bound at complex t inside the dominance radius",
    source: "[ours] Caratheodory and the geometric series; docs/theory 3.4",
    arbitrary: fc.record({
      line,
      share: fc.double({ min: 0.01, max: 0.9, noNaN: true }),
      angle: fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }),
      order: fc.integer({ min: 1, max: ORDER }),
    }),
    measure: ({ line: { logits, slopes }, share, angle, order }, subject) => {
      const radius = subject.dominanceRadius(logits, slopes);
      fc.pre(radius !== Infinity);
      const distance = share * radius;
      const re = distance * Math.cos(angle);
      const im = distance * Math.sin(angle);
      const series = subject.logPartitionSeries(logits, slopes, order);
      const sums = subject.partialSums(series, re, im);
      const exact = logRatio({ logits, slopes }, re, im);
      const error = Math.hypot(sums.re[order]! - exact.re, turnBetween(sums.im[order]!, exact.im));
      const bound = subject.seriesTruncationBound(
        logits,
        slopes,
        order,
        Math.min(Math.hypot(re, im) * (1 + 2 ** -50), radius),
        radius,
      );
      const u = unitRoundoff(subject);
      const f = plainMoments({ logits, slopes }, series.unit, order);
      const allowed = rounding(centred(series), f, logits.length, u);
      const q = distance / series.unit;
      let roundings = allowed.reduce((s, e, n) => s + e * q ** n, 0);
      // Terms and sums of the subject, and the mean slope in c_1.
      const largest = largestSlope({ logits, slopes });
      roundings += 8 * (order + logits.length) * u * (1 + largest * distance);
      series.coefficients.forEach((c, n) => {
        roundings += 4 * (n + 2) * u * Math.abs(c) * q ** n;
      });
      // The plain log F errs by the cancellation in F: at |t| <= 0.9 radius that is the quotient of moduli.
      const moduli = logRatio({ logits, slopes }, re, 0).re - exact.re;
      roundings += Math.exp(moduli) * (logits.length + 12 + 4 * largest * distance) * u;
      return { error: Math.max(0, error - bound), tolerance: roundings };
    },
  }),
  defineInvariant<SeriesSubject>()({
    id: "taylor-radius/partial-sums-diverge-outside",
    statement:
      "for two classes, at 1.3 radii from 0 the largest of S_101..S_120 is off by more than 1e6",
    source: "[G] arXiv:2603.13552: the radius is sqrt(gap^2 + pi^2) / spread",
    arbitrary: fc.record({ two: twoClasses, sign: fc.constantFrom(1, -1) }),
    measure: ({ two: { gap, slopes }, sign }, subject) => {
      const radius = Math.hypot(gap, Math.PI) / Math.abs(slopes[0] - slopes[1]);
      const series = subject.logPartitionSeries([gap, 0], slopes, 120);
      const t = sign * 1.3 * radius;
      const sums = subject.partialSums(series, t);
      const exact = logRatio({ logits: [gap, 0], slopes }, t, 0).re;
      // Terms are 2 cos(n theta) 1.3^n / n, 1e9 at n = 110; of 20 in a row some have a cosine above 0.1.
      const largest = sums.re.slice(101).reduce((m, s) => Math.max(m, Math.abs(s - exact)), 0);
      return { error: largest > 1e6 ? 0 : 1, tolerance: 0 };
    },
  }),
  defineInvariant<SeriesSubject>()({
    id: "taylor-radius/recurrence-finds-binary-radius",
    statement:
      "for two classes the two-term recurrence on l_n, n = 101..120, gives sqrt(gap^2 + pi^2) / spread",
    source: "docs/theory 3.4",
    arbitrary: twoClasses,
    measure: ({ gap, slopes }, subject) => {
      const exact = Math.hypot(gap, Math.PI) / Math.abs(slopes[0] - slopes[1]);
      const series = subject.logPartitionSeries([gap, 0], slopes, 120);
      const { radius, proven } = subject.estimateRadius(series);
      const f = plainMoments({ logits: [gap, 0], slopes }, series.unit, 120);
      const allowed = rounding(centred(series), f, 2, unitRoundoff(subject));
      // The rows (s_n, s_(n-1)) have singular values of the order of the amplitude times sin theta; the
      // perturbation of s is n times the rounding, and the second pair weighs (hypot(5, pi) / hypot(5, 3 pi))^100.
      const sine = Math.PI / Math.hypot(gap, Math.PI);
      const amplitude = 2 * (series.unit / exact) ** 110;
      const noise = (120 * allowed[120]!) / amplitude;
      return {
        error: proven ? Infinity : Math.abs(radius / exact - 1),
        tolerance: (8 * noise) / (sine * sine) + 8 * unitRoundoff(subject),
      };
    },
  }),
  defineInvariant<SeriesSubject>()({
    id: "taylor-radius/line-loss-is-cross-entropy",
    statement:
      "the line loss series has value -log p_y and slope E a - a_y at 0, and log F's coefficients from order 2",
    source: "docs/theory 3.1",
    arbitrary: line,
    measure: ({ logits, slopes }, subject) => {
      const label = logits.findIndex((z) => z > -Infinity);
      const loss = subject.lineLossSeries(logits, slopes, label, 8);
      const plain = subject.logPartitionSeries(logits, slopes, 8);
      const p = logits.map((z) => Math.exp(z - logits[label]!));
      const total = p.reduce((s, x) => s + x);
      const slope = p.reduce((s, x, k) => s + (x / total) * (slopes[k]! - slopes[label]!), 0);
      const size = largestSlope({ logits, slopes }) * loss.unit;
      const u = unitRoundoff(subject) * 4 * (logits.length + 8);
      const differs = plain.coefficients.some((c, n) => n >= 2 && c !== loss.coefficients[n]);
      const e0 = Math.abs(loss.coefficients[0]! - Math.log(total)) / (1 + Math.log(total));
      const e1 = Math.abs(loss.coefficients[1]! - slope * loss.unit) / (size || 1);
      return { error: differs ? Infinity : Math.max(e0, e1), tolerance: u };
    },
  }),
];
