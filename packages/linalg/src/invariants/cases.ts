/** What the cases of the linear algebra invariants are made of, and norms that do not rest on the subject. */
import type { DeclaredPrecision } from "@xent/invariants";
import { unitRoundoff } from "@xent/invariants";
import * as fc from "fast-check";
import { type Dense, dense } from "../dense.js";
import { randomOrthonormal } from "../frames.js";
import { SeededRandom } from "../random.js";

export const seed: fc.Arbitrary<number> = fc.integer({ min: 0, max: 0x7fffffff });

/** Binary exponent of a scale: 2^-430 to 2^430 is 1e-129 to 1e129; the ends and 0 are drawn on purpose. */
export const exponent: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, 430, -430),
  fc.integer({ min: -430, max: 430 }),
);

/** The scale of a case: a power of two, so that scaling is exact; a tenth of the exponent in single precision. */
export function scaleOf(subject: DeclaredPrecision, binaryExponent: number): number {
  const part = unitRoundoff(subject) > 2 ** -53 ? 0.1 : 1;
  return 2 ** Math.trunc(binaryExponent * part);
}

/** Relative error of n roundings. */
export function gamma(n: number, subject: DeclaredPrecision): number {
  const nu = n * unitRoundoff(subject);
  return nu / (1 - nu);
}

/** A matrix drawn from a seed. Whole numbers give ties, zeros and exact cancellation; repeated rows give rank one more often. */
export interface MatrixCase {
  readonly rows: number;
  readonly cols: number;
  readonly seed: number;
  readonly entries: "normal" | "whole" | "repeated" | "graded";
}

export function matrixCase(
  rows: fc.Arbitrary<number>,
  cols: fc.Arbitrary<number>,
): fc.Arbitrary<MatrixCase> {
  return fc.record<MatrixCase>({
    rows,
    cols,
    seed,
    entries: fc.constantFrom("normal", "whole", "repeated", "graded"),
  });
}

export function size(min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min, max });
}

/** The matrix of a case times `scale`. "graded" spans 2^-20 to 2^20. */
export function matrixOf({ rows, cols, seed: s, entries }: MatrixCase, scale = 1): Dense {
  const random = new SeededRandom(s);
  const data = random.normals(rows * cols);
  for (let i = 0; i < data.length; i++) {
    if (entries === "whole") data[i] = random.integer(7) - 3;
    if (entries === "repeated") data[i] = data[i % Math.max(1, cols)]!;
    if (entries === "graded") data[i]! *= 2 ** (random.integer(41) - 20);
  }
  return dense(
    rows,
    cols,
    data.map((v) => v * scale),
  );
}

export function vectorOf(length: number, s: number, scale = 1): Float64Array {
  return new SeededRandom(s).normals(length, scale);
}

/** A spectrum: positive values, the largest 1, the smallest 10^-decades. */
export interface SpectrumCase {
  readonly decades: number;
  readonly shape: "geometric" | "two clusters" | "one small" | "one large" | "equal";
}

export function spectrumCase(maxDecades: number): fc.Arbitrary<SpectrumCase> {
  return fc.record({
    decades: fc.oneof(fc.constantFrom(0, maxDecades), fc.integer({ min: 0, max: maxDecades })),
    shape: fc.constantFrom("geometric", "two clusters", "one small", "one large", "equal"),
  });
}

/** Descending, length n. */
export function spectrumOf({ decades, shape }: SpectrumCase, n: number): Float64Array {
  const least = 10 ** -decades;
  return Float64Array.from({ length: n }, (_, i) => {
    switch (shape) {
      case "geometric":
        return n === 1 ? 1 : least ** (i / (n - 1));
      case "two clusters":
        return i < n / 2 ? 1 : least;
      case "one small":
        return i < n - 1 || n === 1 ? 1 : least;
      case "one large":
        return i === 0 ? 1 : least;
      case "equal":
        return 1;
    }
  });
}

/** U diag(values) V^T with orthonormal U (rows x r) and V (cols x r), r = values.length. */
export interface Spectral {
  readonly matrix: Dense;
  readonly u: Dense;
  readonly v: Dense;
}

export function spectral(
  rows: number,
  cols: number,
  values: ArrayLike<number>,
  s: number,
): Spectral {
  const random = new SeededRandom(s);
  const u = randomOrthonormal(rows, values.length, random);
  const v = randomOrthonormal(cols, values.length, random);
  return { matrix: between(u, values, v), u, v };
}

/** V diag(values) V^T, symmetric to the last bit. */
export function symmetricSpectral(values: ArrayLike<number>, s: number): Spectral {
  const n = values.length;
  const v = randomOrthonormal(n, n, new SeededRandom(s));
  const matrix = between(v, values, v);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) matrix.data[j * n + i] = matrix.data[i * n + j]!;
  }
  return { matrix, u: v, v };
}

/**
 * Distance of the spectrum of a {@link spectral} matrix of scale 1 from the values it was made of: U
 * and V are orthonormal to about 4 n sqrt(n) u each, and every entry is a sum of r products.
 */
export function spectralRounding(rows: number, cols: number): number {
  const n = Math.max(rows, cols);
  return 16 * n * Math.sqrt(n) * 2 ** -53;
}

function between(u: Dense, values: ArrayLike<number>, v: Dense): Dense {
  const r = values.length;
  const matrix = dense(u.rows, v.rows);
  for (let i = 0; i < u.rows; i++) {
    for (let j = 0; j < v.rows; j++) {
      let s = 0;
      for (let k = 0; k < r; k++) s += u.data[i * r + k]! * values[k]! * v.data[j * r + k]!;
      matrix.data[i * v.rows + j] = s;
    }
  }
  return matrix;
}

/** Euclidean norm by `Math.hypot`, which neither overflows nor accumulates rounding. */
export function length2(x: ArrayLike<number>): number {
  let total = 0;
  // In parts: arguments are spread over the stack.
  const all = Array.from(x);
  for (let i = 0; i < all.length; i += 1024) {
    total = Math.hypot(total, ...all.slice(i, i + 1024));
  }
  return total;
}

/** sum |x_i|. */
export function length1(x: ArrayLike<number>): number {
  let s = 0;
  for (let i = 0; i < x.length; i++) s += Math.abs(x[i]!);
  return s;
}

/** Entry by entry a - b. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: a.length }, (_, i) => a[i]! - b[i]!);
}

/** The plain sum of products, entry by entry: the definition. */
export function naiveProduct(a: Dense, b: Dense): Dense {
  const c = dense(a.rows, b.cols);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.cols; j++) {
      let s = 0;
      for (let k = 0; k < a.cols; k++) s += a.data[i * a.cols + k]! * b.data[k * b.cols + j]!;
      c.data[i * b.cols + j] = s;
    }
  }
  return c;
}

export function naiveTranspose(a: Dense): Dense {
  return dense(
    a.cols,
    a.rows,
    Float64Array.from(
      { length: a.rows * a.cols },
      (_, k) => a.data[(k % a.rows) * a.cols + Math.floor(k / a.rows)]!,
    ),
  );
}

export function absolute(a: Dense): Dense {
  return dense(a.rows, a.cols, a.data.map(Math.abs));
}

/** ||Q^T Q - I||_F for the columns of q. */
export function orthogonalityDefect(q: Dense): number {
  const gram = naiveProduct(naiveTranspose(q), q);
  for (let i = 0; i < q.cols; i++) gram.data[i * (q.cols + 1)]! -= 1;
  return length2(gram.data);
}
