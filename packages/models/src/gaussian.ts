/**
 * The error function and the normal distribution in float64, written from their definitions: the
 * Maclaurin series near 0, and a polynomial for the scaled tail
 * `erfcx(u) = exp(u^2) erfc(u)` everywhere else, so that the exponential is the only place where the
 * tail can lose digits, and its argument is split to lose none. test/gaussian.test.ts compares with
 * the series in whole numbers.
 */

const SQRT2 = Math.SQRT2;
/** 1 / sqrt(2 pi). */
const INVERSE_ROOT_TWO_PI = 0.3989422804014327;
const TWO_OVER_ROOT_PI = 1.1283791670955126;

/**
 * Coefficients of (u + 2) erfcx(u) in powers of y = (3 - u) / (u + 2), for u in [1/2, Infinity), that
 * is y in (-1, 1]: the Chebyshev series up to degree 25, computed in 60 digits. What was cut off
 * is below 2^-58 of every value.
 */
const SCALED_TAIL: readonly number[] = [
  0.8950057559069498, 0.46430074427237206, 0.16193915053222346, 0.025918946162122713,
  -0.00552238216076871, -0.003016900644972736, 0.0003278920099061944, 0.0003563571989338511,
  -5.3646317289326446e-5, -4.597425922650462e-5, 1.3752794036287129e-5, 5.242332338642846e-6,
  -3.4003014277431144e-6, -1.6153213739890094e-7, 6.869673326232401e-7, -1.692226863422857e-7,
  -8.735471403287989e-8, 6.673295527784547e-8, -4.787643811127381e-9, -1.388582639859232e-8,
  6.1675441648238645e-9, 1.1818011143067055e-9, -1.6178158532985436e-9, 1.771198294672548e-10,
  1.7670248350443295e-10, -4.5514888924193935e-11,
];

/** 2/sqrt(pi) (-1)^n / (n! (2n + 1)): the Maclaurin coefficients of erf(x) / x in x^2. */
const MACLAURIN: readonly number[] = Array.from({ length: 20 }, (_, n) => {
  let c = TWO_OVER_ROOT_PI;
  for (let k = 1; k <= n; k++) c /= -k;
  return c / (2 * n + 1);
});

function horner(coefficients: readonly number[], y: number): number {
  let s = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) s = s * y + coefficients[i]!;
  return s;
}

/** exp(u^2) erfc(u) for u >= 1/2. */
function scaledTail(u: number): number {
  return horner(SCALED_TAIL, (3 - u) / (u + 2)) / (u + 2);
}

/** exp(-c x^2) for c = 1 or 1/2 and |x| < 40: x is split so that the large square is exact. */
function gaussianExponential(x: number, c: number): number {
  const head = Math.fround(x);
  return Math.exp(-c * head * head) * Math.exp(-c * (x - head) * (x + head));
}

/** erf(x) for |x| <= 1. */
function erfNearZero(x: number): number {
  return x * horner(MACLAURIN, x * x);
}

/** The error function 2/sqrt(pi) int_0^x exp(-t^2) dt. Odd; NaN for NaN. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a <= 1) return erfNearZero(x);
  if (Number.isNaN(x)) return Number.NaN;
  const value = a > 6 ? 1 : 1 - gaussianExponential(a, 1) * scaledTail(a);
  return x < 0 ? -value : value;
}

/** 1 - erf(x), with small relative error in the right tail too; 0 from 27.3 on. */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x < 0.5) return 1 - erf(x);
  return x > 28 ? 0 : gaussianExponential(x, 1) * scaledTail(x);
}

/**
 * Distribution function Phi(x) and density phi(x) of the standard normal, into `out`. One
 * exponential serves both; relative error is small in both tails, down to the subnormal numbers.
 */
export function gaussianCdfAndDensity(x: number, out: { cdf: number; density: number }): void {
  const a = Math.abs(x);
  if (a > 39) {
    out.density = 0;
    out.cdf = x > 0 ? 1 : 0;
    return;
  }
  const e = gaussianExponential(a, 0.5);
  out.density = INVERSE_ROOT_TWO_PI * e;
  if (a < 0.75) {
    out.cdf = 0.5 + 0.5 * erfNearZero(x / SQRT2);
    return;
  }
  const tail = 0.5 * e * scaledTail(a / SQRT2);
  out.cdf = x > 0 ? 1 - tail : tail;
}
