import {
  type Dense,
  DomainError,
  dense,
  norm2,
  requireFinite,
  requireInteger,
  requireLength,
  requireNonNegative,
  requirePositive,
} from "@xent/linalg";
import type { Linearization } from "@xent/models";
import { countedLinearization, type ProductCounts } from "./counting.js";
import { marginGradients } from "./margin-split.js";
import { type CurvatureOptions, type WeightedSplit, weightedSplit } from "./operators.js";
import { type TargetOptions, targetDeviation } from "./targets.js";

/** What {@link fgnStep} and {@link ggnStep} have in common. */
export interface StepOptions extends CurvatureOptions, TargetOptions {
  /** lambda > 0, added to the curvature. */
  readonly damping: number;
  /**
   * tau >= 0 of a penalty `tau/2 ||theta||^2` (length P: one for each parameter) that belongs to the
   * objective: its gradient and its curvature are part of the system. Needs `parameters`. Default 0.
   */
  readonly weightDecay?: number | Float64Array;
  /** theta, length P; only read when there is a weight decay. */
  readonly parameters?: Float64Array;
  /**
   * Iterative solvers are done when ||(H + lambda I) d + g|| <= tolerance ||g||, in parameter space.
   * Default 1e-8.
   */
  readonly tolerance?: number;
  /** Of iterative solvers. Default: the size of the system, at least 100. */
  readonly maxIterations?: number;
  /** A step to start `parameter-cg` from, length P, e.g. the previous one; not modified. Default: zero. */
  readonly initialStep?: Float64Array;
}

/** How a step was solved: `stagnated` when rounding forbids the tolerance. The step is the best found, and finite. */
export type StepStatus = "converged" | "iteration-limit" | "stagnated" | "breakdown";

/** A checked step problem: minimise h.d - c.(G d) + (d.H d + d.(mu d)) / 2. */
export interface StepProblem {
  readonly linearization: Linearization;
  readonly counts: ProductCounts;
  readonly batch: WeightedSplit;
  /** damping + weightDecay, a number unless the decay is a vector. */
  readonly mu: number | Float64Array;
  /** Part of the gradient outside the row space: soft targets and weight decay; length P. */
  readonly outside: Float64Array | undefined;
  readonly tolerance: number;
  readonly maxIterations: number | undefined;
  readonly initialStep: Float64Array | undefined;
}

/** Checks all arguments and counts every product from here on. */
export function stepProblem(
  linearization: Linearization,
  labels: ArrayLike<number>,
  options: StepOptions,
): StepProblem {
  requirePositive("damping", options.damping);
  const P = linearization.parameterCount;
  const tolerance = options.tolerance ?? 1e-8;
  requirePositive("tolerance", tolerance);
  if (options.maxIterations !== undefined)
    requireInteger("maxIterations", options.maxIterations, 1);
  if (options.initialStep !== undefined) {
    requireLength("initialStep", options.initialStep, P);
    requireFinite("initialStep", options.initialStep);
  }
  const counts: ProductCounts = { jvps: 0, vjps: 0, grams: 0 };
  const counted = countedLinearization(linearization, counts);
  const batch = weightedSplit(linearization.logits, labels, options);
  const decay = options.weightDecay ?? 0;
  requireDecay(decay, options.parameters, P);
  const deviation = targetDeviation(linearization.logits, labels, batch.shares, options);
  let outside = deviation === undefined ? undefined : counted.vjp(deviation);
  if (typeof decay !== "number" || decay > 0) {
    outside ??= new Float64Array(P);
    const theta = options.parameters!;
    for (let k = 0; k < P; k++) {
      outside[k]! += (typeof decay === "number" ? decay : decay[k]!) * theta[k]!;
    }
  }
  return {
    linearization: counted,
    counts,
    batch,
    mu:
      typeof decay === "number"
        ? options.damping + decay
        : decay.map((tau) => tau + options.damping),
    outside,
    tolerance,
    maxIterations: options.maxIterations,
    initialStep: options.initialStep,
  };
}

function requireDecay(
  decay: number | Float64Array,
  parameters: Float64Array | undefined,
  P: number,
): void {
  if (typeof decay === "number") {
    requireNonNegative("weightDecay", decay);
    if (decay === 0) return;
  } else {
    requireLength("weightDecay", decay, P);
    decay.forEach((tau, k) => {
      requireNonNegative(`weightDecay[${k}]`, tau);
    });
  }
  if (parameters === undefined) {
    throw new DomainError(
      "weightDecay > 0 needs parameters: its gradient is weightDecay * parameters",
    );
  }
  requireLength("parameters", parameters, P);
  requireFinite("parameters", parameters);
}

/** Gradient of the loss (with weight decay) with respect to the parameters. One VJP. */
export function problemGradient(problem: StepProblem): Float64Array {
  const { split, labels, shares } = problem.batch;
  const u: Dense = marginGradients(split, labels, dense(shares.length, split.competitors.cols));
  for (let i = 0; i < u.rows; i++) {
    const s = -shares[i]! * split.complements[i]!;
    for (let k = i * u.cols; k < (i + 1) * u.cols; k++) u.data[k]! *= s;
  }
  const g = problem.linearization.vjp(u);
  if (problem.outside !== undefined) {
    for (let k = 0; k < g.length; k++) g[k]! += problem.outside[k]!;
  }
  return g;
}

/** out += mu d. */
export function addDamping(mu: number | Float64Array, d: Float64Array, out: Float64Array): void {
  for (let k = 0; k < d.length; k++) out[k]! += (typeof mu === "number" ? mu : mu[k]!) * d[k]!;
}

/** ||r|| / scale, 0 / 0 = 0. */
export function relativeNorm(r: Float64Array, scale: number): number {
  const n = norm2(r);
  return n === 0 ? 0 : n / scale;
}
