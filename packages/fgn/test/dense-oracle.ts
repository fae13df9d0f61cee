import { type Dense, dense, luSolve, SeededRandom } from "@xent/linalg";
import type { Linearization } from "@xent/models";

/** Everything in full matrices and the textbook formulas: independent of the package, for ordinary margins. */
export interface Oracle {
  readonly gradient: Float64Array;
  readonly fgn: Dense;
  readonly ggn: Dense;
  readonly within: Dense;
}

export interface OracleOptions {
  readonly weights?: ArrayLike<number>;
  readonly targets?: Dense;
  readonly smoothing?: number;
}

/** J_i as C x P matrices, column by column from unit vectors. */
function jacobians(lin: Linearization): Dense[] {
  const { rows, cols } = lin.logits;
  const P = lin.parameterCount;
  const js = Array.from({ length: rows }, () => dense(cols, P));
  for (let k = 0; k < P; k++) {
    const unit = new Float64Array(P);
    unit[k] = 1;
    const a = lin.jvp(unit);
    for (let i = 0; i < rows; i++) {
      for (let c = 0; c < cols; c++) js[i]!.data[c * P + k] = a.data[i * cols + c]!;
    }
  }
  return js;
}

export function oracle(
  lin: Linearization,
  labels: ArrayLike<number>,
  options: OracleOptions = {},
): Oracle {
  const { rows, cols, data } = lin.logits;
  const P = lin.parameterCount;
  const js = jacobians(lin);
  const raw = Array.from({ length: rows }, (_, i) => options.weights?.[i] ?? 1);
  const total = raw.reduce((a, b) => a + b);
  const gradient = new Float64Array(P);
  const matrices = [0, 1, 2].map(() => dense(P, P));
  for (let i = 0; i < rows; i++) {
    const w = raw[i]! / total;
    const z = data.subarray(i * cols, (i + 1) * cols);
    const m = Math.max(...z);
    const e = Array.from(z, (v) => Math.exp(v - m));
    const p = e.map((v) => v / e.reduce((a, b) => a + b));
    const y = labels[i]!;
    const eps = options.smoothing ?? 0;
    const t = p.map(
      (_, c) => (1 - eps) * (options.targets?.data[i * cols + c] ?? (c === y ? 1 : 0)) + eps / cols,
    );
    const q = p.map((v, c) => (c === y ? 0 : v / (1 - p[y]!)));
    const v = q.map((s, c) => (c === y ? 1 : 0) - s);
    const blocks: ((a: number, b: number) => number)[] = [
      (a, b) => p[y]! * (1 - p[y]!) * v[a]! * v[b]!,
      (a, b) => (a === b ? p[a]! : 0) - p[a]! * p[b]!,
      (a, b) => (1 - p[y]!) * ((a === b ? q[a]! : 0) - q[a]! * q[b]!),
    ];
    const j = js[i]!.data;
    for (let a = 0; a < cols; a++) {
      for (let k = 0; k < P; k++) gradient[k]! += w * (p[a]! - t[a]!) * j[a * P + k]!;
      for (let b = 0; b < cols; b++) {
        matrices.forEach((matrix, index) => {
          const s = w * blocks[index]!(a, b);
          for (let k = 0; k < P; k++) {
            for (let l = 0; l < P; l++) {
              matrix.data[k * P + l]! += s * j[a * P + k]! * j[b * P + l]!;
            }
          }
        });
      }
    }
  }
  return { gradient, fgn: matrices[0]!, ggn: matrices[1]!, within: matrices[2]! };
}

/** (H + diag(mu)) d = -g by Gaussian elimination. */
export function dampedSolve(h: Dense, mu: ArrayLike<number>, g: Float64Array): Float64Array {
  const system = dense(h.rows, h.cols, h.data.slice());
  for (let k = 0; k < h.rows; k++) system.data[k * h.rows + k]! += mu[k]!;
  return luSolve(
    system,
    g.map((v) => -v),
  );
}

export function randomDense(rows: number, cols: number, seed: number, scale = 1): Dense {
  return dense(rows, cols, new SeededRandom(seed).normals(rows * cols, scale));
}

export function randomLabels(rows: number, classes: number, seed: number): Int32Array {
  const random = new SeededRandom(seed);
  return Int32Array.from({ length: rows }, () => random.integer(classes));
}

/** ||a - b|| / ||b||. */
export function relativeDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let top = 0;
  let bottom = 0;
  for (let i = 0; i < b.length; i++) {
    top += (a[i]! - b[i]!) ** 2;
    bottom += b[i]! ** 2;
  }
  return top === 0 ? 0 : Math.sqrt(top / bottom);
}
