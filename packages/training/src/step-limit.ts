import { norm2, requireFinite, requirePositive, scaleToLength } from "@xent/linalg";
import type { StepLimit } from "@xent/models";

/** Takes every step whole: scale 1, radius Infinity, ratio 0. */
export function noLimit(): StepLimit {
  return { name: "none", limit: () => ({ scale: 1, radius: Infinity, ratio: 0 }) };
}

/** Options of {@link normClip}. */
export interface NormClipOptions {
  /** Largest Euclidean length of a step, learning rate included; finite, > 0. */
  readonly maxNorm: number;
}

/**
 * Clips the whole step (learning rate included, unlike gradient clipping) to Euclidean length
 * `maxNorm`; reported as `radius`, with `ratio = length / maxNorm`. The clipped length exceeds the
 * bound not even by rounding: see `scaleToLength` of @xent/linalg.
 *
 * @throws DomainError unless maxNorm is finite and > 0.
 */
export function normClip(options: NormClipOptions): StepLimit {
  const { maxNorm } = options;
  requirePositive("maxNorm", maxNorm);
  return {
    name: "norm-clip",
    limit(step) {
      requireFinite("step", step);
      const length = norm2(step);
      return {
        scale: scaleToLength(step, maxNorm),
        radius: maxNorm,
        ratio: length / maxNorm,
      };
    },
  };
}
