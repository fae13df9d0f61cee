import { type LinearOperator, lanczosExtremes } from "@xent/linalg";

/** Options of {@link curvatureExtremes}. */
export interface CurvatureExtremesOptions {
  /** Done when ||H v - theta v|| <= tolerance max |theta|. Default 1e-8. */
  readonly tolerance?: number;
  /** Largest dimension of each Krylov space; that many P-vectors are kept. Default min(P, 300). */
  readonly maxIterations?: number;
  /** Of the start. Default 0. */
  readonly seed?: number;
  /** Skip the lower end, and report 0 (every curvature matrix is PSD) as its lower bound. Default false. */
  readonly largestOnly?: boolean;
}

/** Result of {@link curvatureExtremes}. */
export interface CurvatureExtremes {
  readonly largest: number;
  readonly smallest: number;
  /** An eigenvalue lies within this distance of `largest`, and one within it of `smallest`. */
  readonly residual: number;
  readonly status: "converged" | "not-converged";
  /** Applications of the operator in both Lanczos runs. */
  readonly iterations: number;
}

/**
 * Largest and smallest eigenvalue of a symmetric curvature operator, by Lanczos with full
 * reorthogonalisation. `(largest + lambda) / (smallest + lambda)` is the condition number of a damped step.
 *
 * @throws DomainError as `lanczosExtremes` of `@xent/linalg`.
 */
export function curvatureExtremes(
  operator: LinearOperator,
  options: CurvatureExtremesOptions = {},
): CurvatureExtremes {
  const { tolerance = 1e-8, maxIterations = 300, seed = 0 } = options;
  const shared = { operator, tolerance, maxIterations, seed };
  const high = lanczosExtremes({ ...shared, which: "largest" });
  if (options.largestOnly === true) {
    return {
      largest: high.values[0]!,
      smallest: 0,
      residual: high.residualNorms[0]!,
      status: high.status === "converged" ? "converged" : "not-converged",
      iterations: high.iterations,
    };
  }
  const low = lanczosExtremes({ ...shared, which: "smallest" });
  return {
    largest: high.values[0]!,
    smallest: low.values[0]!,
    residual: Math.max(high.residualNorms[0]!, low.residualNorms[0]!),
    status:
      high.status === "converged" && low.status === "converged" ? "converged" : "not-converged",
    iterations: high.iterations + low.iterations,
  };
}
