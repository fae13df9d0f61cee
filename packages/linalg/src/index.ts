/**
 * Dense kernels, structured transforms, matrix-free operators and Krylov solvers in float64.
 *
 * @packageDocumentation
 */
export * from "./dense.js";
export * from "./errors.js";
export * from "./linear-operator.js";
export * from "./product.js";
export * from "./random.js";
export * from "./validate.js";
export * from "./vector.js";
