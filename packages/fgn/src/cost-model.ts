import { requireInteger, requireNonNegative, requirePositive } from "@xent/linalg";
import type { FgnSolver } from "./solvers/solution.js";

/** What the choice of a solver depends on. */
export interface FgnSize {
  /** B. */
  readonly batchSize: number;
  /** C. */
  readonly classCount: number;
  /** P. */
  readonly parameterCount: number;
  /** Whether the model offers `rowGram`. */
  readonly rowGram: boolean;
  /** Whether the model offers `gradientRows`. Default false. */
  readonly gradientRows?: boolean;
  /** Further pivots an example. Default 0. */
  readonly competitors?: number;
  /** Of an iterative solve. Default 1e-8. */
  readonly tolerance?: number;
  /** Of an iterative solve. Default: none. */
  readonly maxIterations?: number;
  /** lambda > 0, with `trace`. Default: unknown. */
  readonly damping?: number;
  /** Trace of the FGN matrix, >= 0, or Infinity. With `damping` it tells how many iterations to expect. Default: unknown. */
  readonly trace?: number;
}

/** The estimate behind an automatic choice. */
export interface FgnPlan {
  /** The cheapest. */
  readonly solver: FgnSolver;
  /** Iterations that an iterative solver is expected to take. */
  readonly iterations: number;
  /** Estimated multiplications of each solver. */
  readonly costs: Readonly<Record<FgnSolver, number>>;
}

/** Iterations that a decimal digit is taken to cost where trace and damping are unknown: as at tr F / lambda = 500. */
const ITERATIONS_PER_DIGIT = 12;

/**
 * Measured iterations over the bound of `conjugateGradientBound`: 0.31 to 0.8 (median 0.47) at tolerances 1e-4 and
 * 1e-8, on the digits (B = 128 and 1437, at zero and trained), an MLP and a random head, tr F / lambda from 1 to 5e4; less
 * at a tolerance of 0.1, down to 0.05.
 */
const SHARE_OF_BOUND = 0.5;

/**
 * Time of a multiplication by that in a Gram matrix or a Jacobian product (0.2 ns each with the SIMD kernels of
 * `@xent/linalg`, 0.6 without): in a factorisation (0.5 ns), in a product of matrix and vector (1.1 ns: every entry is read
 * for one use), and of writing an entry of the rows of G (3.4 ns).
 */
const FACTOR_WEIGHT = 2;
const VECTOR_WEIGHT = 5;
const ROWS_WEIGHT = 15;

/**
 * Estimated cost of each solver in multiplications of a Gram matrix, and the cheapest. With n = (r + 1) B
 * rows, J = B P for one JVP or VJP, and R for the rows of G (15 n P with `gradientRows`, else min(n, P) J):
 * - Gram matrix M: B^2 (P/C + C) / 2 in closed form (times 2 log2 B for each pair of levels, r > 0); else
 *   R + n^2 P / 2;
 * - `row-cholesky`: M + 2 n^3/6 + J; `row-lu`: M + 2 n^3/3 + J;
 * - `row-cg`: M + 5 k n^2 + 6 J with a closed form, else (2 k + 6) J;
 * - `lifted-cg`: (2 k + 6) J; `parameter-cg`: (2 k + 3) J;
 * - `parameter-cholesky`: R + n P^2 / 2 + 2 P^3/6;
 * where k iterations are expected: half of `conjugateGradientBound` from trace and damping, or
 * 12 log10(1/tolerance) where these are unknown, and at most min(n, P, maxIterations).
 *
 * @throws DomainError for sizes that are not integers >= 1, a tolerance or damping that is not > 0, a trace < 0.
 */
export function planFgn(size: FgnSize): FgnPlan {
  const { batchSize: B, classCount: C, parameterCount: P } = size;
  requireInteger("batchSize", B, 1);
  requireInteger("classCount", C, 1);
  requireInteger("parameterCount", P, 1);
  const levels = 1 + Math.min(size.competitors ?? 0, Math.max(0, C - 2));
  const n = levels * B;
  const J = B * P;
  const k = expectedIterations(size, Math.min(n, P));
  const explicitRows = size.gradientRows === true ? ROWS_WEIGHT * n * P : Math.min(n, P) * J;
  const pairs = (levels * (levels - 1)) / 2;
  const grams = levels + pairs * (1 + 2 * Math.ceil(Math.log2(Math.max(2, B))));
  const gram = size.rowGram ? (grams * B * B * (P / C + C)) / 2 : explicitRows + (n * n * P) / 2;
  const costs: Record<FgnSolver, number> = {
    "row-cholesky": gram + (FACTOR_WEIGHT * n ** 3) / 6 + J,
    "row-lu": gram + (FACTOR_WEIGHT * n ** 3) / 3 + J,
    "row-cg": size.rowGram ? gram + VECTOR_WEIGHT * k * n * n + 6 * J : (2 * k + 6) * J,
    "lifted-cg": (2 * k + 6) * J,
    "parameter-cg": (2 * k + 3) * J,
    "parameter-cholesky": explicitRows + (n * P * P) / 2 + (FACTOR_WEIGHT * P ** 3) / 6,
  };
  // In the order of preference where costs are equal.
  const order: FgnSolver[] = ["row-cholesky", "parameter-cg", "row-cg", "parameter-cholesky"];
  const solver = order.reduce((best, s) => (costs[s] < costs[best] ? s : best));
  return { solver, iterations: k, costs };
}

function expectedIterations(size: FgnSize, most: number): number {
  const { tolerance = 1e-8, damping, trace, maxIterations = Infinity } = size;
  requirePositive("tolerance", tolerance);
  let k = ITERATIONS_PER_DIGIT * Math.max(1, -Math.log10(tolerance));
  if (damping !== undefined && trace !== undefined) {
    requirePositive("damping", damping);
    if (trace !== Infinity) requireNonNegative("trace", trace);
    k = SHARE_OF_BOUND * conjugateGradientBound(trace / damping, tolerance, most);
  }
  return Math.min(most, maxIterations, Math.max(1, Math.ceil(k)));
}

/**
 * Iterations after which conjugate gradients on F + lambda I have reduced the error (in the energy norm) by
 * `tolerance`, whatever the spectrum with tr F = `ratio` lambda: the least over j of `j + sqrt(1 + ratio / (j + 1)) ln(2 /
 * tolerance) / 2`. The first j iterations may be thought to remove the j largest eigenvalues; the next one is at most
 * tr F / (j + 1), and the rest is the Chebyshev bound. At most `size`.
 *
 * @see Axelsson and Lindskog, Numer. Math. 48 (1986) 499, for outlying eigenvalues.
 */
export function conjugateGradientBound(ratio: number, tolerance: number, size: number): number {
  const digits = Math.max(0, Math.log(2 / tolerance));
  let best = size;
  // What is minimised has j as a lower bound.
  for (let j = 0; j < best; j++) {
    best = Math.min(best, j + 0.5 * Math.sqrt(1 + ratio / (j + 1)) * digits);
  }
  return best;
}
