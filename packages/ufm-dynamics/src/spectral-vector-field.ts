import { DomainError, requireLength } from "@xent/linalg";
import { softplus } from "@xent/softmax-spectral";
import type { Flow } from "./flow.js";
import { checkProblem, type SpectralProblem } from "./spectral-problem.js";
import { type SpectralState, spectralState } from "./spectral-state.js";
import { SpectralSystem } from "./spectral-system.js";

/** The reduced flow as an initial value problem, for an integrator of one's own; see {@link spectralVectorField}. */
export interface SpectralVectorField extends Flow {
  /** Whether the independent variable is the clock sigma and not t. */
  readonly clock: boolean;
  /** The start in the unknowns of the flow: a new array of length `dimension`, k. */
  initial(): Float64Array;
  /**
   * Writes f(t, y) to `out` (length k, not `y`): one pass over the modes, a softmax and two transforms, O(k log k). It allocates
   * nothing. NaN when a strength overflows.
   */
  derivative(t: number, y: Float64Array, out: Float64Array): void;
  /** ln(dt / d sigma) at `y` in the clock form; 0 in natural time. O(1). */
  logTimeRate(y: Float64Array): number;
  /** Everything that is known of `y` at a time given by its logarithm. `y` is not kept. O(k log k). */
  state(logTime: number, y: Float64Array): SpectralState;
}

/** How the field is written down; see {@link SpectralVectorField}. */
export interface SpectralVectorFieldOptions {
  /** As in `integrateSpectralFlow`. @defaultValue true for the cross-entropy without weight decay */
  readonly clock?: boolean;
}

/** The system of a problem, in the clock where that applies and nothing else is asked for. */
export function spectralSystem(
  problem: SpectralProblem,
  clock: boolean | undefined,
): SpectralSystem {
  const checked = checkProblem(problem);
  const allowed = checked.loss === "cross-entropy" && checked.weightDecay === 0;
  if (clock === true && !allowed) {
    throw new DomainError("clock = true needs the cross-entropy without weight decay");
  }
  return new SpectralSystem(checked, clock ?? allowed);
}

/**
 * The right-hand side that `integrateSpectralFlow` integrates, evaluated into the caller's buffer.
 *
 * The unknowns: y_c with s1_c + s2_c = u_c e^(y_c) and s1_c - s2_c = v_c e^(-y_c - 2 lambda t), u and v from the start, so that
 * y_c' = 1 - phat_c - lambda (two layers; for other depths y_c is the growth of the logarithm of a layer's singular value, for one
 * layer the change of the mode). In the clock form the independent variable is sigma, d sigma = rate (1 - p_0) dt, and y_0 is the
 * margin zeta_0 - logSumExp(zeta_m, m >= 1): then y_c' = 1 - qhat_c stays of order one where 1 - phat_c underflows
 * (docs/theory 2.7).
 *
 * @throws DimensionError, DomainError for a problem that makes no sense, or a clock where there is none.
 * @example
 * const field = spectralVectorField({ group: [10], strengths });
 * const out = new Float64Array(field.dimension);
 * field.derivative(0, field.initial(), out);
 */
export function spectralVectorField(
  problem: SpectralProblem,
  options: SpectralVectorFieldOptions = {},
): SpectralVectorField {
  const system = spectralSystem(problem, options.clock);
  const { dimension, clock } = system;
  const logRate = Math.log(system.problem.rate);
  return {
    dimension,
    clock,
    initial: () => system.initial(),
    derivative: (t, y, out) => {
      requireLength("y", y, dimension);
      requireLength("out", out, dimension);
      system.derivative(t, y, out);
    },
    logTimeRate: (y) => {
      requireLength("y", y, dimension);
      return clock ? softplus(y[0]!) - logRate : 0;
    },
    state: (logTime, y) => {
      requireLength("y", y, dimension);
      return spectralState(system, logTime, y.slice());
    },
  };
}
