/**
 * Differentiable logit models with exact forward and reverse derivatives.
 *
 * @packageDocumentation
 */
export {
  ACTIVATION_NAMES,
  type ActivationFacts,
  type ActivationName,
  type ActivationValues,
  activation,
  activationFacts,
} from "./activation.js";
export { erf, erfc } from "./gaussian.js";
export { type LinearHeadOptions, linearHead } from "./linear-head.js";
export * from "./logit-model.js";
export { type MlpOptions, mlp } from "./mlp.js";
export {
  type BlockStart,
  blockView,
  initialParameters,
  type ParameterBlock,
  type ParameterLayout,
  parameterLayout,
  parameterViews,
} from "./parameter-layout.js";
export * from "./training-interfaces.js";
export {
  type SampleBatch,
  type UnconstrainedFeaturesOptions,
  unconstrainedFeatures,
} from "./unconstrained-features.js";
