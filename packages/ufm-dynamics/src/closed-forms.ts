import { DomainError, requireInteger, requireNonNegative, requirePositive } from "@xent/linalg";
import { softplus } from "@xent/softmax-spectral";
import { scaledEntireIntegral } from "./exponential-integral.js";

function requireLogTime(logTime: number): void {
  if (!(logTime < Infinity)) {
    throw new DomainError(`logTime = ${logTime}, expected a number or -Infinity`);
  }
}

/**
 * ln(2 k t) at which the common strength has grown from s0 to s:
 * 2 k t = k ln(s / s0) + E(s) - E(s0), E(x) = sum_(n>=1) x^n / (n n!) = Ei(x) - gamma - ln x.
 */
function logScaledTime(classCount: number, s0: number, s: number): number {
  const rest =
    Math.exp(s0 - s) * scaledEntireIntegral(s0) - Math.exp(-s) * classCount * Math.log(s / s0);
  return s + Math.log(scaledEntireIntegral(s) - rest);
}

/**
 * The common strength s(t) of all non-trivial modes when they start alike, s_c = s0 for every c >= 1: the exact solution
 * of s' = 2 k s / (e^s + k - 1), on which Ei(s) + (k - 1) ln s - 2 k t is constant (docs/theory 2.4). For k = 2 this is
 * every balanced start. Two balanced layers, one sample a class, summed loss.
 *
 * Relative error a few units of 1e-15 (plus |ln(s / s0)| k as much where k ln(s / s0) is all there is).
 *
 * @param classCount - k >= 2. @param start - s0 > 0. @param logTime - ln t; -Infinity is t = 0.
 * @throws DomainError.
 */
export function symmetricStrengthAtLogTime(
  classCount: number,
  start: number,
  logTime: number,
): number {
  requireInteger("classCount", classCount, 2);
  requirePositive("start", start);
  requireLogTime(logTime);
  const target = Math.log(2 * classCount) + logTime;
  if (target === -Infinity) return start;
  let low = start;
  let high = start;
  for (let width = Math.max(1, start); ; width *= 2) {
    high = start + width;
    if (logScaledTime(classCount, start, high) >= target) break;
    low = high;
  }
  // From above: there ln t is steeper, and Newton's method does not leave the bracket for long.
  let s = high;
  for (let iteration = 0; iteration < 200; iteration++) {
    const value = logScaledTime(classCount, start, s);
    if (value < target || Number.isNaN(value)) low = s;
    else high = s;
    const slope = (Math.exp(s - value) * (1 + (classCount - 1) * Math.exp(-s))) / s;
    const newton = s + (target - value) / slope;
    const middle = high > 4 * low ? Math.sqrt(low) * Math.sqrt(high) : low + (high - low) / 2;
    const next = newton > low && newton < high ? newton : middle;
    if (Math.abs(next - s) <= 2 ** -52 * s || !(high - low > 2 ** -52 * high)) return next;
    s = next;
  }
  return s;
}

/** {@link symmetricStrengthAtLogTime} at a time t >= 0. */
export function symmetricStrength(classCount: number, start: number, time: number): number {
  requireNonNegative("time", time);
  return symmetricStrengthAtLogTime(classCount, start, Math.log(time));
}

/** k log(1 + (k - 1) e^-s): the summed loss when every non-trivial mode has strength s. */
export function symmetricLoss(classCount: number, strength: number): number {
  requireInteger("classCount", classCount, 2);
  if (!Number.isFinite(strength)) {
    throw new DomainError(`strength = ${strength}, expected a finite number`);
  }
  return classCount * softplus(Math.log(classCount - 1) - strength);
}

/**
 * Late-time asymptotics of the symmetric start, whatever s0: s solves s - ln s + ln(1 + 1/s) = ln(2 k t), since
 * Ei(s) = (e^s / s)(1 + 1/s + O(1/s^2)). The error is about 2 / s^2 once e^s is far above k s.
 *
 * @param classCount - k >= 2. @param logTime - ln t, with ln(2 k t) >= 2.
 */
export function symmetricLateStrength(classCount: number, logTime: number): number {
  requireInteger("classCount", classCount, 2);
  requireLogTime(logTime);
  const target = Math.log(2 * classCount) + logTime;
  if (!(target >= 2)) {
    throw new DomainError(`logTime = ${logTime}, expected ln(2 k t) >= 2, got ${target}`);
  }
  let s = target + Math.log(target);
  for (let iteration = 0; iteration < 60; iteration++) {
    // Newton on s - 2 ln s + ln(s + 1) - target.
    const value = s - 2 * Math.log(s) + Math.log1p(s) - target;
    const next = s - value / (1 - 2 / s + 1 / (1 + s));
    if (Math.abs(next - s) <= 2 ** -52 * s) return next;
    s = next;
  }
  return s;
}

/** Late-time loss of the symmetric start, ((k - 1) / (2 t s)) (1 + 1/s) with an error of about 2 / s^2 of itself. */
export function symmetricLateLoss(classCount: number, logTime: number): number {
  const s = symmetricLateStrength(classCount, logTime);
  return (((classCount - 1) * (1 + 1 / s)) / (2 * s)) * Math.exp(-logTime);
}

/**
 * Saxe's logistic curve: the strength of a balanced mode of two layers under the squared loss,
 * s' = 2 s (target - s), s = target / (1 + (target / s0 - 1) e^(-2 target t)). Weight decay lambda lowers the target by lambda.
 *
 * @param start - s0 >= 0. @param time - t >= 0. @param target - eigenvalue of the target, of any sign. Default 1.
 * @throws DomainError. @see [S] arXiv:1312.6120, equation (12).
 */
export function logisticStrength(start: number, time: number, target: number = 1): number {
  requireNonNegative("start", start);
  requireNonNegative("time", time);
  if (!Number.isFinite(target)) {
    throw new DomainError(`target = ${target}, expected a finite number`);
  }
  if (start === 0) return 0;
  const exponent = 2 * target * time;
  // (1 - e^-x) / target is 2t at target = 0, and everything below stays positive for either sign.
  const grown = target === 0 ? 2 * time : -Math.expm1(-exponent) / target;
  return start / (Math.exp(-exponent) + start * grown);
}

/**
 * By what factor a small deviation from equal strengths has shrunk while the common strength grew from `from` to `to`:
 * e^(-(to - from) / k). Linearised exactly: eta' = -2 s eta / (e^s + k - 1) and s' = 2 k s / (e^s + k - 1), so
 * d eta / ds = -eta / k for eta_c = s_c / mean - 1; V shrinks by the square. Since s grows like ln t, collapse is
 * exponentially slow in k (docs/theory 2.7).
 */
export function collapseFactor(classCount: number, from: number, to: number): number {
  requireInteger("classCount", classCount, 2);
  return Math.exp(-(to - from) / classCount);
}
