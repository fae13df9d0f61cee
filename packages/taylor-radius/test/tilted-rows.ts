import type { SeededRandom } from "@xent/linalg";
import { newSlopeRange, type Row, type SlopeRange, slopeRange } from "../src/leading-class.js";

/** A row, plainly: logits and slopes. */
export interface PlainRow {
  readonly z: Float64Array;
  readonly a: Float64Array;
}

/** Rows that stress bounds on variances: slopes that cluster, lattices, light extremes, leaders. */
export const KINDS = ["plain", "light extremes", "leader", "clusters", "lattice"] as const;

export function drawnRow(
  random: SeededRandom,
  classes: number,
  kind: (typeof KINDS)[number],
): PlainRow {
  const z = random.normals(classes);
  const a = random.normals(classes);
  if (kind === "light extremes") {
    // Near 0 with all the weight, and far out with hardly any.
    for (let k = 0; k < classes; k++) a[k]! *= 0.1;
    a[0] = 3;
    a[1] = -3;
    z[0] = -4 * random.uniform();
    z[1] = -8;
  }
  if (kind === "leader") z[classes >> 1]! += Math.log(classes) + 8 * random.uniform();
  if (kind === "clusters")
    for (let k = 0; k < classes; k++) a[k] = Math.round(a[k]!) + 1e-3 * a[k]!;
  if (kind === "lattice") for (let k = 0; k < classes; k++) a[k] = Math.round(2 * a[k]!);
  // At least two slopes differ.
  if (a[0] === a[1]) a[0]! += 1;
  return { z, a };
}

export function asRow({ z, a }: PlainRow): { readonly row: Row; readonly range: SlopeRange } {
  const row = { logits: z, slopes: a, start: 0, classes: z.length };
  const range = newSlopeRange();
  slopeRange(row, range);
  return { row, range };
}

/** Sum of e^(z + a x) relative to the largest term at x, mean and variance of a under the weights, by definition. */
export function plainMoments({ z, a }: PlainRow, x: number): { mean: number; variance: number } {
  const top = z.reduce((m, v, k) => Math.max(m, v + a[k]! * x), -Infinity);
  const w = z.map((v, k) => Math.exp(v + a[k]! * x - top));
  const total = w.reduce((s, v) => s + v, 0);
  const mean = w.reduce((s, v, k) => s + v * a[k]!, 0) / total;
  return { mean, variance: w.reduce((s, v, k) => s + v * (a[k]! - mean) ** 2, 0) / total };
}
