import {
  type Dense,
  dense,
  multiply,
  multiplyTransposeA,
  multiplyTransposeB,
  transpose,
} from "@xent/linalg";
import { crossEntropyRows, softmaxRows } from "@xent/softmax-spectral";
import type { CheckedDenseProblem } from "./dense-problem.js";
import type { Flow } from "./flow.js";

/**
 * Gradient flow of all matrices: W_l' = -dL/dW_l - lambda W_l, b' = -dL/db, on one flat vector (W1,
 * ..., WL row-major, then the bias). Buffers are allocated once; a right-hand side allocates only
 * views. O(N sum of the layer sizes).
 */
export class DenseSystem implements Flow {
  readonly problem: CheckedDenseProblem;
  readonly dimension: number;
  readonly #offsets: number[] = [];
  /** H_l = W_l ... W_1; the last one holds the logits, classes x samples. */
  readonly #products: Dense[];
  /** Back-propagated residuals, the shape of `#products`. */
  readonly #residuals: Dense[];
  readonly #sampleRows: Dense;

  constructor(problem: CheckedDenseProblem) {
    const n = problem.sampleCount;
    let offset = 0;
    for (const w of problem.layers) {
      this.#offsets.push(offset);
      offset += w.data.length;
    }
    this.#offsets.push(offset);
    this.problem = problem;
    this.dimension = offset + (problem.bias === undefined ? 0 : problem.classCount);
    this.#products = problem.layers.map((w) => dense(w.rows, n));
    this.#residuals = problem.layers.map((w) => dense(w.rows, n));
    this.#sampleRows = dense(n, problem.classCount);
  }

  /** The initial parameters in one vector. */
  initial(): Float64Array {
    const y = new Float64Array(this.dimension);
    for (const [l, w] of this.problem.layers.entries()) y.set(w.data, this.#offsets[l]);
    if (this.problem.bias !== undefined) y.set(this.problem.bias, this.#offsets.at(-1));
    return y;
  }

  /** Layer `l` of a flat vector, as a view. */
  layer(y: Float64Array, l: number): Dense {
    const { rows, cols } = this.problem.layers[l]!;
    return dense(rows, cols, y.subarray(this.#offsets[l], this.#offsets[l + 1]));
  }

  /** The bias of a flat vector, as a view; undefined without bias. */
  bias(y: Float64Array): Float64Array | undefined {
    return this.problem.bias === undefined ? undefined : y.subarray(this.#offsets.at(-1));
  }

  /** Logits, classes x samples; the system owns the result. */
  logits(y: Float64Array): Dense {
    const { layers, classCount, sampleCount } = this.problem;
    this.#products[0]!.data.set(y.subarray(0, this.#offsets[1]));
    for (let l = 1; l < layers.length; l++) {
      multiply(this.layer(y, l), this.#products[l - 1]!, this.#products[l]);
    }
    const logits = this.#products[layers.length - 1]!;
    const bias = this.bias(y);
    if (bias !== undefined) {
      for (let i = 0; i < classCount; i++) {
        for (let j = 0; j < sampleCount; j++) logits.data[i * sampleCount + j]! += bias[i]!;
      }
    }
    return logits;
  }

  /** The data term of the loss. */
  loss(y: Float64Array): number {
    const { labels, weights, loss, classCount } = this.problem;
    const rows = transpose(this.logits(y), this.#sampleRows);
    if (loss === "cross-entropy") {
      const each = crossEntropyRows(rows, labels);
      return each.reduce((sum, value, j) => sum + weights[j]! * value, 0);
    }
    let sum = 0;
    for (let j = 0; j < rows.rows; j++) {
      for (let i = 0; i < classCount; i++) {
        sum += 0.5 * weights[j]! * (this.#target(i, j) - rows.data[j * classCount + i]!) ** 2;
      }
    }
    return sum;
  }

  #target(i: number, j: number): number {
    const { labels, loss, classCount } = this.problem;
    return (i === labels[j] ? 1 : 0) - (loss === "squared-centred" ? 1 / classCount : 0);
  }

  derivative(_t: number, y: Float64Array, out: Float64Array): void {
    const { layers, labels, weights, loss, classCount, weightDecay } = this.problem;
    const last = layers.length - 1;
    const logits = this.logits(y);
    // A trial step that overflows is for the step control to reject, not an error.
    if (!logits.data.every(Number.isFinite)) {
      out.fill(NaN);
      return;
    }
    const rows = transpose(logits, this.#sampleRows);
    if (loss === "cross-entropy") softmaxRows(rows, rows);
    for (let j = 0; j < rows.rows; j++) {
      const start = j * classCount;
      for (let i = 0; i < classCount; i++) {
        const target = loss === "cross-entropy" ? (i === labels[j] ? 1 : 0) : this.#target(i, j);
        rows.data[start + i] = weights[j]! * (target - rows.data[start + i]!);
      }
      if (loss === "cross-entropy") {
        // 1 - p_y without cancellation, from the probabilities of the other classes.
        let rest = 0;
        for (let i = 0; i < classCount; i++) if (i !== labels[j]) rest -= rows.data[start + i]!;
        rows.data[start + labels[j]!] = rest;
      }
    }
    transpose(rows, this.#residuals[last]);
    for (let l = last; l >= 1; l--) {
      const residual = this.#residuals[l]!;
      multiplyTransposeB(residual, this.#products[l - 1]!, this.layer(out, l));
      multiplyTransposeA(this.layer(y, l), residual, this.#residuals[l - 1]);
    }
    out.set(this.#residuals[0]!.data, 0);
    if (weightDecay !== 0) {
      for (let i = 0; i < this.#offsets.at(-1)!; i++) out[i]! -= weightDecay * y[i]!;
    }
    const bias = this.bias(out);
    if (bias !== undefined) {
      const residual = this.#residuals[last]!;
      for (let i = 0; i < classCount; i++) {
        let sum = 0;
        for (let j = 0; j < residual.cols; j++) sum += residual.data[i * residual.cols + j]!;
        bias[i] = sum;
      }
    }
  }
}
