import { type Dense, DomainError, dense } from "@xent/linalg";
import { groupMatrix, groupMatrixToDense, sigmoid, softmax } from "@xent/softmax-spectral";
import { type EvenTransform, evenTransform } from "./even-transform.js";
import type { DifferentiableFlow } from "./flow.js";
import type { CheckedProblem } from "./spectral-problem.js";
import { annihilator, generatedSubgroup } from "./subgroup.js";

/**
 * The reduced flow as a differential equation with one unknown a mode.
 *
 * Two layers: s1' = r s2 - lambda s1 and s2' = r s1 - lambda s2 are solved by
 * s1 + s2 = u e^y, s1 - s2 = v e^(-y - 2 lambda t) with y' = r - lambda and constant u, v. So one
 * unknown y_c carries both singular values, s1^2 - s2^2 = u v is conserved exactly, modes of any sign
 * may cross zero, and for a balanced mode y is (ln s)/2 up to a constant.
 * Other depths (balanced): y = ln of the layers' singular value, up to a constant; one layer: the
 * change of the mode itself.
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
  /** logsumexp over K minus logsumexp over the other logits at the last call of `derivative`; K = {0} as a rule. */
  margin = 0;
  /** K, ascending; {0} unless dead modes leave a subgroup of classes confused. */
  readonly confused: Int32Array;

  readonly #transform: EvenTransform;
  /** u and v (two layers); `#v` is left out when every mode is balanced with s1 = s2. */
  readonly #u: Float64Array;
  readonly #v: Float64Array | undefined;
  /** ln of the strength's growing part at y = 0: ln(u^2/4), or ln |s|; -Infinity for a dead mode. */
  readonly #logGrowing: Float64Array;
  /** ln(v^2/4), the falling part. */
  readonly #logFalling: Float64Array | undefined;
  readonly #work: Float64Array;
  readonly #offDiagonal: Float64Array;
  readonly #competitors: Float64Array;
  readonly #competitorsOffDiagonal: Float64Array;
  /** Made by the first Jacobian. */
  #differences: Dense | undefined;

  constructor(problem: CheckedProblem, clock: boolean) {
    const k = problem.group.size;
    const { s1, s2, layers } = problem;
    this.problem = problem;
    this.clock = clock;
    this.dimension = k;
    this.#transform = evenTransform(problem.group);
    this.#work = new Float64Array(k);
    this.#offDiagonal = this.#work.subarray(1);
    this.#competitors = new Float64Array(k);
    this.#competitorsOffDiagonal = this.#competitors.subarray(1);
    if (layers === 2) {
      this.#u = s1.map((a, c) => a + s2[c]!);
      const balanced = s1.every((a, c) => a === s2[c]);
      this.#v = balanced ? undefined : s1.map((a, c) => a - s2[c]!);
      // Halved after the logarithm: half of the smallest double is 0, which would count as dead.
      const logQuarterSquare = (x: number): number => 2 * (Math.log(Math.abs(x)) - Math.LN2);
      this.#logGrowing = this.#u.map(logQuarterSquare);
      this.#logFalling = this.#v?.map(logQuarterSquare);
    } else {
      this.#u = s1.map((a, c) => a * s2[c]!);
      this.#v = undefined;
      this.#logGrowing = s1.map((a, c) => Math.log(a) + Math.log(Math.abs(s2[c]!)));
      this.#logFalling = undefined;
    }
    this.confused = this.#confusedClasses();
  }

  /** K; {0} also when nothing moves at all. */
  #confusedClasses(): Int32Array {
    const { group, loss } = this.problem;
    let dead = 0;
    for (let c = 1; c < group.size; c++) if (this.isDead(c)) dead++;
    if (loss !== "cross-entropy" || dead === 0 || dead === group.size - 1) return Int32Array.of(0);
    const alive: number[] = [];
    for (let c = 1; c < group.size; c++) if (!this.isDead(c)) alive.push(c);
    return annihilator(group, generatedSubgroup(group, alive));
  }

  /** Whether mode `c` can never leave zero. */
  isDead(c: number): boolean {
    if (this.problem.layers === 1) return false;
    return (
      this.#logGrowing[c] === -Infinity &&
      (this.#logFalling === undefined || this.#logFalling[c] === -Infinity)
    );
  }

  /** Whether s1 = s2 in every mode (always so for other depths than two). */
  get isBalanced(): boolean {
    return this.#v === undefined;
  }

  /** Whether ln |s_c| is linear in y_c for every mode: balanced, at least two layers. */
  #logLinear(): boolean {
    return this.#logFalling === undefined && this.problem.layers !== 1;
  }

  /** Entries at the start: zeros, and the margin in entry 0 of the clock form. */
  initial(): Float64Array {
    const y = new Float64Array(this.dimension);
    if (this.clock) {
      this.#logits(0, y, undefined);
      this.#compete();
      y[0] = this.margin;
    }
    return y;
  }

  /**
   * Writes the strengths s_c of all layers' product (of the logits: over sqrt n) to `#work`, and
   * ds_c/dy_c to `slopes`.
   */
  #strengths(t: number, y: Float64Array, slopes: Float64Array | undefined): void {
    const { layers, logitScale, weightDecay } = this.problem;
    const work = this.#work;
    const k = this.dimension;
    const growing = this.#logGrowing;
    const falling = this.#logFalling;
    if (layers === 1) {
      for (let c = 0; c < k; c++) work[c] = logitScale * (this.#u[c]! + y[c]!);
      slopes?.fill(logitScale);
    } else if (falling === undefined) {
      for (let c = 0; c < k; c++) {
        const magnitude = logitScale * Math.exp(layers * y[c]! + growing[c]!);
        const s = layers === 2 || this.#u[c]! >= 0 ? magnitude : -magnitude;
        work[c] = s;
        if (slopes !== undefined) slopes[c] = layers * s;
      }
    } else {
      const decayed = 4 * weightDecay * t;
      for (let c = 0; c < k; c++) {
        const a = logitScale * Math.exp(2 * y[c]! + growing[c]!);
        const b = logitScale * Math.exp(-2 * y[c]! - decayed + falling[c]!);
        work[c] = a - b;
        if (slopes !== undefined) slopes[c] = 2 * (a + b);
      }
    }
    // Entry 0 of y is not mode 0 in the clock form; the mode is frozen at its start.
    if (this.clock) {
      work[0] = logitScale * this.problem.s1[0]! * this.problem.s2[0]!;
      if (slopes !== undefined) slopes[0] = 0;
    }
  }

  /** `#work` <- logits zeta_m of a sample, without the common shift by mode 0; false on overflow. */
  #logits(t: number, y: Float64Array, slopes: Float64Array | undefined): boolean {
    this.#strengths(t, y, slopes);
    const work = this.#work;
    work[0] = 0;
    this.#transform(work);
    // Entry 0 is the sum of all strengths: finite iff all of them are.
    if (!Number.isFinite(work[0])) return false;
    for (let m = 0; m < work.length; m++) work[m]! /= work.length;
    return true;
  }

  /** `#competitors` <- softmax over the logits outside K, 0 on K; sets `margin`. Overwrites `#work` on K when K > {0}. */
  #compete(): void {
    const work = this.#work;
    const own = work[0]!;
    const count = this.confused.length;
    // Masked, so that the softmax passes over them.
    if (count > 1) for (let i = 0; i < count; i++) work[this.confused[i]!] = -Infinity;
    let best = 1;
    for (let m = 2; m < work.length; m++) if (work[m]! > work[best]!) best = m;
    softmax(this.#offDiagonal, this.#competitorsOffDiagonal);
    this.#competitors[0] = 0;
    // logsumexp from the largest term, whose share is at least 1/(k-1).
    this.margin = own + Math.log(count) - (work[best]! - Math.log(this.#competitors[best]!));
  }

  /** Per layer, the factor between the residual and y': a^(layers - 2), signed. */
  #gain(c: number, y: Float64Array): number {
    const { layers } = this.problem;
    if (layers <= 2) return 1;
    const power = Math.exp((layers - 2) * (y[c]! + this.#logGrowing[c]! / layers));
    return this.#u[c]! < 0 ? -power : power;
  }

  derivative(t: number, y: Float64Array, out: Float64Array): void {
    if (this.problem.loss !== "cross-entropy") {
      this.#squaredDerivative(t, y, out);
      return;
    }
    if (!this.#logits(t, y, out)) {
      out.fill(NaN);
      return;
    }
    this.#compete();
    this.#transform(this.#competitors);
    const eigenvalues = this.#competitors;
    const { rate, weightDecay, layers } = this.problem;
    if (this.clock) {
      let marginRate = 0;
      for (let c = 1; c < out.length; c++) {
        // A dead mode has slope 0 for ever, and so has one too small to matter yet.
        const residual = 1 - eigenvalues[c]!;
        const value = layers <= 2 ? residual : residual * this.#gain(c, y);
        marginRate += residual * out[c]! * value;
        out[c] = value;
      }
      out[0] = marginRate / out.length;
      return;
    }
    const factor = rate * sigmoid(-this.margin);
    for (let c = 1; c < out.length; c++) {
      const residual = factor * (1 - eigenvalues[c]!);
      out[c] = this.#withDecay(c, y, layers <= 2 ? residual : residual * this.#gain(c, y));
    }
    out[0] = this.#withDecay(0, y, 0);
    if (weightDecay === 0) out[0] = 0;
  }

  /**
   * Jacobian of the clock form, O(k^2): with qhat the transform of the competitors' distribution q,
   * d qhat_c / d s_d = ((qhat_(c+d) + qhat_(c-d)) / 2 - qhat_c qhat_d) / k.
   */
  jacobian(t: number, y: Float64Array, out: Float64Array): void {
    if (!this.clock) throw new DomainError("the Jacobian is known in the clock form only");
    const { group, layers } = this.problem;
    const k = this.dimension;
    const slopes = new Float64Array(k);
    this.#strengths(t, y, slopes);
    const curvatures = slopes.map((slope, c) => {
      if (layers === 1) return 0;
      return layers === 2 ? 4 * this.#work[c]! : layers * slope;
    });
    out.fill(0);
    if (!this.#logits(t, y, undefined)) {
      out.fill(NaN);
      return;
    }
    this.#compete();
    this.#transform(this.#competitors);
    const qhat = this.#competitors;
    // Characters add like elements: this matrix holds qhat_(c-d).
    this.#differences ??= dense(k, k);
    const shifted = groupMatrixToDense(groupMatrix(group, qhat), this.#differences).data;
    for (let c = 1; c < k; c++) {
      const gain = this.#gain(c, y);
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

  #squaredDerivative(t: number, y: Float64Array, out: Float64Array): void {
    this.#strengths(t, y, undefined);
    const { rate, loss } = this.problem;
    for (let c = 0; c < out.length; c++) {
      const target = c === 0 && loss === "squared-centred" ? 0 : 1;
      const residual = rate * (target - this.#work[c]!);
      out[c] = this.isDead(c) ? 0 : this.#withDecay(c, y, residual * this.#gain(c, y));
    }
  }

  #withDecay(c: number, y: Float64Array, growth: number): number {
    const { weightDecay, layers } = this.problem;
    if (weightDecay === 0 || this.isDead(c)) return growth;
    return growth - weightDecay * (layers === 1 ? this.#u[c]! + y[c]! : 1);
  }

  /** `margin` at a state. Makes one transform. */
  marginAt(t: number, y: Float64Array): number {
    this.#logits(t, y, undefined);
    this.#compete();
    return this.margin;
  }

  /**
   * ln s_c of the non-trivial modes (entry 0 is meaningless), without underflow where the flow
   * allows it; undefined when a mode is zero or negative.
   */
  logStrengths(t: number, y: Float64Array, out: Float64Array): Float64Array | undefined {
    const { layers } = this.problem;
    if (this.#logLinear()) {
      for (let c = 1; c < out.length; c++) {
        if (this.isDead(c) || this.#u[c]! * (layers === 2 ? this.#u[c]! : 1) < 0) return undefined;
        out[c] = layers * y[c]! + this.#logGrowing[c]!;
      }
      return out;
    }
    this.#strengths(t, y, undefined);
    for (let c = 1; c < out.length; c++) {
      if (!(this.#work[c]! > 0)) return undefined;
      out[c] = Math.log(this.#work[c]!);
    }
    return out;
  }

  /** Singular values: modes of W1, and of the product of the layers after it. */
  modesAt(t: number, y: Float64Array): { s1: Float64Array; s2: Float64Array } {
    const { layers, weightDecay, s1: start1, s2: start2 } = this.problem;
    const k = this.dimension;
    const s1 = new Float64Array(k);
    const s2 = new Float64Array(k);
    for (let c = 0; c < k; c++) {
      if (c === 0 && this.clock) {
        s1[0] = start1[0]!;
        s2[0] = start2[0]!;
      } else if (layers === 2) {
        // Twice the root: e^y may overflow while a tiny u keeps the product in range.
        const growth = Math.exp(y[c]! / 2);
        const u = this.#u[c]! * growth * growth;
        const v = this.#v === undefined ? 0 : this.#v[c]! * Math.exp(-y[c]! - 2 * weightDecay * t);
        s1[c] = (u + v) / 2;
        s2[c] = (u - v) / 2;
      } else if (layers === 1) {
        s1[c] = Math.abs(this.#u[c]! + y[c]!);
        s2[c] = Math.sign(this.#u[c]! + y[c]!);
      } else if (!this.isDead(c)) {
        const a = Math.exp(y[c]! + this.#logGrowing[c]! / layers);
        s1[c] = a;
        s2[c] = Math.sign(this.#u[c]!) * a ** (layers - 1);
      }
    }
    return { s1, s2 };
  }

  /** The characters that are not 1 on all of K sum to 0 over it: there phat_c = wrong qhat_c. */
  #spreadOverConfused(eigenvalues: Float64Array, wrong: number): void {
    const onConfused = new Float64Array(this.dimension);
    for (const m of this.confused) onConfused[m] = 1 / this.confused.length;
    this.#transform(onConfused);
    for (let c = 0; c < eigenvalues.length; c++) {
      if (onConfused[c]! < 0.5) eigenvalues[c]! -= 1 - wrong;
    }
  }

  /** Everything that is known of the state `y` at time t. */
  observe(t: number, y: Float64Array): Observation {
    const k = this.dimension;
    const strengths = new Float64Array(k);
    const slopes = new Float64Array(k);
    this.#strengths(t, y, slopes);
    strengths.set(this.#work);
    this.#logits(t, y, undefined);
    const logits = this.#work.slice();
    this.#compete();
    const competitors = this.#competitors.slice();
    const margin = this.margin;
    this.#transform(this.#competitors);
    const wrong = sigmoid(-margin);
    const softmaxEigenvalues = this.#competitors.map((e) => 1 - wrong * (1 - e));
    if (this.confused.length > 1) this.#spreadOverConfused(softmaxEigenvalues, wrong);
    softmaxEigenvalues[0] = 1;
    const logs = this.logStrengths(t, y, new Float64Array(k));
    return { strengths, slopes, logits, competitors, margin, softmaxEigenvalues, logs };
  }
}

/** Raw quantities at one time; see `spectral-state.ts` for what is made of them. */
export interface Observation {
  readonly strengths: Float64Array;
  /** ds_c/dy_c. */
  readonly slopes: Float64Array;
  /** zeta_m without the common shift by mode 0. */
  readonly logits: Float64Array;
  /** Softmax over the logits outside K, 0 on K. */
  readonly competitors: Float64Array;
  /** See {@link SpectralSystem.margin}. */
  readonly margin: number;
  /** Eigenvalues phat_c of the softmax matrix. */
  readonly softmaxEigenvalues: Float64Array;
  readonly logs: Float64Array | undefined;
}
