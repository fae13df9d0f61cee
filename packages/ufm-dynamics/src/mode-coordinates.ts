import { exp } from "@xent/kernels";
import type { CheckedProblem } from "./spectral-problem.js";

/**
 * One unknown y_c a mode, in which the reduced flow is integrated, and what it says of the singular values.
 *
 * Two layers: s1' = r s2 - lambda s1 and s2' = r s1 - lambda s2 are solved by
 * s1 + s2 = u e^y, s1 - s2 = v e^(-y - 2 lambda t) with y' = r - lambda and constant u, v. So one
 * unknown y_c carries both singular values, s1^2 - s2^2 = u v is conserved exactly, modes of any sign
 * may cross zero, and for a balanced mode y is (ln s)/2 up to a constant.
 * Other depths (balanced): y = ln of the layers' singular value, up to a constant; one layer: the
 * change of the mode itself. All start at y = 0.
 */
export class ModeCoordinates {
  /** Whether s1 = s2 in every mode (always so for other depths than two). */
  readonly isBalanced: boolean;
  /** Whether mode 0 is frozen and entry 0 of y is somebody else's. */
  readonly #frozen: boolean;
  readonly #problem: CheckedProblem;
  /** ln |s| at y = 0, for other depths than two; -Infinity for a dead mode. */
  readonly #logStart: Float64Array | undefined;

  constructor(problem: CheckedProblem, frozen: boolean) {
    const { s1, s2, layers } = problem;
    this.#problem = problem;
    this.#frozen = frozen;
    this.isBalanced = layers !== 2 || s1 === s2 || s1.every((a, c) => a === s2[c]);
    this.#logStart =
      layers === 2 ? undefined : s1.map((a, c) => Math.log(a) + Math.log(Math.abs(s2[c]!)));
  }

  /** Whether mode `c` can never leave zero. */
  isDead(c: number): boolean {
    const { layers, s1, s2 } = this.#problem;
    return layers !== 1 && s1[c] === 0 && s2[c] === 0;
  }

