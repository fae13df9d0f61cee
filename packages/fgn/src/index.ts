/**
 * Fast Gauss-Newton and full Gauss-Newton for multiclass cross-entropy, matrix-free, over any
 * `LogitModel` of `@xent/models`.
 *
 * @packageDocumentation
 */
export { type FgnPlan, type FgnSize, planFgn } from "./cost-model.js";
export { type CurvatureKind, curvatureDiagonal } from "./curvature-diagonal.js";
export type {
  CurvatureDirectionOptions,
  CurvatureDirectionState,
  SolveReport,
} from "./curvature-direction.js";
export {
  type CurvatureExtremes,
  type CurvatureExtremesOptions,
  curvatureExtremes,
} from "./curvature-extremes.js";
export {
  type CurvatureTraceOptions,
  type CurvatureTraces,
  curvatureTraces,
} from "./curvature-traces.js";
export type { Damping, TrustRatioDamping } from "./damping.js";
export {
  type FgnDirectionOptions,
  fgnDirection,
  type GgnDirectionOptions,
  ggnDirection,
} from "./directions.js";
export { type ExplainOptions, explainStep, type StepExplanation } from "./explain.js";
export { type CurvatureStep, type FgnStep, type FgnStepOptions, fgnStep } from "./fgn-step.js";
export {
  fgnPreconditionerPays,
  type GgnStep,
  type GgnStepOptions,
  ggnStep,
  type PreconditionerCase,
} from "./ggn-step.js";
export { linearHeadHessian } from "./hessian.js";
export { type MarginSplit, marginGradients, trueVsRest } from "./margin-split.js";
export {
  type CurvatureOptions,
  empiricalFisherOperator,
  type FgnOperatorOptions,
  fgnOperator,
  ggnOperator,
  withinOperator,
} from "./operators.js";
export type { FgnSolver } from "./solvers/solution.js";
export type { StepOptions, StepStatus } from "./step-problem.js";
export type { TargetOptions } from "./targets.js";
