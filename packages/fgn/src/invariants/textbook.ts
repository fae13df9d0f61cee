import { type Dense, dense, norm2 } from "@xent/linalg";
import type { Linearization } from "@xent/models";
import { crossEntropyGradient, crossEntropyRows } from "@xent/softmax-spectral";
import type { HeadCase } from "./cases.js";
import { logitsOf } from "./cases.js";

/** The linearization of a case: Jacobian of a linear head without bias (parameters C x D), plain loops. */
export function headLinearization(c: HeadCase, withGram = true): Linearization {
  return featureLinearization(c.features, logitsOf(c), withGram);
}

/** Logits of any origin with J v = X V^T. */
export function featureLinearization(
  x: readonly number[][],
  logits: Dense,
  withGram = true,
): Linearization {
  const { rows: B, cols: C } = logits;
  const D = x[0]!.length;
  const inner = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
    let s = 0;
    for (let k = 0; k < a.length; k++) s += a[k]! * b[k]!;
    return s;
  };
  const base: Linearization = {
    logits,
    parameterCount: C * D,
    jvp: (v, out = dense(B, C)) => {
      for (let i = 0; i < B; i++) {
        for (let j = 0; j < C; j++) {
          out.data[i * C + j] = inner(x[i]!, v.subarray(j * D, (j + 1) * D));
        }
      }
      return out;
    },
    vjp: (u, out = new Float64Array(C * D)) => {
      out.fill(0);
      for (let i = 0; i < B; i++) {
        for (let j = 0; j < C; j++) {
          for (let k = 0; k < D; k++) out[j * D + k]! += u.data[i * C + j]! * x[i]![k]!;
        }
      }
      return out;
    },
  };
  if (!withGram) return base;
  return {
    ...base,
    rowGram: (u, out = dense(B, B)) => {
      for (let i = 0; i < B; i++) {
        for (let j = 0; j < B; j++) {
          const uij = inner(
            u.data.subarray(i * C, (i + 1) * C),
            u.data.subarray(j * C, (j + 1) * C),
          );
          out.data[i * B + j] = inner(x[i]!, x[j]!) * uij;
        }
      }
      return out;
    },
  };
}

/** What the definitions say of a case, computed from the cross-entropy and its gradient alone. */
export interface Textbook {
  readonly linearization: Linearization;
  /** w_i, summing to one. */
  readonly shares: Float64Array;
  /** p_i, B x C. */
  readonly probabilities: Dense;
  /** Gradient of the weighted mean loss, length P. */
  readonly gradient: Float64Array;
  /** sum_i w_i |x_i|^2: no curvature matrix of the case has a larger trace, and J^T diag(w) J no larger norm. */
  readonly size: number;
  /** sum_i |g_i|, the gradient's norm if nothing cancelled. */
  readonly grossGradient: number;
  /** Damping of the case. */
  readonly damping: number;
  /** Condition bound (size + damping) / damping. */
  readonly condition: number;
  /** F v = sum_i w_i p (1-p) (v_i . J_i v) J_i^T v_i from e_y - q = (e_y - p) / (1 - p_y). */
  readonly fgn: (v: Float64Array) => Float64Array;
  /** GGN v from diag p - p p^T. */
  readonly ggn: (v: Float64Array) => Float64Array;
  /** sum_i w_i g_i g_i^T v. */
  readonly fisher: (v: Float64Array) => Float64Array;
}

/** @param weighted - with the weights of the case; else every example counts alike. */
export function textbook(c: HeadCase, weighted = false): Textbook {
  const linearization = headLinearization(c);
  const { logits } = linearization;
  const { rows: B, cols: C } = logits;
  const weights = weighted ? c.weights : c.weights.map(() => 1);
  const total = weights.reduce((a, b) => a + b);
  const shares = Float64Array.from(weights, (w) => w / total);
  // p - e_y of each example, right to the last digits also where p_y rounds to 1.
  const slopes = crossEntropyGradient(logits, c.labels, { reduction: "sum" });
  const losses = crossEntropyRows(logits, c.labels);
  const probabilities = dense(B, C, slopes.data.slice());
  const p = new Float64Array(B);
  const rest = new Float64Array(B);
  for (let i = 0; i < B; i++) {
    p[i] = Math.exp(-losses[i]!);
    rest[i] = -slopes.data[i * C + c.labels[i]!]!;
    probabilities.data[i * C + c.labels[i]!] = p[i]!;
  }
  const blockwise =
    (block: (i: number, a: Float64Array, out: Float64Array) => void) =>
    (v: Float64Array): Float64Array => {
      const a = linearization.jvp(v);
      const out = dense(B, C);
      for (let i = 0; i < B; i++) {
        const span = [i * C, (i + 1) * C] as const;
        block(i, a.data.subarray(...span), out.data.subarray(...span));
      }
      return linearization.vjp(out);
    };
  const alongSlope = (i: number, a: Float64Array): number =>
    a.reduce((s, x, j) => s + slopes.data[i * C + j]! * x, 0);
  const scaled = dense(B, C);
  let size = 0;
  let grossGradient = 0;
  for (let i = 0; i < B; i++) {
    let square = 0;
    for (let j = 0; j < C; j++) {
      scaled.data[i * C + j] = shares[i]! * slopes.data[i * C + j]!;
      square += slopes.data[i * C + j]! ** 2;
    }
    const length = norm2(c.features[i]!);
    size += shares[i]! * length ** 2;
    grossGradient += shares[i]! * length * Math.sqrt(square);
  }
  const damping = size === 0 ? c.relativeDamping : size * c.relativeDamping;
  return {
    linearization,
    shares,
    probabilities,
    gradient: linearization.vjp(scaled),
    size,
    grossGradient,
    damping,
    condition: (size + damping) / damping,
    fgn: blockwise((i, a, out) => {
      if (rest[i] === 0) return;
      const s = (shares[i]! * p[i]! * alongSlope(i, a)) / rest[i]!;
      for (let j = 0; j < C; j++) out[j] = s * slopes.data[i * C + j]!;
    }),
    ggn: blockwise((i, a, out) => {
      const row = probabilities.data.subarray(i * C, (i + 1) * C);
      const mean = a.reduce((s, x, j) => s + row[j]! * x, 0);
      for (let j = 0; j < C; j++) out[j] = shares[i]! * (row[j]! * a[j]! - row[j]! * mean);
    }),
    fisher: blockwise((i, a, out) => {
      const s = shares[i]! * alongSlope(i, a);
      for (let j = 0; j < C; j++) out[j] = s * slopes.data[i * C + j]!;
    }),
  };
}

/** Terms of all sums that a product with a curvature matrix is made of, and some roundings for exp and log. */
export function terms(c: HeadCase): number {
  return c.features.length + c.features[0]!.length + c.logits[0]!.length + 20;
}

/** ||a - b||. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return norm2(Float64Array.from(a, (x, k) => x - b[k]!));
}
