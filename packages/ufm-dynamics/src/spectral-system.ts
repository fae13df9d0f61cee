import {
  createKernelArena,
  exponentials,
  growModes,
  simdLeast,
  simdTop,
  takeResiduals,
} from "@xent/kernels";
import { type Dense, DomainError, dense } from "@xent/linalg";
import { groupMatrix, groupMatrixToDense, sigmoid } from "@xent/softmax-spectral";
import { type EvenTransform, evenTransform } from "./even-transform.js";
import type { DifferentiableFlow } from "./flow.js";
import { ModeCoordinates } from "./mode-coordinates.js";
import type { CheckedProblem } from "./spectral-problem.js";
import { annihilator, generatedSubgroup } from "./subgroup.js";

/** An engine has a limited number of memories for kernels: small systems, of which there may be many, take none. */
const SMALLEST_ARENA = 2 ** 10;

/**
 * The reduced flow as a differential equation with one unknown a mode: those of {@link ModeCoordinates}.
 *
 * In the clock form (cross-entropy without decay) the independent variable is sigma with
 * d sigma = rate (1 - p_0) dt, and entry 0, whose mode is frozen, carries the margin
 * zeta_0 - logsumexp_(m>=1) zeta_m, so that the method's own dense output yields d t / d sigma.
 *
 * Dead modes may leave classes confused for ever: the logits are constant on K = {m : chi_c(m) = 1 for all
 * modes c that live}, and 1 - phat_c = sum_(m not in K) p_m (1 - chi_c(m)) for those. Then K takes the place of the
 * element 0 in the clock, in the margin and in the competition, and what was said of small losses holds of the
 * loss above its floor ln |K|.
 */
export class SpectralSystem implements DifferentiableFlow {
  readonly problem: CheckedProblem;
  readonly clock: boolean;
  readonly dimension: number;
  readonly modes: ModeCoordinates;
  /** K, ascending; {0} unless dead modes leave a subgroup of classes confused. */
  readonly confused: Int32Array;
  /** logsumexp over K minus logsumexp over the other logits at the last call of `derivative` or `compete`. */
  margin = 0;

  readonly #transform: EvenTransform;
  /** In turn the strengths, the logits, the competitors and their eigenvalues. */
  readonly #work: Float64Array;
  readonly #offDiagonal: Float64Array;
  /** Of balanced modes of two layers under the cross-entropy: their strengths, while a right-hand side is computed. */
  readonly #strengths: Float64Array | undefined;
  /** Made by the first Jacobian. */
  #differences: Dense | undefined;

  constructor(problem: CheckedProblem, clock: boolean) {
    const k = problem.group.size;
    const modes = new ModeCoordinates(problem, clock);
    const balanced = problem.loss === "cross-entropy" && problem.layers === 2 && modes.isBalanced;
    // In the memory of the kernels all passes over the modes and both transforms do without copies.
    const capacity = (balanced ? 3 : 1) * (k + 8);
    const arena = k < SMALLEST_ARENA ? undefined : createKernelArena(capacity);
    const array = (): Float64Array => arena?.array(k) ?? new Float64Array(k);
    if (balanced) {
      const start = array();
      start.set(problem.s1);
      // Instead of the original, which can go.
      this.problem = { ...problem, s1: start, s2: start };
      this.modes = new ModeCoordinates(this.problem, clock);
      this.#strengths = array();
    } else {
      this.problem = problem;
      this.modes = modes;
    }
    this.clock = clock;
    this.dimension = k;
    this.#transform = evenTransform(problem.group);
    this.#work = array();
    this.#offDiagonal = this.#work.subarray(1);
    this.confused = this.#confusedClasses();
  }

