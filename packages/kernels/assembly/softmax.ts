import { expBlock, expInPlace, sumSpan } from "./exp";

/** Terms summed plainly before the running total is compensated; each of four lanes sums a quarter of them. */
const BLOCK: i32 = 256;

/** Difference below which exp needs no second look. */
const FAST_RANGE: f64 = 660;

/**
 * data[i] <- exp(data[i] - shift), and the sum of all but entry `top` (none when `top` is not in 0..n-1):
 * relative error at most 68 u besides that of exp. `known` when all differences are below 660.
 */
export function exponentials(ptr: usize, n: i32, top: i32, shift: f64, known: bool): f64 {
  let total: f64 = 0;
  let lost: f64 = 0;
  for (let from = 0; from < n; from += BLOCK) {
    const size = min(BLOCK, n - from);
    const at = ptr + (<usize>from << 3);
    let s = expBlock(at, size, shift, known);
    if (top >= from && top < from + size) s = sumWithout(at, size, top - from);
    const t = total + s;
    lost += total >= s ? total - t + s : s - t + total;
    total = t;
  }
  return total + lost;
}

/** The sum of n doubles as if entry `top` were 0. */
function sumWithout(ptr: usize, n: i32, top: i32): f64 {
  const own = ptr + (<usize>top << 3);
  const e = load<f64>(own);
  store<f64>(own, 0);
  const s = sumSpan(ptr, n);
  store<f64>(own, e);
  return s;
}

/** data[i] <- data[i] * factor. */
export function scaleInPlace(ptr: usize, n: i32, factor: f64): void {
  const end = ptr + (<usize>n << 3);
  const f = f64x2.splat(factor);
  while (ptr + 32 <= end) {
    v128.store(ptr, f64x2.mul(v128.load(ptr), f));
    v128.store(ptr, f64x2.mul(v128.load(ptr, 16), f), 16);
    ptr += 32;
  }
  while (ptr < end) {
    store<f64>(ptr, load<f64>(ptr) * factor);
    ptr += 8;
  }
}

/** data[i] <- (data[i] - shift) / divisor. */
export function shiftAndDivide(ptr: usize, n: i32, shift: f64, divisor: f64): void {
  const end = ptr + (<usize>n << 3);
  const s = f64x2.splat(shift);
  const d = f64x2.splat(divisor);
  while (ptr + 16 <= end) {
    v128.store(ptr, f64x2.div(f64x2.sub(v128.load(ptr), s), d));
    ptr += 16;
  }
  if (ptr < end) store<f64>(ptr, (load<f64>(ptr) - shift) / divisor);
}

/** From memory, since engines would build a v128.const anew for each use. */
const INFINITY: usize = memory.data<f64>([Infinity]);

let leastFound: f64 = 0;
let spanOfLargest: i32 = 0;

/** The smallest entry that the last call of `largest` saw. */
export function least(): f64 {
  return leastFound;
}

/**
 * Largest of n >= 1 doubles, or NaN when one of them is NaN or +Infinity. Leaves the smallest in `leastFound`, and in
 * `spanOfLargest` an index at or before the first of the largest, at most 1024 before it.
 */
export function largest(ptr: usize, n: i32): f64 {
  const infinity = v128.load64_splat(INFINITY);
  let m: f64 = -Infinity;
  let low0 = infinity;
  let low1 = low0;
  let fine = i64x2.splat(-1);
  spanOfLargest = 0;
  for (let from = 0; from < n; from += 1024) {
    let at = ptr + (<usize>from << 3);
    const end = at + (<usize>min(1024, n - from) << 3);
    let m0 = f64x2.splat(m);
    let m1 = m0;
    while (at + 32 <= end) {
      const x0 = v128.load(at);
      const x1 = v128.load(at, 16);
      m0 = f64x2.pmax(m0, x0);
      m1 = f64x2.pmax(m1, x1);
      low0 = f64x2.pmin(low0, x0);
      low1 = f64x2.pmin(low1, x1);
      fine = v128.and(fine, v128.and(f64x2.lt(x0, infinity), f64x2.lt(x1, infinity)));
      at += 32;
    }
    while (at < end) {
      const x = v128.load64_splat(at);
      m0 = f64x2.pmax(m0, x);
      low0 = f64x2.pmin(low0, x);
      fine = v128.and(fine, f64x2.lt(x, infinity));
      at += 8;
    }
    m0 = f64x2.pmax(m0, m1);
    const here = max(f64x2.extract_lane(m0, 0), f64x2.extract_lane(m0, 1));
    if (here > m) {
      m = here;
      spanOfLargest = from;
    }
  }
  low0 = f64x2.pmin(low0, low1);
  leastFound = min(f64x2.extract_lane(low0, 0), f64x2.extract_lane(low0, 1));
  return i64x2.all_true(fine) ? m : NaN;
}

