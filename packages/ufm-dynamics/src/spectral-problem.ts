import {
  DimensionError,
  DomainError,
  type GroupTransform,
  planGroupTransform,
  requireInteger,
  requireNonNegative,
} from "@xent/linalg";
import { evenSpectrum } from "./even-spectrum.js";

/** Which loss drives the flow; with the squared loss the targets are one-hot. */
export type LossKind = "cross-entropy" | "squared" | "squared-centred";

/** Spectral initialisation of a deep linear network on unconstrained features, and what trains it. */
export interface SpectralProblem {
  /** Orders of the cyclic factors of the group; its order k is the number of classes. */
  readonly group: readonly number[];
  /** Modes of W1, length k, even (s1_c = s1_-c). Two layers only; give `s1` and `s2`, or `strengths`. */
  readonly s1?: ArrayLike<number>;
  /** Modes of W2, length k, even. */
  readonly s2?: ArrayLike<number>;
  /**
   * Modes of the product of all layers, length k, even: the balanced start in which every layer has
   * the singular values |strength|^(1/layers).
   */
  readonly strengths?: ArrayLike<number>;
  /** Layers of the network. @defaultValue 2 */
  readonly layers?: number;
  /** @defaultValue "cross-entropy" */
  readonly loss?: LossKind;
  /** lambda of (lambda / 2) times the sum of the squared Frobenius norms of all layers. @defaultValue 0 */
  readonly weightDecay?: number;
  /** Samples of each class, with equal features. @defaultValue 1 */
  readonly samplesPerClass?: number;
  /** Whether the loss is summed over all samples, as in [H], or averaged. @defaultValue "sum" */
  readonly reduction?: "sum" | "mean";
}

/** A checked {@link SpectralProblem}: everything filled in, arrays copied. */
export interface CheckedProblem {
  readonly group: GroupTransform;
  readonly s1: Float64Array;
  readonly s2: Float64Array;
  readonly layers: number;
  readonly loss: LossKind;
  readonly weightDecay: number;
  readonly samplesPerClass: number;
  readonly reduction: "sum" | "mean";
  /** Factor in front of the right-hand side: sqrt(n) for n samples a class, over n k for the mean. */
  readonly rate: number;
  /** The per-sample logits have the spectrum s1 s2 / sqrt(n). */
  readonly logitScale: number;
}

/** Checks the problem. Throws DimensionError or DomainError naming what is wrong. */
export function checkProblem(problem: SpectralProblem): CheckedProblem {
  const group = planGroupTransform(problem.group);
  const k = group.size;
  if (k < 2) throw new DomainError("group has order 1, expected at least two classes");
  const layers = problem.layers ?? 2;
  requireInteger("layers", layers, 1);
  const weightDecay = problem.weightDecay ?? 0;
  requireNonNegative("weightDecay", weightDecay);
  const samplesPerClass = problem.samplesPerClass ?? 1;
  requireInteger("samplesPerClass", samplesPerClass, 1);
  const loss = problem.loss ?? "cross-entropy";
  if (loss !== "cross-entropy" && loss !== "squared" && loss !== "squared-centred") {
    throw new DomainError(
      `loss = ${String(loss)}, expected "cross-entropy", "squared" or "squared-centred"`,
    );
  }
  const reduction = problem.reduction ?? "sum";
  if (reduction !== "sum" && reduction !== "mean") {
    throw new DomainError(`reduction = ${String(reduction)}, expected "sum" or "mean"`);
  }
  const [s1, s2] = initialModes(problem, group, layers);
  const root = Math.sqrt(samplesPerClass);
  return {
    group,
    s1,
    s2,
    layers,
    loss,
    weightDecay,
    samplesPerClass,
    reduction,
    rate: reduction === "sum" ? root : 1 / (root * k),
    logitScale: 1 / root,
  };
}

function initialModes(
  problem: SpectralProblem,
  group: GroupTransform,
  layers: number,
): [Float64Array, Float64Array] {
  const { s1, s2, strengths } = problem;
  if (strengths !== undefined) {
    if (s1 !== undefined || s2 !== undefined) {
      throw new DomainError("strengths was given together with s1 or s2, expected one of the two");
    }
    const product = evenSpectrum("strengths", group, strengths);
    if (layers === 2 && product.every((s) => s >= 0)) {
      // Nobody writes to them: one array, the copy itself, is enough for both.
      const root = product;
      for (let c = 0; c < root.length; c++) root[c] = Math.sqrt(root[c]!);
      return [root, root];
    }
    const first = product.map((s) => Math.abs(s) ** (1 / layers));
    if (layers === 2) return [first, first.map((a, c) => (product[c]! < 0 ? -a : a))];
    return [first, product.map((s, c) => (s === 0 ? 0 : s / first[c]!))];
  }
  if (s1 === undefined || s2 === undefined) {
    throw new DimensionError("s1 and s2 are both needed when strengths is not given");
  }
  if (layers !== 2) {
    throw new DomainError(`layers = ${layers} needs strengths: s1 and s2 describe two layers`);
  }
  return [evenSpectrum("s1", group, s1), evenSpectrum("s2", group, s2)];
}
