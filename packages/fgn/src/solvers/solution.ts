import type { StepProblem, StepStatus } from "../step-problem.js";

/** The ways to solve the damped FGN system; see {@link planFgn} for their costs. */
export type FgnSolver =
  | "row-cholesky"
  | "row-lu"
  | "row-cg"
  | "lifted-cg"
  | "parameter-cholesky"
  | "parameter-cg";

/** What every solver hands back. */
export interface Solution {
  readonly step: Float64Array;
  readonly status: StepStatus;
  readonly iterations: number;
  /** Relative to the gradient, in parameter space. */
  readonly residual: number;
  /** g.d. */
  readonly slope: number;
  /** d.H d, without damping and decay. */
  readonly curvature: number;
}

/** The status of a direct solve: rounding may forbid the tolerance, nothing else can go wrong. */
export function directStatus(problem: StepProblem, residual: number): StepStatus {
  return residual <= problem.tolerance ? "converged" : "stagnated";
}
