/**
 * WebAssembly SIMD kernels for float64 and the switch between them and plain TypeScript.
 *
 * @packageDocumentation
 */
export { createKernelArena, type KernelArena } from "./arena.js";
export {
  type KernelBackend,
  type KernelMode,
  kernelBackend,
  kernelsReady,
  useKernels,
  withKernels,
} from "./backend.js";
export { exp } from "./exp.js";
export { expVector } from "./exp-vector.js";
export { exponentials } from "./exponentials.js";
export { growModes, takeResiduals } from "./modes.js";
export { simdCholesky, simdGram, simdProduct } from "./product.js";
export { simdLeast, simdLogSumExpRows, simdSoftmaxRows, simdTop } from "./softmax.js";
export type { Strided } from "./strided.js";
export { simdWalshHadamard } from "./walsh.js";
