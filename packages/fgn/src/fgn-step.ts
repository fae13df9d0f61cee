import { requirePositive } from "@xent/linalg";
import type { Linearization } from "@xent/models";
import { countedLinearization, type ProductCounts } from "./counting.js";
import { type CurvatureOptions, weightedSplit } from "./operators.js";
import { rowFactor } from "./row-factor.js";
import { liftedNorm, rowResidual, rowSolver } from "./row-solve.js";

/** Options of {@link fgnStep}. */
export interface FgnStepOptions extends CurvatureOptions {
  /** lambda > 0, added to the curvature. */
  readonly damping: number;
}

/** How a step was computed: see {@link FgnStep.status}. */
export type StepStatus = "converged" | "iteration-limit" | "stagnated" | "breakdown";

/** Result of {@link fgnStep}. */
export interface FgnStep {
  /**
   * The descent update d, length P: `parameters + d` decreases the loss model
   * `loss + g.d + d.(F + lambda I)d / 2`, whose minimiser it is: (F + lambda I) d = -g.
   */
  readonly step: Float64Array;
  /** `converged` when `residual` is at rounding level (direct) or below the tolerance (iterative). */
  readonly status: StepStatus;
  /** Iterations of an iterative solver; 0 for a direct one. */
  readonly iterations: number;
  /** ||(F + lambda I) d + g|| / ||g||, measured in parameter space; 0 when g = 0. */
  readonly residual: number;
  /** Products J v that it took. */
  readonly jvps: number;
  /** Products J^T u that it took. */
  readonly vjps: number;
  /** Closed-form row Gram matrices that it took. */
  readonly grams: number;
  readonly solver: "row-cholesky" | "row-lu";
}

/** A direct solve with one refinement leaves a residual of a few roundings of its condition number's root at most. */
const DIRECT_TOLERANCE = 1e-8;

/**
 * The damped Fast Gauss-Newton step of a mean cross-entropy, by a direct solve in the row space
 * (B x B): (lambda I + D M) x = c, d = G^T x, where M = G G^T holds the inner products of margin
 * gradients. Nothing overflows: examples with p_y -> 0 become plain gradient rows, examples with
 * p_y -> 1 vanish.
 *
 * @param labels - true classes, length B.
 * @throws DimensionError, DomainError: shapes, labels, damping <= 0.
 * @see [F] arXiv:2605.06081.
 */
export function fgnStep(
  linearization: Linearization,
  labels: ArrayLike<number>,
  options: FgnStepOptions,
): FgnStep {
  requirePositive("damping", options.damping);
  const counts: ProductCounts = { jvps: 0, vjps: 0, grams: 0 };
  const counted = countedLinearization(linearization, counts);
  const factor = rowFactor(counted, weightedSplit(linearization.logits, labels, options));
  const mu = options.damping;
  const gram = factor.gram();
  const solver = rowSolver(gram, factor.curvature, mu);
  const x = solver.solve(factor.pull);
  const gradientNorm = liftedNorm(gram, factor.pull);
  let residual = 0;
  if (gradientNorm > 0) {
    const r = rowResidual(gram, factor.curvature, mu, x, factor.pull);
    residual = liftedNorm(gram, r) / gradientNorm;
  }
  const step = factor.lift(x);
  return {
    step,
    status: residual <= DIRECT_TOLERANCE ? "converged" : "stagnated",
    iterations: 0,
    residual,
    ...counts,
    solver: solver.method === "cholesky" ? "row-cholesky" : "row-lu",
  };
}
