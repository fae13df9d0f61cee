import { type Dense, dense, planGroupTransform } from "@xent/linalg";
import { groupMatrixFromSpectrum } from "@xent/softmax-spectral";
import {
  compareSmallRandom,
  integrateSpectralFlow,
  modeDistribution,
  neuralCollapse,
  type SpectralFlowResult,
  type SpectralState,
  spectralLayers,
} from "@xent/ufm-dynamics";
import {
  type consistent,
  FIRST_EXPONENT,
  LARGEST_DENSE,
  lastExponent,
  TIME_COUNT,
} from "./state.js";

type Problem = ReturnType<typeof consistent>;

/** Modes that the trajectory shows at most. */
const SHOWN_MODES = 24;
/** Side of the matrices that are shown and measured in full. */
const LARGEST_MATRIX = 64;

/** A trajectory as the figures need it; times as log10 t. */
export interface CollapseRun {
  readonly status: SpectralFlowResult["status"];
  readonly evaluations: number;
  readonly stiff: boolean;
  readonly exponents: Float64Array;
  /** Modes shown, one of each conjugate pair. */
  readonly modes: Int32Array;
  /** Their logit strengths, times x modes. */
  readonly strengths: Float64Array;
  /** log10 V; NaN where V is not defined. */
  readonly logLyapunov: Float64Array;
  /** log10 of the loss. */
  readonly logLoss: Float64Array;
}

export interface CollapseTrajectory {
  readonly run: CollapseRun;
  readonly states: readonly SpectralState[];
}

export function logTimes(end: number): Float64Array {
  return Float64Array.from(
    { length: TIME_COUNT },
    (_, i) => Math.LN10 * (FIRST_EXPONENT + (i * (end - FIRST_EXPONENT)) / (TIME_COUNT - 1)),
  );
}

/** One of each pair of conjugate modes, evenly thinned to what a figure can show. */
function shownModes(group: readonly number[]): Int32Array {
  const { size, negation } = planGroupTransform(group);
  const own: number[] = [];
  for (let c = 1; c < size; c++) if (negation[c]! >= c) own.push(c);
  const count = Math.min(own.length, SHOWN_MODES);
  return Int32Array.from({ length: count }, (_, i) => own[Math.floor((i * own.length) / count)]!);
}

export function collapseTrajectory(problem: Problem): CollapseTrajectory {
  const { group, strengths, layers, loss } = problem;
  const flow = integrateSpectralFlow({
    group,
    strengths,
    layers,
    loss,
    logTimes: logTimes(lastExponent(problem)),
    maxEvaluations: 20_000,
  });
  const { states } = flow;
  const modes = shownModes(group);
  const shown = new Float64Array(states.length * modes.length);
  for (const [i, state] of states.entries()) {
    for (const [j, c] of modes.entries()) shown[i * modes.length + j] = state.logitSpectrum[c]!;
  }
  return {
    states,
    run: {
      status: flow.status,
      evaluations: flow.evaluations,
      stiff: flow.stiff,
      exponents: Float64Array.from(states, (s) => s.logTime / Math.LN10),
      modes,
      strengths: shown,
      logLyapunov: Float64Array.from(states, (s) => Math.log10(s.lyapunov ?? Number.NaN)),
      logLoss: Float64Array.from(states, (s) => s.logLoss / Math.LN10),
    },
  };
}

/** What is known at one time. */
export interface CollapseFrame {
  readonly index: number;
  /** log10 t. */
  readonly exponent: number;
  readonly lyapunov: number | undefined;
  readonly loss: number;
  readonly margin: number;
  /** Largest over smallest strength. */
  readonly ratio: number | undefined;
  /** Entropy of the strengths over its largest value. */
  readonly entropyShare: number | undefined;
  /** Distance of the logits from the simplex frame. */
  readonly etfDistance: number;
  readonly nc2Equinorm: number | undefined;
  readonly nc2Angles: number | undefined;
  readonly nc3: number | undefined;
  readonly nc4: number | undefined;
  /** The logits of the first classes, at most 64. */
  readonly logits: Dense;
  /** Three coordinates of each of the first class means, at most 64. */
  readonly means: Float64Array;
  readonly meanModes: readonly number[];
}

/** || Z / ||Z|| - E / ||E|| ||, mode by mode: E has eigenvalue 1 at all non-trivial modes. */
function distanceOfSpectrum(spectrum: Float64Array): number {
  const size = Math.hypot(...scaled(spectrum));
  const largest = Math.max(...absolute(spectrum));
  if (largest === 0) return Number.NaN;
  const frame = 1 / Math.sqrt(spectrum.length - 1);
  let sum = 0;
  for (const [c, s] of spectrum.entries()) {
    sum += (s / largest / size - (c === 0 ? 0 : frame)) ** 2;
  }
  return Math.sqrt(sum);
}

const absolute = (values: Float64Array): Float64Array => values.map(Math.abs);

function scaled(values: Float64Array): Float64Array {
  const largest = Math.max(...absolute(values));
  return largest === 0 ? values : values.map((v) => v / largest);
}

