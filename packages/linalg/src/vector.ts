import { requireLength } from "./validate.js";

/** x . y, plain summation. */
export function dot(x: ArrayLike<number>, y: ArrayLike<number>): number {
  requireLength("y", y, x.length);
  let s = 0;
  for (let i = 0; i < x.length; i++) s += x[i]! * y[i]!;
  return s;
}

/** y += alpha x, in place; returns y. */
export function axpy(alpha: number, x: ArrayLike<number>, y: Float64Array): Float64Array {
  requireLength("y", y, x.length);
  for (let i = 0; i < x.length; i++) y[i]! += alpha * x[i]!;
  return y;
}

/** x *= alpha, in place; returns x. */
export function scale(alpha: number, x: Float64Array): Float64Array {
  for (let i = 0; i < x.length; i++) x[i]! *= alpha;
  return x;
}

/** Largest |x_i|; 0 for an empty vector. */
export function normInf(x: ArrayLike<number>): number {
  let m = 0;
  for (let i = 0; i < x.length; i++) m = Math.max(m, Math.abs(x[i]!));
  return m;
}

/**
 * Euclidean norm; neither overflows nor underflows while the result is representable. The plain
 * sum of squares is used when it is safely inside the range, a scaled sum otherwise.
 */
export function norm2(x: ArrayLike<number>): number {
  let s = 0;
  for (let i = 0; i < x.length; i++) s += x[i]! * x[i]!;
  if (s > 1e-280 && s < 1e280) return Math.sqrt(s);
  const m = normInf(x);
  if (m === 0 || !(m < Infinity)) return m;
  s = 0;
  for (let i = 0; i < x.length; i++) s += (x[i]! / m) ** 2;
  return m * Math.sqrt(s);
}
