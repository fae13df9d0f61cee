/**
 * How far a Taylor model of the cross-entropy loss can be trusted along a direction: the distance to
 * the nearest complex zero ("ghost") of the softmax partition function, with bounds and certificates.
 *
 * @packageDocumentation
 */
export {
  type ActivationPlace,
  type ActivationRadius,
  activationRadius,
  type KinkDistances,
  reluKinkDistances,
} from "./activations.js";
export { type AggregatedRadius, minimumRadius, quantileRadius } from "./aggregate.js";
export {
  type BatchMode,
  type BatchRadius,
  type BatchRadiusOptions,
  batchRadius,
  type RadiusHistogram,
  radiusHistogram,
} from "./batch-radius.js";
export { binaryRadii, binaryRadius } from "./binary.js";
export { type Bottleneck, type BottleneckTracker, bottleneckTracker } from "./bottleneck.js";
export { type CurvatureStep, curvatureStep } from "./curvature-step.js";
export type { RadiusOptions } from "./direction-radius.js";
export {
  EXTREMAL_PROBABILITY,
  forwardDivergence,
  fourthCumulantBound,
  type LineDivergence,
  reverseDivergence,
  taylorRemainderBound,
  thirdMomentBound,
  varianceBound,
} from "./divergence.js";
export { dominanceRadii, dominanceRadius } from "./dominance.js";
export {
  type Ghost,
  type GhostRegion,
  type GhostRegionOptions,
  ghostsInDisk,
  ghostsInRectangle,
  type Rectangle,
} from "./ghost-region.js";
export { type DifferenceOptions, differenceSlopes, type LogitSlopes } from "./logit-slopes.js";
export {
  type ComplexPoint,
  type NearestGhost,
  type NearestGhostOptions,
  nearestGhost,
  type UncertifiedReason,
} from "./nearest-ghost.js";
export {
  bendingLengths,
  type CorrectedGhost,
  correctedGhost,
  type LineLossGap,
  lineLossGap,
  type SecondOrderLine,
  secondOrderLine,
} from "./nonlinear.js";
export {
  logPartition,
  type PartitionValue,
  partition,
  partitionLogDerivative,
} from "./partition.js";
export {
  type RadiusCap,
  type RadiusCapOptions,
  type RadiusLimitedStep,
  radiusCap,
} from "./radius-cap.js";
export {
  type EstimateMethod,
  type EstimateOptions,
  estimateRadius,
  type RadiusEstimate,
} from "./radius-estimates.js";
export { RADIUS_MODES, type RadiusMode, type RowRadii } from "./radius-mode.js";
export { type RadiusStepOptions, radiusStep } from "./radius-step.js";
export {
  cumulants,
  type LineSeries,
  lineLossSeries,
  logPartitionSeries,
  MAXIMUM_ORDER,
  partialSums,
  type SeriesOptions,
  truncationErrors,
} from "./series.js";
export { coefficientBound, seriesTruncationBound } from "./series-bound.js";
export { spreadRadii, spreadRadius } from "./spread.js";
export { topTwoRadius } from "./top-two.js";
export {
  provenRadii,
  provenRadius,
  type VarianceRadiusOptions,
  varianceRadii,
  varianceRadiiClosedForm,
  varianceRadius,
  varianceRadiusClosedForm,
} from "./variance.js";
