import { type Dense, dense } from "@xent/linalg";
import type { Linearization } from "@xent/models";

/**
 * Gram matrix of the rows J_i^T u^k_i of several levels of cotangents u^k (B x C each), level by level,
 * from the closed form that the model has for one level.
 *
 * The block between levels k and l comes from Gram matrices of mixed cotangents: where the bits of
 * i and j differ, one of two mixtures has u^k in row i and u^l in row j, so 2 ceil(log2 B) mixtures
 * give all i != j; the diagonal comes from u^k + u^l.
 */
export function levelGram(linearization: Linearization, levels: readonly Dense[]): Dense {
  const gramOf = (u: Dense): Dense => linearization.rowGram!(u);
  const own = levels.map(gramOf);
  if (levels.length === 1) return own[0]!;
  const { rows: B, cols: C } = levels[0]!;
  const n = B * levels.length;
  const out = dense(n, n);
  const put = (k: number, i: number, l: number, j: number, value: number): void => {
    out.data[(k * B + i) * n + l * B + j] = value;
    out.data[(l * B + j) * n + k * B + i] = value;
  };
  const mixed = dense(B, C);
  for (let k = 0; k < levels.length; k++) {
    for (let i = 0; i < B; i++) {
      for (let j = 0; j <= i; j++) put(k, i, k, j, own[k]!.data[i * B + j]!);
    }
    for (let l = 0; l < k; l++) {
      const a = levels[k]!.data;
      const b = levels[l]!.data;
      for (let bit = 1; bit < B; bit *= 2) {
        for (const chosen of [0, bit]) {
          for (let i = 0; i < B; i++) {
            const source = (i & bit) === chosen ? a : b;
            mixed.data.set(source.subarray(i * C, (i + 1) * C), i * C);
          }
          const g = gramOf(mixed).data;
          for (let i = 0; i < B; i++) {
            if ((i & bit) !== chosen) continue;
            for (let j = 0; j < B; j++) if ((j & bit) !== chosen) put(k, i, l, j, g[i * B + j]!);
          }
        }
      }
      for (let m = 0; m < a.length; m++) mixed.data[m] = a[m]! + b[m]!;
      const sum = gramOf(mixed).data;
      for (let i = 0; i < B; i++) {
        const at = i * B + i;
        put(k, i, l, i, (sum[at]! - own[k]!.data[at]! - own[l]!.data[at]!) / 2);
      }
    }
  }
  return out;
}
