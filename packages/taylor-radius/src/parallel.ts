/**
 * Radii of large batches over worker threads, in Node: the same bits as those of one thread, whatever their number.
 *
 * @packageDocumentation
 */
export { type RadiusPool, type RadiusPoolOptions, radiusPool } from "./node-radius-pool.js";
export { sharedDense } from "./shared-space.js";
