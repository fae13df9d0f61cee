import { axpy, multiplyVector, norm2 } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import { type FgnSolver, fgnStep } from "../src/index.js";
import { oracle, randomDense, randomLabels } from "./dense-oracle.js";
import { testHead } from "./linear-head.js";

const [B, D, C] = [24, 4, 5];
const head = testHead(randomDense(B, D, 1), randomDense(C, D, 2));
const labels = randomLabels(B, C, 3);
const truth = oracle(head, labels);
const damping = 1e-3;

/** ||(F + lambda I) d + g|| / ||g|| by dense matrices: errs by some P u of ||F|| ||d|| / ||g||, below 1e-10 here. */
function residualOf(step: Float64Array): number {
  const r = multiplyVector(truth.fgn, step);
  axpy(damping, step, r);
  axpy(1, truth.gradient, r);
  return norm2(r) / norm2(truth.gradient);
}

describe("what a step says of itself", () => {
  for (const solver of ["row-cg", "lifted-cg", "parameter-cg"] as FgnSolver[]) {
    test(`${solver}: the residual is that of the step, also of one that was cut short`, () => {
      for (const maxIterations of [1, 2, 5]) {
        const asked = { damping, solver, tolerance: 1e-12, maxIterations };
        const result = fgnStep(head, labels, asked);
        expect(result.status).toBe("iteration-limit");
        expect(result.iterations).toBe(maxIterations);
        expect(result.residual).toBeGreaterThan(1e-6);
        expect(Math.abs(result.residual - residualOf(result.step))).toBeLessThan(1e-10);
      }
    });

    test(`${solver}: stops where the tolerance is reached, and says so`, () => {
      for (const tolerance of [1e-2, 1e-4]) {
        const result = fgnStep(head, labels, { damping, solver, tolerance });
        expect(result.status).toBe("converged");
        expect(result.residual).toBeLessThanOrEqual(tolerance);
        // Not far below: it did not go on.
        expect(result.residual).toBeGreaterThan(tolerance * 1e-4);
        expect(Math.abs(result.residual - residualOf(result.step))).toBeLessThan(1e-10);
      }
    });
  }

  for (const solver of ["row-cholesky", "row-lu", "parameter-cholesky"] as FgnSolver[]) {
    test(`${solver}: a residual of rounding, and a tolerance that rounding does not reach`, () => {
      const result = fgnStep(head, labels, { damping, solver });
      expect(result.status).toBe("converged");
      expect(result.residual).toBeGreaterThan(0);
      expect(Math.abs(result.residual - residualOf(result.step))).toBeLessThan(1e-10);
      expect(fgnStep(head, labels, { damping, solver, tolerance: 1e-25 }).status).toBe("stagnated");
    });
  }
});
