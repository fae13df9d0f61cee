import { simdWalshHadamard } from "@xent/kernels";
import { DimensionError } from "./errors.js";

/** Doubles that are transformed completely before the next ones are touched: 32 KiB, a level-1 cache. */
const BLOCK = 4096;

/**
 * Walsh-Hadamard transform in place, Sylvester order, not normalised: data <- H data with
 * H_ij = (-1)^popcount(i & j). Applied twice it multiplies by the length. Returns `data`.
 *
 * Each level adds and subtracts pairs: O(n log2 n) additions, no multiplication, and an error of at
 * most log2(n) u ||data||_1 in each entry. The SIMD path of `@xent/kernels` gives the same bits.
 *
 * @param data - length a power of two (1 is one). Overwritten.
 * @param factor - the result is multiplied by it on the way out, e.g. 1 / n for the inverse or
 *   1 / sqrt(n) for the orthonormal transform. Default 1.
 * @throws {@link DimensionError} when the length is not a power of two.
 */
export function walshHadamard(data: Float64Array, factor: number = 1): Float64Array {
  const n = data.length;
  if (n === 0 || (n & (n - 1)) !== 0) {
    throw new DimensionError(`data has length ${n}, expected a power of two`);
  }
  if (simdWalshHadamard(data, factor)) return data;
  const block = Math.min(n, BLOCK);
  for (let start = 0; start < n; start += block) {
    walshLevels(data, start, start + block, 1);
    if (factor !== 1) {
      for (let i = start; i < start + block; i++) data[i]! *= factor;
    }
  }
  if (n > block) walshLevels(data, 0, n, block);
  return data;
}

/**
 * The levels h, 2h, 4h, ... up to (end - start) / 2 on data[start..end-1]: a Walsh-Hadamard transform of
 * (end - start) / h points on each of h interleaved lines. No checks.
 */
export function walshLevels(data: Float64Array, start: number, end: number, h: number): void {
  let levels = Math.log2((end - start) / h);
  for (; levels >= 5 || levels === 3; levels -= 3, h *= 8) radix8(data, start, end, h);
  for (; levels >= 2; levels -= 2, h *= 4) radix4(data, start, end, h);
  if (levels === 1) radix2(data, start, end, h);
}

function radix2(data: Float64Array, start: number, end: number, h: number): void {
  for (let base = start; base < end; base += 2 * h) {
    for (let i = base; i < base + h; i++) {
      const a = data[i]!;
      const b = data[i + h]!;
      data[i] = a + b;
      data[i + h] = a - b;
    }
  }
}

function radix4(data: Float64Array, start: number, end: number, h: number): void {
  const h2 = 2 * h;
  const h3 = 3 * h;
  for (let base = start; base < end; base += 4 * h) {
    for (let i = base; i < base + h; i++) {
      const a = data[i]!;
      const b = data[i + h]!;
      const c = data[i + h2]!;
      const d = data[i + h3]!;
      const apb = a + b;
      const amb = a - b;
      const cpd = c + d;
      const cmd = c - d;
      data[i] = apb + cpd;
      data[i + h] = amb + cmd;
      data[i + h2] = apb - cpd;
      data[i + h3] = amb - cmd;
    }
  }
}

function radix8(data: Float64Array, start: number, end: number, h: number): void {
  const h2 = 2 * h;
  const h3 = 3 * h;
  const h4 = 4 * h;
  const h5 = 5 * h;
  const h6 = 6 * h;
  const h7 = 7 * h;
  for (let base = start; base < end; base += 8 * h) {
    for (let i = base; i < base + h; i++) {
      const x0 = data[i]!;
      const x1 = data[i + h]!;
      const x2 = data[i + h2]!;
      const x3 = data[i + h3]!;
      const x4 = data[i + h4]!;
      const x5 = data[i + h5]!;
      const x6 = data[i + h6]!;
      const x7 = data[i + h7]!;
      const p0 = x0 + x1;
      const m0 = x0 - x1;
      const p1 = x2 + x3;
      const m1 = x2 - x3;
      const p2 = x4 + x5;
      const m2 = x4 - x5;
      const p3 = x6 + x7;
      const m3 = x6 - x7;
      const a0 = p0 + p1;
      const a1 = m0 + m1;
      const a2 = p0 - p1;
      const a3 = m0 - m1;
      const b0 = p2 + p3;
      const b1 = m2 + m3;
      const b2 = p2 - p3;
      const b3 = m2 - m3;
      data[i] = a0 + b0;
      data[i + h] = a1 + b1;
      data[i + h2] = a2 + b2;
      data[i + h3] = a3 + b3;
      data[i + h4] = a0 - b0;
      data[i + h5] = a1 - b1;
      data[i + h6] = a2 - b2;
      data[i + h7] = a3 - b3;
    }
  }
}
