import { type Dense, dense } from "./dense.js";
import { DimensionError } from "./errors.js";
import { product, type Strided } from "./packed-product.js";
import { requireLength, requireNoOverlap, requireShape } from "./validate.js";

/** `out`, or a new matrix; it must not share memory with what is read while it is written. */
function outFor(out: Dense | undefined, rows: number, cols: number, a: Dense, b: Dense): Dense {
  requireShape("a", a, a.rows, a.cols);
  requireShape("b", b, b.rows, b.cols);
  if (out === undefined) return dense(rows, cols);
  requireShape("out", out, out.rows, out.cols);
  if (out.rows !== rows || out.cols !== cols) {
    throw new DimensionError(`out is ${out.rows} x ${out.cols}, expected ${rows} x ${cols}`);
  }
  requireNoOverlap("out", out.data, "a", a.data);
  requireNoOverlap("out", out.data, "b", b.data);
  return out;
}

function plain({ data, cols }: Dense): Strided {
  return { data, rowStride: cols, colStride: 1 };
}

function transposed({ data, cols }: Dense): Strided {
  return { data, rowStride: 1, colStride: cols };
}

/**
 * A B. `a` is m x n, `b` is n x p; the result m x p, written to `out` when given.
 *
 * Every entry is the plain sum over k in ascending order, so the three forms of the product agree to
 * the last bit, and |error| <= gamma_n |A| |B|. O(m n p), blocked for caches and registers.
 *
 * @throws {@link DimensionError} for sizes that do not fit; {@link DomainError} when `out` shares
 *   memory with a factor.
 */
export function multiply(a: Dense, b: Dense, out?: Dense): Dense {
  if (a.cols !== b.rows) {
    throw new DimensionError(
      `a is ${a.rows} x ${a.cols}, b is ${b.rows} x ${b.cols}: inner sizes differ`,
    );
  }
  const c = outFor(out, a.rows, b.cols, a, b);
  product(a.rows, a.cols, b.cols, plain(a), plain(b), c.data);
  return c;
}

/** A^T B. `a` is n x m, `b` is n x p; the result m x p. See {@link multiply}. */
export function multiplyTransposeA(a: Dense, b: Dense, out?: Dense): Dense {
  if (a.rows !== b.rows) {
    throw new DimensionError(
      `a is ${a.rows} x ${a.cols}, b is ${b.rows} x ${b.cols}: row counts differ`,
    );
  }
  const c = outFor(out, a.cols, b.cols, a, b);
  product(a.cols, a.rows, b.cols, transposed(a), plain(b), c.data);
  return c;
}

/** A B^T. `a` is m x n, `b` is p x n; the result m x p. See {@link multiply}. */
export function multiplyTransposeB(a: Dense, b: Dense, out?: Dense): Dense {
  if (a.cols !== b.cols) {
    throw new DimensionError(
      `a is ${a.rows} x ${a.cols}, b is ${b.rows} x ${b.cols}: column counts differ`,
    );
  }
  const c = outFor(out, a.rows, b.rows, a, b);
  product(a.rows, a.cols, b.rows, plain(a), transposed(b), c.data);
  return c;
}

/**
 * A x. `a` is m x n, `x` has length n; the result length m. O(m n).
 *
 * @throws {@link DimensionError} for sizes that do not fit; {@link DomainError} when `out` shares memory with `x`.
 */
export function multiplyVector(
  a: Dense,
  x: ArrayLike<number>,
  out: Float64Array = new Float64Array(a.rows),
): Float64Array {
  requireShape("a", a, a.rows, a.cols);
  requireLength("x", x, a.cols);
  requireLength("out", out, a.rows);
  requireNoOverlap("out", out, "x", x);
  for (let i = 0; i < a.rows; i++) {
    let s = 0;
    for (let j = 0; j < a.cols; j++) s += a.data[i * a.cols + j]! * x[j]!;
    out[i] = s;
  }
  return out;
}

/** A^T y. `a` is m x n, `y` has length m; the result length n. See {@link multiplyVector}. */
export function multiplyTransposeVector(
  a: Dense,
  y: ArrayLike<number>,
  out: Float64Array = new Float64Array(a.cols),
): Float64Array {
  requireShape("a", a, a.rows, a.cols);
  requireLength("y", y, a.rows);
  requireLength("out", out, a.cols);
  requireNoOverlap("out", out, "y", y);
  out.fill(0);
  for (let i = 0; i < a.rows; i++) {
    const s = y[i]!;
    for (let j = 0; j < a.cols; j++) out[j]! += s * a.data[i * a.cols + j]!;
  }
  return out;
}
