import { requireLength, requirePositive, scaleToLength } from "@xent/linalg";
import type { Direction } from "@xent/models";
import { polarStep, type RadiusOptions, radiusPlan } from "./direction-radius.js";
import { lengthWithin } from "./radius-cap.js";

/** Options of {@link radiusStep}. */
export interface RadiusStepOptions extends RadiusOptions {
  /** Longest step, in parameter space; > 0. Default Infinity. */
  readonly maximumLength?: number;
}

/**
 * Sets the step from geometry alone: the direction v of another method, with length r rho, that is
 * eta = r rho / |v|; the learning rate of the training loop is then 1. Where nothing limits (rho =
 * Infinity: all slopes equal in every sample, so that the loss does not move along v to first order)
 * and no `maximumLength` is given, the step is 0. The length never exceeds r rho, by rounding either.
 *
 * @param direction - proposes v; its state is saved and restored through the wrapper.
 * @throws DomainError for options out of range.
 * @see [G] arXiv:2603.13552, docs/theory 3.5.
 */
export function radiusStep(direction: Direction, options: RadiusStepOptions = {}): Direction {
  const { maximumLength = Infinity } = options;
  if (maximumLength !== Infinity) requirePositive("maximumLength", maximumLength);
  const plan = radiusPlan(options);
  const wrapped: Direction = {
    name: `radius-step(${direction.name})`,
    propose(point) {
      const v = direction.propose(point);
      requireLength("proposed direction", v, point.parameters.length);
      const polar = polarStep(v);
      if (polar === undefined) return v;
      const { radius } = plan.radiusAlong(polar.unit, point.linearization);
      const bound = Math.min(lengthWithin(plan.target, radius), maximumLength);
      if (bound === Infinity) return new Float64Array(v.length);
      return ofLength(polar.unit, bound);
    },
  };
  if (direction.save !== undefined) wrapped.save = () => direction.save!();
  if (direction.restore !== undefined) wrapped.restore = (state) => direction.restore!(state);
  return wrapped;
}

/** A step along `unit` (of length 1 up to roundings) that is not longer than `bound`. */
function ofLength(unit: Float64Array, bound: number): Float64Array {
  const step = unit.map((x) => x * bound);
  // The products together may be longer, by the roundings of `unit`.
  const s = scaleToLength(step, bound);
  return step.map((x) => s * x);
}
