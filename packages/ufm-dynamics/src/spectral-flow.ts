import { DomainError, requireInteger, requirePositive } from "@xent/linalg";
import type { StepFailure, Stepper, StepperOptions } from "./flow.js";
import { LogTimeOnStep } from "./log-time.js";
import { lyapunov } from "./lyapunov.js";
import { RosenbrockStepper } from "./rosenbrock.js";
import { RungeKuttaStepper } from "./runge-kutta.js";
import { checkProblem, type SpectralProblem } from "./spectral-problem.js";
import { classMargin, type SpectralState, spectralState } from "./spectral-state.js";
import { SpectralSystem } from "./spectral-system.js";
import type { ExplicitMethod } from "./tableau.js";

/** Where a spectral flow stops before its last output time. */
export interface SpectralStop {
  /** Stop when V falls below this. */
  readonly lyapunovBelow?: number;
  /** Stop when the loss falls below this. */
  readonly lossBelow?: number;
}

/** One accepted step, as `onStep` sees it. */
export interface SpectralStep {
  readonly logTime: number;
  readonly margin: number;
  /** Undefined where a non-trivial mode is zero or negative. */
  readonly lyapunov: number | undefined;
}

/** A {@link SpectralProblem}, when to report, and how to integrate. */
export interface SpectralFlowOptions extends SpectralProblem {
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
  readonly stopWhen?: SpectralStop;
  readonly onStep?: (step: SpectralStep) => void;
}

/** A dense Jacobian of this order takes 32 MB, and its factorisation some seconds. */
const LARGEST_IMPLICIT = 2048;

/** What became of an integration. */
export type FlowStatus = "completed" | "event" | StepFailure;

/** A trajectory of the reduced flow. */
export interface SpectralFlowResult {
  /**
   * `completed`: all output times were reached. `event`: a condition of `stopWhen` was met, the last
   * state is there. Otherwise the last state is the furthest one reached.
   */
  readonly status: FlowStatus;
  /** Times of `states`. */
  readonly times: number[];
  readonly states: SpectralState[];
  /** Accepted steps. */
  readonly steps: number;
  readonly rejected: number;
  /** Right-hand sides, those for dense output included. */
  readonly evaluations: number;
  /** Whether the explicit method was held back by stability when it ended: `method: "rodas5p"` fits better. */
  readonly stiff: boolean;
}

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
  const problem = checkProblem(options);
  const clockAllowed = problem.loss === "cross-entropy" && problem.weightDecay === 0;
  const clock = options.clock ?? clockAllowed;
  if (clock && !clockAllowed) {
    throw new DomainError("clock = true needs the cross-entropy without weight decay");
  }
  const tolerance = options.tolerance ?? 1e-9;
  requirePositive("tolerance", tolerance);
  const maxEvaluations = options.maxEvaluations ?? 100_000;
  requireInteger("maxEvaluations", maxEvaluations, 1);
  const system = new SpectralSystem(problem, clock);
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
        ? (_i, before, after) => tolerance * (1 + Math.max(Math.abs(before), Math.abs(after)))
        : (i, _before, after) =>
            i === 0 && clock ? tolerance * Math.max(1, Math.abs(after)) : perMode,
  };
  const stepper =
    method === "rodas5p"
      ? new RosenbrockStepper(system, 0, system.initial(), stepperOptions)
      : new RungeKuttaStepper(system, 0, system.initial(), method, stepperOptions);
  return new SpectralRun(options, system, stepper, outputLogTimes(options)).run();
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

/** One integration: walks the stepper, keeps ln t, and reports at the output times. */
class SpectralRun {
  readonly #options: SpectralFlowOptions;
  readonly #system: SpectralSystem;
  readonly #stepper: Stepper & { readonly stiff: boolean };
  readonly #outputs: Float64Array;
  readonly #states: SpectralState[] = [];
  readonly #onStep = new LogTimeOnStep();
  readonly #scratch: Float64Array;
  #logs: Float64Array | undefined;
  #logTime = -Infinity;

  constructor(
    options: SpectralFlowOptions,
    system: SpectralSystem,
    stepper: Stepper & { readonly stiff: boolean },
    outputs: Float64Array,
  ) {
    this.#options = options;
    this.#system = system;
    this.#stepper = stepper;
    this.#outputs = outputs;
    this.#scratch = new Float64Array(system.dimension);
  }

