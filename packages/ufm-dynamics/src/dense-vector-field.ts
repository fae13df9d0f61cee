import { requireLength } from "@xent/linalg";
import { checkDenseProblem, type DenseProblem } from "./dense-problem.js";
import { DenseSystem } from "./dense-system.js";
import type { Flow } from "./flow.js";

/** The gradient flow of all matrices as an initial value problem; see {@link denseVectorField}. */
export interface DenseVectorField extends Flow {
  /** W1, ..., WL row-major, then the bias, in one new array of length `dimension`. */
  initial(): Float64Array;
}

/**
 * The right-hand side that `integrateDenseFlow` integrates, evaluated into the caller's buffer: minus the gradient, less the
 * weight decay. Allocates only views. O(N sum of the layer sizes).
 *
 * @throws DimensionError, DomainError for shapes or values that make no sense.
 */
export function denseVectorField(problem: DenseProblem): DenseVectorField {
  const system = new DenseSystem(checkDenseProblem(problem));
  const { dimension } = system;
  return {
    dimension,
    initial: () => system.initial(),
    derivative: (t, y, out) => {
      requireLength("y", y, dimension);
      requireLength("out", out, dimension);
      system.derivative(t, y, out);
    },
  };
}
