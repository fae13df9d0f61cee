import { dot, multiplyVector, norm2 } from "@xent/linalg";
import type { RowFactor } from "../row-factor.js";
import type { StepProblem } from "../step-problem.js";
import { liftedNorm, rowResidual, rowSolver } from "./row-system.js";
import { directStatus, type Solution } from "./solution.js";

/**
 * Direct solve in the row space. With g = h - G^T c (h: soft targets, weight decay) the step is
 * d = G^T x - h / mu, where (mu I + D M) x = c + D G h / mu. One Gram matrix and one VJP; one JVP
 * and one VJP more when h is there. One step of iterative refinement costs O(n^2) and is always taken.
 */
export function solveRowDirect(
  problem: StepProblem,
  mu: number,
  factor: RowFactor,
  force: "auto" | "lu",
): Solution & { readonly solver: "row-cholesky" | "row-lu" } {
  const { outside: h } = problem;
  const { curvature: D, pull: c, size: n } = factor;
  const gram = factor.gram();
  const outside = h === undefined ? undefined : { h, along: factor.project(h) };
  const t = c.slice();
  if (outside) for (let i = 0; i < n; i++) t[i]! += (D[i]! * outside.along[i]!) / mu;

  const system = rowSolver(gram, D, mu, force);
  let x = system.solve(t);
  let r = rowResidual(gram, D, mu, x, t);
  let rNorm = liftedNorm(gram, r);
  const correction = system.solve(r);
  const refined = x.map((v, i) => v - correction[i]!);
  const refinedResidual = rowResidual(gram, D, mu, refined, t);
  const refinedNorm = liftedNorm(gram, refinedResidual);
  if (refinedNorm < rNorm) {
    x = refined;
    r = refinedResidual;
    rNorm = refinedNorm;
  }

  const step = factor.lift(x);
  // G d, from quantities of the row space.
  const along = multiplyVector(gram, x);
  let gradientNorm: number;
  let slope: number;
  if (outside === undefined) {
    gradientNorm = liftedNorm(gram, c);
    slope = -dot(c, along);
  } else {
    const g = factor.lift(c);
    for (let k = 0; k < g.length; k++) {
      g[k] = outside.h[k]! - g[k]!;
      step[k]! -= outside.h[k]! / mu;
    }
    for (let i = 0; i < n; i++) along[i]! -= outside.along[i]! / mu;
    gradientNorm = norm2(g);
    slope = dot(g, step);
  }
  let curvature = 0;
  for (let i = 0; i < n; i++) curvature += D[i]! * along[i]! ** 2;
  const residual = rNorm === 0 ? 0 : rNorm / gradientNorm;
  return {
    step,
    status: directStatus(problem, residual),
    iterations: 0,
    residual,
    slope,
    curvature,
    solver: system.method === "cholesky" ? "row-cholesky" : "row-lu",
  };
}
