import { logSumExp, softmax } from "@xent/softmax-spectral";
import {
  dominanceRadius,
  type Ghost,
  ghostsInRectangle,
  lineLossSeries,
  type NearestGhost,
  nearestGhost,
  partialSums,
  partition,
  provenRadius,
  spreadRadius,
} from "@xent/taylor-radius";
import { type GhostsState, LARGEST_ORDER } from "./state.js";

/** Radii and certificate of one sample along a direction. */
export interface GhostNumbers {
  readonly spread: number;
  readonly dominance: number;
  readonly proven: number;
  readonly nearest: NearestGhost;
  readonly probabilities: Float64Array;
}

export function ghostNumbers(z: readonly number[], a: readonly number[]): GhostNumbers {
  return {
    spread: spreadRadius(a),
    dominance: dominanceRadius(z, a),
    proven: provenRadius(z, a),
    nearest: nearestGhost(z, a),
    probabilities: softmax(Float64Array.from(z)),
  };
}

/** Half the side of the part of the plane that is shown. */
export function reachOf(numbers: GhostNumbers): number {
  return numbers.nearest.radius < 1e100 ? 2.2 * numbers.nearest.radius : 4;
}

/** |F| over the modulus of its largest term, on a square of the plane, and the ghosts in it. */
export interface Plane {
  readonly reach: number;
  readonly side: number;
  /** side x side, row 0 on top. */
  readonly field: Float32Array;
  readonly ghosts: readonly Ghost[];
  /** Whether the ghosts shown are proven to be all of them. */
  readonly complete: boolean;
}

export function plane(
  z: readonly number[],
  a: readonly number[],
  reach: number,
  side: number,
): Plane {
  const field = new Float32Array(side * side);
  for (let row = 0; 2 * row < side; row++) {
    const im = reach * (1 - (2 * row + 1) / side);
    for (let col = 0; col < side; col++) {
      const re = reach * ((2 * col + 1) / side - 1);
      const value = partition(z, a, { re, im });
      const size = Math.hypot(value.re, value.im);
      // F(conj t) = conj F(t): the lower half mirrors the upper.
      field[row * side + col] = size;
      field[(side - 1 - row) * side + col] = size;
    }
  }
  // A rim that is a round number might run through a ghost of a symmetric example.
  const rim = 1.00071 * reach;
  const region = ghostsInRectangle(
    z,
    a,
    { left: -rim, right: rim, bottom: -rim, top: rim },
    { maxEvaluations: 20_000 },
  );
  return { reach, side, field, ghosts: region.ghosts, complete: region.complete };
}

/** The loss along the line and one of its Taylor polynomials. */
export interface Line {
  readonly t: Float64Array;
  readonly loss: Float64Array;
  /** S_order at the same places. */
  readonly sum: Float64Array;
  /** The place that the slider chose. */
  readonly at: number;
  readonly lossAt: number;
  /** |S_n - loss| there, n = 0..LARGEST_ORDER. */
  readonly errors: Float64Array;
  readonly sumAt: number;
}

/** The cross-entropy -z_y - a_y t + log F(t), with nothing to cancel. */
export function lineLoss(
  z: readonly number[],
  a: readonly number[],
  label: number,
  t: number,
): number {
  const y = z[label]! + a[label]! * t;
  return logSumExp(Float64Array.from(z, (v, k) => v + a[k]! * t - y));
}

export function line(state: GhostsState, reach: number, at: number, points = 321): Line {
  const { z, a, label, order } = state;
  const series = lineLossSeries(z, a, label, LARGEST_ORDER);
  const t = Float64Array.from({ length: points }, (_, i) => reach * ((2 * i) / (points - 1) - 1));
  const lossAt = lineLoss(z, a, label, at);
  const sums = partialSums(series, at).re;
  return {
    t,
    loss: t.map((x) => lineLoss(z, a, label, x)),
    sum: t.map((x) => partialSums(series, x).re[order]!),
    at,
    lossAt,
    errors: sums.map((s) => Math.abs(s - lossAt)),
    sumAt: sums[order]!,
  };
}

/** Everything that the view shows but the plane. */
export interface GhostsAnswer {
  readonly numbers: GhostNumbers;
  readonly reach: number;
  readonly line: Line;
}

export function ghostsAnswer(state: GhostsState): GhostsAnswer {
  const numbers = ghostNumbers(state.z, state.a);
  const reach = reachOf(numbers);
  const unit = numbers.nearest.radius < 1e100 ? numbers.nearest.radius : reach / 2.2;
  return { numbers, reach, line: line(state, reach, state.x * unit) };
}
