import type { Dense } from "@xent/linalg";

/** What a layer norm keeps of the forward pass. */
export interface LayerNormRecord {
  /** B x n: (a - mean) / deviation, row by row. */
  readonly normalized: Dense;
  /** Length B: 1 / deviation, deviation = sqrt(variance + epsilon). */
  readonly inverseDeviation: Float64Array;
}

/**
 * Rows of `a` to mean 0 and variance about 1, into `record`. The variance is that of the row itself
 * (divided by n). A row is scaled by its largest entry first when its squares could overflow.
 */
export function normalizeRows(a: Dense, epsilon: number, record: LayerNormRecord): void {
  const { rows, cols, data } = a;
  const x = record.normalized.data;
  for (let i = 0; i < rows; i++) {
    const start = i * cols;
    const end = start + cols;
    let mean = 0;
    for (let k = start; k < end; k++) mean += data[k]!;
    mean /= cols;
    let largest = 0;
    for (let k = start; k < end; k++) {
      x[k] = data[k]! - mean;
      largest = Math.max(largest, Math.abs(x[k]!));
    }
    const unit = largest > 1e140 ? largest : 1;
    let variance = 0;
    for (let k = start; k < end; k++) variance += (x[k]! / unit) ** 2;
    const deviation = unit * Math.sqrt(variance / cols + epsilon / unit / unit);
    record.inverseDeviation[i] = 1 / deviation;
    for (let k = start; k < end; k++) x[k]! /= deviation;
  }
}

/**
 * d(normalized) for d(a) = `t`, in place: s (c - x mean(x c)) with c = t - mean(t), s = 1 / deviation.
 * The map is symmetric (row by row), so this is the jvp and the vjp at once.
 */
export function normalizeRowsTangent(record: LayerNormRecord, t: Float64Array): void {
  const { rows, cols, data: x } = record.normalized;
  for (let i = 0; i < rows; i++) {
    const start = i * cols;
    const end = start + cols;
    let mean = 0;
    for (let k = start; k < end; k++) mean += t[k]!;
    mean /= cols;
    let along = 0;
    for (let k = start; k < end; k++) {
      t[k]! -= mean;
      along += x[k]! * t[k]!;
    }
    along /= cols;
    const s = record.inverseDeviation[i]!;
    for (let k = start; k < end; k++) t[k] = s * (t[k]! - x[k]! * along);
  }
}

/**
 * d^2(normalized) for first derivative `t` and second derivative `tt` of a (B x n), into `tt`. With c, cc
 * the centred rows, m1 = mean(x c), m2 = mean(c^2), m3 = mean(x cc):
 * s cc - 2 s^2 m1 c + x (3 s^2 m1^2 - s^2 m2 - s m3).
 */
export function normalizeRowsSecond(
  record: LayerNormRecord,
  t: Float64Array,
  tt: Float64Array,
): void {
  const { rows, cols, data: x } = record.normalized;
  for (let i = 0; i < rows; i++) {
    const start = i * cols;
    const end = start + cols;
    let mean = 0;
    let meanSecond = 0;
    for (let k = start; k < end; k++) {
      mean += t[k]!;
      meanSecond += tt[k]!;
    }
    mean /= cols;
    meanSecond /= cols;
    let m1 = 0;
    let m2 = 0;
    let m3 = 0;
    for (let k = start; k < end; k++) {
      const c = t[k]! - mean;
      m1 += x[k]! * c;
      m2 += c * c;
      m3 += x[k]! * (tt[k]! - meanSecond);
    }
    const s = record.inverseDeviation[i]!;
    m1 *= s / cols;
    m2 *= (s * s) / cols;
    m3 *= s / cols;
    const along = 3 * m1 * m1 - m2 - m3;
    for (let k = start; k < end; k++) {
      const c = t[k]! - mean;
      tt[k] = s * (tt[k]! - meanSecond) - 2 * s * m1 * c + x[k]! * along;
    }
  }
}
