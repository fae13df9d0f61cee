import { DomainError } from "@xent/linalg";
import type { Linearization } from "@xent/models";
import { rowOperator } from "./operators.js";
import { type RowFactor, rowFactor } from "./row-factor.js";
import { chooseSolver } from "./solver-choice.js";
import { solveLiftedCg } from "./solvers/lifted-cg.js";
import { solveParameterCg, solveParameterCholesky } from "./solvers/parameter-space.js";
import { solveRowCg } from "./solvers/row-cg.js";
import { solveRowDirect } from "./solvers/row-direct.js";
import type { FgnSolver, Solution } from "./solvers/solution.js";
import {
  type StepOptions,
  type StepProblem,
  type StepStatus,
  stepProblem,
} from "./step-problem.js";

/** Options of {@link fgnStep}. */
export interface FgnStepOptions extends StepOptions {
  /**
   * `auto` (the default) takes the cheapest by {@link planFgn}. Where that depends on the number of iterations, the trace of
   * F is needed: from `gradientSquares` of the model, else estimated by one JVP. At a tolerance above 1e-4 it may try
   * conjugate gradients for as long as the solver that it would take instead would last; the counts include that.
   */
  readonly solver?: FgnSolver | "auto";
  /**
   * r >= 0: the strongest competitors of each example that are kept in the curvature as further pivots.
   * 0 is FGN, C - 2 is the full GGN. Default 0.
   */
  readonly competitors?: number;
}

/** Result of {@link fgnStep} and {@link ggnStep}. */
export interface CurvatureStep<Solver extends string> {
  /**
   * The descent update d, length P: `parameters + d` decreases the quadratic model
   * `loss + g.d + d.(H + lambda I)d / 2`, whose minimiser it is: (H + lambda I) d = -g.
   */
  readonly step: Float64Array;
  /** `converged` when `residual <= tolerance`. */
  readonly status: StepStatus;
  /** Iterations of an iterative solver; 0 for a direct one. */
  readonly iterations: number;
  /** ||(H + lambda I) d + g|| / ||g||, in parameter space; 0 when g = 0. */
  readonly residual: number;
  /** Products J v that it took. */
  readonly jvps: number;
  /** Products J^T u that it took. */
  readonly vjps: number;
  /** Closed-form Gram matrices that it took. */
  readonly grams: number;
  readonly solver: Solver;
  /** g.d < 0, with the gradient of the weight decay in g. */
  readonly slope: number;
  /** d.H d >= 0, without damping and decay. */
  readonly curvature: number;
}

/** Result of {@link fgnStep}. */
export type FgnStep = CurvatureStep<FgnSolver>;

/**
 * The damped Fast Gauss-Newton step of a mean cross-entropy: d with (F + lambda I) d = -g.
 *
 * In the row space this is a B x B system, (lambda I + D M) x = c, d = G^T x, with M the inner products
 * of the margin gradients. Nothing in it overflows: examples with p_y -> 0 become plain gradient
 * rows, examples with p_y -> 1 vanish.
 *
 * @param labels - true classes, length B.
 * @throws DimensionError, DomainError: shapes, labels, options out of range, weight decay without
 *   parameters, a vector of decays with a row solver, a warm start with another solver than `parameter-cg`.
 * @see [F] arXiv:2605.06081; docs/theory.md section 4; the README for the choice of solver.
 */
export function fgnStep(
  linearization: Linearization,
  labels: ArrayLike<number>,
  options: FgnStepOptions,
): FgnStep {
  const problem = stepProblem(linearization, labels, options);
  const factor = rowFactor(problem.linearization, problem.batch, options.competitors);
  const { solver, trial } = chooseSolver(problem, options, factor);
  let solution: ReturnType<typeof solve> | undefined;
  if (trial !== undefined) {
    solution = {
      ...solve({ ...problem, maxIterations: trial }, factor, "parameter-cg"),
      solver: "parameter-cg",
    };
    if (solution.status === "iteration-limit") solution = undefined;
  }
  solution ??= solve(problem, factor, solver);
  const { jvps, vjps, grams } = problem.counts;
  return { solver, ...solution, jvps, vjps, grams };
}

function solve(
  problem: StepProblem,
  factor: RowFactor,
  solver: FgnSolver,
): Solution & { readonly solver?: FgnSolver } {
  // chooseSolver has seen to it that a vector of decays never meets a row solver.
  const mu = problem.mu as number;
  switch (solver) {
    case "row-cholesky":
      return solveRowDirect(problem, mu, factor, "auto");
    case "row-lu":
      return solveRowDirect(problem, mu, factor, "lu");
    case "row-cg":
      return solveRowCg(problem, mu, factor);
    case "lifted-cg":
      return solveLiftedCg(problem, mu, factor);
    case "parameter-cholesky":
      return solveParameterCholesky(problem, factor);
    case "parameter-cg":
      return solveParameterCg(
        problem,
        rowOperator(problem.linearization.parameterCount, factor, factor.curvature),
      );
    default:
      throw new DomainError(
        `solver = "${String(solver)}", expected "auto", "row-cholesky", "row-lu", "row-cg", "lifted-cg", "parameter-cholesky" or "parameter-cg"`,
      );
  }
}
