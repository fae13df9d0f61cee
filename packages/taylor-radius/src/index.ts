/**
 * How far a Taylor model of the cross-entropy loss can be trusted along a direction: the distance to
 * the nearest complex zero ("ghost") of the softmax partition function, with bounds and certificates.
 *
 * @packageDocumentation
 */
export { type AggregatedRadius, minimumRadius, quantileRadius } from "./aggregate.js";
export { binaryRadii, binaryRadius } from "./binary.js";
export { type Bottleneck, type BottleneckTracker, bottleneckTracker } from "./bottleneck.js";
export type { RadiusOptions } from "./direction-radius.js";
export { dominanceRadii, dominanceRadius } from "./dominance.js";
export { type DifferenceOptions, differenceSlopes, type LogitSlopes } from "./logit-slopes.js";
export {
  type ComplexPoint,
  type NearestGhost,
  type NearestGhostOptions,
  nearestGhost,
  type UncertifiedReason,
} from "./nearest-ghost.js";
export {
  type RadiusCap,
  type RadiusCapOptions,
  type RadiusLimitedStep,
  radiusCap,
} from "./radius-cap.js";
export { RADIUS_MODES, type RadiusMode, type RowRadii } from "./radius-mode.js";
export { type RadiusStepOptions, radiusStep } from "./radius-step.js";
export { spreadRadii, spreadRadius } from "./spread.js";
