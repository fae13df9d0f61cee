import { DomainError, requireInteger, requirePositive } from "@xent/linalg";
import { mixedTolerances, type StepperOptions, type ToleranceOfEntries } from "./flow.js";
import { RosenbrockStepper } from "./rosenbrock.js";
import { RungeKuttaStepper } from "./runge-kutta.js";
import type { SpectralProblem } from "./spectral-problem.js";
import { type SpectralFlowResult, SpectralRun, type SpectralRunOptions } from "./spectral-run.js";
import { spectralSystem } from "./spectral-vector-field.js";
import type { ExplicitMethod } from "./tableau.js";

/** A {@link SpectralProblem}, when to report, and how to integrate. */
export interface SpectralFlowOptions extends SpectralProblem, SpectralRunOptions {
  /** Output times, >= 0, not decreasing. Give `times` or `logTimes`. */
  readonly times?: ArrayLike<number>;
  /** ln of the output times, for times beyond the largest double; -Infinity is t = 0. */
  readonly logTimes?: ArrayLike<number>;
  /** Local error allowed in a strength relative to itself (one layer: to 1 + |s|), and in ln t relative to
   * max(1, margin). @defaultValue 1e-9 */
  readonly tolerance?: number;
  /**
   * Integrate in the clock sigma, d sigma = rate (1 - p_0) dt: cost hardly grows with t. Only for the
   * cross-entropy without weight decay. @defaultValue true where it applies
   */
  readonly clock?: boolean;
  /**
   * `rodas5p` is L-stable, for the stiff far regime (margin much larger than k): clock form only, O(k^3) a
   * step, at most 2048 classes. @defaultValue "dop853" up to 2^18 classes, then "dopri5", which holds half as many vectors
   */
  readonly method?: ExplicitMethod | "rodas5p";
  /** Right-hand sides after which the flow gives up with a status. @defaultValue 100000 */
  readonly maxEvaluations?: number;
}

/** A dense Jacobian of this order takes 32 MB, and its factorisation some seconds. */
const LARGEST_IMPLICIT = 2048;

/**
 * Cross-entropy gradient flow of a linear network from a spectral initialisation, reduced to one
 * equation a mode: [H] for powers of two, and any even symbol on any finite abelian group.
 *
 * s2_c' = (1 - phat_c) s1_c, s1_c' = (1 - phat_c) s2_c, where phat are the eigenvalues of the softmax
 * matrix. One right-hand side costs O(k log k), memory is O(k). Where dead modes leave a floor under the loss (docs/theory
 * 2.5) the clock is that of the loss above the floor. Negative balanced modes that fall behind it for ever are the one
 * case in which the clock cannot outrun t: then `evaluation-limit` tells how far it got.
 *
 * @throws DimensionError, DomainError for a problem that makes no sense; running out of evaluations
 *   is a status.
 * @example
 * const flow = integrateSpectralFlow({ group: [10], strengths, times: [1, 1e8] });
 */
export function integrateSpectralFlow(options: SpectralFlowOptions): SpectralFlowResult {
  const system = spectralSystem(options, options.clock);
  const { problem, clock } = system;
  const tolerance = options.tolerance ?? 1e-9;
  requirePositive("tolerance", tolerance);
  const maxEvaluations = options.maxEvaluations ?? 100_000;
  requireInteger("maxEvaluations", maxEvaluations, 1);
  const method = options.method ?? (system.dimension <= 2 ** 18 ? "dop853" : "dopri5");
  const perMode = tolerance / problem.layers;
  if (method === "rodas5p" && !(clock && system.dimension <= LARGEST_IMPLICIT)) {
    throw new DomainError(
      `method = rodas5p needs the clock form and at most ${LARGEST_IMPLICIT} classes, got clock = ${clock} and ${system.dimension} classes`,
    );
  }
  const stepperOptions: StepperOptions = {
    maxEvaluations,
    tolerance:
      problem.layers === 1
        ? mixedTolerances(tolerance, tolerance)
        : modeTolerance(perMode, clock, tolerance),
  };
  const stepper =
    method === "rodas5p"
      ? new RosenbrockStepper(system, 0, system.initial(), stepperOptions)
      : new RungeKuttaStepper(system, 0, system.initial(), method, stepperOptions);
  return new SpectralRun(options, system, stepper, outputLogTimes(options)).run();
}

/** The same for every y, which is a logarithm; the margin in entry 0 of the clock form is held relative to itself. */
function modeTolerance(perMode: number, clock: boolean, relative: number): ToleranceOfEntries {
  return (_before, after, start, length, out) => {
    out.fill(perMode, 0, length);
    if (clock && start === 0) out[0] = relative * Math.max(1, Math.abs(after[0]!));
  };
}

function outputLogTimes(options: SpectralFlowOptions): Float64Array {
  const { times, logTimes } = options;
  if ((times === undefined) === (logTimes === undefined)) {
    throw new DomainError("expected exactly one of times and logTimes");
  }
  const name = times === undefined ? "logTimes" : "times";
  const given = Float64Array.from((times ?? logTimes)!);
  if (given.length === 0) throw new DomainError(`${name} is empty`);
  const least = times === undefined ? -Infinity : 0;
  for (const [i, value] of given.entries()) {
    if (!(value >= least && value < Infinity)) {
      throw new DomainError(`${name}[${i}] = ${value}, expected a finite time >= ${least}`);
    }
    if (i > 0 && value < given[i - 1]!) {
      throw new DomainError(
        `${name}[${i}] = ${value} is before ${name}[${i - 1}] = ${given[i - 1]}`,
      );
    }
  }
  return times === undefined ? given : given.map(Math.log);
}
