/**
 * Cross-entropy gradient flow of linear networks, reduced to singular values.
 *
 * @packageDocumentation
 */
export { type BasisAlignment, basisAlignment } from "./basis-alignment.js";
export {
  collapseFactor,
  logisticStrength,
  symmetricLateLoss,
  symmetricLateStrength,
  symmetricLoss,
  symmetricStrength,
  symmetricStrengthAtLogTime,
} from "./closed-forms.js";
export { imbalanceDrift, layerImbalance, modeImbalance } from "./conserved.js";
export {
  type ClassifyOptions,
  classifyState,
  type NegativeDirection,
  type StateClassification,
  type StateKind,
} from "./critical-points.js";
export {
  type DenseDescentOptions,
  type DenseDescentResult,
  denseGradientDescent,
} from "./dense-descent.js";
export {
  type DenseFlowOptions,
  type DenseFlowResult,
  type DenseState,
  integrateDenseFlow,
} from "./dense-flow.js";
export type { DenseProblem } from "./dense-problem.js";
export { type DenseVectorField, denseVectorField } from "./dense-vector-field.js";
export { exponentialIntegral } from "./exponential-integral.js";
export {
  type EntryTolerance,
  type Flow,
  mixedTolerance,
  type StepFailure,
} from "./flow.js";
export {
  type FlowEvent,
  type IntegrateOptions,
  type Integration,
  integrate,
} from "./integrate.js";
export { lyapunov, lyapunovOfStrengths } from "./lyapunov.js";
export { type ModeDistribution, modeDistribution } from "./mode-distribution.js";
export {
  etfDistance,
  type FrameMetrics,
  type NeuralCollapseMetrics,
  neuralCollapse,
} from "./neural-collapse.js";
export {
  compareSmallRandom,
  type SmallRandomComparison,
  type SmallRandomOptions,
  type SmallRandomPoint,
} from "./small-random.js";
export {
  type DescentStatus,
  type SpectralDescentOptions,
  type SpectralDescentResult,
  spectralGradientDescent,
} from "./spectral-descent.js";
export { integrateSpectralFlow, type SpectralFlowOptions } from "./spectral-flow.js";
export { spectralLayers } from "./spectral-layers.js";
export type { LossKind, SpectralProblem } from "./spectral-problem.js";
export type {
  FlowStatus,
  SpectralFlowResult,
  SpectralRunOptions,
  SpectralStep,
  SpectralStop,
} from "./spectral-run.js";
export type { SpectralState } from "./spectral-state.js";
export {
  type SpectralVectorField,
  type SpectralVectorFieldOptions,
  spectralVectorField,
} from "./spectral-vector-field.js";
export type { ExplicitMethod } from "./tableau.js";
