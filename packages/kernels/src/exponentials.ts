import { kernelsIn } from "./arena.js";
import { takesSimd } from "./backend.js";
import { plainExponentials } from "./plain-exponentials.js";
import { type Scratch, scratch, scratchView } from "./scratch.js";

/** Exponentials from which the copies pay. */
const THRESHOLD = 48;
/** Doubles copied at a time, 64 KiB: they stay in a cache. */
const CHUNK = 8192;
/** Longest array that is copied at once, 8 MiB. */
const LARGEST_WHOLE = 2 ** 20;

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
    out.set(scratchView(doubles, start, size), from);
  }
  return true;
}

/**
 * The scaled exponentials exp((data[start + i] - shift) / temperature), i < n, to out[outStart..] when `out` is given
 * (it may be `data` at the same place), and their sum without entry `top`: relative error at most 70 u besides that of
 * exp. The same bits on the plain and the SIMD path. Unchecked.
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
): number {
  if (n === 0) return 0;
  const simd = takesSimd(n, THRESHOLD) && data instanceof Float64Array;
  // A whole array is copied at once, without making views of its parts.
  const whole = simd && n === data.length && n <= LARGEST_WHOLE;
  const space = simd ? scratch(whole ? n : CHUNK) : undefined;
  if (space !== undefined && whole) space.doubles.set(data, space.start);
  let total = 0;
  let lost = 0;
  for (let from = 0; from < n; from += CHUNK) {
    const size = Math.min(CHUNK, n - from);
    const at = start + from;
    const to = outStart + from;
    let s: number;
    if (space !== undefined && data instanceof Float64Array) {
      const { doubles, start: first } = space;
      const free = whole ? first + from : first;
      if (!whole) doubles.set(data.subarray(at, at + size), free);
      s = chunkExponentials(space, free, size, top - from, shift, temperature);
      if (out !== undefined && !whole) out.set(scratchView(doubles, free, size), to);
    } else {
      s = plainExponentials(data, at, size, top - from, shift, temperature, out, to);
    }
    const t = total + s;
    lost += total >= s ? total - t + s : s - t + total;
    total = t;
  }
  if (space !== undefined && whole && out !== undefined) {
    out.set(scratchView(space.doubles, space.start, n), outStart);
  }
  return total + lost;
}

function chunkExponentials(
  { kernels }: Scratch,
  start: number,
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
    out.set(scratchView(doubles, start, size), at);
  }
  return true;
}

/**
 * log sum exp of each row of a rows x cols matrix to `out` (length `rows`): the largest entry plus log1p of the sum over the
 * others; -Infinity for a row that is all -Infinity. Returns false when nothing was done.
 */
export function simdLogSumExpRows(
  data: Float64Array,
  rows: number,
  cols: number,
  out: Float64Array,
): boolean {
  if (rows === 0 || cols === 0 || cols > CHUNK || !takesSimd(rows * cols, THRESHOLD)) return false;
  const most = Math.min(rows, rowsOfChunk(cols));
  const { kernels, doubles, start } = scratch(CHUNK + 2 * most);
  const tops = start + CHUNK;
  const rests = tops + most;
  for (let from = 0; from < rows; from += most) {
    const count = Math.min(most, rows - from);
    const at = from * cols;
    const size = count * cols;
    doubles.set(size === data.length ? data : data.subarray(at, at + size), start);
    kernels.exponentialRows(8 * start, count, cols, 8 * tops, 8 * rests);
    for (let i = 0; i < count; i++) {
      out[from + i] = doubles[tops + i]! + Math.log1p(doubles[rests + i]!);
    }
  }
  return true;
}
