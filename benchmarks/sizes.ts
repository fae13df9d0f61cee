/** Lengths of single vectors: enough of them to see where a cache ends. */
export const VECTOR_SIZES: readonly number[] = [10, 12, 14, 16, 18, 20].map((m) => 2 ** m);

/** Orders of square matrices. */
export const MATRIX_SIZES: readonly number[] = [64, 128, 256, 512];
