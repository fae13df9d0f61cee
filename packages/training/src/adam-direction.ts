import { DomainError, requireInteger, requireLength, requirePositive } from "@xent/linalg";
import type { Direction } from "@xent/models";
import { asRecord, fromExactNumbers, toExactNumbers } from "./exact-json.js";

/** Options of {@link adamDirection}. */
export interface AdamOptions {
  /** Decay of the mean of gradients, in [0, 1). Default 0.9. */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients, in [0, 1). Default 0.999. */
  readonly beta2?: number;
  /** Added to the root, > 0, in units of the gradient. Default 1e-8. */
  readonly epsilon?: number;
}

/**
 * Adam (Kingma and Ba 2015, Algorithm 1), bias-corrected: `m <- beta1 m + (1 - beta1) g`,
 * `v <- beta2 v + (1 - beta2) g^2`, proposes `-(m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)`,
 * t = 1 at the first call. Keeps m, v, t between calls: one object a run.
 *
 * @throws DomainError for options out of range; from `propose` when a squared gradient overflows.
 */
export function adamDirection(options: AdamOptions = {}): Direction {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  for (const [name, beta] of Object.entries({ beta1, beta2 })) {
    if (!(beta >= 0 && beta < 1)) {
      throw new DomainError(`${name} = ${beta}, expected a number in [0, 1)`);
    }
  }
  requirePositive("epsilon", epsilon);
  let t = 0;
  let mean: Float64Array | undefined;
  let square: Float64Array | undefined;
  return {
    name: "adam",
    propose({ gradient }) {
      const n = gradient.length;
      mean ??= new Float64Array(n);
      square ??= new Float64Array(n);
      requireLength("gradient", gradient, mean.length);
      t++;
      const meanShare = 1 - beta1 ** t;
      const squareShare = 1 - beta2 ** t;
      const step = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        const g = gradient[i]!;
        const m = beta1 * mean[i]! + (1 - beta1) * g;
        const v = beta2 * square[i]! + (1 - beta2) * (g * g);
        if (!(v < Infinity)) {
          throw new DomainError(`gradient[${i}] = ${g}: its square overflows float64`);
        }
        mean[i] = m;
        square[i] = v;
        step[i] = -(m / meanShare) / (Math.sqrt(v / squareShare) + epsilon);
      }
      return step;
    },
    save: () => ({
      t,
      mean: mean === undefined ? null : toExactNumbers(mean),
      square: square === undefined ? null : toExactNumbers(square),
    }),
    restore(state) {
      const saved = asRecord<"t" | "mean" | "square">("state", state);
      const read = (key: "mean" | "square"): Float64Array | undefined =>
        saved[key] === null ? undefined : fromExactNumbers(`state.${key}`, saved[key]);
      const [nextMean, nextSquare, nextT] = [read("mean"), read("square"), saved.t as number];
      requireInteger("state.t", nextT, 0);
      if (nextMean?.length !== nextSquare?.length || (nextMean === undefined) !== (nextT === 0)) {
        throw new DomainError("state is not one that adam saved: t, mean and square disagree");
      }
      [t, mean, square] = [nextT, nextMean, nextSquare];
    },
  };
}
