/** What the WebAssembly instance exports. Pointers are byte offsets in its memory; counts are doubles. */
export interface KernelExports {
  /** First byte that the kernels leave to their caller. */
  scratchStart(): number;
  /** Where the 256 pairs of the table of exp are to be written. */
  expTable(): number;
  /** data <- exp(data - shift). */
  expInPlace(ptr: number, n: number, shift: number): void;
  /** data <- exp(data - shift); returns the sum of all but entry `top`. `known` is 1 when all |data - shift| < 660. */
  exponentials(ptr: number, n: number, top: number, shift: number, known: number): number;
  /**
   * Row by row: data <- exp(data - max), the largest entries to `tops`, the other exponentials' sums to `rests`. -1, or the
   * first row with a NaN or +Infinity.
   */
  exponentialRows(ptr: number, rows: number, cols: number, tops: number, rests: number): number;
  /** Row by row: data <- softmax(data); `tops` and `rests` are overwritten. -1, or the first row that has no softmax. */
  softmaxRows(ptr: number, rows: number, cols: number, tops: number, rests: number): number;
  /** data <- (data - shift) / divisor. */
  shiftAndDivide(ptr: number, n: number, shift: number, divisor: number): void;
  /** data <- data factor. */
  scaleInPlace(ptr: number, n: number, factor: number): void;
  /** The largest entry; NaN when there is a NaN or +Infinity. */
  largest(ptr: number, n: number): number;
  /** The smallest entry that the last call of `largest` saw. */
  least(): number;
  /** Right after `largest`: the first index of the number that it returned. */
  firstIndex(ptr: number, value: number): number;
  /** y <- strengths <- scale (start e^y)^2. */
  growModes(y: number, start: number, strengths: number, n: number, scale: number): void;
  /** values <- factor (1 - values); returns the sum of weights (1 - values)^2. */
  takeResiduals(values: number, weights: number, n: number, factor: number): number;
  /** n >= 8, a power of two. */
  walshHadamard(ptr: number, n: number, factor: number): void;
  /** The levels from `from` doubles on. */
  walshLevels(ptr: number, n: number, from: number): void;
  /** C += sign A B; strides in bytes. */
  addProduct(
    m: number,
    n: number,
    p: number,
    a: number,
    aRow: number,
    aCol: number,
    b: number,
    bRow: number,
    bCol: number,
    c: number,
    cRow: number,
    sign: number,
  ): void;
  /** C += A A^T, a is m x n. */
  addGram(m: number, n: number, a: number, c: number): void;
  /** Index of the first pivot that is not > 0, or -1. */
  cholesky(ptr: number, n: number): number;
}
