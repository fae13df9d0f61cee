import type { RowFactor } from "../row-factor.js";
import type { StepProblem } from "../step-problem.js";

/** Where the row iterations start, in the symmetric form A = sqrt(D) G of the system. */
export interface RowStart {
  /** sqrt(D), length n. */
  readonly root: Float64Array;
  /** d_0 = G^T x_0 - h / mu, length P; undefined when it is zero. */
  readonly step: Float64Array | undefined;
  /** The residual of (A A^T + mu I) z = r for the part A^T z that is still missing, length n; bounded. */
  readonly residual: Float64Array;
  /** x_0, length n. */
  readonly known: Float64Array;
}

/**
 * Examples with odds p / (1 - p) below this are put in as gradient rows x_i = c_i / mu first. In the
 * symmetric system their right-hand side sqrt(w (1-p) / p) would dominate the norm (and overflow in
 * the end), so that an iteration stops before it has seen the other examples; the correction that is
 * left for it is bounded.
 */
const FAR_ODDS = 2 ** -10;

/** One JVP and one VJP when some example is far off or the gradient leaves the row space; else none. */
export function rowStart(problem: StepProblem, mu: number, factor: RowFactor): RowStart {
  const { split } = problem.batch;
  const { curvature: D, pull: c, size: n } = factor;
  const root = D.map(Math.sqrt);
  const known = new Float64Array(n);
  let any = false;
  for (let i = 0; i < split.margins.length; i++) {
    if (c[i]! > 0 && split.probabilities[i]! < FAR_ODDS * split.complements[i]!) {
      known[i] = c[i]! / mu;
      any = true;
    }
  }
  let step: Float64Array | undefined;
  if (any) step = factor.lift(known);
  if (problem.outside !== undefined) {
    step ??= new Float64Array(problem.outside.length);
    for (let k = 0; k < step.length; k++) step[k]! -= problem.outside[k]! / mu;
  }
  const along = step === undefined ? undefined : factor.project(step);
  return { root, step, known, residual: rowResidualAt(factor, mu, root, known, along) };
}

/** (c - mu x) / sqrt(D) - sqrt(D) G d: zero at the solution; rows without curvature are left out. */
export function rowResidualAt(
  factor: RowFactor,
  mu: number,
  root: Float64Array,
  x: Float64Array,
  along: Float64Array | undefined,
): Float64Array {
  const out = new Float64Array(factor.size);
  for (let i = 0; i < out.length; i++) {
    const s = root[i]!;
    if (s === 0) continue;
    // c_i / mu was stored as x_i: c_i - mu x_i would be its rounding error, divided by a tiny s.
    const open = x[i] === factor.pull[i]! / mu ? 0 : (factor.pull[i]! - mu * x[i]!) / s;
    out[i] = open - s * (along?.[i] ?? 0);
  }
  return out;
}
