import { DomainError } from "@xent/linalg";
import { type FgnPlan, planFgn } from "./cost-model.js";
import type { FgnStepOptions } from "./fgn-step.js";
import { given } from "./given.js";
import type { RowFactor } from "./row-factor.js";
import type { FgnSolver } from "./solvers/solution.js";
import type { StepProblem } from "./step-problem.js";

/**
 * Expected iterations can be trusted from here on down. With a looser tolerance they are far too many where the gradient
 * lies along few eigenvectors, so that conjugate gradients are tried first.
 */
const RELIABLE_TOLERANCE = 1e-4;

/** What is to be done: when there is a `trial`, that many iterations of `parameter-cg` first. */
export interface SolverChoice {
  readonly solver: FgnSolver;
  readonly trial?: number;
}

/** The solver that was asked for, or the cheapest. Throws when it cannot solve this problem. */
export function chooseSolver(
  problem: StepProblem,
  options: FgnStepOptions,
  factor: RowFactor,
): SolverChoice {
  const asked = options.solver ?? "auto";
  const { linearization, tolerance, maxIterations, mu } = problem;
  const needsParameterSpace = typeof mu !== "number";
  const warm = problem.initialStep !== undefined;
  if (asked !== "auto") {
    if (needsParameterSpace && !asked.startsWith("parameter-")) {
      throw new DomainError(
        `solver = "${asked}" needs one weight decay for all parameters; use "parameter-cg"`,
      );
    }
    if (warm && asked !== "parameter-cg") {
      throw new DomainError(`solver = "${asked}" takes no initialStep; use "parameter-cg"`);
    }
    return { solver: asked };
  }
  if (needsParameterSpace || warm) return { solver: "parameter-cg" };
  const planned = (trace: number): FgnPlan =>
    planFgn({
      batchSize: linearization.logits.rows,
      classCount: linearization.logits.cols,
      parameterCount: linearization.parameterCount,
      rowGram: linearization.rowGram !== undefined,
      gradientRows: linearization.gradientRows !== undefined,
      competitors: options.competitors ?? 0,
      tolerance,
      damping: mu,
      trace,
      ...given({ maxIterations }),
    });
  // Where few iterations and many lead to the same choice, the trace need not be known.
  const hopeful = planned(0);
  if (hopeful.solver === planned(Infinity).solver) return { solver: hopeful.solver };
  const { solver, costs } = planned(factor.trace());
  const direct = solver.endsWith("-cholesky");
  if (tolerance <= RELIABLE_TOLERANCE || !direct) return { solver };
  // As long as it has cost less than the other way: at worst twice the cheaper of the two.
  const productCost = hopeful.costs["parameter-cg"] / (2 * hopeful.iterations + 3);
  const trial = Math.max(1, Math.floor((costs[solver] / productCost - 3) / 2));
  return { solver, trial: Math.min(trial, maxIterations ?? trial) };
}
