import { type Dense, dense } from "@xent/linalg";
import {
  basisAlignment,
  compareSmallRandom,
  type FlowStatus,
  lyapunovOfStrengths,
} from "@xent/ufm-dynamics";
import { logGrid } from "./times.js";

const CLASSES = 8;
const WIDTH = 16;
const GROUP = [2, 2, 2];
/** Standard deviation of the entries: N(0, 1e-6). */
const ENTRY_SIZE = 1e-3;
/** The singular values have emerged from their random start when their mean first reaches this. */
const EMERGED = 0.3;

/** A dense flow from small random matrices beside its spectral model, which starts with it at t = 0. */
export interface SmallRandomStudy {
  readonly classes: number;
  readonly width: number;
  readonly denseStatus: FlowStatus;
  readonly modelStatus: FlowStatus;
  readonly times: readonly number[];
  /** Singular values of the centred logits, largest first; k - 1 at each time. */
  readonly dense: readonly number[][];
  readonly denseLyapunov: readonly (number | null)[];
  /** The strengths of the model, largest first. */
  readonly model: readonly number[][];
  readonly modelLyapunov: readonly (number | null)[];
  /** ||dense - model|| / ||dense|| over them at each time. */
  readonly distance: readonly number[];
  /** Index in `times` from which on the mean singular value is of order one. */
  readonly emerged: number;
  /** Share of the centred logits, at that time, that the Hadamard basis diagonalises. */
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

const vOf = (values: readonly number[]): number | null =>
  lyapunovOfStrengths([0, ...values]) ?? null;

/** Runs the comparison: k = 8, d = 16, entries N(0, 1e-6), to t = 1e4. */
export function studySmallRandom(seed: number): SmallRandomStudy {
  const comparison = compareSmallRandom({
    group: GROUP,
    width: WIDTH,
    scale: ENTRY_SIZE,
    seed,
    times: [0, ...logGrid(0, 4, 121).map(Math.exp)],
  });
  const { points } = comparison;
  const spectra = points.map((point) => Array.from(point.singularValues));
  const model = points.map((point) => Array.from(point.modelStrengths));
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, x) => sum + x, 0) / values.length;
  const emerged = Math.max(
    0,
    spectra.findIndex((values) => mean(values) >= EMERGED),
  );
  return {
    classes: CLASSES,
    width: WIDTH,
    denseStatus: comparison.dense.status,
    modelStatus: comparison.model.status,
    times: points.map((point) => point.time),
    dense: spectra,
    denseLyapunov: spectra.map(vOf),
    model,
    modelLyapunov: model.map(vOf),
    distance: points.map((point) => point.distance),
    emerged,
    alignment: basisAlignment(centred(comparison.dense.states[emerged]!.logits), GROUP).alignment,
  };
}
