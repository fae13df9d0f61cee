import { type AnyInvariant, defineInvariant, unitRoundoff, worstQuotient } from "@xent/invariants";
import * as fc from "fast-check";
import { type Dense, dense } from "../dense.js";
import {
  absolute,
  difference,
  exponent,
  gamma,
  length2,
  naiveProduct,
  naiveTranspose,
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

/** Factorisations by elimination. */
export function eliminationInvariants(): AnyInvariant<LinalgSubject>[] {
  const definite = fc.record({
    n: size(0, 14),
    seed,
    b: seed,
    spectrum: spectrumCase(12),
    scale: exponent,
  });
  const definiteOf = (
    c: typeof definite extends fc.Arbitrary<infer T> ? T : never,
    subject: LinalgSubject,
  ): Dense => {
    const scale = scaleOf(subject, c.scale);
    // Positive definite beyond rounding: Demmel's condition n^1.5 u < lambda_min.
    const decades = unitRoundoff(subject) > 2 ** -53 ? c.spectrum.decades / 3 : c.spectrum.decades;
    return symmetricSpectral(
      spectrumOf({ ...c.spectrum, decades }, c.n).map((v) => v * scale),
      c.seed,
    ).matrix;
  };
  const square = fc.record({
    n: size(0, 14),
    seed,
    b: seed,
    spectrum: spectrumCase(16),
    scale: exponent,
  });
  const squareOf = (
    c: typeof square extends fc.Arbitrary<infer T> ? T : never,
    subject: LinalgSubject,
  ): Dense => {
    const scale = scaleOf(subject, c.scale);
    const values = spectrumOf(c.spectrum, c.n).map((v) => v * scale);
    return spectral(c.n, c.n, values, c.seed).matrix;
  };
  return [
    define({
      id: "linalg/cholesky-reconstructs",
      statement: "L L^T = A + E with |E| <= gamma_(n+1) |L| |L^T|, L lower triangular",
      source: "Higham, Accuracy and Stability, 2nd ed., Theorem 10.3",
      arbitrary: definite,
      measure: (c, subject) => {
        const a = definiteOf(c, subject);
        const factor = subject.cholesky(a);
        if (factor.status !== "positive-definite") return { error: Infinity, tolerance: 0 };
        const l = factor.lower;
        let lower = true;
        for (let i = 0; i < c.n; i++) {
          for (let j = i + 1; j < c.n; j++) lower &&= l.data[i * c.n + j] === 0;
        }
        const t = naiveTranspose(l);
        const bound = naiveProduct(absolute(l), absolute(t)).data;
        return {
          error: lower
            ? worstQuotient(difference(naiveProduct(l, t).data, a.data), bound)
            : Infinity,
          // Once more gamma_n for the product that compares.
          tolerance: gamma(2 * c.n + 2, subject),
        };
      },
    }),
    define({
      id: "linalg/cholesky-solves",
      statement: "|A x - b| <= gamma_(3n+1) |L| |L^T| |x| for x = solve(b), and solveMatrix agrees",
      source: "Higham, Accuracy and Stability, 2nd ed., Theorem 10.4",
      arbitrary: definite,
      measure: (c, subject) => {
        const a = definiteOf(c, subject);
        const factor = subject.cholesky(a);
        if (factor.status !== "positive-definite") return { error: Infinity, tolerance: 0 };
        const b = vectorOf(c.n, c.b);
        const x = factor.solve(b);
        const column = dense(c.n, 1, x);
        const size_ = naiveProduct(
          absolute(factor.lower),
          naiveProduct(absolute(naiveTranspose(factor.lower)), absolute(column)),
        );
        const same = factor.solveMatrix(dense(c.n, 1, b)).data.every((v, i) => v === x[i]);
        return {
          error: same
            ? worstQuotient(difference(naiveProduct(a, column).data, b), size_.data)
            : Infinity,
          // The residual itself rounds n times.
          tolerance: gamma(4 * c.n + 4, subject),
        };
      },
    }),
    define({
      id: "linalg/cholesky-detects-indefinite",
      statement: "a matrix with an eigenvalue -0.1 times the largest is not positive definite",
      source: "A = L L^T is positive semi-definite",
      arbitrary: fc.record({ n: size(1, 14), seed, spectrum: spectrumCase(12), scale: exponent }),
      measure: (c, subject) => {
        const values = spectrumOf(c.spectrum, c.n);
        values[c.n - 1] = -0.1;
        const scale = scaleOf(subject, c.scale);
        const { matrix } = symmetricSpectral(
          values.map((v) => v * scale),
          c.seed,
        );
        const { status } = subject.cholesky(matrix);
        return { error: status === "not-positive-definite" ? 0 : 1, tolerance: 0 };
      },
    }),
    define({
      id: "linalg/lu-reconstructs",
      statement: "P A = L U + E with |E| <= gamma_n |L| |U|, multipliers at most 1",
      source: "Higham, Accuracy and Stability, 2nd ed., Theorem 9.3",
      arbitrary: square,
      measure: (c, subject) => {
        const a = squareOf(c, subject);
        const { packed, permutation } = subject.luFactor(a);
        const n = c.n;
        const lower = dense(n, n);
        const upper = dense(n, n);
        const permuted = dense(n, n);
        let pivoted = true;
        for (let i = 0; i < n; i++) {
          lower.data[i * n + i] = 1;
          for (let j = 0; j < n; j++) {
            const v = packed.data[i * n + j]!;
            (j < i ? lower : upper).data[i * n + j] = v;
            if (j < i) pivoted &&= Math.abs(v) <= 1;
            permuted.data[i * n + j] = a.data[permutation[i]! * n + j]!;
          }
        }
        const bound = naiveProduct(absolute(lower), absolute(upper)).data;
        return {
          error: pivoted
            ? worstQuotient(difference(naiveProduct(lower, upper).data, permuted.data), bound)
            : Infinity,
          tolerance: gamma(2 * n + 2, subject),
        };
      },
    }),
    define({
      id: "linalg/lu-solves",
      statement: "A x = b and A^T y = b to a backward error of gamma_3n |L| |U| in norm",
      source: "Higham, Accuracy and Stability, 2nd ed., Theorem 9.4",
      arbitrary: fc.record({
        n: size(0, 14),
        seed,
        b: seed,
        spectrum: spectrumCase(8),
        scale: exponent,
      }),
      measure: (c, subject) => {
        const a = squareOf(c, subject);
        const n = c.n;
        const lu = subject.luFactor(a);
        const b = vectorOf(n, c.b);
        const x = dense(n, 1, lu.solve(b));
        const y = dense(n, 1, lu.solveTranspose(b));
        const r = length2(difference(naiveProduct(a, x).data, b));
        const s = length2(difference(naiveProduct(naiveTranspose(a), y).data, b));
        // || |L| ||_F <= n with multipliers of at most 1; |U| as it came out, so that growth is not assumed.
        const upper = length2(lu.packed.data.filter((_, k) => k % n >= Math.floor(k / n)));
        const size_ = (n + 1) * upper;
        return {
          error: n === 0 ? 0 : Math.max(r / length2(x.data), s / length2(y.data)),
          tolerance: gamma(4 * n + 4, subject) * size_,
        };
      },
    }),
    define({
      id: "linalg/log-determinant-of-known-spectrum",
      statement: "log |det A| = sum log s_i, by LU and (symmetric positive definite) by Cholesky",
      source: "multiplicativity of the determinant",
      arbitrary: fc.record({
        n: size(0, 12),
        seed,
        b: seed,
        spectrum: spectrumCase(6),
        scale: exponent,
      }),
      measure: (c, subject) => {
        const scale = scaleOf(subject, c.scale);
        const values = spectrumOf(c.spectrum, c.n);
        const expected = values.reduce((s, v) => s + Math.log(v) + Math.log(scale), 0);
        const general = subject.luFactor(squareOf(c, subject)).logAbsDeterminant;
        const a = symmetricSpectral(
          values.map((v) => v * scale),
          c.seed,
        ).matrix;
        const factor = subject.cholesky(a);
        if (factor.status !== "positive-definite") return { error: Infinity, tolerance: 0 };
        // d log det = trace(A^-1 dA): at most n kappa times the relative error of A, which is that of making it and
        // n |L| |U| / |A| <= n^2 (no growth seen beyond n) times gamma_n.
        const kappa = 10 ** c.spectrum.decades;
        const relative = spectralRounding(c.n, c.n) + c.n ** 2 * gamma(2 * c.n + 2, subject);
        return {
          error: Math.max(Math.abs(general - expected), Math.abs(factor.logDeterminant - expected)),
          tolerance:
            c.n * kappa * relative + 8 * (c.n + 1) * unitRoundoff(subject) * (300 * c.n + 1),
        };
      },
    }),
  ];
}
