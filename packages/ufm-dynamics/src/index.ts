/**
 * Cross-entropy gradient flow of linear networks, reduced to singular values.
 *
 * @packageDocumentation
 */
export {
  type DenseFlowOptions,
  type DenseFlowResult,
  type DenseState,
  integrateDenseFlow,
} from "./dense-flow.js";
export type { DenseProblem } from "./dense-problem.js";
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
export {
  type FlowStatus,
  integrateSpectralFlow,
  type SpectralFlowOptions,
  type SpectralFlowResult,
  type SpectralStep,
  type SpectralStop,
} from "./spectral-flow.js";
export { spectralLayers } from "./spectral-layers.js";
export type { LossKind, SpectralProblem } from "./spectral-problem.js";
export type { SpectralState } from "./spectral-state.js";
export type { ExplicitMethod } from "./tableau.js";
