import { type Dense, dense } from "@xent/linalg";
import type { Linearization } from "@xent/models";
import { spreadRadius } from "@xent/taylor-radius";
import { EPSILON, TRANSFORMER_TRACES } from "../../networks.js";

/**
 * Distance from t = 0 to the nearest complex t at which a function inside the transformer stops being analytic, its
 * argument taken as linear in t: the smallest over a batch. Exact for the first layer norm, whose argument is linear;
 * first order for what lies behind it.
 */
export interface ActivationRadii {
  /** pi / Delta of each row of scores: no zero of the denominator is nearer. */
  readonly attention: number;
  /** Poles of the tanh in GELU (the approximate form of jax; the one by erf has none). */
  readonly gelu: number;
  /** Zeros of the variance plus epsilon, nearest of the three norms. */
  readonly layerNorm: number;
}

/** @param traces - of `transformerTraces` at the parameters; `v` the direction in whose units the radii are. */
export function activationRadii(traces: Linearization, v: Float64Array): ActivationRadii {
  const slopes = traces.jvp(v);
  const radii = { attention: Infinity, gelu: Infinity, layerNorm: Infinity };
  let offset = 0;
  for (const { name, groups, width } of TRANSFORMER_TRACES) {
    const [value, slope] = [traces.logits, slopes].map((m) =>
      columns(m, offset, groups * width, width),
    );
    offset += groups * width;
    const kind = name === "scores" ? "attention" : name === "hidden" ? "gelu" : "layerNorm";
    const radiusOf = { attention: attentionRadius, gelu: geluRadius, layerNorm: layerNormRadius };
    for (let i = 0; i < value!.rows; i++) {
      const [x, s] = [value!, slope!].map((m) => m.data.subarray(i * width, (i + 1) * width));
      radii[kind] = Math.min(radii[kind], radiusOf[kind](x!, s!));
    }
  }
  return radii;
}

/** `size` columns of each row from `offset` on, as rows of `width`. */
function columns(m: Dense, offset: number, size: number, width: number): Dense {
  const out = dense((m.rows * size) / width, width);
  for (let i = 0; i < m.rows; i++) {
    out.data.set(m.data.subarray(i * m.cols + offset, i * m.cols + offset + size), i * size);
  }
  return out;
}

function attentionRadius(_: Float64Array, slopes: Float64Array): number {
  return spreadRadius(slopes);
}

/**
 * The variance of x + t s, plus epsilon, is a quadratic in t that is positive for real t: its zeros are a conjugate
 * pair, of modulus sqrt(constant over leading coefficient).
 */
export function layerNormRadius(x: Float64Array, s: Float64Array): number {
  return Math.sqrt((variance(x) + EPSILON) / variance(s));
}

function variance(x: Float64Array): number {
  let [mean, sum] = [0, 0];
  for (const v of x) mean += v / x.length;
  for (const v of x) sum += (v - mean) ** 2 / x.length;
  return sum;
}

/** Nearest pole of GELU in its tanh form, over units. */
export function geluRadius(x: Float64Array, s: Float64Array): number {
  let radius = Infinity;
  x.forEach((value, k) => {
    if (s[k] !== 0) radius = Math.min(radius, geluDistance(value) / Math.abs(s[k]!));
  });
  return radius;
}

const CUBIC = 0.044715;

/**
 * Poles of tanh(sqrt(2 / pi) (z + 0.044715 z^3)) in the open first quadrant, by real part; there are mirror images, and
 * others on the imaginary axis, which are farther from every real number.
 */
export const GELU_POLES: readonly (readonly [re: number, im: number])[] = Array.from(
  { length: 40 },
  (_, k) => geluPole(k),
);

/** Distance of a real argument from the nearest pole; for |x| > 16 a lower bound, which is close. */
export function geluDistance(x: number): number {
  const size = Math.abs(x);
  // 0.044715 z^3 = i c - z puts every pole above the ray at 30 degrees, from which x is this far.
  if (size > 16) return size / 2;
  let square = Infinity;
  for (const [re, im] of GELU_POLES) {
    square = Math.min(square, (size - re) ** 2 + im * im);
  }
  return Math.sqrt(square);
}

/** The root of 0.044715 z^3 + z = i (2 k + 1) sqrt(pi / 2) pi / 2 in the first quadrant, by Newton. */
function geluPole(k: number): readonly [re: number, im: number] {
  const c = (2 * k + 1) * Math.sqrt(Math.PI / 2) * (Math.PI / 2);
  // Where the cubic term leads: a cube root of i c / 0.044715.
  const size = Math.cbrt(c / CUBIC);
  let [re, im] = [size * Math.cos(Math.PI / 6), size * Math.sin(Math.PI / 6)];
  for (let i = 0; i < 60; i++) {
    const [re2, im2] = [re * re - im * im, 2 * re * im];
    const [fRe, fIm] = [CUBIC * (re2 * re - im2 * im) + re, CUBIC * (re2 * im + im2 * re) + im - c];
    const [dRe, dIm] = [3 * CUBIC * re2 + 1, 3 * CUBIC * im2];
    const norm = dRe * dRe + dIm * dIm;
    re -= (fRe * dRe + fIm * dIm) / norm;
    im -= (fIm * dRe - fRe * dIm) / norm;
  }
  return [re, im];
}
