import { planGroupTransform, SeededRandom } from "@xent/linalg";
import { defaultGroup } from "@xent/softmax-spectral";
import {
  collapseFactor,
  compareSmallRandom,
  integrateSpectralFlow,
  logisticStrength,
} from "@xent/ufm-dynamics";

export interface Settings {
  readonly classes: readonly number[];
  /** Decimal logarithm of the last time. */
  readonly logTime: number;
  readonly smallRandomTime: number;
}

export interface ClassRun {
  readonly classes: number;
  readonly powerOfTwo: boolean;
  /** Decimal logarithms. */
  readonly logTimes: readonly number[];
  readonly lyapunov: readonly number[];
  /** Largest over smallest strength. */
  readonly ratios: readonly number[];
  readonly largestRise: number;
  readonly ratioRises: boolean;
  readonly loss: number;
}

export interface Run {
  readonly flows: readonly ClassRun[];
  /** Largest relative rise of the ratio from a start chosen to show it, k = 16, and of V along the same flow. */
  readonly chosen: { readonly ratioRise: number; readonly lyapunovRise: number };
  /** Deviations from collapse, k = 8: measured factor over e^(-ds/k) for late times. */
  readonly slowdown: number;
  /** V at the time when the loss is below 1 %, cross-entropy and squared, k = 8; squared against Saxe's curve. */
  readonly losses: {
    readonly crossEntropy: number;
    readonly squared: number;
    readonly logisticError: number;
  };
  /** Distance of singular values, dense small random start against its spectral model, at its largest. */
  readonly smallRandom: { readonly early: number; readonly largest: number };
}

function strengthsOf(group: readonly number[], random: SeededRandom): Float64Array {
  const { size, negation } = planGroupTransform(group);
  const out = new Float64Array(size);
  for (let c = 1; c < size; c++) {
    out[c] = negation[c]! < c ? out[negation[c]!]! : Math.abs(random.normal()) + 0.02;
  }
  return out;
}

function extremes(spectrum: Float64Array): { least: number; greatest: number } {
  let [least, greatest] = [Infinity, 0];
  for (let c = 1; c < spectrum.length; c++) {
    least = Math.min(least, spectrum[c]!);
    greatest = Math.max(greatest, spectrum[c]!);
  }
  return { least, greatest };
}

/** Largest amount by which a value exceeds the smallest before it, relative to that. */
function largestRise(values: readonly number[]): number {
  let [least, rise] = [Infinity, 0];
  for (const v of values) {
    rise = Math.max(rise, v / least - 1);
    least = Math.min(least, v);
  }
  return rise;
}

function flowOf(group: readonly number[], strengths: Float64Array, logTime: number): ClassRun {
  const count = 20 * (logTime + 2) + 1;
  const logTimes = Array.from({ length: count }, (_, i) => -2 + i / 20);
  const flow = integrateSpectralFlow({
    group,
    strengths,
    logTimes: logTimes.map((t) => t * Math.LN10),
  });
  const lyapunov = flow.states.map((s) => s.lyapunov ?? Number.NaN);
  const ratios = flow.states.map(({ logitSpectrum }) => {
    const { least, greatest } = extremes(logitSpectrum);
    return greatest / least;
  });
  const k = strengths.length;
  return {
    classes: k,
    powerOfTwo: (k & (k - 1)) === 0,
    logTimes: logTimes.slice(0, flow.states.length),
    lyapunov,
    ratios,
    largestRise: largestRise(lyapunov),
    ratioRises: largestRise(ratios) > 1e-6,
    loss: flow.states.at(-1)!.loss / k,
  };
}

// Found by a search over random starts; what happens from it is computed here.
const RATIO_START = [
  0, 1.129, 1.125, 1.141, 30.128, 1.119, 30.104, 1.126, 30.115, 1.137, 1.121, 30.11, 1.147, 30.11,
  30.114, 1.143,
];

export function runSpectral(settings: Settings, seed: number): Run {
  const flows = settings.classes.map((k) => {
    const group = defaultGroup(k);
    return flowOf(group, strengthsOf(group, new SeededRandom(seed)), settings.logTime);
  });
  const chosen = flowOf([2, 2, 2, 2], Float64Array.from(RATIO_START), 8);
  return {
    flows,
    chosen: { ratioRise: largestRise(chosen.ratios), lyapunovRise: chosen.largestRise },
    slowdown: slowdownOf(seed),
    losses: compareLosses(seed),
    smallRandom: smallRandomOf(settings, seed),
  };
}

/** How much of a small deviation is left late, over what linearisation says: collapseFactor. */
function slowdownOf(seed: number): number {
  const random = new SeededRandom(seed);
  const strengths = Float64Array.from({ length: 8 }, (_, c) =>
    c === 0 ? 0 : 4 * (1 + 1e-4 * random.normal()),
  );
  const { states } = integrateSpectralFlow({
    group: [2, 2, 2],
    strengths,
    times: [0, 1e6],
    tolerance: 1e-12,
  });
  const [before, after] = states.map(({ logitSpectrum }) => {
    const { least, greatest } = extremes(logitSpectrum);
    const mean = logitSpectrum.reduce((a, b, c) => (c === 0 ? a : a + b / 7), 0);
    return { mean, deviation: (greatest - least) / mean };
  });
  const measured = after!.deviation / before!.deviation;
  return measured / collapseFactor(8, before!.mean, after!.mean);
}

function compareLosses(seed: number): Run["losses"] {
  const group = [2, 2, 2];
  const strengths = strengthsOf(group, new SeededRandom(seed));
  const times = Float64Array.from({ length: 400 }, (_, i) => i / 20);
  const ce = integrateSpectralFlow({ group, strengths, times });
  const squared = integrateSpectralFlow({
    group,
    strengths,
    times,
    loss: "squared-centred",
    // Beyond it stability alone bounds the step.
    stopWhen: { lossBelow: 1e-12 },
  });
  const reached = (run: typeof ce): number => {
    const first = run.states[0]!.loss;
    const state = run.states.find((s) => s.loss <= 0.01 * first) ?? run.states.at(-1)!;
    return state.lyapunov ?? Number.NaN;
  };
  let logisticError = 0;
  for (const state of squared.states) {
    state.logitSpectrum.forEach((s, c) => {
      if (c === 0) return;
      const exact = logisticStrength(strengths[c]!, state.time);
      logisticError = Math.max(logisticError, Math.abs(s / exact - 1));
    });
  }
  return { crossEntropy: reached(ce), squared: reached(squared), logisticError };
}

function smallRandomOf(settings: Settings, seed: number): Run["smallRandom"] {
  const times = [
    ...Array.from({ length: 80 }, (_, i) => i / 8),
    ...Array.from({ length: 20 }, (_, i) => 10 * (settings.smallRandomTime / 10) ** (i / 19)),
  ];
  const { points } = compareSmallRandom({ group: [2, 2, 2], width: 16, seed, times });
  // Where the loss of the model has fallen by a tenth: the end of the first, linear phase.
  const early = points.find((p) => p.modelLoss < 0.9 * points[0]!.modelLoss) ?? points.at(-1)!;
  return { early: early.distance, largest: Math.max(...points.map((p) => p.distance)) };
}
