import { requireInteger, requirePositive } from "@xent/linalg";
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
}

/** The estimate behind an automatic choice. */
export interface FgnPlan {
  /** The cheapest. */
  readonly solver: FgnSolver;
  /** Estimated multiplications of each solver. */
  readonly costs: Readonly<Record<FgnSolver, number>>;
}

/**
 * Iterations that a decimal digit of an iterative solve is taken to cost: between the 4 and 30 measured on the
 * digits at damping 1e-2 and 1e-4.
 */
const ITERATIONS_PER_DIGIT = 12;

/**
 * Time of a multiplication in a Jacobian product, and in a factorisation or a product with a vector, by that
 * in a Gram matrix: 1.5
 * and 0.9 against 0.5 ns measured (B = 1437, P = 650, 10 classes: narrow products keep the kernel waiting).
 */
const JACOBIAN_WEIGHT = 3;
const FACTOR_WEIGHT = 2;

/**
 * Estimated cost of each solver in multiplications of a Gram matrix, and the cheapest. With n = (r + 1) B
 * rows, J = 3 B P for one JVP or VJP, and R for the rows of G (n P with `gradientRows`, else min(n, P) J):
 * - Gram matrix M: B^2 (P/C + C) / 2 in closed form (times 2 log2 B for each pair of levels, r > 0); else
 *   R + n^2 P / 2;
 * - `row-cholesky`: M + 2 n^3/6 + J; `row-lu`: M + 2 n^3/3 + J;
 * - `row-cg`: M + 2 k n^2 + 4 J with a closed form, else 2 (k + 2) J;
 * - `lifted-cg`, `parameter-cg`: 2 (k + 2) J;
 * - `parameter-cholesky`: R + n P^2 / 2 + 2 P^3/6;
 * where k = min(n, P, maxIterations, 12 log10(1/tolerance)) iterations are expected.
 *
 * @throws DomainError for sizes that are not integers >= 1 and a tolerance that is not > 0.
 */
export function planFgn(size: FgnSize): FgnPlan {
  const { batchSize: B, classCount: C, parameterCount: P } = size;
  requireInteger("batchSize", B, 1);
  requireInteger("classCount", C, 1);
  requireInteger("parameterCount", P, 1);
  const levels = 1 + Math.min(size.competitors ?? 0, Math.max(0, C - 2));
  const tolerance = size.tolerance ?? 1e-8;
  requirePositive("tolerance", tolerance);
  const n = levels * B;
  const J = JACOBIAN_WEIGHT * B * P;
  const k = Math.min(
    n,
    P,
    size.maxIterations ?? Infinity,
    Math.ceil(ITERATIONS_PER_DIGIT * Math.max(1, -Math.log10(tolerance))),
  );
  const explicitRows = size.gradientRows === true ? n * P : Math.min(n, P) * J;
  const pairs = (levels * (levels - 1)) / 2;
  const grams = levels + pairs * (1 + 2 * Math.ceil(Math.log2(Math.max(2, B))));
  const gram = size.rowGram ? (grams * B * B * (P / C + C)) / 2 : explicitRows + (n * n * P) / 2;
  const iterative = 2 * (k + 2) * J;
  const costs: Record<FgnSolver, number> = {
    "row-cholesky": gram + (FACTOR_WEIGHT * n ** 3) / 6 + J,
    "row-lu": gram + (FACTOR_WEIGHT * n ** 3) / 3 + J,
    "row-cg": size.rowGram ? gram + FACTOR_WEIGHT * k * n * n + 4 * J : iterative,
    "lifted-cg": iterative,
    "parameter-cg": iterative,
    "parameter-cholesky": explicitRows + (n * P * P) / 2 + (FACTOR_WEIGHT * P ** 3) / 6,
  };
  // In the order of preference where costs are equal.
  const order: FgnSolver[] = ["row-cholesky", "lifted-cg", "row-cg", "parameter-cholesky"];
  const solver = order.reduce((best, s) => (costs[s] < costs[best] ? s : best));
  return { solver, costs };
}
