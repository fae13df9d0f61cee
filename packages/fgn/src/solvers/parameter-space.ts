import {
  cholesky,
  conjugateGradient,
  type Dense,
  dense,
  diagonalOperator,
  dot,
  gramMatrix,
  type LinearOperator,
  luFactor,
  norm2,
} from "@xent/linalg";
import { given } from "../given.js";
import type { RowFactor } from "../row-factor.js";
import {
  addDamping,
  problemGradient,
  relativeNorm,
  type StepProblem,
  type StepStatus,
} from "../step-problem.js";
import { directStatus, type Solution } from "./solution.js";

/**
 * (Preconditioned) conjugate gradients on (H + mu I) d = -g in parameter space, H = FGN or GGN: one
 * product with H an iteration, convergence by the recomputed residual. May start from an earlier step.
 */
export function solveParameterCg(
  problem: StepProblem,
  curvature: LinearOperator,
  preconditioner?: LinearOperator,
): Solution {
  const { mu, initialStep } = problem;
  const gradient = problemGradient(problem);
  const P = gradient.length;
  const operator: LinearOperator = {
    rows: P,
    cols: P,
    tags: { symmetric: true, psd: true },
    apply: (x, out = new Float64Array(P)) => {
      curvature.apply(x, out);
      addDamping(mu, x, out);
      return out;
    },
  };
  const chosen =
    preconditioner ?? (typeof mu === "number" ? undefined : diagonalOperator(mu.map((m) => 1 / m)));
  const result = conjugateGradient({
    operator,
    b: gradient.map((v) => -v),
    tolerance: problem.tolerance,
    maxIterations: problem.maxIterations ?? Math.max(100, 2 * P),
    ...given({ preconditioner: chosen, initialGuess: initialStep }),
  });
  const step = result.x;
  const slope = dot(gradient, step);
  return {
    step,
    status: krylovToStep(result.status),
    iterations: result.iterations,
    residual: result.residualNorm === 0 ? 0 : result.residualNorm / norm2(gradient),
    slope,
    curvature: solvedCurvature(problem, curvature, step, slope),
  };
}

/**
 * d.H d. Started from zero, CG leaves its residual orthogonal to d, so d.(H + mu I) d = -g.d costs
 * nothing; a warm start pays one product.
 */
function solvedCurvature(
  problem: StepProblem,
  curvature: LinearOperator,
  step: Float64Array,
  slope: number,
): number {
  if (problem.initialStep !== undefined) return dot(step, curvature.apply(step));
  const damped = new Float64Array(step.length);
  addDamping(problem.mu, step, damped);
  return Math.max(0, -slope - dot(step, damped));
}

function krylovToStep(status: string): StepStatus {
  switch (status) {
    case "converged":
    case "iteration-limit":
    case "stagnated":
      return status;
    default:
      return "breakdown";
  }
}

/** Where damping drowns in rounding: by LU, and without pivots by the damping alone, as the row solver does. */
function roundedSolve(system: Dense, mu: number | Float64Array): (v: Float64Array) => Float64Array {
  const factor = luFactor(system);
  if (factor.status !== "singular") return (v) => factor.solve(v);
  return (v) => v.map((b, k) => b / (typeof mu === "number" ? mu : mu[k]!));
}

/** Direct solve of (G^T D G + mu I) d = -g, P x P: for few parameters and many examples. */
export function solveParameterCholesky(problem: StepProblem, factor: RowFactor): Solution {
  const { mu } = problem;
  const gradient = problemGradient(problem);
  const P = gradient.length;
  const g = factor.rows();
  // (sqrt(D) G)^T as rows, so that its Gram matrix is G^T D G; D >= 0.
  const roots = dense(P, g.rows);
  for (let i = 0; i < g.rows; i++) {
    const root = Math.sqrt(factor.curvature[i]!);
    for (let k = 0; k < P; k++) roots.data[k * g.rows + i] = root * g.data[i * P + k]!;
  }
  const system = gramMatrix(roots);
  for (let i = 0; i < P; i++) system.data[i * P + i]! += typeof mu === "number" ? mu : mu[i]!;
  const b = gradient.map((v) => -v);
  const factored = cholesky(system);
  const solve =
    factored.status === "positive-definite"
      ? (v: Float64Array) => factored.solve(v)
      : roundedSolve(system, mu);
  const step = solve(b);
  const residualOf = (d: Float64Array): Float64Array => {
    const out = b.slice();
    for (let i = 0; i < P; i++) {
      for (let j = 0; j < P; j++) out[i]! -= system.data[i * P + j]! * d[j]!;
    }
    return out;
  };
  const correction = solve(residualOf(step));
  for (let k = 0; k < P; k++) step[k]! += correction[k]!;
  const residual = relativeNorm(residualOf(step), norm2(gradient));
  let curvature = 0;
  for (let i = 0; i < g.rows; i++) {
    const along = dot(g.data.subarray(i * P, (i + 1) * P), step);
    curvature += factor.curvature[i]! * along ** 2;
  }
  return {
    step,
    status: directStatus(problem, residual),
    iterations: 0,
    residual,
    slope: dot(gradient, step),
    curvature,
  };
}
