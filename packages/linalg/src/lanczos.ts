import { type Dense, dense } from "./dense.js";
import { DomainError, NotConvergedError } from "./errors.js";
import { requireSquareOperator } from "./krylov.js";
import type { LinearOperator } from "./linear-operator.js";
import { SeededRandom } from "./random.js";
import { tridiagonalEigen } from "./tridiagonal-eigen.js";
import { requireFinite, requireInteger, requireLength, requireNonNegative } from "./validate.js";
import { axpy, dot, norm2 } from "./vector.js";

/** Options of {@link lanczosExtremes}. */
export interface LanczosOptions {
  /** A: n x n, symmetric; n >= 1. Not checked beyond its shape. */
  readonly operator: LinearOperator;
  /** Eigenvalues wanted, 1..n. Default 1. */
  readonly count?: number;
  /** Which end of the spectrum. Default "largest" (algebraically, not in modulus). */
  readonly which?: "largest" | "smallest";
  /** Done when every wanted pair has ||A v - theta v||_2 <= tolerance max |theta|. Default 1e-10. */
  readonly tolerance?: number;
  /** Largest dimension of the Krylov space; its n-vectors are kept. Default min(n, max(20 count, 300)). */
  readonly maxIterations?: number;
  /** Start, length n, not zero. Default: normals from `seed`. */
  readonly start?: Float64Array;
  /** Seed of the start and of new directions after an invariant subspace. Default 0. */
  readonly seed?: number;
  /** Called after each test of convergence; return "stop" to end with status `stopped`. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a callback that only records has no return
  readonly callback?: (progress: LanczosProgress) => "stop" | void;
  /** Throw {@link NotConvergedError} unless `converged`. Default false. */
  readonly throwOnFailure?: boolean;
}

/** What {@link lanczosExtremes} tells its callback. */
export interface LanczosProgress {
  /** Dimension of the Krylov space. */
  readonly iteration: number;
  /** The wanted Ritz values, the extreme one first. */
  readonly values: Float64Array;
  /** Largest residual norm among them, by recurrence. */
  readonly residualNorm: number;
}

/** What {@link lanczosExtremes} returns. */
export interface LanczosResult {
  /** The extreme eigenvalue first. Shorter than `count` only when the iteration ended before that dimension. */
  readonly values: Float64Array;
  /** n x count, orthonormal; column i belongs to values[i]. */
  readonly vectors: Dense;
  /** ||A v - theta v||_2 of each pair, recomputed: an eigenvalue of A lies within that distance of theta. */
  readonly residualNorms: Float64Array;
  readonly status: "converged" | "iteration-limit" | "stagnated" | "breakdown" | "stopped";
  readonly iterations: number;
  /** Largest residual norm by recurrence, one entry a test of convergence. */
  readonly residualHistory: readonly number[];
}

/**
 * Extreme eigenvalues and eigenvectors of a symmetric operator, by Lanczos with full (twofold)
 * reorthogonalisation, so that no ghost copies appear. When the Krylov space is invariant the iteration
 * goes on with a random direction orthogonal to it; even so, a repeated eigenvalue is only sure to be found as often
 * as it occurs when the dimension reaches n.
 *
 * The values found are eigenvalues, to the residual that is reported; that they are the extreme ones is
 * as likely as the start is generic, not proven.
 * Cost: one application and 8 n k flops at iteration k; (maxIterations + count) n doubles.
 *
 * @throws {@link DimensionError} | {@link DomainError} for bad shapes, counts and a start that is zero or not finite.
 * @see Parlett, The Symmetric Eigenvalue Problem, 13.
 */
