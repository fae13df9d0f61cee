import { exp } from "@xent/kernels";
import {
  type Dense,
  DomainError,
  dense,
  norm2,
  requireFinite,
  requireInteger,
  requireLength,
  requireShape,
} from "@xent/linalg";
import type { Linearization } from "@xent/models";
import { crossEntropy } from "@xent/softmax-spectral";
import { requireClasses } from "./exponential-sum.js";
import type { ComplexPoint } from "./nearest-ghost.js";
import { spanRange } from "./spread.js";

/** Logits along a line to second order: z + a t + b t^2 / 2, each B x C. */
export interface SecondOrderLine {
  readonly logits: Dense;
  readonly slopes: Dense;
  readonly seconds: Dense;
}

/**
 * The logits along `v` to second order: from `Linearization.second` where the model has it, otherwise
 * from two more forward passes, `b = (z(h) - 2 z + z(-h)) / h^2` with h |v| = 2^-13 max(1, |theta|), good to
 * about 2^-26 of the logits' size.
 *
 * @param v - length P, finite.
 * @param forward - logits at given parameters, with the parameters of the point; needed where the model has no `second`.
 * @throws DomainError when neither is there, or for values that are not finite.
 * @see docs/theory 3.7.
 */
export function secondOrderLine(
  linearization: Linearization,
  v: Float64Array,
  forward?: { readonly parameters: Float64Array; logits(parameters: Float64Array): Dense },
): SecondOrderLine {
  requireLength("v", v, linearization.parameterCount);
  requireFinite("v", v);
  const { logits } = linearization;
  const slopes = linearization.jvp(v);
  if (linearization.second !== undefined) {
    return { logits, slopes, seconds: linearization.second(v) };
  }
  if (forward === undefined) {
    throw new DomainError("the linearization has no second(v): give forward for a difference");
  }
  const { parameters } = forward;
  const seconds = dense(logits.rows, logits.cols);
  const size = norm2(v);
  if (size === 0) return { logits, slopes, seconds };
  const h = (2 ** -13 * Math.max(1, norm2(parameters))) / size;
  const ahead = forward.logits(parameters.map((p, i) => p + h * v[i]!));
  const behind = forward.logits(parameters.map((p, i) => p - h * v[i]!));
  requireShape("logits", ahead, logits.rows, logits.cols);
  for (let k = 0; k < seconds.data.length; k++) {
    const z = logits.data[k]!;
    seconds.data[k] = (ahead.data[k]! - z + (behind.data[k]! - z)) / h / h;
  }
  return { logits, slopes, seconds };
}

/** The mean line loss at one step, truly and in two models. */
export interface LineLossGap {
  readonly t: number;
  /** With the model's own logits. */
  readonly loss: number;
  /** With logits z + a t. */
  readonly linearised: number;
  /** With logits z + a t + b t^2 / 2. */
  readonly secondOrder: number;
  /** loss - linearised. */
  readonly gap: number;
  /** loss - secondOrder. */
  readonly secondOrderGap: number;
}

/**
 * How far the linearised line loss, to which all radii of this package refer, is from the true one. One
 * forward pass for each step.
 *
 * @param line - of {@link secondOrderLine}.
 * @param logitsAt - the model's logits at theta + t v, B x C.
 * @param labels - length B.
 * @param steps - finite t.
 */
export function lineLossGap(
  line: SecondOrderLine,
  logitsAt: (t: number) => Dense,
  labels: ArrayLike<number>,
  steps: ArrayLike<number>,
): LineLossGap[] {
  requireFinite("steps", steps);
  const { rows, cols } = line.logits;
  return Array.from(steps, (t) => {
    const actual = logitsAt(t);
    requireShape("logitsAt(t)", actual, rows, cols);
    const loss = crossEntropy(actual, labels);
    const linearised = crossEntropy(logitsOf(line, t, false), labels);
    const secondOrder = crossEntropy(logitsOf(line, t, true), labels);
    const [gap, secondOrderGap] = [loss - linearised, loss - secondOrder];
    return { t, loss, linearised, secondOrder, gap, secondOrderGap };
  });
}

