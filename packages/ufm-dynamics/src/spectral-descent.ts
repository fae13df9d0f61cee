import { requirePositive } from "@xent/linalg";
import { planSoftmaxGaps, type SoftmaxGapPlan } from "@xent/softmax-spectral";
import { type CheckedProblem, checkProblem, type SpectralProblem } from "./spectral-problem.js";
import { type SpectralState, spectralState } from "./spectral-state.js";
import { SpectralSystem } from "./spectral-system.js";
import { requireStepNumbers } from "./step-numbers.js";

/** A {@link SpectralProblem}, its step size, and after how many steps to report. */
export interface SpectralDescentOptions extends SpectralProblem {
  /** eta > 0: one step takes the place of the time eta of the flow. */
  readonly stepSize: number;
  /** After how many steps to report: integers >= 0, not decreasing. */
  readonly outputSteps: ArrayLike<number>;
}

/** `diverged`: a mode or a logit left the range of doubles; the last state is the one before. */
export type DescentStatus = "completed" | "diverged";

/** A trajectory of gradient descent, in the form of {@link SpectralFlowResult}. */
export interface SpectralDescentResult {
  readonly status: DescentStatus;
  /** Number of steps times their size, for each state. */
  readonly times: number[];
  /** `lyapunovRate` is that of the flow through the state. */
  readonly states: SpectralState[];
  /** Steps taken. */
  readonly steps: number;
  /** Gradients, one a step. */
  readonly evaluations: number;
}

/**
 * Gradient descent with full batches from a spectral initialisation, exactly: with r_c = 1 - phat_c at the old
 * modes, s2_c += eta r_c s1_c and s1_c += eta r_c s2_c. The singular vectors never move, as along the flow
 * (docs/theory 2.4). V need not fall when eta is large. O(k log k) a step, no allocation between reports.
 *
 * @throws DimensionError, DomainError for a problem that makes no sense.
 */
export function spectralGradientDescent(options: SpectralDescentOptions): SpectralDescentResult {
  const problem = checkProblem(options);
  const { stepSize } = options;
  requirePositive("stepSize", stepSize);
  const outputs = requireStepNumbers("outputSteps", options.outputSteps);
  const descent = new SpectralDescent(problem, stepSize);
  const states: SpectralState[] = [];
  const report = (): void => void states.push(descent.state());
  let status: DescentStatus = "completed";
  for (const target of outputs) {
    while (status === "completed" && descent.steps < target) {
      if (!descent.step()) status = "diverged";
    }
    report();
    if (status === "diverged") break;
  }
  return {
    status,
    times: states.map((state) => state.time),
    states,
    steps: descent.steps,
    evaluations: descent.steps,
  };
}

/** The singular values of the layers and the recursion on them. */
class SpectralDescent {
  steps = 0;
  readonly #problem: CheckedProblem;
  readonly #stepSize: number;
  readonly #plan: SoftmaxGapPlan;
  /** Two layers: s1 and s2. Otherwise the common singular value of all layers, and the sign of the last one. */
  #first: Float64Array;
  #second: Float64Array;
  #nextFirst: Float64Array;
  #nextSecond: Float64Array;
  readonly #residuals: Float64Array;

  constructor(problem: CheckedProblem, stepSize: number) {
    const { s1, s2, layers, group } = problem;
    this.#problem = problem;
    this.#stepSize = stepSize;
    this.#plan = planSoftmaxGaps(group);
    this.#first = layers === 1 ? s1.map((a, c) => a * s2[c]!) : s1.slice();
    this.#second = layers === 2 ? s2.slice() : s2.map((b) => (b < 0 ? -1 : 1));
    this.#nextFirst = this.#first.slice();
    this.#nextSecond = this.#second.slice();
    this.#residuals = new Float64Array(group.size);
  }

  /** Strength of mode c of the product of all layers. */
  #strength(c: number): number {
    const { layers } = this.#problem;
    if (layers === 1) return this.#first[c]!;
    if (layers === 2) return this.#first[c]! * this.#second[c]!;
    return this.#second[c]! * this.#first[c]! ** layers;
  }

  /** `#residuals` <- rate (1 - phat_c), or rate (target - s_c); false when a number leaves the range. */
  #fillResiduals(): boolean {
    const { loss, rate, logitScale, group } = this.#problem;
    const r = this.#residuals;
    for (let c = 0; c < r.length; c++) {
      r[c] = logitScale * this.#strength(c);
      if (!Number.isFinite(r[c])) return false;
    }
    if (loss !== "cross-entropy") {
      for (let c = 0; c < r.length; c++) {
        const target = c === 0 && loss === "squared-centred" ? 0 : 1;
        r[c] = rate * (target - r[c]!);
      }
      return true;
    }
    // Mode 0 shifts all logits of a sample alike.
    r[0] = 0;
    group.evenSymbol(r, r);
    for (let c = 0; c < r.length; c++) if (!Number.isFinite(r[c])) return false;
    this.#plan.gaps(r, r);
    for (let c = 0; c < r.length; c++) r[c]! *= rate;
    return true;
  }

  /** Takes one step; false, and the modes stay, when it leaves the range of doubles. */
  step(): boolean {
    if (!this.#fillResiduals()) return false;
    const { layers, weightDecay } = this.#problem;
    const eta = this.#stepSize;
    const a = this.#first;
    const b = this.#second;
    for (let c = 0; c < a.length; c++) {
      const r = this.#residuals[c]!;
      if (layers === 2) {
        this.#nextFirst[c] = a[c]! + eta * (r * b[c]! - weightDecay * a[c]!);
        this.#nextSecond[c] = b[c]! + eta * (r * a[c]! - weightDecay * b[c]!);
      } else {
        const others = layers === 1 ? 1 : b[c]! * a[c]! ** (layers - 1);
        this.#nextFirst[c] = a[c]! + eta * (r * others - weightDecay * a[c]!);
      }
      if (!Number.isFinite(this.#nextFirst[c]) || !Number.isFinite(this.#nextSecond[c])) {
        return false;
      }
    }
    [this.#first, this.#nextFirst] = [this.#nextFirst, this.#first];
    if (layers === 2) [this.#second, this.#nextSecond] = [this.#nextSecond, this.#second];
    this.steps++;
    return true;
  }

  state(): SpectralState {
    const { layers } = this.#problem;
    const s1 = layers === 1 ? this.#first.map(Math.abs) : this.#first.slice();
    const s2 =
      layers === 1
        ? this.#first.map(Math.sign)
        : this.#second.map((b, c) => (layers === 2 ? b : b * s1[c]! ** (layers - 1)));
    // The flow's description of a state that starts here; its singular values of deep layers are positive.
    const here =
      layers === 2
        ? { ...this.#problem, s1, s2 }
        : { ...this.#problem, s1: s1.map(Math.abs), s2: s2.map((b, c) => (s1[c]! < 0 ? -b : b)) };
    const system = new SpectralSystem(here, false);
    const time = this.steps * this.#stepSize;
    return { ...spectralState(system, Math.log(time), system.initial()), time, s1, s2 };
  }
}