  run(): SpectralFlowResult {
    const stepper = this.#stepper;
    const system = this.#system;
    let next = 0;
    while (next < this.#outputs.length && this.#outputs[next] === -Infinity) {
      this.#report(-Infinity, stepper.y);
      next++;
    }
    const end = system.clock ? Infinity : Math.exp(this.#outputs[this.#outputs.length - 1]!);
    let status: FlowStatus = "completed";
    if (this.#crossed(-Infinity, stepper.y)) {
      this.#report(-Infinity, stepper.y);
      status = "event";
    }
    while (status === "completed" && next < this.#outputs.length) {
      const outcome = stepper.step(end);
      if (outcome !== "accepted") {
        this.#report(this.#logTime, stepper.y);
        status = outcome;
        break;
      }
      const logStart = this.#logTime;
      this.#logTime = this.#finishStep(logStart);
      const event = this.#crossed(this.#logTime, stepper.y) ? this.#locate() : Infinity;
      const reached = Math.min(event, this.#logTime);
      while (next < this.#outputs.length && this.#outputs[next]! <= reached) {
        const at = this.#outputs[next]!;
        this.#report(at, this.#stateAt(this.#fraction(at)));
        next++;
      }
      if (event < Infinity) {
        this.#report(event, this.#stateAt(this.#fraction(event)));
        status = "event";
      }
      this.#options.onStep?.(this.#summary());
    }
    return {
      status,
      times: this.#states.map((state) => state.time),
      states: this.#states,
      steps: stepper.steps,
      rejected: stepper.rejected,
      evaluations: stepper.evaluations,
      stiff: stepper.stiff,
    };
  }

  /** ln t at the end of the step that was just taken. */
  #finishStep(logStart: number): number {
    const stepper = this.#stepper;
    if (!this.#system.clock) return Math.log(stepper.t);
    // The derivative was last called at the end of the step. Entry 0 is put right there: it was
    // integrated only for its dense output.
    stepper.y[0] = this.#system.margin;
    const logScale = Math.log((stepper.t - stepper.tPrevious) / this.#system.problem.rate);
    this.#onStep.begin(logStart, logScale, (out) => stepper.entryPolynomial(0, out));
    return this.#onStep.at(1);
  }

  /** Where in the last step ln t has the given value, as a fraction of it. */
  #fraction(logTime: number): number {
    if (this.#system.clock) return logTime >= this.#logTime ? 1 : this.#onStep.find(logTime);
    const { t, tPrevious } = this.#stepper;
    return Math.min(1, Math.max(0, (Math.exp(logTime) - tPrevious) / (t - tPrevious)));
  }

  #stateAt(fraction: number): Float64Array {
    const { t, tPrevious } = this.#stepper;
    const at = fraction === 1 ? t : tPrevious + fraction * (t - tPrevious);
    return this.#stepper.interpolate(at, this.#scratch);
  }

  #report(logTime: number, y: Float64Array): void {
    this.#states.push(spectralState(this.#system, logTime, y));
  }

  #lyapunov(logTime: number, y: Float64Array): number | undefined {
    this.#logs ??= new Float64Array(y.length);
    const logs = this.#system.logStrengths(Math.exp(logTime), y, this.#logs);
    return logs === undefined ? undefined : lyapunov(logs);
  }

  #crossed(logTime: number, y: Float64Array): boolean {
    const { lyapunovBelow, lossBelow } = this.#options.stopWhen ?? {};
    if (lyapunovBelow !== undefined) {
      const v = this.#lyapunov(logTime, y);
      if (v !== undefined && v < lyapunovBelow) return true;
    }
    return lossBelow !== undefined && spectralState(this.#system, logTime, y).loss < lossBelow;
  }

  /** ln t of the event in the last step, by bisection on the dense output to rounding. */
  #locate(): number {
    let low = 0;
    let high = 1;
    while (high - low > 1e-14) {
      const middle = (low + high) / 2;
      if (this.#crossed(this.#logTimeAt(middle), this.#stateAt(middle))) high = middle;
      else low = middle;
    }
    return this.#logTimeAt(high);
  }

  #logTimeAt(fraction: number): number {
    if (this.#system.clock) return fraction === 1 ? this.#logTime : this.#onStep.at(fraction);
    const { t, tPrevious } = this.#stepper;
    return Math.log(tPrevious + fraction * (t - tPrevious));
  }

  #summary(): SpectralStep {
    const { t, y } = this.#stepper;
    const margin = this.#system.clock ? y[0]! : this.#system.marginAt(t, y);
    return {
      logTime: this.#logTime,
      margin: classMargin(margin, this.#system.confused.length),
      lyapunov: this.#lyapunov(this.#logTime, y),
    };
  }
}
