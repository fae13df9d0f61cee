import { kernelsIn } from "./arena.js";
import { takesSimd } from "./backend.js";
import {
  CHUNK,
  copyIn,
  EXP_THRESHOLD,
  exponentialsInPlace,
  FAST_RANGE,
  simdExponentials,
} from "./exponentials.js";
import { scratch, scratchView } from "./scratch.js";

/** Length from which softmax multiplies by the inverse of the total, as on the plain path. */
const LONG = 1024;

/**
 * Softmax of each row of a rows x cols matrix, row-major without gaps; `out` may be `data`. Returns false when the plain path
 * is to be taken: for few entries, and when a row has a NaN, +Infinity or no finite entry, which the plain path will
 * find. Then rows before it may have been written to `out`.
 */
export function simdSoftmaxRows(
  data: Float64Array,
  rows: number,
  cols: number,
  out: Float64Array,
): boolean {
  if (rows === 0 || cols === 0 || !takesSimd(rows * cols, EXP_THRESHOLD)) return false;
  if (cols > CHUNK || (rows === 1 && kernelsIn(out) !== undefined)) {
    for (let i = 0; i < rows; i++) if (!longSoftmax(data, i * cols, cols, out)) return false;
    return true;
  }
  const most = Math.min(rows, Math.floor(CHUNK / cols));
  const { kernels, doubles, start } = scratch(CHUNK + 2 * most);
  const tops = 8 * (start + CHUNK);
  for (let from = 0; from < rows; from += most) {
    const count = Math.min(most, rows - from);
    copyIn(data, from * cols, count * cols, doubles, start);
    if (kernels.softmaxRows(8 * start, count, cols, tops, tops + 8 * most) >= 0) return false;
    out.set(scratchView(doubles, start, count * cols), from * cols);
  }
  return true;
}

/**
 * log sum exp of each row of a rows x cols matrix to `out` (length `rows`): the largest entry plus log1p of the sum over the
 * others; -Infinity for a row that is all -Infinity. Returns false when the plain path is to be taken: for few entries, and
 * when there is a NaN or +Infinity.
 */
export function simdLogSumExpRows(
  data: Float64Array,
  rows: number,
  cols: number,
  out: Float64Array,
): boolean {
  if (rows === 0 || cols === 0 || !takesSimd(rows * cols, EXP_THRESHOLD)) return false;
  if (cols > CHUNK) {
    for (let i = 0; i < rows; i++) {
      const top = findTop(data, i * cols, cols);
      if (top < 0) return false;
      const shift = data[i * cols + top]!;
      const known = shift - leastFound < FAST_RANGE;
      const rest =
        shift === -Infinity
          ? 0
          : simdExponentials(data, i * cols, cols, top, shift, 1, known, undefined, 0);
      out[i] = shift + Math.log1p(rest);
    }
    return true;
  }
  const most = Math.min(rows, Math.floor(CHUNK / cols));
  const { kernels, doubles, start } = scratch(CHUNK + 2 * most);
  const tops = start + CHUNK;
  const rests = tops + most;
  for (let from = 0; from < rows; from += most) {
    const count = Math.min(most, rows - from);
    copyIn(data, from * cols, count * cols, doubles, start);
    if (kernels.exponentialRows(8 * start, count, cols, 8 * tops, 8 * rests) >= 0) return false;
    for (let i = 0; i < count; i++) {
      out[from + i] = doubles[tops + i]! + Math.log1p(doubles[rests + i]!);
    }
  }
  return true;
}

/**
 * First index of the largest of data[start..start + n), relative to `start`: -1 when there is a NaN or +Infinity, undefined
 * when the plain path is to be taken.
 */
export function simdTop(data: Float64Array, start: number, n: number): number | undefined {
  return n > 0 && takesSimd(n, TOP_THRESHOLD) ? findTop(data, start, n) : undefined;
}

/** The smallest entry that the last call of {@link simdTop} saw, when it found an index. */
export function simdLeast(): number {
  return leastFound;
}

/** Entries from which a search by the kernels pays for its copies. */
const TOP_THRESHOLD = 256;

/** The smallest entry that the last call of `findTop` saw. */
let leastFound = 0;

function findTop(data: Float64Array, start: number, n: number): number {
  const own = kernelsIn(data);
  if (own !== undefined) {
    const ptr = data.byteOffset + 8 * start;
    const m = own.largest(ptr, n);
    leastFound = own.least();
    return m < Infinity ? own.firstIndex(ptr, m) : -1;
  }
  const { kernels, doubles, start: free } = scratch(CHUNK);
  let top = -1;
  let best = 0;
  leastFound = Infinity;
  for (let from = 0; from < n; from += CHUNK) {
    const size = Math.min(CHUNK, n - from);
    copyIn(data, start + from, size, doubles, free);
    const m = kernels.largest(8 * free, size);
    if (!(m < Infinity)) return -1;
    leastFound = Math.min(leastFound, kernels.least());
    if (top < 0 || m > best) {
      best = m;
      top = from + kernels.firstIndex(8 * free, m);
    }
  }
  return top;
}

/** Longest vector that is copied to the kernels' memory as a whole: 64 MiB. */
const LARGEST = 2 ** 23;
/** Entries that pass from one memory to the other at a time, 256 KiB: they are still in a cache for what follows. */
const PIECE = 4 * CHUNK;

/**
 * Softmax of data[start..start + n) to the same place of `out`, in the memory of `out` where it is an arena's; false when
 * there is none, or no space.
 */
function longSoftmax(data: Float64Array, start: number, n: number, out: Float64Array): boolean {
  const own = kernelsIn(out);
  if (own === undefined && n > LARGEST) return false;
  const space = own === undefined ? scratch(n) : undefined;
  const kernels = own ?? space!.kernels;
  const base = space === undefined ? out.byteOffset + 8 * start : 8 * space.start;
  let shift = -Infinity;
  let smallest = Infinity;
  let top = 0;
  for (let from = 0; from < n; from += PIECE) {
    const size = Math.min(PIECE, n - from);
    const at = start + from;
    if (space !== undefined) copyIn(data, at, size, space.doubles, space.start + from);
    else if (out !== data) out.set(data.subarray(at, at + size), at);
    const m = kernels.largest(base + 8 * from, size);
    if (!(m < Infinity)) return false;
    smallest = Math.min(smallest, kernels.least());
    if (m > shift) {
      shift = m;
      top = from + kernels.firstIndex(base + 8 * from, m);
    }
  }
  if (shift === -Infinity) return false;
  const known = shift - smallest < FAST_RANGE;
  const total = 1 + exponentialsInPlace(kernels, base, n, top, shift, 1, known);
  for (let from = 0; from < n; from += PIECE) {
    const size = Math.min(PIECE, n - from);
    if (n < LONG) kernels.shiftAndDivide(base + 8 * from, size, 0, total);
    else kernels.scaleInPlace(base + 8 * from, size, 1 / total);
    if (space !== undefined) {
      out.set(scratchView(space.doubles, space.start + from, size), start + from);
    }
  }
  return true;
}
