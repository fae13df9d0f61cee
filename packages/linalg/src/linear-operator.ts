/** Declared structure of a {@link LinearOperator}; solvers rely on it and say so. */
export interface OperatorTags {
  readonly symmetric?: boolean;
  /** Positive semi-definite; implies symmetric. */
  readonly psd?: boolean;
}

/** A linear map known by what it does to vectors. */
export interface LinearOperator {
  readonly rows: number;
  readonly cols: number;
  readonly tags?: OperatorTags;
  /** Returns A x. `x` has length `cols`; the result (length `rows`) is written to `out` when given. */
  apply(x: Float64Array, out?: Float64Array): Float64Array;
  /** Returns A^T y. `y` has length `rows`; the result has length `cols`. */
  applyTranspose?(y: Float64Array, out?: Float64Array): Float64Array;
}
