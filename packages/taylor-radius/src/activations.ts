import { DomainError, requireFinite, requireShape } from "@xent/linalg";
import {
  ACTIVATION_NAMES,
  type ActivationName,
  activationFacts,
  type PreActivations,
} from "@xent/models";

/** The activation that is first to stop being analytic along a direction. */
export interface ActivationRadius {
  /** Distance from t = 0 to its nearest singularity in the complex plane; Infinity when there is none. */
  readonly radius: number;
  /** Where; undefined when radius is Infinity. */
  readonly at: ActivationPlace | undefined;
  /** Whether it is in the first layer: its arguments are linear in t (without layer norm), and the distance is exact. */
  readonly exact: boolean;
}

/** One unit of one sample. */
export interface ActivationPlace {
  /** 1 for the first hidden layer. */
  readonly layer: number;
  readonly sample: number;
  readonly unit: number;
}

/**
 * Distance to the nearest singularity of an activation along a direction: `hypot(x, d) / |s|` over all units,
 * x the argument, s its slope along the direction, d the distance of the function's own nearest
 * singularity from the real axis (`activationFacts` of `@xent/models`: tanh pi/2, SiLU and softplus pi, GELU none, ReLU 0).
 *
 * The true line loss, as opposed to the one with linearised logits, has in general no larger radius than the
 * exact distance of the first layer; deeper arguments are not linear in t, and their distance is a
 * first-order estimate. O(units).
 *
 * @param preActivations - of `Linearization.preActivations(v)`, along the direction in whose units the radius is.
 * @throws DomainError for an unknown activation or values that are not finite, DimensionError for shapes.
 * @see docs/theory 3.7.
 */
export function activationRadius(
  preActivations: readonly PreActivations[],
  activation: ActivationName,
): ActivationRadius {
  if (!ACTIVATION_NAMES.includes(activation)) {
    throw new DomainError(
      `activation = "${String(activation)}", expected one of ${ACTIVATION_NAMES.join(", ")}`,
    );
  }
  const { singularityDistance } = activationFacts[activation];
  let radius = Infinity;
  let at: ActivationPlace | undefined;
  forEachUnit(preActivations, (argument, slope, place) => {
    // A unit that does not move meets nothing, even at a kink.
    if (slope === 0) return;
    const distance = Math.hypot(argument, singularityDistance) / Math.abs(slope);
    if (distance < radius) {
      radius = distance;
      at = place();
    }
  });
  return { radius, at, exact: at?.layer === 1 };
}

/** Real steps to the nearest kinks of ReLU. */
export interface KinkDistances {
  /** Smallest t > 0 at which a unit's argument is 0; Infinity when none. 0 never: see `touching`. */
  readonly ahead: number;
  /** The same for t < 0, as a positive number. */
  readonly behind: number;
  /** Units with argument 0 that move: they sit on their kink at t = 0. */
  readonly touching: number;
}

/**
 * Steps along a direction until the first ReLU changes its piece: t = -x / s, one rounding each, exact for
 * the first layer (arguments linear in t), to first order for deeper ones. Give the layers that
 * are to count: `preActivations.slice(0, 1)` for the exact statement alone. O(units).
 *
 * @throws DomainError for values that are not finite, DimensionError for shapes.
 */
export function reluKinkDistances(preActivations: readonly PreActivations[]): KinkDistances {
  let ahead = Infinity;
  let behind = Infinity;
  let touching = 0;
  forEachUnit(preActivations, (argument, slope) => {
    if (slope === 0) return;
    if (argument === 0) {
      touching++;
      return;
    }
    // A quotient that underflows is still a step > 0.
    const t = Math.max(Math.abs(argument / slope), Number.MIN_VALUE);
    if (argument > 0 === slope > 0) behind = Math.min(behind, t);
    else ahead = Math.min(ahead, t);
  });
  return { ahead, behind, touching };
}

function forEachUnit(
  preActivations: readonly PreActivations[],
  visit: (argument: number, slope: number, place: () => ActivationPlace) => void,
): void {
  for (const { layer, values, slopes } of preActivations) {
    requireShape(`slopes of layer ${layer}`, slopes, values.rows, values.cols);
    requireFinite(`values of layer ${layer}`, values.data);
    requireFinite(`slopes of layer ${layer}`, slopes.data);
    for (let k = 0; k < values.data.length; k++) {
      visit(values.data[k]!, slopes.data[k]!, () => ({
        layer,
        sample: Math.floor(k / values.cols),
        unit: k % values.cols,
      }));
    }
  }
}
