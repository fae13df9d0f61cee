import { DomainError, norm2, normInf, requireFinite, requirePositive } from "@xent/linalg";
import { requireQuantile } from "./aggregate.js";
import { exponentOf, scaleByPower } from "./directed-rounding.js";
import type { LogitSlopes } from "./logit-slopes.js";
import {
  batchMeasureOf,
  type MeasuredBatch,
  type RadiusMode,
  type RowRadii,
} from "./radius-mode.js";

/** How the radius of a step is measured; shared by {@link radiusCap} and {@link radiusStep}. */
export interface RadiusOptions {
  /**
   * The bound of one sample, by name, or a function of your own. Default "spread", pi / Delta: the
   * loosest, whose slack also covers logits that are not linear in the step.
   */
  readonly mode?: RadiusMode | RowRadii;
  /** r: how far to go, in radii; finite, > 0. Below 1 the Taylor series converges. Default 1. */
  readonly target?: number;
  /** Over the samples of a batch. Default "minimum", the only one that keeps every sample inside. */
  readonly aggregate?: "minimum" | "quantile";
  /** Share of the samples that may have a smaller radius, in [0, 1]; with aggregate "quantile". Default 0.1. */
  readonly quantile?: number;
}

/** {@link RadiusOptions} checked and filled in. */
export interface RadiusPlan {
  readonly target: number;
  radiusAlong(unit: Float64Array, slopes: LogitSlopes): MeasuredBatch;
}

/** Checks options; the plan then costs one jvp and the mode's own work a call. */
export function radiusPlan(options: RadiusOptions): RadiusPlan {
  const { mode = "spread", target = 1, aggregate = "minimum", quantile = 0.1 } = options;
  requirePositive("target", target);
  requireQuantile(quantile);
  // Options may come from JSON, where the type says nothing.
  if (!["minimum", "quantile"].includes(aggregate)) {
    throw new DomainError(`aggregate = "${aggregate}", expected "minimum" or "quantile"`);
  }
  const measure = batchMeasureOf(mode);
  const share = aggregate === "minimum" ? undefined : quantile;
  return {
    target,
    radiusAlong(unit, slopes) {
      const along = slopes.jvp(unit);
      const needsLogits = mode !== "spread";
      return measure(needsLogits ? slopes.logits : along, along, share);
    },
  };
}

/** A step as unit direction times length; the length may overflow to Infinity. */
export interface PolarStep {
  readonly unit: Float64Array;
  readonly length: number;
}

/**
 * Direction and length of `step`; undefined for a zero step. A power of two is taken out first, so
 * that directions of subnormal and of overflowing steps keep their digits.
 */
export function polarStep(step: Float64Array): PolarStep | undefined {
  requireFinite("step", step);
  const largest = normInf(step);
  if (largest === 0) return undefined;
  const e = exponentOf(largest);
  // Two factors: 2^-e itself may overflow.
  const one = 2 ** -Math.trunc(e / 2);
  const two = 2 ** -(e - Math.trunc(e / 2));
  const unit = new Float64Array(step.length);
  for (let i = 0; i < unit.length; i++) unit[i] = step[i]! * one * two;
  const size = norm2(unit);
  for (let i = 0; i < unit.length; i++) unit[i]! /= size;
  return { unit, length: scaleByPower(size, e) };
}
