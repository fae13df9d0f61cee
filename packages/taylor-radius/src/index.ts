/**
 * How far a Taylor model of the cross-entropy loss can be trusted along a direction: the distance to
 * the nearest complex zero ("ghost") of the softmax partition function, with bounds and certificates.
 *
 * @packageDocumentation
 */
export { binaryRadii, binaryRadius } from "./binary.js";
export { spreadRadii, spreadRadius } from "./spread.js";