export function lanczosExtremes(options: LanczosOptions): LanczosResult {
  const { operator } = options;
  const n = operator.rows;
  requireSquareOperator("operator", operator, n);
  const count = options.count ?? 1;
  const tolerance = options.tolerance ?? 1e-10;
  requireInteger("count", count, 1, n);
  requireNonNegative("tolerance", tolerance);
  const limit = Math.min(n, options.maxIterations ?? Math.max(20 * count, 300));
  requireInteger("maxIterations", limit, 1);
  const random = new SeededRandom(options.seed ?? 0);
  const first = startVector(n, options.start, random);

  const basis: Float64Array[] = [first];
  const diagonal: number[] = [];
  const beside: number[] = [];
  const history: number[] = [];
  const w = new Float64Array(n);
  let status: LanczosResult["status"] = "iteration-limit";
  let size = 0;
  let nextTest = count;
  for (;;) {
    const v = basis[size]!;
    operator.apply(v, w);
    const alpha = dot(v, w);
    orthogonalise(w, basis);
    let beta = norm2(w);
    if (!Number.isFinite(alpha) || !Number.isFinite(beta)) {
      status = "breakdown";
      break;
    }
    diagonal.push(alpha);
    size++;
    // What orthogonalisation leaves of a vector inside the space is rounding.
    const scale = Math.max(...diagonal.map(Math.abs), ...beside);
    const invariant = beta <= 2 ** -50 * scale * Math.sqrt(n);
    if (invariant) beta = 0;
    const last = size === limit;
    if (size >= nextTest || last || (invariant && size >= count)) {
      const ritz = ritzValues(diagonal, beside, beta, options.which ?? "largest", count);
      const worst = Math.max(...ritz.residuals);
      history.push(worst);
      const wantsStop =
        options.callback?.({ iteration: size, values: ritz.values, residualNorm: worst }) ===
        "stop";
      if (worst <= tolerance * ritz.norm && size >= count) {
        status = "converged";
        break;
      }
      if (wantsStop) {
        status = "stopped";
        break;
      }
      // A test costs O(k^2): one in eight iterations, later.
      nextTest = size + Math.max(1, size >> 3);
    }
    if (last) break;
    if (invariant) {
      do {
        w.set(random.normals(n));
        orthogonalise(w, basis);
      } while (!(norm2(w) > 2 ** -26));
    }
    beside.push(beta);
    const length = norm2(w);
    basis.push(w.map((t) => t / length));
  }
  const result = assemble(operator, basis, diagonal, beside, options.which ?? "largest", count);
  if (status === "converged" || status === "iteration-limit") {
    const met = result.residualNorms.every((r) => r <= tolerance * result.norm);
    if (met && result.values.length === count) status = "converged";
    else if (status === "converged" || size === n) status = "stagnated";
  }
  if (options.throwOnFailure === true && status !== "converged") {
    throw new NotConvergedError(
      `lanczosExtremes ended with status ${status} after ${size} iterations`,
    );
  }
  const { values, vectors, residualNorms } = result;
  return { values, vectors, residualNorms, status, iterations: size, residualHistory: history };
}

function startVector(
  n: number,
  start: Float64Array | undefined,
  random: SeededRandom,
): Float64Array {
  if (start !== undefined) {
    requireLength("start", start, n);
    requireFinite("start", start);
  }
  const v = start?.slice() ?? random.normals(n);
  const length = norm2(v);
  if (length === 0) throw new DomainError("start is zero");
  return v.map((t) => t / length);
}

/** Twice is enough (Kahan and Parlett). */
function orthogonalise(w: Float64Array, basis: readonly Float64Array[]): void {
  for (let pass = 0; pass < 2; pass++) for (const q of basis) axpy(-dot(q, w), q, w);
}

/** Indices of the wanted values, the extreme one first. */
function wanted(values: Float64Array, which: "largest" | "smallest", count: number): number[] {
  const sign = which === "largest" ? -1 : 1;
  return Array.from(values.keys())
    .sort((i, j) => sign * (values[i]! - values[j]!))
    .slice(0, count);
}

function ritzValues(
  diagonal: readonly number[],
  beside: readonly number[],
  beta: number,
  which: "largest" | "smallest",
  count: number,
): { values: Float64Array; residuals: number[]; norm: number } {
  const k = diagonal.length;
  const d = Float64Array.from(diagonal);
  const last = new Float64Array(k);
  last[k - 1] = 1;
  tridiagonalEigen(
    d,
    Float64Array.from({ length: k }, (_, i) => beside[i] ?? 0),
    [last],
  );
  const chosen = wanted(d, which, count);
  return {
    values: Float64Array.from(chosen, (i) => d[i]!),
    residuals: chosen.map((i) => beta * Math.abs(last[i]!)),
    norm: d.reduce((m, t) => Math.max(m, Math.abs(t)), 0),
  };
}

/** Ritz vectors and their recomputed residuals. */
function assemble(
  operator: LinearOperator,
  basis: readonly Float64Array[],
  diagonal: readonly number[],
  beside: readonly number[],
  which: "largest" | "smallest",
  count: number,
): { values: Float64Array; vectors: Dense; residualNorms: Float64Array; norm: number } {
  const n = operator.rows;
  const k = diagonal.length;
  const d = Float64Array.from(diagonal);
  const rows = Array.from({ length: k }, (_, i) => {
    const row = new Float64Array(k);
    row[i] = 1;
    return row;
  });
  tridiagonalEigen(
    d,
    Float64Array.from({ length: k }, (_, i) => beside[i] ?? 0),
    rows,
  );
  const chosen = wanted(d, which, count);
  const vectors = dense(n, chosen.length);
  const residualNorms = new Float64Array(chosen.length);
  const v = new Float64Array(n);
  const image = new Float64Array(n);
  chosen.forEach((from, to) => {
    v.fill(0);
    for (let j = 0; j < k; j++) axpy(rows[j]![from]!, basis[j]!, v);
    operator.apply(v, image);
    axpy(-d[from]!, v, image);
    residualNorms[to] = norm2(image);
    for (let i = 0; i < n; i++) vectors.data[i * chosen.length + to] = v[i]!;
  });
  return {
    values: Float64Array.from(chosen, (i) => d[i]!),
    vectors,
    residualNorms,
    norm: d.reduce((m, t) => Math.max(m, Math.abs(t)), 0),
  };
}
