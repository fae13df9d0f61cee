/**
 * Fast Gauss-Newton and full Gauss-Newton for multiclass cross-entropy, matrix-free, over any
 * `LogitModel` of `@xent/models`.
 *
 * @packageDocumentation
 */
export { type FgnPlan, type FgnSize, planFgn } from "./cost-model.js";
export { type FgnDirectionOptions, fgnDirection } from "./directions.js";
export { type CurvatureStep, type FgnStep, type FgnStepOptions, fgnStep } from "./fgn-step.js";
export {
  fgnPreconditionerPays,
  type GgnStep,
  type GgnStepOptions,
  ggnStep,
  type PreconditionerCase,
} from "./ggn-step.js";
export { type MarginSplit, marginGradients, trueVsRest } from "./margin-split.js";
export {
  type CurvatureOptions,
  fgnOperator,
  ggnOperator,
  withinOperator,
} from "./operators.js";
export type { FgnSolver } from "./solvers/solution.js";
export type { StepOptions, StepStatus } from "./step-problem.js";
export type { TargetOptions } from "./targets.js";