/** After `largest` of the same span returned a number: the first index of `value`, its result (0 and -0 are the same). */
export function firstIndex(ptr: usize, value: f64): i32 {
  let i = spanOfLargest;
  const v = f64x2.splat(value);
  // May look three doubles past the row, never past the memory; the first hit decides.
  while (
    !v128.any_true(
      v128.or(
        f64x2.eq(v128.load(ptr + (<usize>i << 3)), v),
        f64x2.eq(v128.load(ptr + (<usize>i << 3), 16), v),
      ),
    )
  ) {
    i += 4;
  }
  while (load<f64>(ptr + (<usize>i << 3)) != value) i++;
  return i;
}

/** Columns below which the exponentials of all rows are taken in one go. */
const SHORT: i32 = 64;

/** For short rows: as `exponentialRows`. */
function exponentialShortRows(
  ptr: usize,
  rows: i32,
  cols: i32,
  tops: usize,
  rests: usize,
): i32 {
  const width = <usize>cols << 3;
  for (let i = 0; i < rows; i++) {
    const row = ptr + <usize>i * width;
    const m = largest(row, cols);
    if (m != m) return i;
    store<f64>(tops + (<usize>i << 3), m);
    // Its place, until the sum is known. A row that is all -Infinity has no largest entry to be left out.
    const masked = m == -Infinity;
    store<i32>(rests + (<usize>i << 3), masked ? -1 : firstIndex(row, m));
    if (!masked) subtract(row, cols, m);
  }
  expInPlace(ptr, rows * cols, 0);
  for (let i = 0; i < rows; i++) {
    const top = load<i32>(rests + (<usize>i << 3));
    const rest = top < 0 ? 0 : sumWithout(ptr + <usize>i * width, cols, top);
    store<f64>(rests + (<usize>i << 3), rest);
  }
  return -1;
}

/** data[i] <- data[i] - shift. */
function subtract(ptr: usize, n: i32, shift: f64): void {
  const s = f64x2.splat(shift);
  const end = ptr + (<usize>n << 3);
  while (ptr + 16 <= end) {
    v128.store(ptr, f64x2.sub(v128.load(ptr), s));
    ptr += 16;
  }
  if (ptr < end) store<f64>(ptr, load<f64>(ptr) - shift);
}

/**
 * For each row of a rows x cols matrix: data <- exp(data - max), the largest entry to `tops`, and the sum of the other
 * exponentials to `rests`. A row that is all -Infinity has rest 0. Returns -1, or the first row with a NaN or +Infinity,
 * and then the data mean nothing.
 */
export function exponentialRows(ptr: usize, rows: i32, cols: i32, tops: usize, rests: usize): i32 {
  if (cols < SHORT) return exponentialShortRows(ptr, rows, cols, tops, rests);
  const width = <usize>cols << 3;
  for (let i = 0; i < rows; i++) {
    const m = largest(ptr, cols);
    if (m != m) return i;
    let rest: f64 = 0;
    if (m > -Infinity) {
      const known = m - leastFound < FAST_RANGE;
      rest = exponentials(ptr, cols, firstIndex(ptr, m), m, known);
    }
    store<f64>(tops, m);
    store<f64>(rests, rest);
    ptr += width;
    tops += 8;
    rests += 8;
  }
  return -1;
}

/** Length from which the divisions by the total cost more than the accuracy of their last bit is worth. */
const LONG: i32 = 1024;

/**
 * Softmax of each row in place. `tops` and `rests` are overwritten. Returns -1, or the first row that has none (a NaN,
 * +Infinity, or -Infinity alone), and then the data mean nothing.
 */
export function softmaxRows(ptr: usize, rows: i32, cols: i32, tops: usize, rests: usize): i32 {
  const bad = exponentialRows(ptr, rows, cols, tops, rests);
  if (bad >= 0) return bad;
  for (let i = 0; i < rows; i++) {
    if (load<f64>(tops + (<usize>i << 3)) == -Infinity) return i;
    const total = 1 + load<f64>(rests + (<usize>i << 3));
    const row = ptr + (<usize>i * <usize>cols << 3);
    if (cols < LONG) shiftAndDivide(row, cols, 0, total);
    else scaleInPlace(row, cols, 1 / total);
  }
  return -1;
}
