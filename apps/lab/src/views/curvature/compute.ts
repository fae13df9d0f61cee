import { curvatureTraces, fgnOperator, ggnOperator, trueVsRest, withinOperator } from "@xent/fgn";
import { type Dense, dense, operatorToDense, symmetricEigen } from "@xent/linalg";
import type { Linearization } from "@xent/models";
import { softmaxCovarianceEigenvalues } from "@xent/softmax-spectral";
import type { CurvatureState } from "./state.js";

/** Examples whose parameters are their logits: J = I, so that curvature in parameters is curvature in logits. */
export function logitsAsParameters(logits: Dense): Linearization {
  const { rows, cols } = logits;
  return {
    logits,
    parameterCount: cols,
    jvp(v, out = dense(rows, cols)) {
      for (let i = 0; i < rows; i++) out.data.set(v, i * cols);
      return out;
    },
    vjp(u, out = new Float64Array(cols)) {
      out.fill(0);
      for (let i = 0; i < rows * cols; i++) out[i % cols]! += u.data[i]!;
      return out;
    },
  };
}

export interface CurvatureAnswer {
  /** diag p - p p^T, the full GGN in the logits. */
  readonly ggn: Dense;
  readonly fgn: Dense;
  readonly within: Dense;
  /** Largest entry of |GGN - FGN - within|. */
  readonly residual: number;
  /** Eigenvalues, ascending. */
  readonly ggnEigenvalues: Float64Array;
  readonly fgnEigenvalues: Float64Array;
  readonly withinEigenvalues: Float64Array;
  readonly margin: number;
  /** p_y. */
  readonly probability: number;
  readonly competitors: Float64Array;
  readonly strongestCompetitor: number;
  readonly fgnTrace: number;
  readonly ggnTrace: number;
  /** Share of the trace that FGN leaves out. */
  readonly droppedShare: number;
}

export function curvatureAnswer({ p, label }: CurvatureState): CurvatureAnswer {
  const logits = dense(1, p.length, Float64Array.from(p, Math.log));
  const labels = [label];
  const example = logitsAsParameters(logits);
  const split = trueVsRest(logits, labels);
  const ggn = operatorToDense(ggnOperator(example, labels));
  const fgn = operatorToDense(fgnOperator(example, labels));
  const within = operatorToDense(withinOperator(example, labels));
  const traces = curvatureTraces(example, labels);
  return {
    ggn,
    fgn,
    within,
    residual: ggn.data.reduce(
      (worst, g, i) => Math.max(worst, Math.abs(g - fgn.data[i]! - within.data[i]!)),
      0,
    ),
    ggnEigenvalues: softmaxCovarianceEigenvalues(p),
    fgnEigenvalues: symmetricEigen(fgn).values,
    withinEigenvalues: symmetricEigen(within).values,
    margin: split.margins[0]!,
    probability: split.probabilities[0]!,
    competitors: split.competitors.data,
    strongestCompetitor: split.competitors.data.reduce((a, b) => Math.max(a, b)),
    fgnTrace: traces.fgnTrace,
    ggnTrace: traces.ggnTrace,
    droppedShare: traces.droppedShare,
  };
}

/** The dropped share for a strongest competitor and a margin, the other competitors being equal. */
export interface TrustMap {
  readonly classes: number;
  readonly side: number;
  readonly margins: readonly [number, number];
  readonly strongest: readonly [number, number];
  /** side x side; the first row has the strongest competitor. */
  readonly shares: Float64Array;
}

const LARGEST_MARGIN = 6;

export function trustMap(classes: number, side: number): TrustMap {
  const least = 1 / (classes - 1);
  const batch = dense(side * side, classes);
  for (let row = 0; row < side; row++) {
    const strongest = 1 - ((row + 0.5) / side) * (1 - least);
    const others = Math.log((1 - strongest) / Math.max(1, classes - 2));
    for (let col = 0; col < side; col++) {
      const z = batch.data.subarray((row * side + col) * classes, (row * side + col + 1) * classes);
      z.fill(others, 2);
      // The competitors' logits have logsumexp 0, so that the true class's is the margin.
      z[0] = LARGEST_MARGIN * ((2 * col + 1) / side - 1);
      z[1] = classes === 2 ? 0 : Math.log(strongest);
    }
  }
  const { droppedShares } = curvatureTraces(logitsAsParameters(batch), new Int32Array(side * side));
  return {
    classes,
    side,
    margins: [-LARGEST_MARGIN, LARGEST_MARGIN],
    strongest: [least, 1],
    shares: droppedShares,
  };
}
