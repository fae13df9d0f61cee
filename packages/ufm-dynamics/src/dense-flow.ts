import { copyDense, type Dense, norm2, requireInteger, requirePositive } from "@xent/linalg";
import { checkDenseProblem, type DenseProblem } from "./dense-problem.js";
import { DenseSystem } from "./dense-system.js";
import { type FlowEvent, integrate } from "./integrate.js";
import type { FlowStatus } from "./spectral-run.js";
import type { ExplicitMethod } from "./tableau.js";

/** A {@link DenseProblem}, when to report, and how to integrate. */
export interface DenseFlowOptions extends DenseProblem {
  /** Output times, >= 0, not decreasing. */
  readonly times: ArrayLike<number>;
  /** Local error allowed in an entry, relative to max(|entry|, root mean square of the start). @defaultValue 1e-9 */
  readonly tolerance?: number;
  /** @defaultValue "dop853" */
  readonly method?: ExplicitMethod;
  /** @defaultValue 100000 */
  readonly maxEvaluations?: number;
  readonly stopWhen?: { readonly lossBelow?: number };
}

/** The dense flow at one time. */
export interface DenseState {
  readonly time: number;
  readonly layers: Dense[];
  readonly bias: Float64Array | undefined;
  /** Classes x samples: column j holds the logits of sample j. */
  readonly logits: Dense;
  /** The data term of the loss; weight decay not included. */
  readonly loss: number;
}

/** A trajectory of the dense flow. */
export interface DenseFlowResult {
  readonly status: FlowStatus;
  readonly times: number[];
  readonly states: DenseState[];
  readonly steps: number;
  readonly rejected: number;
  readonly evaluations: number;
  readonly stiff: boolean;
}

/**
 * Gradient flow of all matrices of a deep linear network, from any start: W_l' = -dL/dW_l - lambda W_l.
 * Any depth, widths, samples per class, sample weights, with or without bias.
 *
 * One right-hand side costs O(N sum of the layer sizes); {@link integrateSpectralFlow} does the same
 * in O(k log k) where the start is spectral.
 *
 * @throws DimensionError, DomainError for shapes or values that make no sense.
 */
export function integrateDenseFlow(options: DenseFlowOptions): DenseFlowResult {
  const system = new DenseSystem(checkDenseProblem(options));
  const { tolerance = 1e-9, stopWhen } = options;
  requirePositive("tolerance", tolerance);
  if (options.maxEvaluations !== undefined)
    requireInteger("maxEvaluations", options.maxEvaluations, 1);
  const y0 = system.initial();
  const meanSquareRoot = norm2(y0) / Math.sqrt(y0.length);
  const floor = meanSquareRoot > 0 ? meanSquareRoot : 1;
  const events: FlowEvent[] = [];
  const lossBelow = stopWhen?.lossBelow;
  if (lossBelow !== undefined) {
    events.push({ name: "loss", value: (_t, y) => system.loss(y) - lossBelow });
  }
  const run = integrate(system, y0, {
    times: options.times,
    events,
    tolerance: (_i, before, after) =>
      tolerance * Math.max(floor, Math.abs(before), Math.abs(after)),
    ...(options.method === undefined ? {} : { method: options.method }),
    ...(options.maxEvaluations === undefined ? {} : { maxEvaluations: options.maxEvaluations }),
  });
  return {
    status: run.status,
    times: run.times,
    states: run.states.map((y, i) => denseState(system, run.times[i]!, y)),
    steps: run.steps,
    rejected: run.rejected,
    evaluations: run.evaluations,
    stiff: run.stiff,
  };
}

/** Copies the parameters out of the flat vector `y`. */
export function denseState(system: DenseSystem, time: number, y: Float64Array): DenseState {
  return {
    time,
    layers: system.problem.layers.map((_, l) => copyDense(system.layer(y, l))),
    bias: system.bias(y)?.slice(),
    logits: copyDense(system.logits(y)),
    loss: system.loss(y),
  };
}
