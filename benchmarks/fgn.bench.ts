import { type FgnStep, fgnStep, ggnStep } from "@xent/fgn";
import { norm2 } from "@xent/linalg";
import { type Linearization, linearHead } from "@xent/models";
import { crossEntropyGradient } from "@xent/softmax-spectral";
import type { BenchCase } from "./bench-case.js";
import { normalMatrix, normals, randomLabels } from "./random-data.js";

const BATCH = 128;
const FEATURES = 512;
const DAMPING = 1e-3;

function problem(classes: number): { point: Linearization; labels: Int32Array } {
  const model = linearHead({ featureCount: FEATURES, classCount: classes, bias: false });
  const parameters = normals(model.parameterCount, 2).map((w) => w / Math.sqrt(FEATURES));
  return {
    point: model.linearize(parameters, normalMatrix(BATCH, FEATURES, 3)),
    labels: randomLabels(BATCH, classes, 4),
  };
}

/** Throws unless the step solves its own system to within a relative 1e-6. */
function requireSolved(result: { status: string; residual: number; step: Float64Array }): void {
  if (!(result.residual < 1e-6) || !(norm2(result.step) > 0)) {
    throw new Error(`${result.status}, residual ${result.residual}`);
  }
}

function spent({ solver, jvps, vjps, grams }: FgnStep): string {
  return `${solver}: ${jvps} J v, ${vjps} J^T u, ${grams} Gram`;
}

/**
 * 10000 / C steps with C classes each: what grows as C takes the same time in every case, so ratios of at most 1 say that
 * one step grows no faster than linearly.
 */
export function fgnGrowthCases(): BenchCase[] {
  return [10, 100, 1000, 10000].map((classes) => {
    const { point, labels } = problem(classes);
    return {
      group: "growth of an FGN step with C, B 128, D 512",
      name: `${10000 / classes} steps, C ${classes}`,
      size: 10000,
      run: () => {
        for (let i = 0; i < 10000 / classes; i++) fgnStep(point, labels, { damping: DAMPING });
      },
    };
  });
}

/** The full batch of a small head, B > P, where the choice of solver matters: damping by tolerance. */
export function fgnFullBatchCases(): BenchCase[] {
  const model = linearHead({ featureCount: 64, classCount: 10 });
  const point = model.linearize(new Float64Array(model.parameterCount), normalMatrix(1437, 64, 5));
  const labels = randomLabels(1437, 10, 6);
  return [1, 2, 3, 4].flatMap((digits): BenchCase[] => {
    const damping = 10 ** -digits;
    const solvers = ["auto", "parameter-cg", "lifted-cg", "parameter-cholesky"] as const;
    return solvers.map((solver) => ({
      group: "FGN step, B 1437, P 650, damping 10^-size",
      name: solver,
      size: digits,
      run: () => fgnStep(point, labels, { damping, solver }),
      note: () => spent(fgnStep(point, labels, { damping, solver })),
      check: () => requireSolved(fgnStep(point, labels, { damping, solver })),
    }));
  });
}

/** One step of a linear head, B = 128, D = 512: whole FGN steps, one gradient, 20 iterations of CG on the full GGN. */
export function fgnStepCases(): BenchCase[] {
  return [10, 100, 1000, 10000].flatMap((classes): BenchCase[] => {
    const { point, labels } = problem(classes);
    const group = "curvature step, B 128, D 512";
    return [
      {
        group,
        name: "FGN, row-space Cholesky",
        size: classes,
        run: () => fgnStep(point, labels, { damping: DAMPING, solver: "row-cholesky" }),
        check: () =>
          requireSolved(fgnStep(point, labels, { damping: DAMPING, solver: "row-cholesky" })),
      },
      {
        group,
        name: "FGN, automatic solver",
        size: classes,
        run: () => fgnStep(point, labels, { damping: DAMPING }),
        note: () => spent(fgnStep(point, labels, { damping: DAMPING })),
        check: () => requireSolved(fgnStep(point, labels, { damping: DAMPING })),
      },
      {
        group,
        name: "gradient",
        size: classes,
        run: () => point.vjp(crossEntropyGradient(point.logits, labels)),
      },
      // At 10000 classes one of these takes seconds.
      ...(classes > 1000
        ? []
        : [
            {
              group,
              name: "GGN, 20 iterations of CG",
              size: classes,
              run: () =>
                ggnStep(point, labels, {
                  damping: DAMPING,
                  preconditioner: "none",
                  maxIterations: 20,
                  tolerance: 1e-300,
                }),
            },
          ]),
    ];
  });
}
