import { DomainError } from "@xent/linalg";
import type { Linearization } from "@xent/models";
import type { CurvatureStep } from "./fgn-step.js";
import { ggnOperatorOf } from "./operators.js";
import { competitorConcentration, fgnInverse } from "./preconditioner.js";
import { rowFactor } from "./row-factor.js";
import { solveParameterCg } from "./solvers/parameter-space.js";
import { type StepOptions, type StepProblem, stepProblem } from "./step-problem.js";

/** Options of {@link ggnStep}. */
export interface GgnStepOptions extends StepOptions {
  /**
   * Whether conjugate gradients on the GGN is preconditioned by the exact inverse of FGN + lambda I.
   * `auto` (the default) does so by the rule of {@link fgnPreconditionerPays}.
   */
  readonly preconditioner?: "auto" | "none" | "fgn";
  /** Competitors kept in the preconditioner, as in {@link fgnStep}. Default 0. */
  readonly competitors?: number;
}

/** Result of {@link ggnStep}. */
export type GgnStep = CurvatureStep<"parameter-cg" | "parameter-pcg">;

/** What the rule for the preconditioner looks at. */
export interface PreconditionerCase {
  /** Mean of max q, weighted by p_y (1 - p_y): 1 where every example has one competitor. */
  readonly concentration: number;
  /** Size n of the row system of the preconditioner. */
  readonly rows: number;
  /** P. */
  readonly parameterCount: number;
  /** Whether the Gram matrix has a closed form. */
  readonly rowGram: boolean;
}

/** Concentration from which the preconditioner halves the iterations in most measured cases. */
const CONCENTRATED = 0.9;

/**
 * Whether the FGN preconditioner is expected to pay: competitors concentrated (mean max q >= 0.9), a
 * closed form for the Gram matrix, and a row space no larger than the parameter space. One application costs as much as one GGN
 * product, so it must halve the iterations; with diffuse competitors it can multiply them (figures in the README).
 */
export function fgnPreconditionerPays(c: PreconditionerCase): boolean {
  return c.rowGram && c.rows <= c.parameterCount && c.concentration >= CONCENTRATED;
}

/**
 * The damped full Gauss-Newton step: d with (GGN + lambda I) d = -g, by (preconditioned) conjugate
 * gradients in parameter space, matrix-free: one JVP and one VJP an iteration, two of each with the
 * preconditioner.
 *
 * @param labels - true classes, length B.
 * @throws DimensionError, DomainError: shapes, labels, options out of range, a forced preconditioner
 *   with a vector of decays.
 */
export function ggnStep(
  linearization: Linearization,
  labels: ArrayLike<number>,
  options: GgnStepOptions,
): GgnStep {
  const problem = stepProblem(linearization, labels, options);
  const ggn = ggnOperatorOf(problem.linearization, problem.batch);
  const inverse = choosePreconditioner(problem, options);
  const solution = solveParameterCg(problem, ggn, inverse);
  const { jvps, vjps, grams } = problem.counts;
  return {
    ...solution,
    solver: inverse === undefined ? "parameter-cg" : "parameter-pcg",
    jvps,
    vjps,
    grams,
  };
}

function choosePreconditioner(
  problem: StepProblem,
  options: GgnStepOptions,
): ReturnType<typeof fgnInverse> | undefined {
  const asked = options.preconditioner ?? "auto";
  if (asked !== "auto" && asked !== "none" && asked !== "fgn") {
    throw new DomainError(`preconditioner = "${String(asked)}", expected "auto", "none" or "fgn"`);
  }
  if (asked === "none") return undefined;
  const { linearization, mu, batch } = problem;
  if (typeof mu !== "number") {
    if (asked === "auto") return undefined;
    throw new DomainError('preconditioner = "fgn" needs one weight decay for all parameters');
  }
  const pays = fgnPreconditionerPays({
    concentration: competitorConcentration(batch),
    rows: batch.shares.length * (1 + (options.competitors ?? 0)),
    parameterCount: linearization.parameterCount,
    rowGram: linearization.rowGram !== undefined,
  });
  if (asked === "auto" && !pays) return undefined;
  const factor = rowFactor(linearization, batch, options.competitors);
  return fgnInverse(factor, linearization.parameterCount, mu);
}
