import { DomainError, requireInteger, requireNonNegative, requirePositive } from "@xent/linalg";

/**
 * Levenberg-Marquardt damping: after each solve the loss of the same minibatch is evaluated at the end
 * of the step; rho = actual / predicted decrease. rho < 1/4 multiplies lambda by `increase`, rho > 3/4
 * divides it by `decrease`. With rho <= 0 (the loss did not fall) the step is rejected and solved again with more
 * damping, at most `retries` times; then the proposal is zero, and the next one starts from the raised damping.
 */
export interface TrustRatioDamping {
  /** lambda of the first step, > 0. */
  readonly initial: number;
  /** Default 1e-12. */
  readonly min?: number;
  /** Default 1e12. */
  readonly max?: number;
  /** > 1. Default 4. */
  readonly increase?: number;
  /** > 1. Default 2. */
  readonly decrease?: number;
  /** >= 0. Default 10. */
  readonly retries?: number;
}

/** A constant lambda > 0; a schedule by step number, from 0; or the trust ratio. */
export type Damping = number | ((step: number) => number) | TrustRatioDamping;

/** A damping rule at work. */
export interface DampingControl {
  /** Whether steps are to be judged. */
  readonly adaptive: boolean;
  readonly retries: number;
  /** lambda for this step number. */
  value(step: number): number;
  /** Learns rho. True when the step stands, false when it is to be solved again. */
  judge(ratio: number): boolean;
  /** lambda of the trust ratio; null for the other rules, which have no state. */
  save(): number | null;
  restore(value: unknown): void;
}

/** Checks a rule and starts it. */
export function dampingControl(rule: Damping): DampingControl {
  if (typeof rule === "number" || typeof rule === "function") {
    if (typeof rule === "number") requirePositive("damping", rule);
    return {
      adaptive: false,
      retries: 0,
      value: (step) => (typeof rule === "number" ? rule : rule(step)),
      judge: () => true,
      save: () => null,
      restore: (value) => {
        if (value !== null) {
          throw new DomainError(
            `state.damping = ${JSON.stringify(value)}, but this damping has no state`,
          );
        }
      },
    };
  }
  const { initial, min = 1e-12, max = 1e12, increase = 4, decrease = 2, retries = 10 } = rule;
  requirePositive("damping.min", min);
  requirePositive("damping.max", max);
  requireInteger("damping.retries", retries, 0);
  const requireWithin = (name: string, value: number): void => {
    requireNonNegative(name, value);
    if (!(value >= min && value <= max)) {
      throw new DomainError(`${name} = ${value} is outside ${min}..${max}`);
    }
  };
  requireWithin("damping.initial", initial);
  for (const [name, factor] of Object.entries({ increase, decrease })) {
    if (!(factor > 1 && factor < Infinity)) {
      throw new DomainError(`damping.${name} = ${factor}, expected a finite number > 1`);
    }
  }
  let lambda = initial;
  return {
    adaptive: true,
    retries,
    value: () => lambda,
    judge: (ratio) => {
      // NaN and -Infinity: the step left the finite numbers.
      if (!(ratio >= 0.25)) lambda = Math.min(max, lambda * increase);
      else if (ratio > 0.75) lambda = Math.max(min, lambda / decrease);
      return ratio > 0;
    },
    save: () => lambda,
    restore: (value) => {
      if (typeof value !== "number") {
        throw new DomainError(`state.damping = ${JSON.stringify(value)}, expected a number`);
      }
      requireWithin("state.damping", value);
      lambda = value;
    },
  };
}
