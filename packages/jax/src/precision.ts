/** The two number formats that {@link fromJax} computes in. */
export type JaxDtype = "float32" | "float64";

/** Relative errors of one operation of jax-js on its WebAssembly backend. */
export interface JaxPrecision {
  /** Sums, products, quotients, square roots, comparisons: the unit roundoff of the format. */
  readonly arithmetic: number;
  /**
   * exp, log, tanh, sigmoid, erf and what is built on them (softmax, SiLU, GELU, softplus): error over
   * 1 + |value|. They are polynomials of single precision whatever the format: the measured worst is
   * 2e-6 for exp and 6e-5 for log(1 + exp).
   */
  readonly elementary: number;
}

/** Precision by format: float64 is storage and arithmetic in doubles, with elementary functions good to 2^-14 only. */
export const JAX_PRECISION: Readonly<Record<JaxDtype, JaxPrecision>> = {
  float32: { arithmetic: 2 ** -24, elementary: 2 ** -14 },
  float64: { arithmetic: 2 ** -53, elementary: 2 ** -14 },
};
