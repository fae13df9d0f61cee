import { axpy, dot, norm2 } from "@xent/linalg";
import type { RowFactor } from "../row-factor.js";
import type { StepProblem, StepStatus } from "../step-problem.js";
import { type RowStart, rowStart } from "./row-start.js";
import type { Solution } from "./solution.js";

/**
 * Conjugate gradients on (A A^T + mu I) z = r, A = sqrt(D) G, that carries d = A^T z along. The
 * recurrence is on A^T r instead of A^T p, so ||A^T r||, the residual in parameter space, is there at
 * every iteration without a further product: one JVP and one VJP each. When the recurrence says
 * converged the residual is recomputed from d, and the iteration starts again from it if they disagree.
 */
export function solveLiftedCg(problem: StepProblem, mu: number, factor: RowFactor): Solution {
  const start = rowStart(problem, mu, factor);
  const P = problem.linearization.parameterCount;
  const n = factor.size;
  const step = start.step?.slice() ?? new Float64Array(P);
  const z = new Float64Array(n);
  const limit = problem.maxIterations ?? Math.max(100, 2 * n);
  const gradient = liftedGradient(problem, factor);
  const target = problem.tolerance * norm2(gradient);

  let r = start.residual;
  let iterations = 0;
  const lifted = new Float64Array(P);
  const directionP = new Float64Array(P);
  const direction = new Float64Array(n);
  const image = new Float64Array(n);
  const scaled = new Float64Array(n);
  const multiplyRoot = (x: Float64Array): Float64Array => {
    for (let i = 0; i < n; i++) scaled[i] = start.root[i]! * x[i]!;
    return scaled;
  };
  /** Until the recurrence says converged, then undefined; or the reason why it ended before. */
  const iterate = (): StepStatus | undefined => {
    let rr = dot(r, r);
    // Of the first iteration: beta = 0.
    let previous = Infinity;
    for (;;) {
      factor.lift(multiplyRoot(r), lifted);
      if (norm2(lifted) <= target) return undefined;
      if (iterations >= limit) return "iteration-limit";
      const beta = rr / previous;
      for (let i = 0; i < n; i++) direction[i] = r[i]! + beta * direction[i]!;
      for (let k = 0; k < P; k++) directionP[k] = lifted[k]! + beta * directionP[k]!;
      factor.project(directionP, image);
      for (let i = 0; i < n; i++) {
        image[i] = start.root[i]! * image[i]! + mu * direction[i]!;
      }
      const alpha = rr / dot(direction, image);
      if (!(alpha > 0 && alpha < Infinity)) return "breakdown";
      axpy(alpha, direction, z);
      axpy(alpha, directionP, step);
      axpy(-alpha, image, r);
      previous = rr;
      rr = dot(r, r);
      iterations++;
    }
  };

  let status: StepStatus | undefined;
  let check = trueResidual(problem, mu, factor, step);
  let before = Infinity;
  while (status === undefined && !(check.norm <= target)) {
    // A restart that does not halve the residual meets its rounding.
    if (!(check.norm <= before / 2)) status = "stagnated";
    else {
      before = check.norm;
      status = iterate();
      check = trueResidual(problem, mu, factor, step);
      r = remainingResidual(start, mu, factor, z, check.along);
    }
  }
  let curvature = 0;
  for (let i = 0; i < n; i++) curvature += factor.curvature[i]! * check.along[i]! ** 2;
  return {
    step,
    status: check.norm <= target ? "converged" : status!,
    iterations,
    residual: check.norm === 0 ? 0 : check.norm / norm2(gradient),
    slope: dot(gradient, step),
    curvature,
  };
}

/** The gradient h - G^T c. One VJP. */
export function liftedGradient(problem: StepProblem, factor: RowFactor): Float64Array {
  const g = factor.lift(factor.pull);
  for (let k = 0; k < g.length; k++) g[k] = (problem.outside?.[k] ?? 0) - g[k]!;
  return g;
}

/** ||(F + mu I) d + g|| and G d. One JVP, one VJP. */
export function trueResidual(
  problem: StepProblem,
  mu: number,
  factor: RowFactor,
  d: Float64Array,
): { readonly norm: number; readonly along: Float64Array } {
  const along = factor.project(d);
  const v = factor.lift(along.map((a, i) => factor.curvature[i]! * a - factor.pull[i]!));
  for (let k = 0; k < v.length; k++) v[k]! += mu * d[k]! + (problem.outside?.[k] ?? 0);
  return { norm: norm2(v), along };
}

/** The residual of the row system, recomputed from the step. */
function remainingResidual(
  start: RowStart,
  mu: number,
  factor: RowFactor,
  z: Float64Array,
  along: Float64Array,
): Float64Array {
  const out = new Float64Array(z.length);
  for (let i = 0; i < z.length; i++) {
    const s = start.root[i]!;
    if (s === 0) continue;
    const open = start.known[i] === 0 ? factor.pull[i]! / s : 0;
    out[i] = open - mu * z[i]! - s * along[i]!;
  }
  return out;
}
