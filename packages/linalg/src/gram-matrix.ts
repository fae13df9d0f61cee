import { simdGram } from "@xent/kernels";
import { type Dense, dense } from "./dense.js";
import { multiplyTransposeB } from "./product.js";
import { requireNoOverlap, requireShape } from "./validate.js";

/** Rows of a block: large enough for the blocked product, small enough that little above the diagonal is computed. */
const BLOCK = 64;

/**
 * A A^T, m x m for an m x n matrix: blocks on and below the diagonal are computed and mirrored, so the result is
 * exactly symmetric, and equal to `multiplyTransposeB(a, a)` to the last bit. About m^2 n / 2 multiplications.
 *
 * @param out - m x m; must not share memory with `a`.
 * @throws {@link DimensionError} | {@link DomainError} for a wrong `out`.
 */
export function gramMatrix(a: Dense, out: Dense = dense(a.rows, a.rows)): Dense {
  const { rows: m, cols: n } = a;
  requireShape("a", a, m, n);
  requireShape("out", out, m, m);
  requireNoOverlap("out", out.data, "a", a.data);
  if (simdGram(m, n, a.data, out.data)) return out;
  if (m <= BLOCK) return multiplyTransposeB(a, a, out);
  for (let start = 0; start < m; start += BLOCK) {
    const end = Math.min(m, start + BLOCK);
    const upTo = dense(end, n, a.data.subarray(0, end * n));
    const block = multiplyTransposeB(
      dense(end - start, n, a.data.subarray(start * n, end * n)),
      upTo,
    );
    for (let i = start; i < end; i++) {
      for (let j = 0; j <= i; j++) {
        const value = block.data[(i - start) * end + j]!;
        out.data[i * m + j] = value;
        out.data[j * m + i] = value;
      }
    }
  }
  return out;
}
