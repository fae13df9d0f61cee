import { fgnStep, ggnStep } from "@xent/fgn";
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
