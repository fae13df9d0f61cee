/**
 * Stable softmax calculus, and the softmax diagonalised by finite abelian groups.
 *
 * @packageDocumentation
 */
export { logSumExp, softmax, softmaxRows } from "./log-sum-exp.js";
