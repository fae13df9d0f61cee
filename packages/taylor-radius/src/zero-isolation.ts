import { exp } from "@xent/kernels";
import type { Budget } from "./argument-tracking.js";
import { U } from "./directed-rounding.js";
import {
  type Evaluation,
  type ExponentialSum,
  evaluate,
  NEGLIGIBLE,
  NEGLIGIBLE_WEIGHT,
  newEvaluation,
} from "./exponential-sum.js";
import { expRemainder2, secondMomentAbout } from "./zero-free-disk.js";

/** A disk in the plane of s that is proven to hold exactly `multiplicity` zeros of F, counted with multiplicity. */
export interface IsolatedZero {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly multiplicity: number;
  /** Whether the zeros of a cluster lie further apart than rounding hides. */
  readonly separable: boolean;
}

/** Clusters of more zeros than this are left to counting. */
const LARGEST_CLUSTER = 12;

/**
 * A disk about the evaluated point with exactly one zero (Rouche: the linear part of e^(-c s) F(t + s)
 * dominates |F| and the remainder on the rim), or undefined.
 */
export function isolateSimple(sum: ExponentialSum, at: Evaluation): IsolatedZero | undefined {
  const mean = at.moment1 / at.moment0;
  const reach = (sum.halfWidth + Math.abs(mean)) * (1 + 8 * U);
  const size = Math.hypot(at.re, at.im);
  const value = (size + at.error) * (1 + 8 * U);
  const slopeRe = at.derivativeRe - mean * at.re;
  const slopeIm = at.derivativeIm - mean * at.im;
  const slope =
    Math.hypot(slopeRe, slopeIm) * (1 - 16 * U) -
    at.derivativeError -
    Math.abs(mean) * (at.error + 16 * U * size) -
    16 * U * Math.hypot(at.derivativeRe, at.derivativeIm);
  if (!(slope > 0 && value < Infinity)) return undefined;
  const second = secondMomentAbout(sum, at, mean, 0, reach);
  const base = value / slope;
  for (const factor of [1.001, 1.05, 1.3, 2]) {
    const radius = base * factor;
    const remainder = (second * expRemainder2(reach * radius)) / (reach * reach);
    if (slope * radius > (value + remainder) * (1 + 16 * U)) {
      return { x: at.x, y: at.y, radius, multiplicity: 1, separable: false };
    }
  }
  return undefined;
}

/**
 * Taylor coefficients in s, about x + i y, of e^(-mean s) F: c_j = sum_k T_k (d_k - mean)^j / j!,
 * j = 0..order, with bounds on their errors and sum_k |T_k| |d_k - mean|^(order+1) / (order+1)!.
 */
function localCoefficients(
  sum: ExponentialSum,
  at: Evaluation,
  mean: number,
  order: number,
): { re: Float64Array; im: Float64Array; errors: Float64Array; tail: number } {
  const re = new Float64Array(order + 1);
  const im = new Float64Array(order + 1);
  const errors = new Float64Array(order + 1);
  let tail = 0;
  for (let k = 0; k < sum.classes; k++) {
    const d = sum.slopes[k]!;
    const p = d * at.x;
    const raw = sum.logWeights[k]! + p;
    const e = raw - at.scale;
    const phase = d * at.y;
    const exponentError =
      sum.logWeightErrors[k]! + U * (2 * Math.abs(p) + Math.abs(raw) + Math.abs(e));
    if (e + exponentError < NEGLIGIBLE) continue;
    const size = exp(e);
    const tRe = size * Math.cos(phase);
    const tIm = size * Math.sin(phase);
    // As in `evaluate`, plus 6 roundings a power (d - mean errs by 3 u (|d| + |mean|), not relatively)
    // and n additions.
    const relative = exponentError + U * (2 * Math.abs(phase) + 12 + 2 * sum.classes);
    const gap = d - mean;
    const width = Math.abs(gap) + 4 * U * (Math.abs(d) + Math.abs(mean));
    let power = 1;
    let bound = 1;
    for (let j = 0; j <= order; j++) {
      re[j]! += tRe * power;
      im[j]! += tIm * power;
      errors[j]! += size * bound * relative + size * (bound - Math.abs(power) + 6 * j * U * bound);
      power *= gap / (j + 1);
      bound *= width / (j + 1);
    }
    tail += size * bound;
  }
  const reach = sum.halfWidth + Math.abs(mean);
  const left = sum.classes * NEGLIGIBLE_WEIGHT;
  let scale = 1;
  for (let j = 0; j <= order; j++) {
    errors[j] = errors[j]! * 1.02 + left * scale;
    scale *= reach / (j + 1);
  }
  return { re, im, errors, tail: tail * 1.01 + left * scale };
}

/**
 * A disk near the point that holds exactly m >= 2 zeros: the term of degree m dominates all others on
 * the rim (Rouche). Its centre is the zero of the (m-1)th derivative, which is simple where m zeros
 * meet, so that it is found to full precision. O(C m) for each m tried.
 */
export function isolateCluster(
  sum: ExponentialSum,
  x: number,
  y: number,
  budget: Budget,
): IsolatedZero | undefined {
  const at = newEvaluation();
  for (let m = 2; m <= Math.min(LARGEST_CLUSTER, sum.classes - 1); m++) {
    let cx = x;
    let cy = y;
    for (let refine = 0; refine < 3; refine++) {
      if (budget.left <= 0) return undefined;
      budget.left--;
      evaluate(sum, cx, cy, at);
      if (!(at.error < Infinity)) return undefined;
      const mean = at.moment1 / at.moment0;
      const { re, im, errors, tail } = localCoefficients(sum, at, mean, m);
      const lead = Math.hypot(re[m]!, im[m]!) * (1 - 8 * U) - errors[m]!;
      if (!(lead > 0)) break;
      const reach = (sum.halfWidth + Math.abs(mean)) * (1 + 8 * U);
      for (let radius = 1e-9; radius < 0.5; radius *= 1.25) {
        let rest = tail * radius ** (m + 1) * exp(reach * radius);
        for (let j = 0; j < m; j++) rest += (Math.hypot(re[j]!, im[j]!) + errors[j]!) * radius ** j;
        if (lead * radius ** m > rest * (1 + 1e-12)) {
          // One refinement of the centre makes the disk as small as the rounding allows.
          if (refine === 0) break;
          const hidden = (errors[0]! / lead) ** (1 / m);
          return { x: cx, y: cy, radius, multiplicity: m, separable: radius > 4 * hidden };
        }
      }
      // Newton on the (m-1)th derivative of e^(-mean s) F: c_{m-1} + m c_m s = 0.
      const a = re[m]! * m;
      const b = im[m]! * m;
      const square = a * a + b * b;
      const stepX = -(re[m - 1]! * a + im[m - 1]! * b) / square;
      const stepY = -(im[m - 1]! * a - re[m - 1]! * b) / square;
      if (!(Math.hypot(stepX, stepY) < 0.3)) break;
      cx += stepX;
      cy += stepY;
    }
  }
  return undefined;
}
