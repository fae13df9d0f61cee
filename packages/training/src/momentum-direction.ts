import { DomainError, requireLength } from "@xent/linalg";
import type { Direction } from "@xent/models";
import { asRecord, fromExactNumbers, toExactNumbers } from "./exact-json.js";

/** Options of {@link momentumDirection}. */
export interface MomentumOptions {
  /** beta in [0, 1). Default 0.9. */
  readonly momentum?: number;
  /** Look ahead (Nesterov): propose `-(g + beta m)` instead of `-m`. Default false. */
  readonly nesterov?: boolean;
}

/**
 * Heavy ball (Polyak 1964): `m <- beta m + g`, proposes `-m`; m starts at 0 and is not averaged, so a
 * constant gradient is amplified up to 1 / (1 - beta). Keeps m between calls: one object a run.
 *
 * @throws DomainError unless momentum is in [0, 1).
 */
export function momentumDirection(options: MomentumOptions = {}): Direction {
  const { momentum = 0.9, nesterov = false } = options;
  if (!(momentum >= 0 && momentum < 1)) {
    throw new DomainError(`momentum = ${momentum}, expected a number in [0, 1)`);
  }
  let velocity: Float64Array | undefined;
  return {
    name: nesterov ? "nesterov" : "momentum",
    propose({ gradient }) {
      velocity ??= new Float64Array(gradient.length);
      requireLength("gradient", gradient, velocity.length);
      const step = new Float64Array(gradient.length);
      for (let i = 0; i < step.length; i++) {
        const g = gradient[i]!;
        const m = momentum * velocity[i]! + g;
        velocity[i] = m;
        step[i] = nesterov ? -(g + momentum * m) : -m;
      }
      return step;
    },
    save: () => ({ velocity: velocity === undefined ? null : toExactNumbers(velocity) }),
    restore(state) {
      const saved = asRecord<"velocity">("state", state).velocity;
      velocity = saved === null ? undefined : fromExactNumbers("state.velocity", saved);
    },
  };
}
