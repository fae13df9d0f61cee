import type { StepFailure, Stepper } from "./flow.js";
import { LogTimeOnStep } from "./log-time.js";
import { lyapunov } from "./lyapunov.js";
import {
  classMargin,
  crossEntropyLoss,
  type SpectralState,
  spectralState,
  squaredLoss,
} from "./spectral-state.js";
import type { SpectralSystem } from "./spectral-system.js";

/** Where a spectral flow stops before its last output time. */
export interface SpectralStop {
  /** Stop when V falls below this. */
  readonly lyapunovBelow?: number;
  /** Stop when the loss falls below this. */
  readonly lossBelow?: number;
}

/** The end of an accepted step, as `onStep` sees it. The last one ends at the last output time, or where the flow stopped. */
export interface SpectralStep {
  readonly logTime: number;
  readonly margin: number;
  /** Undefined where a non-trivial mode is zero or negative. */
  readonly lyapunov: number | undefined;
}

/** What ends and what watches a spectral flow. */
export interface SpectralRunOptions {
  readonly stopWhen?: SpectralStop;
  readonly onStep?: (step: SpectralStep) => void;
  /** Takes each state as it is reached; the result then holds the last one alone, so that memory does not grow with the outputs. */
  readonly onState?: (state: SpectralState) => void;
}

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
  /**
   * Whether the explicit method was seen to be held back by stability when it ended: `method: "rodas5p"` fits better. It takes some
   * fifteen steps to see it, and outputs between steps may be off by a thousand tolerances before.
   */
  readonly stiff: boolean;
}

/** One integration: walks the stepper, keeps ln t, and reports at the output times. */
export class SpectralRun {
  readonly #options: SpectralRunOptions;
  readonly #system: SpectralSystem;
  readonly #stepper: Stepper;
  readonly #outputs: Float64Array;
  readonly #states: SpectralState[] = [];
  readonly #onStep = new LogTimeOnStep();
  /** For V along the steps; made when they are first needed. */
  #scratch: Float64Array | undefined;
  #logs: Float64Array | undefined;
  #logTime = -Infinity;

  constructor(
    options: SpectralRunOptions,
    system: SpectralSystem,
    stepper: Stepper,
    outputs: Float64Array,
  ) {
    this.#options = options;
    this.#system = system;
    this.#stepper = stepper;
    this.#outputs = outputs;
  }

  run(): SpectralFlowResult {
    const stepper = this.#stepper;
    const system = this.#system;
    const lastOutput = this.#outputs[this.#outputs.length - 1]!;
    let next = 0;
    while (next < this.#outputs.length && this.#outputs[next] === -Infinity) {
      this.#report(-Infinity, stepper.y.slice());
      next++;
    }
    const end = system.clock ? Infinity : Math.exp(lastOutput);
    let status: FlowStatus = "completed";
    if (this.#crossed(-Infinity, stepper.y)) {
      this.#report(-Infinity, stepper.y.slice());
      status = "event";
    }
    while (status === "completed" && next < this.#outputs.length) {
      const outcome = stepper.step(end);
      if (outcome !== "accepted") {
        this.#report(this.#logTime, stepper.y.slice());
        status = outcome;
        break;
      }
      const logStart = this.#logTime;
      this.#logTime = this.#finishStep(logStart);
      const event = this.#crossed(this.#logTime, stepper.y) ? this.#locate() : Infinity;
      const reached = Math.min(event, this.#logTime);
      while (next < this.#outputs.length && this.#outputs[next]! <= reached) {
        this.#reportAt(this.#outputs[next]!);
        next++;
      }
      if (event < Infinity) {
        this.#reportAt(event);
        status = "event";
      }
      this.#options.onStep?.(this.#summary(Math.min(reached, lastOutput)));
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

  /** Writes the state at a fraction of the last step to `out`. */
  #stateAt(fraction: number, out: Float64Array): Float64Array {
    const { t, tPrevious } = this.#stepper;
    const at = fraction === 1 ? t : tPrevious + fraction * (t - tPrevious);
    return this.#stepper.interpolate(at, out);
  }

  #reportAt(logTime: number): void {
    const y = new Float64Array(this.#system.dimension);
    this.#report(logTime, this.#stateAt(this.#fraction(logTime), y));
  }

  /** `y` becomes part of the result. */
  #report(logTime: number, y: Float64Array): void {
    const { onState } = this.#options;
    // Let go of the last state before the next one is made.
    if (onState !== undefined) this.#states.length = 0;
    const state = spectralState(this.#system, logTime, y);
    this.#states.push(state);
    onState?.(state);
  }

  #lyapunov(logTime: number, y: Float64Array): number | undefined {
    this.#logs ??= new Float64Array(y.length);
    const logs = this.#system.modes.logStrengths(Math.exp(logTime), y, this.#logs);
    return logs === undefined ? undefined : lyapunov(logs);
  }

  #crossed(logTime: number, y: Float64Array): boolean {
    const { lyapunovBelow, lossBelow } = this.#options.stopWhen ?? {};
    if (lyapunovBelow !== undefined) {
      const v = this.#lyapunov(logTime, y);
      if (v !== undefined && v < lyapunovBelow) return true;
    }
    return lossBelow !== undefined && this.#loss(logTime, y) < lossBelow;
  }

  #loss(logTime: number, y: Float64Array): number {
    const system = this.#system;
    const time = Math.exp(logTime);
    if (system.problem.loss === "cross-entropy") {
      system.compete(time, y);
      return crossEntropyLoss(system, system.margin);
    }
    this.#logs ??= new Float64Array(y.length);
    return squaredLoss(system, system.modes.strengths(time, y, this.#logs));
  }

  /** ln t of the event in the last step, by bisection on the dense output to rounding. */
  #locate(): number {
    let low = 0;
    let high = 1;
    while (high - low > 1e-14) {
      const middle = (low + high) / 2;
      const y = this.#stateAt(middle, this.#interpolated());
      if (this.#crossed(this.#logTimeAt(middle), y)) high = middle;
      else low = middle;
    }
    return this.#logTimeAt(high);
  }

  #logTimeAt(fraction: number): number {
    if (this.#system.clock) return fraction === 1 ? this.#logTime : this.#onStep.at(fraction);
    const { t, tPrevious } = this.#stepper;
    return Math.log(tPrevious + fraction * (t - tPrevious));
  }

  #interpolated(): Float64Array {
    this.#scratch ??= new Float64Array(this.#system.dimension);
    return this.#scratch;
  }

  /** What `onStep` is told of the last step up to `logTime`. */
  #summary(logTime: number): SpectralStep {
    const system = this.#system;
    const { y: yEnd } = this.#stepper;
    const y =
      logTime < this.#logTime ? this.#stateAt(this.#fraction(logTime), this.#interpolated()) : yEnd;
    let margin = y[0]!;
    if (!system.clock) {
      system.compete(Math.exp(logTime), y);
      margin = system.margin;
    }
    return {
      logTime,
      margin: classMargin(margin, system.confused.length),
      lyapunov: this.#lyapunov(logTime, y),
    };
  }
}
