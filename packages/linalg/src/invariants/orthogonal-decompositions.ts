import { type AnyInvariant, defineInvariant, unitRoundoff } from "@xent/invariants";
import * as fc from "fast-check";
import { type Dense, dense } from "../dense.js";
import {
  difference,
  exponent,
  length2,
  matrixOf,
  naiveProduct,
  naiveTranspose,
  orthogonalityDefect,
  scaleOf,
  seed,
  size,
  spectral,
  spectralRounding,
  spectrumCase,
  spectrumOf,
  symmetricSpectral,
  vectorOf,
} from "./cases.js";
import type { LinalgSubject } from "./subject.js";

const define = defineInvariant<LinalgSubject>();

/** A rectangular matrix by its spectrum (full rank, 0 to 16 decades), or raw: zeros, ties, repeated rows. */
const rectangular = fc.record({
  rows: size(0, 12),
  cols: size(0, 12),
  seed,
  spectrum: spectrumCase(16),
  raw: fc.option(fc.constantFrom("whole" as const, "repeated" as const, "graded" as const)),
  scale: exponent,
});

type Rectangular = typeof rectangular extends fc.Arbitrary<infer T> ? T : never;

function rectangularOf(c: Rectangular, subject: LinalgSubject): Dense {
  const scale = scaleOf(subject, c.scale);
  if (c.raw !== null) return matrixOf({ ...c, entries: c.raw }, scale);
  const values = spectrumOf(c.spectrum, Math.min(c.rows, c.cols)).map((s) => s * scale);
  return spectral(c.rows, c.cols, values, c.seed).matrix;
}

/**
 * Relative backward error of a sequence of orthogonal transformations of an m x n matrix, in units of u:
 * Higham, Theorem 19.4 and Lemma 19.3, has gamma of c m r for r reflections of length m, c a small
 * constant; an iterative algorithm (QL, Golub-Kahan) makes two or three sweeps of rotations for each value.
 */
function orthogonalTransformations(m: number, n: number): number {
  const large = Math.max(m, n) + 2;
  return 8 * large * (Math.min(m, n) + 2);
}

/** Frobenius norm of A - B C. */
function residual(a: Dense, b: Dense, c: Dense): number {
  return length2(difference(a.data, naiveProduct(b, c).data));
}

function withColumnsTimes(v: Dense, values: ArrayLike<number>): Dense {
  return dense(
    v.rows,
    v.cols,
    v.data.map((x, i) => x * values[i % v.cols]!),
  );
}

function monotone(values: ArrayLike<number>, sign: 1 | -1): boolean {
  for (let i = 1; i < values.length; i++) {
    if (!(sign * (values[i]! - values[i - 1]!) >= 0)) return false;
  }
  return true;
}

