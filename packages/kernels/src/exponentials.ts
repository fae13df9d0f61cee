import { kernelsIn } from "./arena.js";
import { takesSimd } from "./backend.js";
import type { KernelExports } from "./kernel-exports.js";
import { plainExponentials } from "./plain-exponentials.js";
import { scratch, scratchView } from "./scratch.js";

/** Exponentials from which the copies pay. */
export const EXP_THRESHOLD = 48;
/** Doubles copied at a time, 64 KiB: they stay in a cache. Sums are compensated from one such chunk to the next. */
export const CHUNK = 8192;

/** Differences below it are in the fast range of exp. */
export const FAST_RANGE = 660;

/** out[i] = exp(x[i]) over whole arrays of one length, `out` may be `x`. Returns false when nothing was done. */
export function simdExp(x: Float64Array, out: Float64Array): boolean {
  const n = x.length;
  if (n === 0 || !takesSimd(n, EXP_THRESHOLD)) return false;
  const own = kernelsIn(out);
  if (own !== undefined) {
    if (out !== x) out.set(x);
    own.expInPlace(out.byteOffset, n, 0);
    return true;
  }
  const { kernels, doubles, start } = scratch(CHUNK);
  for (let from = 0; from < n; from += CHUNK) {
    const size = Math.min(CHUNK, n - from);
    copyIn(x, from, size, doubles, start);
    kernels.expInPlace(8 * start, size, 0);
    out.set(scratchView(doubles, start, size), from);
  }
  return true;
}

/** data[from..from + size) to doubles[at..]. */
export function copyIn(
  data: Float64Array,
  from: number,
  size: number,
  doubles: Float64Array,
  at: number,
): void {
  // A whole array is copied without a view of a part of it.
  doubles.set(size === data.length ? data : data.subarray(from, from + size), at);
}

/**
 * The scaled exponentials exp((data[start + i] - shift) / temperature), i < n, to out[outStart..] when `out` is given
 * (it may be `data` at the same place), and their sum without entry `top`: relative error at most 70 u besides that of
 * exp. The same bits on the plain and the SIMD path. Unchecked.
 *
 * @param least - the smallest entry or less, where `shift` is the largest: may spare the kernel a look at all entries.
 */
export function exponentials(
  data: ArrayLike<number>,
  start: number,
  n: number,
  top: number,
  shift: number,
  temperature: number,
  out?: Float64Array,
  outStart: number = 0,
  least: number = -Infinity,
): number {
  if (n === 0) return 0;
  if (data instanceof Float64Array && takesSimd(n, EXP_THRESHOLD)) {
    const known = (shift - least) / temperature < FAST_RANGE;
    return simdExponentials(data, start, n, top, shift, temperature, known, out, outStart);
  }
  let total = 0;
  let lost = 0;
  for (let from = 0; from < n; from += CHUNK) {
    const size = Math.min(CHUNK, n - from);
    const at = start + from;
    const to = outStart + from;
    const s = plainExponentials(data, at, size, top - from, shift, temperature, out, to);
    const t = total + s;
    lost += total >= s ? total - t + s : s - t + total;
    total = t;
  }
  return total + lost;
}

/** {@link exponentials} by the kernels; `known` when all |data - shift| / temperature are below 660. */
export function simdExponentials(
  data: Float64Array,
  start: number,
  n: number,
  top: number,
  shift: number,
  temperature: number,
  known: boolean,
  out: Float64Array | undefined,
  outStart: number,
): number {
  const own = out === undefined ? undefined : kernelsIn(out);
  if (own !== undefined && out !== undefined) {
    if (out !== data || start !== outStart) out.set(data.subarray(start, start + n), outStart);
    const ptr = out.byteOffset + 8 * outStart;
    return exponentialsInPlace(own, ptr, n, top, shift, temperature, known);
  }
  const { kernels, doubles, start: free } = scratch(CHUNK);
  let total = 0;
  let lost = 0;
  for (let from = 0; from < n; from += CHUNK) {
    const size = Math.min(CHUNK, n - from);
    copyIn(data, start + from, size, doubles, free);
    const s = exponentialsInPlace(kernels, 8 * free, size, top - from, shift, temperature, known);
    out?.set(scratchView(doubles, free, size), outStart + from);
    const t = total + s;
    lost += total >= s ? total - t + s : s - t + total;
    total = t;
  }
  return total + lost;
}

/** data <- the exponentials, for n doubles at `ptr` in the memory of `kernels`; returns their sum without entry `top`. */
export function exponentialsInPlace(
  kernels: KernelExports,
  ptr: number,
  n: number,
  top: number,
  shift: number,
  temperature: number,
  known: boolean,
): number {
  let total = 0;
  let lost = 0;
  for (let from = 0; from < n; from += CHUNK) {
    const size = Math.min(CHUNK, n - from);
    const at = ptr + 8 * from;
    if (temperature !== 1) kernels.shiftAndDivide(at, size, shift, temperature);
    const left = temperature === 1 ? shift : 0;
    const s = kernels.exponentials(at, size, top - from, left, known ? 1 : 0);
    const t = total + s;
    lost += total >= s ? total - t + s : s - t + total;
    total = t;
  }
  return total + lost;
}