function logitsOf({ logits, slopes, seconds }: SecondOrderLine, t: number, second: boolean): Dense {
  const out = dense(logits.rows, logits.cols);
  for (let k = 0; k < out.data.length; k++) {
    const bend = second ? (seconds.data[k]! * t) / 2 : 0;
    out.data[k] = logits.data[k]! + t * (slopes.data[k]! + bend);
  }
  return out;
}

/**
 * Per sample the step at which the second-order term spreads the logits as much as the linear one:
 * 2 spread(a) / spread(b), Infinity where b has no spread. A radius well below it refers to logits that
 * are nearly linear; one above it does not. O(B C), length B.
 */
export function bendingLengths(line: SecondOrderLine): Float64Array {
  const { slopes, seconds } = line;
  const { rows, cols } = slopes;
  return Float64Array.from({ length: rows }, (_, i) => {
    const bend = halfSpread(seconds, i * cols, cols);
    return bend === 0 ? Infinity : 2 * (halfSpread(slopes, i * cols, cols) / bend);
  });
}

function halfSpread(values: Dense, start: number, n: number): number {
  const [minimum, maximum] = spanRange(values.data, start, n);
  return maximum / 2 - minimum / 2;
}

/** A zero of the second-order partition function, followed from one of the linear one. */
export interface CorrectedGhost {
  readonly zero: ComplexPoint;
  /** |zero|: an estimate, not certified. */
  readonly radius: number;
  readonly status: "converged" | "iteration-limit" | "breakdown";
}

/**
 * Newton's method on `sum_k exp(z_k + a_k t + b_k t^2 / 2)` from a zero of the linear sum: where the ghost
 * moves when the logits bend. Not certified, and not necessarily the nearest. O(C) a step.
 *
 * @param from - e.g. `nearestGhost(logits, slopes).zero`.
 * @throws DimensionError, DomainError for bad input.
 */
export function correctedGhost(
  logits: ArrayLike<number>,
  slopes: ArrayLike<number>,
  seconds: ArrayLike<number>,
  from: ComplexPoint,
  maxIterations = 50,
): CorrectedGhost {
  requireClasses(logits, slopes);
  requireLength("seconds", seconds, logits.length);
  requireFinite("seconds", seconds);
  requireFinite("from", [from.re, from.im]);
  requireInteger("maxIterations", maxIterations, 1);
  let { re, im } = from;
  const end = (status: CorrectedGhost["status"]): CorrectedGhost => ({
    zero: { re, im },
    radius: Math.hypot(re, im),
    status,
  });
  for (let i = 0; i < maxIterations; i++) {
    const step = newtonStep(logits, slopes, seconds, re, im);
    if (!(Math.hypot(step.re, step.im) < Infinity)) return end("breakdown");
    // A zero moves little; a step beyond its own modulus is Newton overshooting.
    const size = Math.hypot(step.re, step.im);
    const damp = Math.min(1, Math.hypot(re, im) / 2 / size) || 0;
    re -= damp * step.re;
    im -= damp * step.im;
    if (size <= 2 ** -44 * Math.hypot(re, im)) return end("converged");
  }
  return end("iteration-limit");
}

/** G / G' at t, both scaled by the largest term. */
function newtonStep(
  logits: ArrayLike<number>,
  slopes: ArrayLike<number>,
  seconds: ArrayLike<number>,
  re: number,
  im: number,
): ComplexPoint {
  const size = (k: number): number =>
    logits[k]! + slopes[k]! * re + (seconds[k]! * (re * re - im * im)) / 2;
  let top = -Infinity;
  for (let k = 0; k < logits.length; k++) top = Math.max(top, size(k));
  let [gRe, gIm, dRe, dIm] = [0, 0, 0, 0];
  for (let k = 0; k < logits.length; k++) {
    const r = exp(size(k) - top);
    if (r === 0) continue;
    const phase = slopes[k]! * im + seconds[k]! * re * im;
    const [x, y] = [r * Math.cos(phase), r * Math.sin(phase)];
    const [sRe, sIm] = [slopes[k]! + seconds[k]! * re, seconds[k]! * im];
    gRe += x;
    gIm += y;
    dRe += x * sRe - y * sIm;
    dIm += x * sIm + y * sRe;
  }
  const square = dRe * dRe + dIm * dIm;
  return { re: (gRe * dRe + gIm * dIm) / square, im: (gIm * dRe - gRe * dIm) / square };
}
