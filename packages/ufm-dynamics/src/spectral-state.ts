import { sigmoid, softplus } from "@xent/softmax-spectral";
import { balancedLyapunovClockRate, lyapunov, lyapunovRate } from "./lyapunov.js";
import type { SpectralSystem } from "./spectral-system.js";

/** The reduced flow at one time. Arrays have length k, one entry a mode, entry 0 the trivial one. */
export interface SpectralState {
  /** t; Infinity when it passes the largest double (then see `logTime`). */
  readonly time: number;
  /** ln t; -Infinity at t = 0. */
  readonly logTime: number;
  /** Modes of W1. */
  readonly s1: Float64Array;
  /** Modes of W2 (of the product W_L ... W_2 in a network of L layers). */
  readonly s2: Float64Array;
  /** Modes of the per-sample logits: s1 s2, over sqrt(n) for n samples a class. */
  readonly logitSpectrum: Float64Array;
  /** The data term of the loss, summed or averaged as the problem asks; weight decay not included. */
  readonly loss: number;
  /** ln of `loss`, right where the loss underflows. */
  readonly logLoss: number;
  /** Logit of the true class minus the logsumexp of the others, the same for every sample. */
  readonly margin: number;
  /** V = KL(uniform || q); undefined where a non-trivial mode is zero or negative. */
  readonly lyapunov: number | undefined;
  /** dV/dt along the trajectory. */
  readonly lyapunovRate: number | undefined;
  /** Eigenvalues of the softmax matrix P; entry 0 is 1. */
  readonly softmaxEigenvalues: Float64Array;
}

/**
 * What is known at time t of the state `y` of `system`, which is used up: it becomes part of the result. Nothing of the size of
 * the state is allocated but the result, whose arrays serve as scratch until they are filled. O(k log k).
 */
export function spectralState(
  system: SpectralSystem,
  logTime: number,
  y: Float64Array,
): SpectralState {
  const { problem, modes } = system;
  const k = system.dimension;
  const time = Math.exp(logTime);
  const logitSpectrum = modes.strengths(time, y, new Float64Array(k));
  const s2 = new Float64Array(k);
  const softmaxEigenvalues = new Float64Array(k);
  const logs = modes.logStrengths(time, y, softmaxEigenvalues);
  const v = logs === undefined ? undefined : lyapunov(logs);
  const entropic = problem.loss === "cross-entropy";
  // Decay lowers all ln s_c of a balanced state alike: it does not enter.
  const sumOfSigns = problem.loss === "cross-entropy" && problem.layers === 2 && modes.isBalanced;
  let rate: number | undefined;
  if (logs !== undefined && !sumOfSigns) {
    rate = lyapunovRate(logs, system.growthRates(time, y, s2));
  }
  const logits = s2;
  const competitors = system.compete(time, y, logits);
  const { margin } = system;
  if (logs !== undefined && sumOfSigns) {
    rate = problem.rate * sigmoid(-margin) * balancedLyapunovClockRate(logits, competitors);
  }
  system.softmaxEigenvalues(softmaxEigenvalues);
  const loss = entropic ? crossEntropyLoss(system, margin) : squaredLoss(system, logitSpectrum);
  modes.singularValues(time, y, y, s2);
  return {
    time,
    logTime,
    s1: y,
    s2,
    logitSpectrum,
    loss,
    logLoss:
      entropic && system.confused.length === 1
        ? Math.log(countedSamples(system)) + logSoftplus(-margin)
        : Math.log(loss),
    margin: classMargin(margin, system.confused.length),
    lyapunov: v,
    lyapunovRate: rate,
    softmaxEigenvalues,
  };
}

/** Samples that the loss counts: all, or one of them for a mean. */
function countedSamples({ problem, dimension }: SpectralSystem): number {
  return problem.reduction === "sum" ? dimension * problem.samplesPerClass : 1;
}

/** The cross-entropy at a margin over the classes outside K. */
export function crossEntropyLoss(system: SpectralSystem, margin: number): number {
  // The classes in K share the mass that is not lost to the others: p_0 = (1 - wrong) / |K|.
  const floor = Math.log(system.confused.length);
  return countedSamples(system) * (floor + softplus(-margin));
}

/** The squared loss at the strengths of the logits. */
export function squaredLoss(system: SpectralSystem, strengths: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < strengths.length; c++) {
    const target = c === 0 && system.problem.loss === "squared-centred" ? 0 : 1;
    sum += (target - strengths[c]!) ** 2;
  }
  return (countedSamples(system) * sum) / (2 * strengths.length);
}

/** The margin of one of the `count` classes of K, from that of all of them: p_0 / (1 - p_0), in logarithms. */
export function classMargin(margin: number, count: number): number {
  return count === 1 ? margin : -Math.log(count - 1 + count * Math.exp(-margin));
}

/** log(softplus(x)); for x far below zero softplus(x) = e^x. */
function logSoftplus(x: number): number {
  return x < -40 ? x : Math.log(softplus(x));
}