  /** K; {0} also when nothing moves at all. */
  #confusedClasses(): Int32Array {
    const { group, loss } = this.problem;
    let dead = 0;
    for (let c = 1; c < group.size; c++) if (this.modes.isDead(c)) dead++;
    if (loss !== "cross-entropy" || dead === 0 || dead === group.size - 1) return Int32Array.of(0);
    const alive: number[] = [];
    for (let c = 1; c < group.size; c++) if (!this.modes.isDead(c)) alive.push(c);
    return annihilator(group, generatedSubgroup(group, alive));
  }

  /** Entries at the start: zeros, and the margin in entry 0 of the clock form. */
  initial(): Float64Array {
    const y = new Float64Array(this.dimension);
    if (this.clock) {
      this.compete(0, y);
      y[0] = this.margin;
    }
    return y;
  }

  /** `#work` <- logits zeta_m of a sample, without the common shift by mode 0; false on overflow. */
  #logits(t: number, y: Float64Array, slopes?: Float64Array): boolean {
    const work = this.modes.strengths(t, y, this.#work, slopes);
    work[0] = 0;
    this.#transform(work, 1 / work.length);
    // Entry 0 is the mean of all strengths: finite iff all of them are.
    return Number.isFinite(work[0]);
  }

  /**
   * `#work` <- the competitors, softmax over the logits outside K and 0 on K, times a factor that is returned; sets `margin`.
   * NaN when the logits are not finite.
   */
  #competeFromLogits(): number {
    const work = this.#work;
    const own = work[0]!;
    const count = this.confused.length;
    // Masked, so that the softmax passes over them.
    if (count > 1) for (let i = 0; i < count; i++) work[this.confused[i]!] = -Infinity;
    const others = this.#offDiagonal;
    const found = simdTop(others, 0, others.length);
    const top = found ?? firstLargest(others);
    if (top < 0) return NaN;
    const least = found === undefined ? -Infinity : simdLeast();
    const largest = others[top]!;
    const rest = exponentials(others, 0, others.length, top, largest, 1, others, 0, least);
    work[0] = 0;
    this.margin = own + Math.log(count) - (largest + Math.log1p(rest));
    return 1 + rest;
  }

  derivative(t: number, y: Float64Array, out: Float64Array): void {
    if (this.problem.loss !== "cross-entropy") {
      this.#squaredDerivative(t, y, out);
      return;
    }
    if (this.#strengths !== undefined) {
      this.#balancedDerivative(y, out, this.#strengths);
      return;
    }
    if (!this.#logits(t, y, out)) {
      out.fill(NaN);
      return;
    }
    const total = this.#competeFromLogits();
    const eigenvalues = this.#work;
    this.#transform(eigenvalues, 1 / total);
    const { modes } = this;
    const { rate, weightDecay, layers } = this.problem;
    if (this.clock) {
      let marginRate = 0;
      for (let c = 1; c < out.length; c++) {
        // A dead mode has slope 0 for ever, and so has one too small to matter yet.
        const residual = 1 - eigenvalues[c]!;
        const value = layers <= 2 ? residual : residual * modes.gain(c, y);
        marginRate += residual * out[c]! * value;
        out[c] = value;
      }
      out[0] = marginRate / out.length;
      return;
    }
    const factor = rate * sigmoid(-this.margin);
    for (let c = 1; c < out.length; c++) {
      const residual = factor * (1 - eigenvalues[c]!);
      out[c] = modes.withDecay(c, y, layers <= 2 ? residual : residual * modes.gain(c, y));
    }
    out[0] = weightDecay === 0 ? 0 : modes.withDecay(0, y, 0);
  }

  /** Two balanced layers: the same in three passes, each over memory that the kernels share. */
  #balancedDerivative(y: Float64Array, out: Float64Array, strengths: Float64Array): void {
    const work = this.#work;
    const { s1, logitScale, rate, weightDecay } = this.problem;
    const { modes } = this;
    work.set(y);
    // Not a mode of the clock form.
    work[0] = 0;
    growModes(work, s1, strengths, logitScale);
    strengths[0] = 0;
    work[0] = 0;
    this.#transform(work, 1 / work.length);
    if (!Number.isFinite(work[0])) {
      out.fill(NaN);
      return;
    }
    this.#transform(work, 1 / this.#competeFromLogits());
    // A dead mode has strength 0 for ever, and so has one too small to matter yet.
    const sum = takeResiduals(work, strengths, this.clock ? 1 : rate * sigmoid(-this.margin));
    out.set(work);
    if (this.clock) {
      // ds_c/dy_c = 2 s_c.
      out[0] = (2 * sum) / out.length;
    } else {
      out[0] = 0;
      if (weightDecay !== 0) {
        for (let c = 0; c < out.length; c++) out[c] = modes.withDecay(c, y, out[c]!);
      }
    }
  }

  #squaredDerivative(t: number, y: Float64Array, out: Float64Array): void {
    const { modes } = this;
    const { rate, loss } = this.problem;
    modes.strengths(t, y, this.#work);
    for (let c = 0; c < out.length; c++) {
      const target = c === 0 && loss === "squared-centred" ? 0 : 1;
      const residual = rate * (target - this.#work[c]!);
      out[c] = modes.isDead(c) ? 0 : modes.withDecay(c, y, residual * modes.gain(c, y));
    }
  }

  /**
   * Jacobian of the clock form, O(k^2): with qhat the transform of the competitors' distribution q,
   * d qhat_c / d s_d = ((qhat_(c+d) + qhat_(c-d)) / 2 - qhat_c qhat_d) / k.
   */
  jacobian(t: number, y: Float64Array, out: Float64Array): void {
    if (!this.clock) throw new DomainError("the Jacobian is known in the clock form only");
    const { group, layers } = this.problem;
    const { modes } = this;
    const k = this.dimension;
    const slopes = new Float64Array(k);
    const curvatures = modes.strengths(t, y, new Float64Array(k), slopes);
    for (let c = 0; c < k; c++) {
      curvatures[c] = layers === 1 ? 0 : layers === 2 ? 4 * curvatures[c]! : layers * slopes[c]!;
    }
    out.fill(0);
    if (!this.#logits(t, y)) {
      out.fill(NaN);
      return;
    }
    const total = this.#competeFromLogits();
    const qhat = this.#work;
    this.#transform(qhat, 1 / total);
    // Characters add like elements: this matrix holds qhat_(c-d).
    this.#differences ??= dense(k, k);
    const shifted = groupMatrixToDense(groupMatrix(group, qhat), this.#differences).data;
    for (let c = 1; c < k; c++) {
      const gain = modes.gain(c, y);
      const residual = 1 - qhat[c]!;
      for (let d = 1; d < k; d++) {
        const both = (shifted[c * k + group.negation[d]!]! + shifted[c * k + d]!) / 2;
        const change = (-slopes[d]! * (both - qhat[c]! * qhat[d]!)) / k;
        out[c * k + d] = gain * change;
        out[d]! += (2 * residual * slopes[c]! * gain * change) / k;
      }
      const own = layers > 2 ? (layers - 2) * gain * residual : 0;
      out[c * k + c]! += own;
      out[c]! += (residual * residual * gain * curvatures[c]! + residual * slopes[c]! * own) / k;
    }
  }

  /**
   * The softmax over the logits outside K, 0 on K, and sets `margin`; the system owns the result. `logits`, when given,
   * gets zeta_m without the common shift by mode 0. One transform.
   */
  compete(t: number, y: Float64Array, logits?: Float64Array): Float64Array {
    this.#logits(t, y);
    logits?.set(this.#work);
    const work = this.#work;
    const share = 1 / this.#competeFromLogits();
    for (let m = 0; m < work.length; m++) work[m]! *= share;
    return work;
  }

  /** Writes the eigenvalues phat_c of the softmax matrix to `out`, right after `compete`, whose result is lost. */
  softmaxEigenvalues(out: Float64Array): Float64Array {
    this.#transform(this.#work, 1);
    const wrong = sigmoid(-this.margin);
    for (let c = 0; c < out.length; c++) out[c] = 1 - wrong * (1 - this.#work[c]!);
    if (this.confused.length > 1) this.#spreadOverConfused(out, wrong);
    out[0] = 1;
    return out;
  }

  /** The characters that are not 1 on all of K sum to 0 over it: there phat_c = wrong qhat_c. */
  #spreadOverConfused(eigenvalues: Float64Array, wrong: number): void {
    const onConfused = this.#work.fill(0);
    for (const m of this.confused) onConfused[m] = 1 / this.confused.length;
    this.#transform(onConfused, 1);
    for (let c = 0; c < eigenvalues.length; c++) {
      if (onConfused[c]! < 0.5) eigenvalues[c]! -= 1 - wrong;
    }
  }

  /** Writes ds_c/dt / s_c to `out` (entry 0 is meaningless); all modes must be positive. */
  growthRates(t: number, y: Float64Array, out: Float64Array): Float64Array {
    this.derivative(t, y, out);
    const factor = this.clock ? this.problem.rate * sigmoid(-this.margin) : 1;
    for (let c = 1; c < out.length; c++) {
      out[c] = this.modes.growthRate(c, t, y, factor * out[c]!);
    }
    return out;
  }
}

/** First index of the largest, where the kernels do not search; -1 when an entry is NaN or Infinity. */
function firstLargest(x: Float64Array): number {
  let best = 0;
  for (let i = 0; i < x.length; i++) {
    if (!(x[i]! < Infinity)) return -1;
    if (x[i]! > x[best]!) best = i;
  }
  return best;
}
