import {
  type BatchMode,
  batchRadius,
  curvatureStep,
  type RadiusHistogram,
  radiusHistogram,
} from "@xent/taylor-radius";
import { type BatchRadii, batchRadii, RADIUS_KINDS, type RadiusKind } from "./radii.js";
import { type SampleStudy, sampleStudy } from "./sample-study.js";
import { type PointSettings, type TrainedPoint, trainedPoint } from "./trained-point.js";

/** What the command was asked for. */
export interface StudySettings extends PointSettings {
  /** Row of the minibatch; the bottleneck unless given. */
  readonly sample?: number;
}

/** A radius of the whole batch, and what it cost. */
export interface BatchRow {
  readonly aggregate: "minimum" | number;
  readonly mode: BatchMode;
  readonly radius: number;
  /** Row of the minibatch that sets it. */
  readonly sample: number;
  /** Exact solves that branch and bound needed, of B. */
  readonly solved: number;
  readonly evaluations: number;
}

/** What the command found. */
export interface RadiusStudy {
  readonly settings: StudySettings;
  /** Mean loss of the batch. */
  readonly loss: number;
  readonly stepLength: number;
  /** -2 slope / curvature of the batch's loss along the line: the step that the quadratic model allows. */
  readonly stabilityStep: number;
  /** Row of the minibatch with the smallest exact radius. */
  readonly bottleneck: number;
  /** Row of the training set of the sample. */
  readonly trainingRow: number;
  readonly sample: SampleStudy;
  readonly batch: readonly BatchRow[];
  readonly radii: BatchRadii;
  /** Bins common to the four radii. */
  readonly bins: readonly number[];
  readonly counts: Record<RadiusKind, readonly number[]>;
}

const AGGREGATES: readonly ("minimum" | number)[] = ["minimum", 0.1, 0.5];
const MODES: readonly BatchMode[] = ["spread", "dominance", "proven", "exact"];
const BINS = 28;

/** Trains, measures the batch, and looks closely at one sample. */
export function radiusStudy(settings: StudySettings): { study: RadiusStudy; point: TrainedPoint } {
  const point = trainedPoint(settings);
  const { linearization, slopes, batch } = point;
  const { logits } = linearization;
  const rows = AGGREGATES.flatMap((aggregate) =>
    MODES.map((mode): BatchRow => {
      const { radius, sample, solved, evaluations } = batchRadius(logits, slopes, {
        mode,
        aggregate,
      });
      return { aggregate, mode, radius, sample, solved, evaluations };
    }),
  );
  const bottleneck = rows.find((r) => r.mode === "exact" && r.aggregate === "minimum")!.sample;
  const sample = settings.sample ?? bottleneck;
  const radii = batchRadii(logits, slopes);
  const { edges } = radiusHistogram(
    RADIUS_KINDS.flatMap((kind) => Array.from(radii[kind])),
    BINS,
  );
  const study: RadiusStudy = {
    settings,
    loss: point.loss,
    stepLength: point.stepLength,
    stabilityStep: curvatureStep(logits, slopes, batch.labels).stabilityStep,
    bottleneck,
    trainingRow: point.rows[sample]!,
    sample: sampleStudy(point, sample),
    batch: rows,
    radii,
    bins: Array.from(edges),
    counts: {
      spread: countsIn(edges, radii.spread),
      dominance: countsIn(edges, radii.dominance),
      variance: countsIn(edges, radii.variance),
      exact: countsIn(edges, radii.exact),
    },
  };
  return { study, point };
}

/** Finite radii in [edges[i], edges[i + 1]), the last bin closed. */
function countsIn(edges: RadiusHistogram["edges"], radii: Float64Array): number[] {
  const counts = new Array<number>(edges.length - 1).fill(0);
  for (const r of radii) {
    if (r === Infinity) continue;
    const above = edges.findIndex((edge) => edge > r);
    counts[above === -1 ? counts.length - 1 : above - 1]!++;
  }
  return counts;
}