  /** s1 s2 at the start. */
  #product(c: number): number {
    return this.#problem.s1[c]! * this.#problem.s2[c]!;
  }

  /**
   * Writes the strengths s_c of all layers' product (of the logits: over sqrt n) to `out`, and
   * ds_c/dy_c to `slopes` when it is given.
   */
  strengths(t: number, y: Float64Array, out: Float64Array, slopes?: Float64Array): Float64Array {
    const { layers, logitScale, s1 } = this.#problem;
    const k = out.length;
    if (layers === 1) {
      for (let c = 0; c < k; c++) out[c] = logitScale * (this.#product(c) + y[c]!);
      slopes?.fill(logitScale);
    } else if (layers !== 2) {
      for (let c = 0; c < k; c++) {
        const magnitude = logitScale * exp(layers * y[c]! + this.#logStart![c]!);
        const s = this.#product(c) >= 0 ? magnitude : -magnitude;
        out[c] = s;
        if (slopes !== undefined) slopes[c] = layers * s;
      }
    } else if (this.isBalanced) {
      for (let c = 0; c < k; c++) {
        // Twice the root: e^y may overflow while a tiny start keeps the product in range. The y of a mode that stays zero
        // is not bounded by that.
        const start = s1[c]!;
        const growth = start === 0 ? 0 : exp(y[c]! / 2);
        const a = start * growth * growth;
        const s = logitScale * a * a;
        out[c] = s;
        if (slopes !== undefined) slopes[c] = 2 * s;
      }
    } else {
      for (let c = 0; c < k; c++) {
        const a = this.#growing(c, y[c]!);
        const b = this.#falling(c, y[c]!, t);
        out[c] = logitScale * (a + b) * (a - b);
        if (slopes !== undefined) slopes[c] = 2 * logitScale * (a * a + b * b);
      }
    }
    if (this.#frozen) {
      out[0] = logitScale * this.#product(0);
      if (slopes !== undefined) slopes[0] = 0;
    }
    return out;
  }

  /** (s1 + s2) / 2 of two layers. */
  #growing(c: number, y: number): number {
    const { s1, s2 } = this.#problem;
    const start = s1[c]! + s2[c]!;
    if (start === 0) return 0;
    const growth = exp(y / 2);
    // Halved last: half of the smallest double is 0.
    return (start * growth * growth) / 2;
  }

  /** (s1 - s2) / 2 of two layers. */
  #falling(c: number, y: number, t: number): number {
    const { s1, s2, weightDecay } = this.#problem;
    const start = s1[c]! - s2[c]!;
    if (start === 0) return 0;
    const growth = exp(-y / 2 - weightDecay * t);
    return (start * growth * growth) / 2;
  }

  /** ds_c/dt / s_c for a mode that is not zero, where dy_c/dt = `rate`. */
  growthRate(c: number, t: number, y: Float64Array, rate: number): number {
    const { layers, weightDecay } = this.#problem;
    if (layers === 1) return rate / (this.#product(c) + y[c]!);
    if (this.isBalanced) return layers * rate;
    const a = this.#growing(c, y[c]!);
    const b = this.#falling(c, y[c]!, t);
    return (2 * (a * a + b * b) * rate + 4 * weightDecay * b * b) / ((a + b) * (a - b));
  }

  /** Per layer, the factor between the residual and y': a^(layers - 2), signed. */
  gain(c: number, y: Float64Array): number {
    const { layers } = this.#problem;
    if (layers <= 2) return 1;
    const power = Math.exp((layers - 2) * (y[c]! + this.#logStart![c]! / layers));
    return this.#product(c) < 0 ? -power : power;
  }

  /** `growth` of y_c less what the weight decay takes. */
  withDecay(c: number, y: Float64Array, growth: number): number {
    const { weightDecay, layers } = this.#problem;
    if (weightDecay === 0 || this.isDead(c)) return growth;
    return growth - weightDecay * (layers === 1 ? this.#product(c) + y[c]! : 1);
  }

  /**
   * ln s_c of the non-trivial modes (entry 0 is meaningless), without underflow where the flow
   * allows it; undefined when a mode is zero or negative.
   */
  logStrengths(t: number, y: Float64Array, out: Float64Array): Float64Array | undefined {
    const { layers, s1 } = this.#problem;
    if (this.isBalanced && layers !== 1) {
      for (let c = 1; c < out.length; c++) {
        if (this.isDead(c) || this.#product(c) < 0) return undefined;
        out[c] =
          layers * y[c]! + (layers === 2 ? 2 * Math.log(Math.abs(s1[c]!)) : this.#logStart![c]!);
      }
      return out;
    }
    this.strengths(t, y, out);
    for (let c = 1; c < out.length; c++) {
      if (!(out[c]! > 0)) return undefined;
      out[c] = Math.log(out[c]!);
    }
    return out;
  }

  /** Writes the singular values: the modes of W1 to `s1` (may be `y`), of the product of the layers after it to `s2`. */
  singularValues(t: number, y: Float64Array, s1: Float64Array, s2: Float64Array): void {
    const { layers, s1: start1, s2: start2 } = this.#problem;
    for (let c = 0; c < y.length; c++) {
      const at = y[c]!;
      if (c === 0 && this.#frozen) {
        s1[0] = start1[0]!;
        s2[0] = start2[0]!;
      } else if (layers === 2) {
        const a = this.#growing(c, at);
        const b = this.isBalanced ? 0 : this.#falling(c, at, t);
        s1[c] = a + b;
        s2[c] = a - b;
      } else if (layers === 1) {
        const s = this.#product(c) + at;
        s1[c] = Math.abs(s);
        s2[c] = Math.sign(s);
      } else if (this.isDead(c)) {
        s1[c] = 0;
        s2[c] = 0;
      } else {
        const a = Math.exp(at + this.#logStart![c]! / layers);
        s1[c] = a;
        s2[c] = Math.sign(this.#product(c)) * a ** (layers - 1);
      }
    }
  }
}
