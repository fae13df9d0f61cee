import { type Dense, dense, multiplyTransposeA, multiplyTransposeB } from "@xent/linalg";
import type { Linearization } from "@xent/models";

/** Logits X W^T, parameters W (C x D) row by row: the smallest model there is, independent of `@xent/models`. */
export function testHead(x: Dense, w: Dense, withGram = true): Linearization {
  const matrix = (v: Float64Array): Dense => dense(w.rows, w.cols, v);
  const base: Linearization = {
    logits: multiplyTransposeB(x, w),
    parameterCount: w.data.length,
    jvp: (v, out) => multiplyTransposeB(x, matrix(v), out),
    vjp: (u, out = new Float64Array(w.data.length)) => {
      multiplyTransposeA(u, x, matrix(out));
      return out;
    },
  };
  if (!withGram) return base;
  return {
    ...base,
    rowGram: (u, out) => {
      const g = multiplyTransposeB(x, x, out);
      const uu = multiplyTransposeB(u, u);
      for (let k = 0; k < g.data.length; k++) g.data[k]! *= uu.data[k]!;
      return g;
    },
  };
}
