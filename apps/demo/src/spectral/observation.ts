import { planGroupTransform } from "@xent/linalg";
import type { SpectralState } from "@xent/ufm-dynamics";

/** Above this many classes only quantiles over the modes are kept. */
const MOST_CLASSES_IN_FULL = 64;

const QUANTILES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1];

/** What is kept of a flow at one time. */
export interface Observation {
  readonly time: number;
  readonly logTime: number;
  /** Smallest and largest singular value of the logit matrix over the non-trivial modes. */
  readonly smallest: number;
  readonly largest: number;
  /** largest / smallest. */
  readonly ratio: number;
  readonly loss: number;
  /** Null where a mode is zero or negative. */
  readonly lyapunov: number | null;
  readonly lyapunovRate: number | null;
  /** NC2: root mean square of cos + 1/(k-1) over pairs of centred class means. */
  readonly angleDeviation: number;
  /** The singular values that {@link ModeSelection} names. */
  readonly modes: number[];
}

/** Which singular values an {@link Observation} keeps. */
export interface ModeSelection {
  readonly labels: readonly string[];
  /** Whether the entries are quantiles at each time rather than modes followed through time. */
  readonly quantiles: boolean;
  pick(strengths: Float64Array): number[];
}

/** One of each pair of conjugate modes up to 64 classes, seven quantiles above. */
export function selectModes(group: readonly number[]): ModeSelection {
  const { size, negation } = planGroupTransform(group);
  if (size > MOST_CLASSES_IN_FULL) {
    return {
      labels: QUANTILES.map((q) => (q === 0 ? "smallest" : q === 1 ? "largest" : `${100 * q} %`)),
      quantiles: true,
      pick: (strengths) => {
        const sorted = strengths.slice(1).map(Math.abs).sort();
        return QUANTILES.map((q) => sorted[Math.round(q * (sorted.length - 1))]!);
      },
    };
  }
  const kept: number[] = [];
  for (let c = 1; c < size; c++) if (negation[c]! >= c) kept.push(c);
  return {
    labels: kept.map((c) => `mode ${c}`),
    quantiles: false,
    pick: (strengths) => kept.map((c) => Math.abs(strengths[c]!)),
  };
}

/**
 * Root mean square over pairs of classes of cos + 1/(k-1), for centred class means with the singular values `modes`.
 *
 * Their Gram matrix has the symbol g = (transform of a) / k with a = modes^2, so that by Parseval the mean square
 * is k/(k-1) times sum_c (a_c / sum a - 1/(k-1))^2 over c >= 1. O(k).
 */
export function angleDeviation(modes: Float64Array): number {
  const k = modes.length;
  let largest = 0;
  for (let c = 1; c < k; c++) largest = Math.max(largest, Math.abs(modes[c]!));
  let sum = 0;
  for (let c = 1; c < k; c++) sum += (modes[c]! / largest) ** 2;
  let squares = 0;
  for (let c = 1; c < k; c++) squares += ((modes[c]! / largest) ** 2 / sum - 1 / (k - 1)) ** 2;
  return Math.sqrt((k / (k - 1)) * squares);
}

/** Reduces a state of O(k) numbers to what tables and figures need. */
export function observe(state: SpectralState, selection: ModeSelection): Observation {
  const strengths = state.logitSpectrum;
  let smallest = Infinity;
  let largest = 0;
  for (let c = 1; c < strengths.length; c++) {
    const size = Math.abs(strengths[c]!);
    smallest = Math.min(smallest, size);
    largest = Math.max(largest, size);
  }
  return {
    time: state.time,
    logTime: state.logTime,
    smallest,
    largest,
    ratio: largest / smallest,
    loss: state.loss,
    lyapunov: state.lyapunov ?? null,
    lyapunovRate: state.lyapunovRate ?? null,
    angleDeviation: angleDeviation(state.s1),
    modes: selection.pick(strengths),
  };
}
