import { type Dense, dense, SeededRandom, singularValues } from "@xent/linalg";
import {
  basisAlignment,
  type FlowStatus,
  integrateDenseFlow,
  integrateSpectralFlow,
  lyapunovOfStrengths,
} from "@xent/ufm-dynamics";
import { logGrid } from "./times.js";

const CLASSES = 8;
const WIDTH = 16;
const GROUP = [2, 2, 2];
/** Standard deviation of the entries: N(0, 1e-6). */
const ENTRY_SIZE = 1e-3;
/** The spectral model takes over when the mean singular value first reaches this. */
const HANDOVER = 0.3;

/** A dense flow from small random matrices beside the spectral model of its singular values. */
export interface SmallRandomComparison {
  readonly classes: number;
  readonly width: number;
  readonly denseStatus: FlowStatus;
  readonly modelStatus: FlowStatus;
  readonly times: readonly number[];
  /** Singular values of the logits, centred over the classes, largest first; k - 1 at each time. */
  readonly dense: readonly number[][];
  readonly denseLyapunov: readonly (number | null)[];
  /** Index in `times` at which the spectral model starts. */
  readonly handover: number;
  /** The model from there on, largest first. */
  readonly model: readonly number[][];
  readonly modelLyapunov: readonly (number | null)[];
  /** ||dense - model|| / ||dense|| over the sorted singular values, from the handover on. */
  readonly distance: readonly number[];
  /** Share of the centred logits, at the handover, that the Hadamard basis diagonalises. */
  readonly alignment: number;
}

/** The logits less their mean over the classes, which the softmax does not see. */
function centred(logits: Dense): Dense {
  const out = dense(logits.rows, logits.cols);
  for (let j = 0; j < logits.cols; j++) {
    let mean = 0;
    for (let i = 0; i < logits.rows; i++) mean += logits.data[i * logits.cols + j]! / logits.rows;
    for (let i = 0; i < logits.rows; i++) {
      out.data[i * logits.cols + j] = logits.data[i * logits.cols + j]! - mean;
    }
  }
  return out;
}

function relativeDistance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(...a.map((x, i) => x - b[i]!)) / Math.hypot(...a);
}

const vOf = (values: readonly number[]): number | null =>
  lyapunovOfStrengths([0, ...values]) ?? null;

/** Runs the comparison: k = 8, d = 16, entries N(0, 1e-6), to t = 1e4. */
export function compareWithSmallRandom(seed: number): SmallRandomComparison {
  const random = new SeededRandom(seed);
  const size = WIDTH * CLASSES;
  const times = [0, ...logGrid(0, 4, 121).map(Math.exp)];
  const run = integrateDenseFlow({
    layers: [
      dense(WIDTH, CLASSES, random.normals(size, ENTRY_SIZE)),
      dense(CLASSES, WIDTH, random.normals(size, ENTRY_SIZE)),
    ],
    times,
  });
  const matrices = run.states.map((state) => centred(state.logits));
  // Centring leaves k - 1 directions; the last singular value is rounding.
  const spectra = matrices.map((m) => Array.from(singularValues(m)).slice(0, CLASSES - 1));
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, x) => sum + x, 0) / values.length;
  const handover = Math.max(
    0,
    spectra.findIndex((values) => mean(values) >= HANDOVER),
  );
  const start = run.times[handover]!;
  const model = integrateSpectralFlow({
    group: GROUP,
    strengths: [0, ...spectra[handover]!],
    times: run.times.slice(handover).map((t) => t - start),
  });
  const modelSpectra = model.states.map((state) =>
    Array.from(state.logitSpectrum.slice(1)).sort((a, b) => b - a),
  );
  return {
    classes: CLASSES,
    width: WIDTH,
    denseStatus: run.status,
    modelStatus: model.status,
    times: run.times,
    dense: spectra,
    denseLyapunov: spectra.map(vOf),
    handover,
    model: modelSpectra,
    modelLyapunov: modelSpectra.map(vOf),
    distance: modelSpectra.map((values, i) => relativeDistance(spectra[handover + i]!, values)),
    alignment: basisAlignment(matrices[handover]!, GROUP).alignment,
  };
}