/** QR, SVD, symmetric eigenvalues. Every case at scales from 1e-129 to 1e129. */
export function orthogonalDecompositionInvariants(): AnyInvariant<LinalgSubject>[] {
  return [
    define({
      id: "linalg/qr-reconstructs",
      statement: "A = Q R, Q^T Q = I, R upper triangular with diagonal >= 0",
      source: "Higham, Accuracy and Stability, 2nd ed., Theorem 19.4",
      arbitrary: rectangular,
      measure: (c, subject) => {
        const a = rectangularOf(c, subject);
        const { q, r } = subject.qr(a);
        let shaped = q.cols === Math.min(a.rows, a.cols);
        for (let i = 0; i < r.rows; i++) {
          shaped &&= r.data[i * r.cols + i]! >= 0;
          for (let j = 0; j < i; j++) shaped &&= r.data[i * r.cols + j] === 0;
        }
        const norm = length2(a.data);
        const backward = norm === 0 ? residual(a, q, r) : residual(a, q, r) / norm;
        return {
          error: shaped ? Math.max(backward, orthogonalityDefect(q)) : Infinity,
          tolerance: orthogonalTransformations(a.rows, a.cols) * unitRoundoff(subject),
        };
      },
    }),
    define({
      id: "linalg/svd-reconstructs",
      statement: "A = U diag(s) V^T, U^T U = V^T V = I, s descending and >= 0",
      source: "Golub and Van Loan, Matrix Computations, 4th ed., 8.6",
      arbitrary: rectangular,
      measure: (c, subject) => {
        const a = rectangularOf(c, subject);
        const { u, values, v } = subject.svd(a);
        const shaped =
          values.length === Math.min(a.rows, a.cols) &&
          monotone(values, -1) &&
          values.every((s) => s >= 0);
        const gap = residual(a, withColumnsTimes(u, values), naiveTranspose(v));
        const norm = length2(a.data);
        const backward = norm === 0 ? gap : gap / norm;
        return {
          error: shaped
            ? Math.max(backward, orthogonalityDefect(u), orthogonalityDefect(v))
            : Infinity,
          tolerance: 2 * orthogonalTransformations(a.rows, a.cols) * unitRoundoff(subject),
        };
      },
    }),
    define({
      id: "linalg/singular-values-of-known-spectrum",
      statement: "the singular values of U diag(s) V^T are s, each to p(n) u s_1",
      source: "Weyl's inequality",
      arbitrary: fc.record({
        rows: size(1, 12),
        cols: size(1, 12),
        seed,
        spectrum: spectrumCase(16),
        scale: exponent,
      }),
      measure: (c, subject) => {
        const scale = scaleOf(subject, c.scale);
        const values = spectrumOf(c.spectrum, Math.min(c.rows, c.cols));
        const sorted = Float64Array.from(values).sort().reverse();
        const { matrix } = spectral(c.rows, c.cols, values, c.seed);
        const a = dense(
          c.rows,
          c.cols,
          matrix.data.map((v) => v * scale),
        );
        const found = subject.singularValues(a);
        const full = subject.svd(a).values;
        let worst = 0;
        sorted.forEach((s, i) => {
          worst = Math.max(worst, Math.abs(found[i]! / scale - s), Math.abs(full[i]! / scale - s));
        });
        return {
          error: worst,
          tolerance:
            2 * orthogonalTransformations(c.rows, c.cols) * unitRoundoff(subject) +
            spectralRounding(c.rows, c.cols),
        };
      },
    }),
    define({
      id: "linalg/symmetric-eigen-reconstructs",
      statement:
        "A = V diag(lambda) V^T, V^T V = I, lambda ascending, and lambda is the known spectrum",
      source: "Golub and Van Loan, Matrix Computations, 4th ed., 8.3; Weyl's inequality",
      arbitrary: fc.record({
        n: size(0, 14),
        seed,
        spectrum: spectrumCase(16),
        signs: fc.constantFrom("positive", "alternating", "one negative"),
        scale: exponent,
      }),
      measure: (c, subject) => {
        const scale = scaleOf(subject, c.scale);
        const known = spectrumOf(c.spectrum, c.n).map((v, i) =>
          (c.signs === "alternating" && i % 2 === 1) || (c.signs === "one negative" && i === 0)
            ? -v
            : v,
        );
        const { matrix } = symmetricSpectral(known, c.seed);
        const a = dense(
          c.n,
          c.n,
          matrix.data.map((v) => v * scale),
        );
        const { values, vectors } = subject.symmetricEigen(a);
        const back = residual(a, withColumnsTimes(vectors, values), naiveTranspose(vectors));
        let worst = Math.max(back / scale, orthogonalityDefect(vectors));
        known.sort().forEach((v, i) => {
          worst = Math.max(worst, Math.abs(values[i]! / scale - v));
        });
        return {
          error: monotone(values, 1) ? worst : Infinity,
          // The largest eigenvalue has modulus 1 before scaling; the Frobenius norm is at most sqrt n.
          tolerance:
            2 * Math.sqrt(c.n + 1) * orthogonalTransformations(c.n, c.n) * unitRoundoff(subject) +
            spectralRounding(c.n, c.n),
        };
      },
    }),
    define({
      id: "linalg/least-squares-normal-equations",
      statement: "the least-squares x solves A^T (b - A x) = 0 to its backward error",
      source: "Higham, Accuracy and Stability, 2nd ed., Theorem 20.3",
      arbitrary: fc.record({
        cols: size(1, 8),
        excess: size(0, 6),
        seed,
        b: seed,
        spectrum: spectrumCase(10),
        scale: exponent,
      }),
      measure: (c, subject) => {
        const rows = c.cols + c.excess;
        const scale = scaleOf(subject, c.scale);
        // Ten decades leave full rank beyond doubt in float64, three in float32.
        const decades =
          unitRoundoff(subject) > 2 ** -53 ? 0.3 * c.spectrum.decades : c.spectrum.decades;
        const values = spectrumOf({ ...c.spectrum, decades }, c.cols).map((s) => s * scale);
        const a = spectral(rows, c.cols, values, c.seed).matrix;
        const b = vectorOf(rows, c.b);
        const { x, status } = subject.leastSquares(a, b);
        const r = difference(b, naiveProduct(a, dense(c.cols, 1, x)).data);
        const normal = naiveProduct(naiveTranspose(a), dense(rows, 1, r)).data;
        const normA = length2(a.data);
        const sizes = normA * length2(x) + length2(b);
        return {
          error: status === "solved" ? length2(normal) / normA : Infinity,
          // (A + E)^T (b + f - (A + E) x) = 0: the change is at most 3 |E| (|b| + |A||x|) to first order; the sums above
          // round rows + cols times more.
          tolerance:
            4 *
            (orthogonalTransformations(rows, c.cols) + rows + c.cols) *
            unitRoundoff(subject) *
            sizes,
        };
      },
    }),
  ];
}
