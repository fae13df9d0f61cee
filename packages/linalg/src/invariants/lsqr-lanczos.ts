import { type AnyInvariant, defineInvariant, unitRoundoff } from "@xent/invariants";
import * as fc from "fast-check";
import { dense } from "../dense.js";
import {
  difference,
  gamma,
  length2,
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
import { moderate, prepare, symmetricCase } from "./krylov-cases.js";
import type { LinalgSubject } from "./subject.js";

const define = defineInvariant<LinalgSubject>();

/** LSQR and Lanczos. */
export function rectangularKrylovInvariants(): AnyInvariant<LinalgSubject>[] {
  return [
    define({
      id: "linalg/lsqr-normal-equations",
      statement:
        "the reported ||A^T (b - A x) - damping^2 x|| is true, and converged or least-squares is met",
      source: "Paige and Saunders, ACM TOMS 8 (1982) 43",
      arbitrary: fc.record({
        rows: size(1, 14),
        cols: size(1, 14),
        seed,
        b: seed,
        spectrum: spectrumCase(6),
        damping: fc.constantFrom(0, 0, 1e-3, 1, 10),
        digits: size(2, 13),
        scale: moderate,
      }),
      measure: (c, subject) => {
        const scale = scaleOf(subject, c.scale);
        const values = spectrumOf(c.spectrum, Math.min(c.rows, c.cols)).map((v) => v * scale);
        const { matrix } = spectral(c.rows, c.cols, values, c.seed);
        const b = vectorOf(c.rows, c.b);
        const damping = c.damping * scale;
        const tolerance = 10 ** -c.digits;
        const result = subject.lsqr({
          operator: subject.denseOperator(matrix),
          b,
          damping,
          tolerance,
        });
        const r = difference(b, naiveProduct(matrix, dense(c.cols, 1, result.x)).data);
        const residual = Math.hypot(length2(r), damping * length2(result.x));
        const normal = naiveProduct(naiveTranspose(matrix), dense(c.rows, 1, r)).data.map(
          (v, j) => v - damping * (damping * result.x[j]!),
        );
        const normA = length2(matrix.data) + damping;
        const sizes = normA * length2(result.x) + length2(b);
        const rounding = 4 * gamma(c.rows + c.cols + 8, subject) * sizes;
        let claim = 0;
        if (result.status === "converged") {
          claim = residual - tolerance * length2(b);
        } else if (result.status === "least-squares") {
          // The solver's estimate of the norm of [A; damping] is at most its Frobenius norm.
          const most = normA * Math.sqrt(c.cols);
          claim = length2(normal) / most - tolerance * residual;
        }
        return {
          error: Math.max(
            Math.abs(residual - result.residualNorm),
            Math.abs(length2(normal) - result.normalResidualNorm) / normA,
            claim,
          ),
          tolerance: rounding,
        };
      },
    }),
    define({
      id: "linalg/lsqr-finds-least-norm-solution",
      statement: "||x - A^+ b|| <= ||A^T (b - A x)|| / s_min^2 for x of LSQR from zero",
      source: "x stays in the range of A^T, where ||A^T A e|| >= s_min^2 ||e||",
      arbitrary: fc.record({
        rows: size(1, 14),
        cols: size(1, 14),
        rank: size(1, 14),
        seed,
        b: seed,
        spectrum: spectrumCase(2),
        scale: moderate,
      }),
      measure: (c, subject) => {
        const scale = scaleOf(subject, c.scale);
        const rank = Math.min(c.rows, c.cols, c.rank);
        const unscaled = spectrumOf(c.spectrum, rank);
        const values = unscaled.map((v) => v * scale);
        const { matrix, u, v } = spectral(c.rows, c.cols, values, c.seed);
        const b = vectorOf(c.rows, c.b);
        const coefficients = naiveProduct(naiveTranspose(u), dense(c.rows, 1, b)).data.map(
          (t, i) => t / unscaled[i]!,
        );
        const expected = naiveProduct(v, dense(rank, 1, coefficients)).data;
        const result = subject.lsqr({
          operator: subject.denseOperator(matrix),
          b,
          tolerance: Math.max(1e-12, 64 * unitRoundoff(subject)),
        });
        const met = result.status === "converged" || result.status === "least-squares";
        const least = Math.min(...unscaled);
        const reach = result.normalResidualNorm / scale / least / least;
        // Beside it: what A is off its factors, what the normal residual rounds, and the iterations' own drift out of
        // the range of A^T, all magnified by kappa^2 against ||b||.
        const rounding =
          (spectralRounding(c.rows, c.cols) + 8 * gamma(4 * (c.rows + c.cols), subject)) *
          (length2(b) / least ** 2);
        return {
          error: met
            ? length2(
                difference(
                  result.x.map((t) => t * scale),
                  expected,
                ),
              )
            : Infinity,
          tolerance: reach + rounding,
        };
      },
    }),
    define({
      id: "linalg/lanczos-pairs-are-true",
      statement:
        "||A v - theta v|| is as reported, V^T V = I, and an eigenvalue lies within that distance of theta",
      source: "Parlett, The Symmetric Eigenvalue Problem, 4.5.1 and 13",
      arbitrary: fc.record({
        system: symmetricCase(8, fc.boolean()),
        count: size(1, 4),
        which: fc.constantFrom("largest" as const, "smallest" as const),
        maxIterations: fc.option(size(4, 12), { nil: undefined }),
      }),
      measure: (c, subject) => {
        const p = prepare(c.system, subject);
        const n = c.system.n;
        const count = Math.min(n, c.count);
        const result = subject.lanczosExtremes({
          operator: p.operator,
          count,
          which: c.which,
          ...(c.maxIterations === undefined ? {} : { maxIterations: c.maxIterations }),
        });
        if (result.values.length === 0) return { error: Infinity, tolerance: 0 };
        let worst = orthogonalityDefect(result.vectors);
        result.values.forEach((theta, j) => {
          const v = Float64Array.from(
            { length: n },
            (_, i) => result.vectors.data[i * result.values.length + j]!,
          );
          const image = naiveProduct(p.matrix, dense(n, 1, v)).data;
          const residual = length2(image.map((t, i) => t - theta * v[i]!));
          const reported = result.residualNorms[j]!;
          const nearest = p.values.reduce((m, t) => Math.min(m, Math.abs(t - theta)), Infinity);
          worst = Math.max(
            worst,
            Math.abs(residual - reported) / p.norm,
            (nearest - reported) / p.norm,
          );
        });
        return {
          error: worst,
          // Orthogonalised twice against at most n vectors, combined by rotations: 8 n roundings on n columns.
          tolerance: 16 * (n + 4) * Math.sqrt(n) * unitRoundoff(subject) + spectralRounding(n, n),
        };
      },
    }),
    define({
      id: "linalg/lanczos-finds-the-extremes",
      statement:
        "on the whole space, distinct eigenvalues are found to their residual, the extreme ones first",
      source: "Courant-Fischer",
      arbitrary: fc.record({
        n: size(1, 24),
        seed,
        spread: fc.constantFrom(1, 1e-2, 1e-4),
        indefinite: fc.boolean(),
        count: size(1, 4),
        which: fc.constantFrom("largest" as const, "smallest" as const),
        scale: moderate,
      }),
      measure: (c, subject) => {
        const norm = scaleOf(subject, c.scale);
        const exact = Float64Array.from({ length: c.n }, (_, i) => {
          const size_ = 1 - (c.spread * i) / c.n;
          return c.indefinite && i % 2 === 1 ? -size_ : size_;
        });
        const { matrix } = symmetricSpectral(
          exact.map((v) => v * norm),
          c.seed,
        );
        const count = Math.min(c.n, c.count);
        const { values, residualNorms } = subject.lanczosExtremes({
          operator: subject.denseOperator(matrix, { symmetric: true }),
          count,
          which: c.which,
          tolerance: 0, // below what rounding allows: the space grows to its full dimension
        });
        exact.sort();
        if (c.which === "largest") exact.reverse();
        let worst = 0;
        for (let j = 0; j < count; j++) {
          const gap = Math.abs(values[j]! / norm - exact[j]!) - residualNorms[j]! / norm;
          worst = Math.max(worst, Number.isNaN(gap) ? Infinity : gap);
        }
        return {
          error: worst,
          tolerance:
            16 * (c.n + 4) * Math.sqrt(c.n) * unitRoundoff(subject) + spectralRounding(c.n, c.n),
        };
      },
    }),
  ];
}
