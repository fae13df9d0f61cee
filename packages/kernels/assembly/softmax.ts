import { expInPlace } from "./exp";

/** Terms summed plainly before the running total is compensated; each of four lanes sums a quarter of them. */
const BLOCK: i32 = 256;

/** Plain sum of n doubles, in four lanes. */
function sumSpan(ptr: usize, n: i32): f64 {
  const end = ptr + ((<usize>n) << 3);
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  while (ptr + 32 <= end) {
    s0 = f64x2.add(s0, v128.load(ptr));
    s1 = f64x2.add(s1, v128.load(ptr, 16));
    ptr += 32;
  }
  const s = f64x2.add(s0, s1);
  let sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  while (ptr < end) {
    sum += load<f64>(ptr);
    ptr += 8;
  }
  return sum;
}

/**
 * data[i] <- exp(data[i] - shift), and the sum of all but entry `top` (none when `top` is not in 0..n-1):
 * relative error at most 68 u besides that of exp.
 */
export function exponentials(ptr: usize, n: i32, top: i32, shift: f64): f64 {
  let total: f64 = 0;
  let lost: f64 = 0;
  for (let from = 0; from < n; from += BLOCK) {
    const size = min(BLOCK, n - from);
    const at = ptr + ((<usize>from) << 3);
    expInPlace(at, size, shift);
    let s: f64;
    if (top >= from && top < from + size) {
      const own = ptr + ((<usize>top) << 3);
      const e = load<f64>(own);
      store<f64>(own, 0);
      s = sumSpan(at, size);
      store<f64>(own, e);
    } else {
      s = sumSpan(at, size);
    }
    const t = total + s;
    lost += total >= s ? total - t + s : s - t + total;
    total = t;
  }
  return total + lost;
}

/** data[i] <- data[i] * factor. */
function scaleInPlace(ptr: usize, n: i32, factor: f64): void {
  const end = ptr + ((<usize>n) << 3);
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

/** data[i] <- (data[i] - shift) / temperature. */
export function shiftAndDivide(ptr: usize, n: i32, shift: f64, temperature: f64): void {
  const end = ptr + ((<usize>n) << 3);
  const s = f64x2.splat(shift);
  const d = f64x2.splat(temperature);
  while (ptr + 16 <= end) {
    v128.store(ptr, f64x2.div(f64x2.sub(v128.load(ptr), s), d));
    ptr += 16;
  }
  if (ptr < end) store<f64>(ptr, (load<f64>(ptr) - shift) / temperature);
}

/** Largest of n >= 1 doubles without NaN. */
function largest(ptr: usize, n: i32): f64 {
  const end = ptr + ((<usize>n) << 3);
  let m = load<f64>(ptr);
  if (n >= 4) {
    let m0 = f64x2.splat(m);
    let m1 = m0;
    while (ptr + 32 <= end) {
      m0 = f64x2.pmax(m0, v128.load(ptr));
      m1 = f64x2.pmax(m1, v128.load(ptr, 16));
      ptr += 32;
    }
    const best = f64x2.pmax(m0, m1);
    m = max(f64x2.extract_lane(best, 0), f64x2.extract_lane(best, 1));
  }
  while (ptr < end) {
    const v = load<f64>(ptr);
    if (v > m) m = v;
    ptr += 8;
  }
  return m;
}

/** First index of `value` among doubles that contain it (0 and -0 are the same). */
function firstIndex(ptr: usize, value: f64): i32 {
  let i = 0;
  const v = f64x2.splat(value);
  // May look one double past the row, never past the memory; the first hit decides.
  while (!v128.any_true(f64x2.eq(v128.load(ptr + ((<usize>i) << 3)), v))) i += 2;
  return load<f64>(ptr + ((<usize>i) << 3)) == value ? i : i + 1;
}

/**
 * For each row of a rows x cols matrix: data <- exp(data - max), the largest entry to `tops`, and the sum of the other
 * exponentials to `rests`. A row that is all -Infinity is left alone, with rest 0.
 */
export function exponentialRows(ptr: usize, rows: i32, cols: i32, tops: usize, rests: usize): void {
  const width = (<usize>cols) << 3;
  for (let i = 0; i < rows; i++) {
    const m = largest(ptr, cols);
    store<f64>(tops, m);
    store<f64>(rests, m == -Infinity ? 0 : exponentials(ptr, cols, firstIndex(ptr, m), m));
    ptr += width;
    tops += 8;
    rests += 8;
  }
}

/** Length from which the divisions by the total cost more than the accuracy of their last bit is worth. */
const LONG: i32 = 1024;

/** data[i] <- data[i] / divisor. */
function divideInPlace(ptr: usize, n: i32, divisor: f64): void {
  const end = ptr + (<usize>n << 3);
  const d = f64x2.splat(divisor);
  while (ptr + 16 <= end) {
    v128.store(ptr, f64x2.div(v128.load(ptr), d));
    ptr += 16;
  }
  if (ptr < end) store<f64>(ptr, load<f64>(ptr) / divisor);
}

/** Softmax of each row in place; every row has a finite entry. `tops` and `rests` are overwritten. */
export function softmaxRows(ptr: usize, rows: i32, cols: i32, tops: usize, rests: usize): void {
  exponentialRows(ptr, rows, cols, tops, rests);
  for (let i = 0; i < rows; i++) {
    const total = 1 + load<f64>(rests + (<usize>i << 3));
    const row = ptr + ((<usize>i * cols) << 3);
    if (cols < LONG) divideInPlace(row, cols, total);
    else scaleInPlace(row, cols, 1 / total);
  }
}
