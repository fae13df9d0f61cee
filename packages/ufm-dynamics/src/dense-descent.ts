import { requirePositive } from "@xent/linalg";
import { type DenseState, denseState } from "./dense-flow.js";
import { checkDenseProblem, type DenseProblem } from "./dense-problem.js";
import { DenseSystem } from "./dense-system.js";
import type { DescentStatus } from "./spectral-descent.js";
import { requireStepNumbers } from "./step-numbers.js";

/** A {@link DenseProblem}, its step size, and after how many steps to report. */
export interface DenseDescentOptions extends DenseProblem {
  /** eta > 0. */
  readonly stepSize: number;
  /** After how many steps to report: integers >= 0, not decreasing. */
  readonly outputSteps: ArrayLike<number>;
}

/** A trajectory of gradient descent, in the form of {@link DenseFlowResult}. */
export interface DenseDescentResult {
  readonly status: DescentStatus;
  /** Number of steps times their size, for each state. */
  readonly times: number[];
  readonly states: DenseState[];
  readonly steps: number;
  readonly evaluations: number;
}

/**
 * Gradient descent with full batches on all matrices (and the bias): the Euler steps of {@link integrateDenseFlow}.
 * O(N sum of the layer sizes) a step.
 *
 * @throws DimensionError, DomainError for shapes or values that make no sense.
 */
export function denseGradientDescent(options: DenseDescentOptions): DenseDescentResult {
  const system = new DenseSystem(checkDenseProblem(options));
  const { stepSize } = options;
  requirePositive("stepSize", stepSize);
  const outputs = requireStepNumbers("outputSteps", options.outputSteps);
  let y: Float64Array = system.initial();
  let next: Float64Array = y.slice();
  const slope = y.slice();
  const states: DenseState[] = [];
  let steps = 0;
  let status: DescentStatus = "completed";
  for (const target of outputs) {
    while (status === "completed" && steps < target) {
      system.derivative(0, y, slope);
      for (let i = 0; i < y.length; i++) next[i] = y[i]! + stepSize * slope[i]!;
      // Logits are tested too: they overflow before the weights do, and a state with NaN is none.
      if (next.every(Number.isFinite) && system.logits(next).data.every(Number.isFinite)) {
        [y, next] = [next, y];
        steps++;
      } else {
        status = "diverged";
      }
    }
    states.push(denseState(system, steps * stepSize, y));
    if (status === "diverged") break;
  }
  return { status, times: states.map((s) => s.time), states, steps, evaluations: steps };
}
