import { type Dense, DomainError, dot, norm2, requireFinite, requireLength } from "@xent/linalg";
import type { LimitedStep, Linearization } from "@xent/models";
import { curvatureExtremes } from "./curvature-extremes.js";
import { curvatureTraces } from "./curvature-traces.js";
import { type CurvatureStep, fgnStep } from "./fgn-step.js";
import { ggnStep } from "./ggn-step.js";
import { given } from "./given.js";
import { actualDecrease, dataLoss, predictedDecrease, trustRatio } from "./objective.js";
import { fgnOperator, ggnOperator } from "./operators.js";
import { problemGradient, type StepOptions, stepProblem } from "./step-problem.js";

/** Options of {@link explainStep}: those that the step was made with, and what else is known of it. */
export interface ExplainOptions extends StepOptions {
  /** Which curvature the step was solved with. Default "fgn". */
  readonly method?: "fgn" | "ggn";
  /** As in the step. Default 0. */
  readonly competitors?: number;
  /** What the limit (norm clip, radius cap) decided about the step. Default: taken whole, no radius. */
  readonly limited?: LimitedStep;
  /** Logits of the same batch after the scaled step, B x C. Without them the actual decrease is unknown. */
  readonly logitsAfter?: Dense;
  /** Random directions for the dropped share. Default: exact when P <= 1000, else 64. */
  readonly probes?: number;
  /** Solve also for the step of the other curvature to compare with. Default true. */
  readonly compare?: boolean;
}

/** What {@link explainStep} found. */
export interface StepExplanation {
  /** Of the quadratic model without damping, for the step as scaled by the limit; the model's own optimism is rho < 1. */
  readonly predictedDecrease: number;
  /** Of the objective (with weight decay); undefined without `logitsAfter`. */
  readonly actualDecrease: number | undefined;
  /** rho = actual / predicted; 1 when both drown in rounding. */
  readonly trustRatio: number | undefined;
  /** Cosine of the step to the negative gradient; 0 for a zero step. */
  readonly cosineToGradient: number;
  /** Cosine of the step to the full GGN step with the same damping (for a GGN step: to the FGN step). */
  readonly cosineToOther: number | undefined;
  /** Share of the GGN's trace that FGN drops on this batch, in [0, 1]. */
  readonly droppedShare: number;
  /** Whether that share is exact. */
  readonly droppedShareExact: boolean;
  /** Estimate of the condition number of the damped system, from Lanczos to 1 %. */
  readonly condition: number;
  readonly norm: number;
  /** The limit's factor in [0, 1]. */
  readonly scale: number;
  /** r = length of the step before scaling / radius of convergence along it, as the limit reported it. */
  readonly radiusRatio: number | undefined;
}

/**
 * Says what a step is worth: what it promises and what it brought, how it lies to the gradient and to the step
 * of the other curvature, how much curvature FGN drops, and how well-conditioned its system was.
 *
 * Costs a GGN solve (unless `compare` is false), the traces, some tens of operator applications.
 *
 * @param labels - true classes, length B.
 * @param result - from `fgnStep` or `ggnStep` with the same linearization, labels and options.
 * @throws DimensionError, DomainError.
 */
export function explainStep(
  linearization: Linearization,
  labels: ArrayLike<number>,
  result: Pick<CurvatureStep<string>, "step" | "slope" | "curvature">,
  options: ExplainOptions,
): StepExplanation {
  const { method = "fgn", limited, logitsAfter, compare = true } = options;
  if (method !== "fgn" && method !== "ggn") {
    throw new DomainError(`method = "${String(method)}", expected "fgn" or "ggn"`);
  }
  const { step } = result;
  requireLength("step", step, linearization.parameterCount);
  requireFinite("step", step);
  const problem = stepProblem(linearization, labels, options);
  const scale = limited?.scale ?? 1;
  const judged = { ...result, scale };
  const predicted = predictedDecrease(judged, options);
  const before = linearization.logits;
  const actual =
    logitsAfter === undefined
      ? undefined
      : actualDecrease(before, logitsAfter, labels, judged, options);
  const P = linearization.parameterCount;
  const probes = options.probes ?? (P <= 1000 ? undefined : 64);
  const traces = curvatureTraces(linearization, labels, {
    ...given({ exampleWeights: options.exampleWeights, probes }),
  });
  const other = !compare
    ? undefined
    : method === "fgn"
      ? ggnStep(linearization, labels, options)
      : fgnStep(linearization, labels, options);
  return {
    predictedDecrease: predicted,
    actualDecrease: actual,
    trustRatio:
      actual === undefined
        ? undefined
        : trustRatio(actual, predicted, dataLoss(before, labels, options)),
    cosineToGradient: 0 - cosine(problemGradient(problem), step),
    cosineToOther: other === undefined ? undefined : cosine(other.step, step),
    droppedShare: traces.droppedShare,
    droppedShareExact: traces.exact,
    condition: conditionEstimate(linearization, labels, options, problem.mu),
    norm: norm2(step),
    scale,
    radiusRatio: limited?.ratio,
  };
}

function cosine(a: Float64Array, b: Float64Array): number {
  const scale = norm2(a) * norm2(b);
  return scale === 0 ? 0 : Math.max(-1, Math.min(1, dot(a, b) / scale));
}

/** (largest + max mu) / (smallest + min mu); smallest is 0 at once where there are fewer rows than parameters. */
function conditionEstimate(
  linearization: Linearization,
  labels: ArrayLike<number>,
  options: ExplainOptions,
  mu: number | Float64Array,
): number {
  const { rows, cols } = linearization.logits;
  const P = linearization.parameterCount;
  const fgn = (options.method ?? "fgn") === "fgn";
  const operator = fgn
    ? fgnOperator(linearization, labels, options)
    : ggnOperator(linearization, labels, options);
  const rank = rows * Math.min(cols - 1, fgn ? 1 + (options.competitors ?? 0) : cols - 1);
  const extremes = curvatureExtremes(operator, {
    tolerance: 1e-2,
    maxIterations: 60,
    largestOnly: rank < P,
  });
  const muMax = typeof mu === "number" ? mu : mu.reduce((a, b) => Math.max(a, b));
  const muMin = typeof mu === "number" ? mu : mu.reduce((a, b) => Math.min(a, b));
  const smallest = Math.max(0, extremes.smallest);
  return (extremes.largest + muMax) / (smallest + muMin);
}
