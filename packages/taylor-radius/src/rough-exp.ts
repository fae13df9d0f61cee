/** 2^k for k = -1100..100, at k + 1100; 0 where it underflows. */
const powers = Float64Array.from({ length: 1201 }, (_, i) => 2 ** (i - 1100));

/** Adding it rounds a number below 2^51 to an integer. */
const ROUNDER = 1.5 * 2 ** 52;

/** Bound on the relative error of {@link roughExp} where its result is a normal number. */
export const ROUGH_EXP_ERROR = 1e-8;

/**
 * exp(x) to a relative 1e-8, for x in -760..60, at half the time of `Math.exp`: for weights that decide where
 * to look, never for what is proven without that error in it. e^r by seven terms after the first, with
 * |r| <= log(2) / 2 up to roundings: the rest is below r^8 e^r / 8! < 5.3e-9 e^r sqrt 2, roundings below 1e-12.
 */
export function roughExp(x: number): number {
  const k = x * 1.4426950408889634 + ROUNDER - ROUNDER;
  const r = x - k * 0.6931471805599453;
  const s = r * r;
  const even = 1 + s * (1 / 2 + s * (1 / 24 + s * (1 / 720)));
  const odd = 1 + s * (1 / 6 + s * (1 / 120 + s * (1 / 5040)));
  return (even + r * odd) * powers[k + 1100]!;
}
