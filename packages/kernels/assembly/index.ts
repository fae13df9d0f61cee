export { cholesky } from "./cholesky";
export { expInPlace, expTable } from "./exp";
export { growModes, takeResiduals } from "./modes";
export { addGram, addProduct } from "./product";
export {
  exponentialRows,
  exponentials,
  firstIndex,
  largest,
  least,
  scaleInPlace,
  shiftAndDivide,
  softmaxRows,
} from "./softmax";
export { walshHadamard, walshLevels } from "./walsh";

/** First byte that the kernels leave to their caller. */
export function scratchStart(): usize {
  return (__heap_base + 63) & ~63;
}
