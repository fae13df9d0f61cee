import { requireFinite } from "@xent/linalg";

/** e^x - 1 - x >= 0, without cancellation. */
function exponentialRemainder(x: number): number {
  if (Math.abs(x) > 0.5) return Math.expm1(x) - x;
  let term = (x * x) / 2;
  let sum = 0;
  for (let n = 3; Math.abs(term) > 1e-18 * sum; n++) {
    sum += term;
    term *= x / n;
  }
  return sum;
}

/** log of the mean of e^logs[c], c >= 1. */
function logMeanStrength(logs: ArrayLike<number>): number {
  let largest = -Infinity;
  for (let c = 1; c < logs.length; c++) largest = Math.max(largest, logs[c]!);
  let sum = 0;
  for (let c = 1; c < logs.length; c++) sum += Math.exp(logs[c]! - largest);
  return largest + Math.log(sum / (logs.length - 1));
}

/**
 * V = KL(uniform || q), q_c = s_c / sum_(c>=1) s_c over the k - 1 non-trivial modes, from ln s_c: the
 * distance from neural collapse, 0 iff all s_c are equal. [H], over any group.
 *
 * With delta_c = ln(s_c / mean s), V = mean(e^delta - 1 - delta): a sum of terms >= 0, so that V is
 * accurate relative to itself down to the square of the rounding of `logs`.
 *
 * @param logs - ln s_c, length k >= 2; entry 0 (the trivial mode) is not read.
 */
export function lyapunov(logs: ArrayLike<number>): number {
  const centre = logMeanStrength(logs);
  let sum = 0;
  for (let c = 1; c < logs.length; c++) sum += exponentialRemainder(logs[c]! - centre);
  return sum / (logs.length - 1);
}

/** V of strengths s_c > 0 (length k, entry 0 not read); undefined when one is zero or negative. */
export function lyapunovOfStrengths(strengths: ArrayLike<number>): number | undefined {
  requireFinite("strengths", strengths);
  const logs = new Float64Array(strengths.length);
  for (let c = 1; c < logs.length; c++) {
    if (!(strengths[c]! > 0)) return undefined;
    logs[c] = Math.log(strengths[c]!);
  }
  return lyapunov(logs);
}

/**
 * dV/dt = mean_c (s_c' / s_c)(s_c / mean s - 1), for any flow of the strengths.
 *
 * @param logs - ln s_c, entry 0 not read.
 * @param growthRates - s_c' / s_c, entry 0 not read.
 */
export function lyapunovRate(logs: ArrayLike<number>, growthRates: ArrayLike<number>): number {
  const centre = logMeanStrength(logs);
  let mean = 0;
  for (let c = 1; c < logs.length; c++) mean += growthRates[c]!;
  mean /= logs.length - 1;
  // The deviations s_c / mean s - 1 sum to zero: a common growth rate does not count.
  let sum = 0;
  for (let c = 1; c < logs.length; c++) {
    sum += (growthRates[c]! - mean) * Math.expm1(logs[c]! - centre);
  }
  return sum / (logs.length - 1);
}

/**
 * The same derivative for the balanced two-layer flow, per unit of the clock sigma:
 * -(2 / zeta_0) sum_(m>=1) (q_m - q(zbar)) (zeta_m - zbar), where zbar is the mean off-diagonal logit,
 * q the softmax over the off-diagonal logits and q(zbar) what a logit zbar would get. Each term is >= 0
 * because the softmax increases: V falls, and the sum has no cancellation. (Chebyshev's inequality;
 * docs/lyapunov.md.)
 *
 * @param logits - zeta_m, length k; zeta_0 relative to the mean of all logits must be > 0.
 */
export function balancedLyapunovClockRate(
  logits: ArrayLike<number>,
  competitors: ArrayLike<number>,
): number {
  const k = logits.length;
  let mean = 0;
  for (let m = 1; m < k; m++) mean += logits[m]!;
  mean /= k - 1;
  let best = 1;
  for (let m = 2; m < k; m++) if (logits[m]! > logits[best]!) best = m;
  const atMean = competitors[best]! * Math.exp(mean - logits[best]!);
  let sum = 0;
  for (let m = 1; m < k; m++) {
    const d = logits[m]! - mean;
    sum += d * (d > 0 ? -competitors[m]! * Math.expm1(-d) : atMean * Math.expm1(d));
  }
  // The mean of all logits is s_0 / k: zeta_0 above it is sum_(c>=1) s_c / k.
  const centred = ((logits[0]! - mean) * (k - 1)) / k;
  return (-2 * sum) / centred;
}
