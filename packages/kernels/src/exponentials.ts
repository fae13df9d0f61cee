import { kernelsIn } from "./arena.js";
import { takesSimd } from "./backend.js";
import { type Scratch, scratch } from "./scratch.js";

/** Exponentials from which the copies pay. */
const THRESHOLD = 48;
/** Doubles copied at a time, 64 KiB: they stay in a cache. */
const CHUNK = 8192;

/** out[i] = exp(x[i]) over whole arrays of one length, `out` may be `x`. Returns false when nothing was done. */
export function simdExp(x: Float64Array, out: Float64Array): boolean {
  const n = x.length;
  if (n === 0 || !takesSimd(n, THRESHOLD)) return false;
  const own = kernelsIn(out);
  if (own !== undefined) {
    if (out !== x) out.set(x);
    own.expInPlace(out.byteOffset, n, 0);
    return true;
  }
  const { kernels, doubles, start } = scratch(CHUNK);
  for (let from = 0; from < n; from += CHUNK) {
    const size = Math.min(CHUNK, n - from);
    doubles.set(size === n ? x : x.subarray(from, from + size), start);
    kernels.expInPlace(8 * start, size, 0);
    out.set(doubles.subarray(start, start + size), from);
  }
  return true;
}

/**
 * The scaled exponentials exp((data[start + i] - shift) / temperature), i < n, to out[outStart..] when `out` is given
 * (it may be `data` at the same place), and their sum without entry `top`: relative error at most 70 u besides that of exp.
 *
 * @param data - anything but a Float64Array is left to the plain path.
 * @returns undefined when nothing was done.
 */
export function simdExponentials(
  data: ArrayLike<number>,
  start: number,
  n: number,
  top: number,
  shift: number,
  temperature: number,
  out?: Float64Array,
  outStart: number = 0,
): number | undefined {
  if (n === 0 || !takesSimd(n, THRESHOLD) || !(data instanceof Float64Array)) return undefined;
  const space = scratch(CHUNK);
  const { doubles, start: free } = space;
  let total = 0;
  let lost = 0;
  for (let from = 0; from < n; from += CHUNK) {
    const size = Math.min(CHUNK, n - from);
    const at = start + from;
    doubles.set(size === data.length ? data : data.subarray(at, at + size), free);
    const s = chunkExponentials(space, size, top - from, shift, temperature);
    if (out !== undefined) out.set(doubles.subarray(free, free + size), outStart + from);
    const t = total + s;
    lost += total >= s ? total - t + s : s - t + total;
    total = t;
  }
  return total + lost;
}

function chunkExponentials(
  { kernels, start }: Scratch,
  size: number,
  top: number,
  shift: number,
  temperature: number,
): number {
  if (temperature === 1) return kernels.exponentials(8 * start, size, top, shift);
  kernels.shiftAndDivide(8 * start, size, shift, temperature);
  return kernels.exponentials(8 * start, size, top, 0);
}

/** Rows that fit a chunk; 0 when one does not. */
function rowsOfChunk(cols: number): number {
  return Math.floor(CHUNK / cols);
}

/**
 * Softmax of each row of a rows x cols matrix, row-major without gaps; every row has a finite entry and no NaN or
 * +Infinity. `out` may be `data`. Returns false when nothing was done.
 */
export function simdSoftmaxRows(
  data: Float64Array,
  rows: number,
  cols: number,
  out: Float64Array,
): boolean {
  if (rows === 0 || cols === 0 || cols > CHUNK || !takesSimd(rows * cols, THRESHOLD)) return false;
  const most = Math.min(rows, rowsOfChunk(cols));
  const { kernels, doubles, start } = scratch(CHUNK + 2 * most);
  const tops = 8 * (start + CHUNK);
  for (let from = 0; from < rows; from += most) {
    const size = Math.min(most, rows - from) * cols;
    const at = from * cols;
    doubles.set(size === data.length ? data : data.subarray(at, at + size), start);
    kernels.softmaxRows(8 * start, size / cols, cols, tops, tops + 8 * most);
    out.set(doubles.subarray(start, start + size), at);
  }
  return true;
}

/**
 * The largest entry of each row to `tops`, and to `rests` the sum over the others of exp(entry - largest); each is of
 * length `rows`. A row that is all -Infinity has rest 0. Returns false when nothing was done.
 */
export function simdRowSums(
  data: Float64Array,
  rows: number,
  cols: number,
  tops: Float64Array,
  rests: Float64Array,
): boolean {
  if (rows === 0 || cols === 0 || cols > CHUNK || !takesSimd(rows * cols, THRESHOLD)) return false;
  const most = Math.min(rows, rowsOfChunk(cols));
  const { kernels, doubles, start } = scratch(CHUNK + 2 * most);
  const top = start + CHUNK;
  const rest = top + most;
  for (let from = 0; from < rows; from += most) {
    const count = Math.min(most, rows - from);
    const at = from * cols;
    const size = count * cols;
    doubles.set(size === data.length ? data : data.subarray(at, at + size), start);
    kernels.exponentialRows(8 * start, count, cols, 8 * top, 8 * rest);
    tops.set(doubles.subarray(top, top + count), from);
    rests.set(doubles.subarray(rest, rest + count), from);
  }
  return true;
}
