/**
 * Dense kernels, structured transforms, matrix-free operators and Krylov solvers in float64.
 *
 * @packageDocumentation
 */
export { type Cholesky, type CholeskyFactor, type CholeskyFailure, cholesky } from "./cholesky.js";
export * from "./compensated.js";
export { norm1 } from "./condition.js";
export * from "./conjugate-gradient.js";
export * from "./dense.js";
export * from "./errors.js";
export * from "./frames.js";
export { gramMatrix } from "./gram-matrix.js";
export * from "./group-transform.js";
export * from "./hadamard.js";
export type {
  KrylovCallback,
  KrylovOptions,
  KrylovProgress,
  KrylovResult,
  KrylovStatus,
} from "./krylov.js";
export * from "./lanczos.js";
export * from "./linear-operator.js";
export * from "./low-rank-plus-diagonal.js";
export * from "./lsqr.js";
export * from "./lu.js";
export * from "./minres.js";
export { fromMlMatrix, toMlMatrix } from "./ml-matrix.js";
export * from "./operator-algebra.js";
export * from "./product.js";
export * from "./qr.js";
export * from "./random.js";
export { scaleToLength } from "./scale-to-length.js";
export * from "./svd.js";
export * from "./symmetric-eigen.js";
export * from "./validate.js";
export * from "./vector.js";
export { walshHadamard } from "./walsh-hadamard.js";
