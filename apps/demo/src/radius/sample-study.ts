import { selectDigits, UsageError } from "@xent/app-kit";
import type { Dense } from "@xent/linalg";
import { softmaxRows } from "@xent/softmax-spectral";
import {
  bendingLengths,
  type CorrectedGhost,
  correctedGhost,
  dominanceRadius,
  estimateRadius,
  type LineLossGap,
  lineLossGap,
  lineLossSeries,
  type NearestGhost,
  nearestGhost,
  partialSums,
  reluKinkDistances,
  secondOrderLine,
  spreadRadius,
  topTwoRadius,
  varianceRadius,
} from "@xent/taylor-radius";
import type { RadiusKind } from "./radii.js";
import type { TrainedPoint } from "./trained-point.js";

/** Where partial sums are compared with the loss, in exact radii; on both sides of 0. */
export const RATIOS: readonly number[] = [0.5, 0.9, 1.1, 1.5];
/** Orders of the partial sums in the table. */
export const ORDERS: readonly number[] = [2, 5, 10, 20, 50, 100];
const LAST_ORDER = 100;

/** Partial sums of the line loss at one step. */
export interface TaylorRow {
  /** t over the exact radius. */
  readonly ratio: number;
  readonly t: number;
  /** The loss with linearised logits: what the series stands for. */
  readonly linearised: number;
  /** |S_n - linearised| for n = 0..100. */
  readonly errors: readonly number[];
  /** S_n for n = 0..100. */
  readonly sums: readonly number[];
}

/** Everything about one sample along the line. */
export interface SampleStudy {
  /** Row of the minibatch. */
  readonly sample: number;
  readonly label: number;
  /** 64 intensities in 0..1. */
  readonly pixels: readonly number[];
  readonly logits: readonly number[];
  readonly slopes: readonly number[];
  readonly probabilities: readonly number[];
  readonly loss: number;
  readonly radii: Record<RadiusKind, number>;
  readonly ghost: NearestGhost;
  /** Heuristics: they bound nothing. */
  readonly heuristics: {
    readonly topTwo: number;
    /** From the last coefficients of the series of order 100. */
    readonly series: number;
  };
  readonly taylor: readonly TaylorRow[];
  /** The loss of the network itself against the linearised one, at the steps of `taylor`. */
  readonly gaps: readonly LineLossGap[];
  /** Step at which the second-order term spreads the logits as much as the linear one. */
  readonly bendingLength: number;
  /** Where the nearest ghost moves when the logits bend; an estimate. */
  readonly corrected: CorrectedGhost;
  /** Steps to the first ReLU of this sample that switches; Infinity for a head. */
  readonly kinks: { readonly ahead: number; readonly behind: number };
}

/**
 * Studies row `sample` of the batch.
 *
 * @throws UsageError when it has no ghost along the line.
 */
export function sampleStudy(point: TrainedPoint, sample: number): SampleStudy {
  const digit = selectDigits(point.batch, Int32Array.of(sample));
  const label = digit.labels[0]!;
  const linearization = point.model.linearize(point.parameters, digit.features);
  const line = secondOrderLine(linearization, point.unit);
  const { logits, slopes, seconds } = line;
  const ghost = nearestGhost(logits.data, slopes.data);
  if (ghost.zero === undefined) {
    throw new UsageError(
      `--sample ${sample} has no nearest ghost along this direction: its radius is ${ghost.radius}`,
    );
  }
  const rho = ghost.radius;
  const series = lineLossSeries(logits.data, slopes.data, label, LAST_ORDER, { unit: rho });
  const steps = [...RATIOS.map((r) => -r).reverse(), ...RATIOS].map((ratio) => ratio * rho);
  const gaps = lineLossGap(line, (t) => logitsAt(point, digit.features, t), digit.labels, steps);
  const kinks = reluKinkDistances(linearization.preActivations?.(point.unit).slice(0, 1) ?? []);
  return {
    sample,
    label,
    pixels: Array.from(digit.features.data),
    logits: Array.from(logits.data),
    slopes: Array.from(slopes.data),
    probabilities: Array.from(softmaxRows(logits).data),
    loss: series.coefficients[0]!,
    radii: {
      spread: spreadRadius(slopes.data),
      dominance: dominanceRadius(logits.data, slopes.data),
      variance: varianceRadius(logits.data, slopes.data),
      exact: rho,
    },
    ghost,
    heuristics: {
      topTwo: topTwoRadius(logits.data, slopes.data),
      series: estimateRadius(series).radius,
    },
    taylor: gaps.map(({ t, linearised }) => {
      const sums = Array.from(partialSums(series, t).re);
      return {
        ratio: t / rho,
        t,
        linearised,
        sums,
        errors: sums.map((s) => Math.abs(s - linearised)),
      };
    }),
    gaps,
    bendingLength: bendingLengths(line)[0]!,
    corrected: correctedGhost(logits.data, slopes.data, seconds.data, ghost.zero),
    kinks: { ahead: kinks.ahead, behind: kinks.behind },
  };
}

/** Logits of the model itself at a step t along the line. */
export function logitsAt(point: TrainedPoint, features: Dense, t: number): Dense {
  const moved = point.parameters.map((p, i) => p + t * point.unit[i]!);
  return point.model.logits(moved, features);
}
