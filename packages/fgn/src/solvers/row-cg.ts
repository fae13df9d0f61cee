import {
  axpy,
  conjugateGradient,
  dot,
  type LinearOperator,
  multiplyVector,
  norm2,
} from "@xent/linalg";
import type { RowFactor } from "../row-factor.js";
import type { StepProblem, StepStatus } from "../step-problem.js";
import { liftedGradient, trueResidual } from "./lifted-cg.js";
import { rowStart } from "./row-start.js";
import type { Solution } from "./solution.js";

const MAX_ROUNDS = 8;

/**
 * Conjugate gradients on (A A^T + mu I) z = r in the row space: on the Gram matrix where the model
 * gives it (O(n^2) an iteration, no product with J), else matrix-free (one JVP and one VJP each). The
 * residual of a row iteration says little about the step, so after each round it is measured in
 * parameter space, and the next round, warm-started, goes as much further as is missing.
 */
export function solveRowCg(problem: StepProblem, mu: number, factor: RowFactor): Solution {
  const start = rowStart(problem, mu, factor);
  const n = factor.size;
  const gradient = liftedGradient(problem, factor);
  const gradientNorm = norm2(gradient);
  const operator = rowOperator(problem, mu, factor, start.root);
  const limit = problem.maxIterations ?? Math.max(100, 2 * n);

  const z = new Float64Array(n);
  let step: Float64Array = start.step?.slice() ?? new Float64Array(gradient.length);
  let check = trueResidual(problem, mu, factor, step);
  let status: StepStatus | undefined;
  let iterations = 0;
  let inner = problem.tolerance;
  for (let round = 0; check.norm > problem.tolerance * gradientNorm; round++) {
    if (round === MAX_ROUNDS) status = "stagnated";
    if (iterations >= limit) status = "iteration-limit";
    if (status !== undefined) break;
    const result = conjugateGradient({
      operator,
      b: start.residual,
      initialGuess: z,
      tolerance: inner,
      maxIterations: limit - iterations,
    });
    z.set(result.x);
    iterations += result.iterations;
    const scaled = z.map((v, i) => start.root[i]! * v);
    step = factor.lift(scaled);
    if (start.step !== undefined) axpy(1, start.step, step);
    const before = check.norm;
    check = trueResidual(problem, mu, factor, step);
    if (check.norm <= problem.tolerance * gradientNorm) break;
    if (result.status === "breakdown" || result.status === "indefinite") status = "breakdown";
    if (result.status === "stagnated" && check.norm > 0.5 * before) status = "stagnated";
    inner *= 0.5 * Math.min(1, (problem.tolerance * gradientNorm) / check.norm);
  }
  let curvature = 0;
  for (let i = 0; i < n; i++) curvature += factor.curvature[i]! * check.along[i]! ** 2;
  return {
    step,
    status: status ?? "converged",
    iterations,
    residual: check.norm === 0 ? 0 : check.norm / gradientNorm,
    slope: dot(gradient, step),
    curvature,
  };
}

function rowOperator(
  problem: StepProblem,
  mu: number,
  factor: RowFactor,
  root: Float64Array,
): LinearOperator {
  const n = factor.size;
  const scaled = new Float64Array(n);
  const gram = problem.linearization.rowGram === undefined ? undefined : factor.gram();
  const lifted = new Float64Array(gram === undefined ? problem.linearization.parameterCount : 0);
  const apply = (x: Float64Array, out: Float64Array = new Float64Array(n)): Float64Array => {
    for (let i = 0; i < n; i++) scaled[i] = root[i]! * x[i]!;
    if (gram !== undefined) multiplyVector(gram, scaled, out);
    else factor.project(factor.lift(scaled, lifted), out);
    for (let i = 0; i < n; i++) out[i] = root[i]! * out[i]! + mu * x[i]!;
    return out;
  };
  return { rows: n, cols: n, tags: { symmetric: true, psd: true }, apply };
}
