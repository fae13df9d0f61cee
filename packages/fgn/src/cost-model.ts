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

/** Iterations that a decimal digit of an iterative solve is taken to cost; see docs/cost-model.md for its measurement. */
const ITERATIONS_PER_DIGIT = 12;

/**
 * Estimated cost of each solver in multiplications, and the cheapest. With n = (r + 1) B rows and
 * J = B P for one JVP or VJP:
 * - Gram matrix M: B^2 (P/C + C) in closed form (times 2 log2 B for each pair of levels, r > 0); else
 *   min(n, P) J + n^2 P;
 * - `row-cholesky`: M + n^3/6 + J; `row-lu`: M + n^3/3 + J;
 * - `row-cg`: M + k n^2 + 4 J with a closed form, else 2 (k + 2) J;
 * - `lifted-cg`, `parameter-cg`: 2 (k + 2) J;
 * - `parameter-cholesky`: min(n, P) J + n P^2 + P^3/6;
 * where k = min(n, P, maxIterations, 12 log10(1/tolerance)) iterations are expected.
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
  const J = B * P;
  const k = Math.min(
    n,
    P,
    size.maxIterations ?? Infinity,
    Math.ceil(ITERATIONS_PER_DIGIT * Math.max(1, -Math.log10(tolerance))),
  );
  const explicitRows = Math.min(n, P) * J;
  const pairs = (levels * (levels - 1)) / 2;
  const grams = levels + pairs * (1 + 2 * Math.ceil(Math.log2(Math.max(2, B))));
  const gram = size.rowGram ? grams * B * B * (P / C + C) : explicitRows + n * n * P;
  const iterative = 2 * (k + 2) * J;
  const costs: Record<FgnSolver, number> = {
    "row-cholesky": gram + n ** 3 / 6 + J,
    "row-lu": gram + n ** 3 / 3 + J,
    "row-cg": size.rowGram ? gram + k * n * n + 4 * J : iterative,
    "lifted-cg": iterative,
    "parameter-cg": iterative,
    "parameter-cholesky": explicitRows + n * P * P + P ** 3 / 6,
  };
  // In the order of preference where costs are equal.
  const order: FgnSolver[] = ["row-cholesky", "lifted-cg", "row-cg", "parameter-cholesky"];
  const solver = order.reduce((best, s) => (costs[s] < costs[best] ? s : best));
  return { solver, costs };
}
