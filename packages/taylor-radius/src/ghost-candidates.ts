import { exp } from "@xent/kernels";
import type { Budget } from "./argument-tracking.js";
import { type Evaluation, type ExponentialSum, evaluate } from "./exponential-sum.js";

/** A point near which a zero is guessed; y > 0. */
export interface Guess {
  readonly x: number;
  readonly y: number;
}

const LARGEST_PAIR_SET = 8;
const MOST_STEPS = 24;

/** The zero of two terms alone: (w_i - w_j + i pi) / (d_j - d_i). */
function pairZero(sum: ExponentialSum, i: number, j: number): Guess {
  const width = sum.slopes[j]! - sum.slopes[i]!;
  return {
    x: (sum.logWeights[i]! - sum.logWeights[j]!) / width,
    y: Math.PI / Math.abs(width),
  };
}

/** Vertices of the upper convex hull of the points (d_k, w_k), by ascending slope: the terms that are largest somewhere. */
function upperHull(sum: ExponentialSum): number[] {
  const { slopes: d, logWeights: w } = sum;
  const hull: number[] = [];
  for (let k = 0; k < sum.classes; k++) {
    while (hull.length >= 2) {
      const p = hull[hull.length - 2]!;
      const q = hull[hull.length - 1]!;
      if ((w[q]! - w[p]!) * (d[k]! - d[q]!) > (w[k]! - w[q]!) * (d[q]! - d[p]!)) break;
      hull.pop();
    }
    hull.push(k);
  }
  return hull;
}

/** How far, in the exponent, a pair's terms may lie below the largest at their meeting point to be a guess. */
const VISIBLE = 3;

/** Log of the largest term at the real point x. */
function largestExponent(sum: ExponentialSum, x: number): number {
  let most = -Infinity;
  for (let k = 0; k < sum.classes; k++) {
    most = Math.max(most, sum.logWeights[k]! + sum.slopes[k]! * x);
  }
  return most;
}

/**
 * Guesses at the nearest zeros: zeros of neighbouring pairs of the upper hull, of pairs among the
 * classes of largest weight and the extreme ones (as far as no other term hides them), and the point above the origin where terms of
 * standard deviation sigma lose their coherence. Nearest first; guesses close to a nearer one are
 * dropped. They only save work: nothing is claimed of them.
 */
export function guesses(sum: ExponentialSum, count: number): Guess[] {
  const hull = upperHull(sum);
  const found: Guess[] = [];
  for (let i = 1; i < hull.length; i++) found.push(pairZero(sum, hull[i - 1]!, hull[i]!));
  const order = Array.from({ length: sum.classes }, (_, k) => k);
  if (sum.classes > LARGEST_PAIR_SET) {
    order.sort((i, j) => sum.logWeights[j]! - sum.logWeights[i]!);
    order.length = LARGEST_PAIR_SET;
    order.push(0, sum.classes - 1);
  }
  for (const [n, i] of order.entries()) {
    for (const j of order.slice(0, n)) {
      if (i === j) continue;
      const guess = pairZero(sum, j, i);
      const level = sum.logWeights[i]! + sum.slopes[i]! * guess.x;
      if (level > largestExponent(sum, guess.x) - VISIBLE) found.push(guess);
    }
  }
  let mean = 0;
  let square = 0;
  let total = 0;
  for (let k = 0; k < sum.classes; k++) {
    const p = exp(sum.logWeights[k]!);
    total += p;
    mean += p * sum.slopes[k]!;
    square += p * sum.slopes[k]! * sum.slopes[k]!;
  }
  const variance = square / total - (mean / total) ** 2;
  if (variance > 1e-4) found.push({ x: 0, y: Math.PI / 2 / Math.sqrt(variance) });

  const distance = (g: Guess): number => Math.hypot(g.x, g.y);
  found.sort((g, h) => distance(g) - distance(h));
  const kept: Guess[] = [];
  for (const g of found) {
    if (kept.length >= count) break;
    if (!Number.isFinite(distance(g))) continue;
    const near = kept.some((k) => Math.hypot(k.x - g.x, k.y - g.y) < 0.15 * g.y);
    if (!near) kept.push(g);
  }
  return kept;
}

/** Zeros already known, divided out of F so that Newton goes elsewhere. */
export interface KnownZero {
  readonly x: number;
  readonly y: number;
  readonly multiplicity: number;
}

/**
 * Newton from (x, y), on F divided by its known zeros; `at` ends as the evaluation at the last point.
 * Stops early when it leaves the disk of radius `limit`.
 *
 * @returns true when the step has fallen to the rounding level, or no longer shrinks near a zero.
 */
export function polish(
  sum: ExponentialSum,
  x: number,
  y: number,
  limit: number,
  known: readonly KnownZero[],
  budget: Budget,
  at: Evaluation,
): boolean {
  let last = Infinity;
  let px = x;
  let py = y;
  for (let i = 0; i < MOST_STEPS; i++) {
    if (budget.left <= 0) return false;
    budget.left--;
    evaluate(sum, px, py, at);
    if (!(at.error < Infinity)) return false;
    const size = Math.hypot(at.re, at.im);
    if (size <= at.error) return true;
    // The logarithmic derivative F'/F less the poles of known zeros.
    const square = size * size;
    let qRe = (at.derivativeRe * at.re + at.derivativeIm * at.im) / square;
    let qIm = (at.derivativeIm * at.re - at.derivativeRe * at.im) / square;
    for (const zero of known) {
      for (const sign of [1, -1]) {
        const gx = px - zero.x;
        const gy = py - sign * zero.y;
        const gap = gx * gx + gy * gy;
        if (gap === 0) return false;
        qRe -= (zero.multiplicity * gx) / gap;
        qIm += (zero.multiplicity * gy) / gap;
      }
    }
    const q = qRe * qRe + qIm * qIm;
    if (q === 0) return false;
    let stepX = -qRe / q;
    let stepY = qIm / q;
    let step = Math.hypot(stepX, stepY);
    const modulus = Math.hypot(px, py);
    if (step <= 4e-16 * modulus) return true;
    // Near a zero, a step that stops shrinking has reached the noise.
    if (step < 1e-7 && step >= 0.5 * last) return true;
    last = step;
    if (step > 1) {
      stepX /= step;
      stepY /= step;
      step = 1;
    }
    px += stepX;
    py += stepY;
    if (py < 0) py = -py;
    if (i > 2 && Math.hypot(px, py) > limit) return false;
  }
  // Steps that halve each time lead to a double zero, and slower ones to a higher one.
  return last < 1e-3;
}

/** A point where F / F' (minus the Newton step) is known. */
export interface Hinted {
  readonly x: number;
  readonly y: number;
  readonly stepRe: number;
  readonly stepIm: number;
}

/** The point that one Newton step on F divided by its known zeros leads to, mirrored upwards. */
export function deflatedStep(
  hint: Hinted,
  zeros: readonly KnownZero[],
): { readonly x: number; readonly y: number; readonly step: number } {
  const size = hint.stepRe * hint.stepRe + hint.stepIm * hint.stepIm;
  let qRe = hint.stepRe / size;
  let qIm = -hint.stepIm / size;
  for (const zero of zeros) {
    const gx = hint.x - zero.x;
    const gy = hint.y - zero.y;
    const gap = gx * gx + gy * gy;
    qRe -= (zero.multiplicity * gx) / gap;
    qIm += (zero.multiplicity * gy) / gap;
  }
  const q = qRe * qRe + qIm * qIm;
  return { x: hint.x - qRe / q, y: Math.abs(hint.y + qIm / q), step: 1 / Math.sqrt(q) };
}
