import { cholesky, type Dense, dense, luFactor } from "@xent/linalg";

/**
 * Below this a row takes no part in the symmetric form: its coupling D_ii M x is smaller than one
 * rounding of its right-hand side, and b = t / sqrt(D) would come near overflow.
 */
const NEGLIGIBLE_CURVATURE = 1e-280;

/** How a damped row system was solved. */
export interface RowSolver {
  readonly method: "cholesky" | "lu";
  /** The x of (mu I + diag(D) M) x = t. O(n^2). */
  solve(t: Float64Array): Float64Array;
  /** Estimate of the 1-norm condition number of the factorised matrix. O(n^2). */
  conditionEstimate(): number;
}

/**
 * Solves (mu I + diag(D) M) x = t, D >= 0, M symmetric PSD, by Cholesky of its symmetric form
 * sqrt(D) M sqrt(D) + mu I, whose eigenvalues are those of the system. x = sqrt(D) y never forms a
 * huge number: rows without curvature are x_i = t_i / mu at once. Where rounding makes the
 * symmetric form indefinite (mu below about u ||M||) the LU factors of the system itself are used.
 *
 * O(n^3 / 6) multiplications for Cholesky.
 */
export function rowSolver(
  gram: Dense,
  curvature: Float64Array,
  mu: number,
  force: "auto" | "lu" = "auto",
): RowSolver {
  const n = curvature.length;
  const active: number[] = [];
  for (let i = 0; i < n; i++) if (curvature[i]! >= NEGLIGIBLE_CURVATURE) active.push(i);
  const k = active.length;
  const root = Float64Array.from(active, (i) => Math.sqrt(curvature[i]!));
  if (force === "auto") {
    const h = dense(k, k);
    for (let a = 0; a < k; a++) {
      const row = active[a]! * n;
      for (let b = 0; b < a; b++) {
        const value = root[a]! * gram.data[row + active[b]!]! * root[b]!;
        h.data[a * k + b] = value;
        h.data[b * k + a] = value;
      }
      h.data[a * k + a] = root[a]! * gram.data[row + active[a]!]! * root[a]! + mu;
    }
    const factor = cholesky(h, { out: h });
    if (factor.status === "positive-definite") {
      return {
        method: "cholesky",
        conditionEstimate: () => factor.conditionEstimate(),
        solve: (t) => {
          const x = t.map((v) => v / mu);
          const b = new Float64Array(k);
          for (let a = 0; a < k; a++) {
            const i = active[a]!;
            // What the rows without curvature contribute; in most batches there are none.
            let known = 0;
            if (k < n) {
              for (let j = 0; j < n; j++) {
                if (curvature[j]! < NEGLIGIBLE_CURVATURE) known += gram.data[i * n + j]! * x[j]!;
              }
            }
            b[a] = t[i]! / root[a]! - root[a]! * known;
          }
          factor.solve(b, b);
          for (let a = 0; a < k; a++) x[active[a]!] = root[a]! * b[a]!;
          return x;
        },
      };
    }
  }
  const full = dense(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) full.data[i * n + j] = curvature[i]! * gram.data[i * n + j]!;
    full.data[i * n + i]! += mu;
  }
  const factor = luFactor(full);
  return {
    method: "lu",
    solve: (t) => (factor.status === "singular" ? t.map((v) => v / mu) : factor.solve(t)),
    conditionEstimate: () => factor.conditionEstimate(),
  };
}

/** (mu I + diag(D) M) x - t. O(n^2). */
export function rowResidual(
  gram: Dense,
  curvature: Float64Array,
  mu: number,
  x: Float64Array,
  t: Float64Array,
): Float64Array {
  const n = x.length;
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let s = 0;
    for (let j = 0; j < n; j++) s += gram.data[i * n + j]! * x[j]!;
    out[i] = mu * x[i]! - t[i]! + curvature[i]! * s;
  }
  return out;
}

/** sqrt(x^T M x) = ||G^T x||, the length in parameter space of what the row vector x stands for. */
export function liftedNorm(gram: Dense, x: Float64Array): number {
  const n = x.length;
  let total = 0;
  for (let i = 0; i < n; i++) {
    let s = 0;
    for (let j = 0; j < n; j++) s += gram.data[i * n + j]! * x[j]!;
    total += x[i]! * s;
  }
  return Math.sqrt(Math.max(0, total));
}
