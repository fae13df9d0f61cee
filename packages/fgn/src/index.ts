/**
 * Fast Gauss-Newton and full Gauss-Newton for multiclass cross-entropy, matrix-free, over any
 * `LogitModel` of `@xent/models`.
 *
 * @packageDocumentation
 */
export { type FgnDirectionOptions, fgnDirection } from "./directions.js";
export { type FgnStep, type FgnStepOptions, fgnStep, type StepStatus } from "./fgn-step.js";
export { type MarginSplit, marginGradients, trueVsRest } from "./margin-split.js";
export {
  type CurvatureOptions,
  fgnOperator,
  ggnOperator,
  withinOperator,
} from "./operators.js";