/** Index of i - j in a group. */
function difference(orders: readonly number[], i: number, j: number): number {
  let index = 0;
  let place = 1;
  for (const n of orders.toReversed()) {
    index += place * (((i % n) - (j % n) + n) % n);
    i = Math.floor(i / n);
    j = Math.floor(j / n);
    place *= n;
  }
  return index;
}

function logitsOf(group: readonly number[], spectrum: Float64Array): Dense {
  const { symbol } = groupMatrixFromSpectrum(group, spectrum.slice());
  const side = Math.min(symbol.length, LARGEST_MATRIX);
  const out = dense(side, side);
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) out.data[i * side + j] = symbol[difference(group, i, j)]!;
  }
  return out;
}

/** Three modes whose characters tell as many classes apart as possible: 1, 2, 4 of Z_2^m, cosine and sine of 1 of a cycle. */
function meanModesOf(group: readonly number[]): number[] {
  const { size, negation } = planGroupTransform(group);
  const chosen: number[] = [];
  for (let c = 1; c < size && chosen.length < 3; c *= 2) {
    for (const mode of [c, negation[c]!]) {
      if (!chosen.includes(mode) && chosen.length < 3) chosen.push(mode);
    }
  }
  if (size === 4) for (const c of [1, 2, 3]) if (!chosen.includes(c)) chosen.push(c);
  return chosen;
}

/** Class mean j has the coordinate s1_c Phi_cj along mode c. */
function classMeans(
  group: readonly number[],
  s1: Float64Array,
  modes: readonly number[],
): Float64Array {
  const plan = planGroupTransform(group);
  const shown = Math.min(plan.size, LARGEST_MATRIX);
  const out = new Float64Array(3 * shown);
  for (const [axis, mode] of modes.entries()) {
    // A row of the orthonormal basis: the transform of a unit vector.
    const row = plan.hartley(
      Float64Array.from({ length: plan.size }, (_, c) => (c === mode ? 1 : 0)),
    );
    for (let j = 0; j < shown; j++) out[3 * j + axis] = s1[mode]! * row[j]!;
  }
  return out;
}

export function collapseFrame(
  problem: Pick<Problem, "group" | "layers" | "k">,
  states: readonly SpectralState[],
  at: number,
): CollapseFrame {
  const { group, layers, k } = problem;
  const index = Math.min(at, states.length - 1);
  const state = states[index]!;
  const distribution = modeDistribution(state.logitSpectrum);
  const meanModes = meanModesOf(group);
  const measured = k <= LARGEST_MATRIX && layers >= 2 ? metricsOf(group, state) : undefined;
  return {
    index,
    exponent: state.logTime / Math.LN10,
    lyapunov: state.lyapunov,
    loss: state.loss,
    margin: state.margin,
    ratio: distribution?.ratio,
    entropyShare:
      distribution === undefined || k === 2 ? undefined : distribution.entropy / Math.log(k - 1),
    etfDistance: distanceOfSpectrum(state.logitSpectrum),
    nc2Equinorm: measured?.nc2Means.equinorm,
    nc2Angles: measured?.nc2Means.angleError,
    nc3: measured?.nc3,
    nc4: measured?.nc4,
    logits: logitsOf(group, state.logitSpectrum),
    means: classMeans(group, state.s1, meanModes),
    meanModes,
  };
}

/** In full matrices, as of any other network: W1 holds the features, the product of the other layers classifies. */
function metricsOf(group: readonly number[], { s1, s2 }: SpectralState) {
  const [features, classifier] = spectralLayers({ group, s1, s2 }, s1.length, 1);
  return neuralCollapse(features!, Int32Array.from(s1.keys()), classifier!);
}

/** The flow of all matrices from small random ones, beside its spectral model. */
export interface DenseComparison {
  readonly exponents: Float64Array;
  readonly modeCount: number;
  /** times x (k - 1), descending. */
  readonly singularValues: Float64Array;
  readonly modelStrengths: Float64Array;
  readonly distances: Float64Array;
}

export function denseComparison(
  problem: Pick<Problem, "group" | "k" | "scale" | "seed">,
): DenseComparison {
  const { group, k, scale, seed } = problem;
  if (k > LARGEST_DENSE)
    throw new RangeError(`the dense simulation takes at most ${LARGEST_DENSE} classes`);
  const exponents = Float64Array.from({ length: 61 }, (_, i) => -1 + (4 * i) / 60);
  const { points } = compareSmallRandom({
    group,
    width: k,
    scale: 10 ** scale,
    seed,
    times: exponents.map((e) => 10 ** e),
    tolerance: 1e-7,
  });
  return {
    exponents: exponents.slice(0, points.length),
    modeCount: k - 1,
    singularValues: Float64Array.from(points.flatMap((p) => Array.from(p.singularValues))),
    modelStrengths: Float64Array.from(
      points.flatMap((p) => Array.from(p.modelStrengths).slice(0, k - 1)),
    ),
    distances: Float64Array.from(points, (p) => p.distance),
  };
}
