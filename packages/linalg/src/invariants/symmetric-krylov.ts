import { type AnyInvariant, defineInvariant, unitRoundoff } from "@xent/invariants";
import * as fc from "fast-check";
import { dense } from "../dense.js";
import {
  difference,
  gamma,
  length2,
  naiveProduct,
  scaleOf,
  seed,
  size,
  vectorOf,
} from "./cases.js";
import {
  budget,
  energyNorm,
  moderate,
  optionsOf,
  prepare,
  symmetricCase,
  trueResidual,
  truthOf,
} from "./krylov-cases.js";
import type { LinalgSubject } from "./subject.js";

const define = defineInvariant<LinalgSubject>();

/** Conjugate gradients and MINRES. */
export function symmetricKrylovInvariants(): AnyInvariant<LinalgSubject>[] {
  const either = symmetricCase(8, fc.boolean());
  const gentle = symmetricCase(3, fc.constant(false));
  return [
    define({
      id: "linalg/conjugate-gradient-reports-the-truth",
      statement:
        "residualNorm = ||b - A x||, and `converged` means it is within the tolerance, whatever the status",
      source: "definition",
      arbitrary: fc.record({ system: either, budget }),
      measure: (c, subject) => {
        const p = prepare(c.system, subject);
        const options = optionsOf(c.budget, c.system.n, c.system.b ^ 1);
        const result = subject.conjugateGradient({ operator: p.operator, b: p.b, ...options });
        return truthOf(result, p, options.tolerance, subject);
      },
    }),
    define({
      id: "linalg/conjugate-gradient-energy-falls",
      statement: "||x_k - x||_A never rises from one CG iterate to the next",
      source: "Hestenes and Stiefel 1952, Theorem 6:1",
      arbitrary: gentle,
      measure: (c, subject) => {
        const p = prepare(c, subject);
        const x = vectorOf(c.n, c.b);
        const b = naiveProduct(p.matrix, dense(c.n, 1, x)).data;
        let last = energyNorm(p, x);
        const first = last;
        let worst = 0;
        const result = subject.conjugateGradient({
          operator: p.operator,
          b,
          tolerance: Math.max(1e-10, 64 * unitRoundoff(subject)),
          maxIterations: 4 * c.n,
          callback: ({ x: y }) => {
            const now = energyNorm(p, difference(y, x));
            worst = Math.max(worst, now - last);
            last = now;
          },
        });
        // What is returned is the last iterate, or the start when there was none.
        worst = Math.max(worst, energyNorm(p, difference(result.x, x)) - last);
        // Greenbaum (1997) Theorem 1: the recurred residual leaves the true one by a multiple of k u ||A|| max ||x_j||; in
        // the energy norm that is kappa times as much at most, against ||x||_A, for up to 4 n iterations of n products.
        const kappa = 10 ** c.spectrum.decades;
        return {
          error: worst,
          tolerance: 16 * c.n * unitRoundoff(subject) * (4 * c.n + 1) * kappa * first,
        };
      },
    }),
    define({
      id: "linalg/conjugate-gradient-ends-with-distinct-eigenvalues",
      statement:
        "CG meets 1e-6 within as many iterations as A has distinct eigenvalues (up to 4, within two decades)",
      source: "Golub and Van Loan, Matrix Computations, 4th ed., Theorem 11.3.2",
      arbitrary: fc.record({
        n: size(1, 40),
        distinct: size(1, 4),
        b: seed,
        scaleA: moderate,
        scaleB: moderate,
      }),
      measure: (c, subject) => {
        const scale = scaleOf(subject, c.scaleA);
        const values = [1, 4, 20, 100].slice(0, c.distinct);
        const diagonal = Float64Array.from(
          { length: c.n },
          (_, i) => values[i % c.distinct]! * scale,
        );
        const { iterations, status } = subject.conjugateGradient({
          operator: subject.diagonalOperator(diagonal),
          b: vectorOf(c.n, c.b, scaleOf(subject, c.scaleB)),
          tolerance: unitRoundoff(subject) > 2 ** -53 ? 1e-2 : 1e-6,
        });
        const excess = Math.max(0, iterations - Math.min(c.n, c.distinct));
        return { error: status === "converged" ? excess : Infinity, tolerance: 0 };
      },
    }),
    define({
      id: "linalg/preconditioned-conjugate-gradient-solves",
      statement: "the Jacobi preconditioner changes the path of CG, not what it solves",
      source: "Golub and Van Loan, Matrix Computations, 4th ed., 11.5",
      arbitrary: gentle,
      measure: (c, subject) => {
        const p = prepare(c, subject);
        const inverse = Float64Array.from(
          { length: c.n },
          (_, i) => 1 / p.matrix.data[i * (c.n + 1)]!,
        );
        const tolerance = Math.max(1e-9, 1000 * unitRoundoff(subject));
        const result = subject.conjugateGradient({
          operator: p.operator,
          b: p.b,
          preconditioner: subject.diagonalOperator(inverse),
          tolerance,
        });
        if (result.status !== "converged") return { error: Infinity, tolerance: 0 };
        return truthOf(result, p, tolerance, subject);
      },
    }),
    define({
      id: "linalg/minres-reports-the-truth",
      statement:
        "residualNorm = ||b - A x||, and `converged` means it is within the tolerance; A may be indefinite",
      source: "definition",
      arbitrary: fc.record({ system: either, budget }),
      measure: (c, subject) => {
        const p = prepare(c.system, subject);
        const options = optionsOf(c.budget, c.system.n, c.system.b ^ 1);
        const result = subject.minres({ operator: p.operator, b: p.b, ...options });
        return truthOf(result, p, options.tolerance, subject);
      },
    }),
    define({
      id: "linalg/minres-residual-falls",
      statement: "||b - A x_k|| never rises from one MINRES iterate to the next",
      source: "Paige and Saunders 1975: the residual is minimal over growing spaces",
      arbitrary: symmetricCase(3, fc.boolean()),
      measure: (c, subject) => {
        const p = prepare(c, subject);
        let last = length2(p.b);
        let worst = 0;
        const result = subject.minres({
          operator: p.operator,
          b: p.b,
          tolerance: Math.max(1e-10, 64 * unitRoundoff(subject)),
          maxIterations: 4 * c.n,
          callback: ({ x }) => {
            const now = trueResidual(p.matrix, x, p.b);
            worst = Math.max(worst, now - last);
            last = now;
          },
        });
        // What is returned is the last iterate, or the start when there was none.
        worst = Math.max(worst, trueResidual(p.matrix, result.x, p.b) - last);
        // Sleijpen, van der Vorst, Modersitzki (2000): the short recurrence of MINRES loses up to kappa^2 u ||b||; n
        // products an iteration, 4 n iterations.
        const kappa = 10 ** c.spectrum.decades;
        return {
          error: worst,
          tolerance: 4 * c.n * (4 * c.n + 1) * unitRoundoff(subject) * kappa ** 2 * length2(p.b),
        };
      },
    }),
    define({
      id: "linalg/minres-first-step-is-minimal",
      statement:
        "x_1 of MINRES is alpha b with alpha = b^T A b / ||A b||^2, the minimiser of ||b - alpha A b||",
      source: "Paige and Saunders 1975, for the first Krylov space",
      arbitrary: either,
      measure: (c, subject) => {
        const p = prepare(c, subject);
        const { x } = subject.minres({
          operator: p.operator,
          b: p.b,
          maxIterations: 1,
          tolerance: 0,
        });
        const image = naiveProduct(p.matrix, dense(c.n, 1, p.b)).data;
        const size_ = length2(image);
        // Scaled before the products, which would leave the range otherwise.
        const cosine = p.b.reduce((s, v, i) => s + (v / length2(p.b)) * (image[i]! / size_), 0);
        const alpha = cosine * (length2(p.b) / size_);
        // A^T A x = A^T b on the span of b: where ||A b|| is near 0 against ||A|| ||b||, alpha is lost in the rounding of A b.
        const lost = (p.norm * length2(p.b)) / size_;
        return {
          error: length2(x.map((v, i) => v - alpha * p.b[i]!)),
          tolerance: 4 * gamma(2 * c.n + 16, subject) * lost ** 2 * (length2(p.b) ** 2 / size_),
        };
      },
    }),
    define({
      id: "linalg/krylov-chebyshev-bound",
      statement:
        "for A > 0, with q = (sqrt kappa - 1) / (sqrt kappa + 1): ||b - A x_k|| <= 2 q^k ||b|| (MINRES), ||x_k - x||_A <= 2 q^k ||x||_A (CG)",
      source:
        "Golub and Van Loan, Matrix Computations, 4th ed., Theorem 11.3.3; Greenbaum 1997, (3.8) and (3.12)",
      arbitrary: gentle,
      measure: (c, subject) => {
        const p = prepare(c, subject);
        const x = vectorOf(c.n, c.b);
        const b = naiveProduct(p.matrix, dense(c.n, 1, x)).data;
        const root = 10 ** (c.spectrum.decades / 2);
        const q = (root - 1) / (root + 1);
        const start = energyNorm(p, x);
        const common = { operator: p.operator, b, tolerance: 0, maxIterations: 3 * c.n };
        let worst = 0;
        const inEnergy = (iteration: number, y: Float64Array): void => {
          const now = energyNorm(p, difference(y, x)) / start;
          worst = Math.max(worst, now - 2 * q ** iteration);
        };
        const inResidual = (iteration: number, y: Float64Array): void => {
          const now = trueResidual(p.matrix, y, b) / length2(b);
          worst = Math.max(worst, now - 2 * q ** iteration);
        };
        // Every iterate, and what is returned after as many.
        const cg = subject.conjugateGradient({
          ...common,
          callback: ({ iteration, x: y }) => inEnergy(iteration, y),
        });
        inEnergy(cg.iterations, cg.x);
        const residual = subject.minres({
          ...common,
          callback: ({ iteration, x: y }) => inResidual(iteration, y),
        });
        inResidual(residual.iterations, residual.x);
        // What rounding leaves of the two iterations: see the two statements above.
        const kappa = 10 ** c.spectrum.decades;
        return {
          error: worst,
          tolerance: 16 * c.n * (4 * c.n + 1) * unitRoundoff(subject) * kappa ** 2,
        };
      },
    }),
  ];
}
