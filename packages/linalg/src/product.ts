import { type Dense, dense } from "./dense.js";
import { DimensionError } from "./errors.js";
import { requireLength } from "./validate.js";

function outFor(out: Dense | undefined, rows: number, cols: number): Dense {
  if (out === undefined) return dense(rows, cols);
  if (out.rows !== rows || out.cols !== cols) {
    throw new DimensionError(`out is ${out.rows} x ${out.cols}, expected ${rows} x ${cols}`);
  }
  return out;
}

/** A B. `a` is m x n, `b` is n x p; the result m x p. O(m n p). */
export function multiply(a: Dense, b: Dense, out?: Dense): Dense {
  if (a.cols !== b.rows) {
    throw new DimensionError(
      `a is ${a.rows} x ${a.cols}, b is ${b.rows} x ${b.cols}: inner sizes differ`,
    );
  }
  const c = outFor(out, a.rows, b.cols);
  const { rows: m, cols: n } = a;
  const p = b.cols;
  c.data.fill(0);
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < n; k++) {
      const s = a.data[i * n + k]!;
      for (let j = 0; j < p; j++) c.data[i * p + j]! += s * b.data[k * p + j]!;
    }
  }
  return c;
}

/** A^T B. `a` is n x m, `b` is n x p; the result m x p. O(m n p). */
export function multiplyTransposeA(a: Dense, b: Dense, out?: Dense): Dense {
  if (a.rows !== b.rows) {
    throw new DimensionError(
      `a is ${a.rows} x ${a.cols}, b is ${b.rows} x ${b.cols}: row counts differ`,
    );
  }
  const c = outFor(out, a.cols, b.cols);
  const { rows: n, cols: m } = a;
  const p = b.cols;
  c.data.fill(0);
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < m; i++) {
      const s = a.data[k * m + i]!;
      for (let j = 0; j < p; j++) c.data[i * p + j]! += s * b.data[k * p + j]!;
    }
  }
  return c;
}

/** A B^T. `a` is m x n, `b` is p x n; the result m x p. O(m n p). */
export function multiplyTransposeB(a: Dense, b: Dense, out?: Dense): Dense {
  if (a.cols !== b.cols) {
    throw new DimensionError(
      `a is ${a.rows} x ${a.cols}, b is ${b.rows} x ${b.cols}: column counts differ`,
    );
  }
  const c = outFor(out, a.rows, b.rows);
  const { rows: m, cols: n } = a;
  const p = b.rows;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < p; j++) {
      let s = 0;
      for (let k = 0; k < n; k++) s += a.data[i * n + k]! * b.data[j * n + k]!;
      c.data[i * p + j] = s;
    }
  }
  return c;
}

/** A x. `a` is m x n, `x` has length n. */
export function multiplyVector(
  a: Dense,
  x: ArrayLike<number>,
  out: Float64Array = new Float64Array(a.rows),
): Float64Array {
  requireLength("x", x, a.cols);
  requireLength("out", out, a.rows);
  for (let i = 0; i < a.rows; i++) {
    let s = 0;
    for (let j = 0; j < a.cols; j++) s += a.data[i * a.cols + j]! * x[j]!;
    out[i] = s;
  }
  return out;
}

/** A^T y. `a` is m x n, `y` has length m. */
export function multiplyTransposeVector(
  a: Dense,
  y: ArrayLike<number>,
  out: Float64Array = new Float64Array(a.cols),
): Float64Array {
  requireLength("y", y, a.rows);
  requireLength("out", out, a.cols);
  out.fill(0);
  for (let i = 0; i < a.rows; i++) {
    const s = y[i]!;
    for (let j = 0; j < a.cols; j++) out[j]! += s * a.data[i * a.cols + j]!;
  }
  return out;
}
