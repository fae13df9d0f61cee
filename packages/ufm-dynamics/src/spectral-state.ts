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

/** What is known at time t of the state `y` of `system`. O(k log k). */
export function spectralState(
  system: SpectralSystem,
  logTime: number,
  y: Float64Array,
): SpectralState {
  const { problem } = system;
  const k = system.dimension;
  const time = Math.exp(logTime);
  const seen = system.observe(time, y);
  const { strengths, softmaxEigenvalues } = seen;
  // The classes in K share the mass that is not lost to the others: p_0 = (1 - wrong) / |K|.
  const floor = Math.log(system.confused.length);
  const samples = problem.reduction === "sum" ? k * problem.samplesPerClass : 1;
  let loss: number;
  let logLoss: number;
  if (problem.loss === "cross-entropy") {
    loss = samples * (floor + softplus(-seen.margin));
    logLoss = floor > 0 ? Math.log(loss) : Math.log(samples) + logSoftplus(-seen.margin);
  } else {
    let sum = 0;
    for (let c = 0; c < k; c++) {
      const target = c === 0 && problem.loss === "squared-centred" ? 0 : 1;
      sum += (target - strengths[c]!) ** 2;
    }
    loss = (samples * sum) / (2 * k);
    logLoss = Math.log(loss);
  }
  const rate = seen.logs === undefined ? undefined : rateOfV(system, time, y, seen.logs, seen);
  return {
    time,
    logTime,
    ...system.modesAt(time, y),
    logitSpectrum: strengths,
    loss,
    logLoss,
    margin: classMargin(seen.margin, system.confused.length),
    lyapunov: seen.logs === undefined ? undefined : lyapunov(seen.logs),
    lyapunovRate: rate,
    softmaxEigenvalues,
  };
}

/** The margin of one of the `count` classes of K, from that of all of them: p_0 / (1 - p_0), in logarithms. */
export function classMargin(margin: number, count: number): number {
  return count === 1 ? margin : -Math.log(count - 1 + count * Math.exp(-margin));
}

/** log(softplus(x)); for x far below zero softplus(x) = e^x. */
function logSoftplus(x: number): number {
  return x < -40 ? x : Math.log(softplus(x));
}

function rateOfV(
  system: SpectralSystem,
  time: number,
  y: Float64Array,
  logs: Float64Array,
  seen: ReturnType<SpectralSystem["observe"]>,
): number {
  const { problem } = system;
  if (problem.loss === "cross-entropy" && problem.layers === 2 && system.isBalanced) {
    // Decay lowers all ln s_c alike: it does not enter.
    const clockRate = balancedLyapunovClockRate(seen.logits, seen.competitors);
    return problem.rate * sigmoid(-seen.margin) * clockRate;
  }
  const growth = new Float64Array(system.dimension);
  system.derivative(time, y, growth);
  const factor = system.clock ? problem.rate * sigmoid(-seen.margin) : 1;
  for (let c = 1; c < growth.length; c++) {
    growth[c] = (factor * growth[c]! * seen.slopes[c]!) / seen.strengths[c]!;
  }
  return lyapunovRate(logs, growth);
}
