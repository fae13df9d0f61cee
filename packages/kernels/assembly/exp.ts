// exp for float64x2. x = n c + r with c = ln 2 / 256 and |r| <= c / 2, n = 256 k + j:
// exp x = 2^k 2^(j/256) e^r, with 2^(j/256) from a table in twice the precision. The error bound, below
// 0.6 ulp everywhere, is derived in docs/exp.md.
//
// Engines build a v128.const anew each time it is used, inside of loops too. So the constants lie in memory, and each loop
// loads them into registers before it begins: a third of the time.
import { C3, C4, INVERSE_STEP, STEP_HIGH, STEP_LOW } from "./exp-constants";

/**
 * 256 pairs, written by the host when it makes an instance: the plain path uses the same table. The first of each,
 * 2^(j/256), is stored with j << 44 taken off its bits: adding n << 44 multiplies it by 2^k and puts j back.
 */
const EXP_TABLE: usize = memory.data(256 * 16, 16);

/** Adding it rounds to an integer, which then stands in the low bits. */
const ROUNDER: f64 = 6755399441055744;

const CONSTANTS: usize = memory.data<f64>([
  INVERSE_STEP,
  ROUNDER,
  STEP_HIGH,
  STEP_LOW,
  0.5,
  C3,
  C4,
]);

/** All bits of a double but its sign. */
export const MAGNITUDE: usize = memory.data<u64>([0x7fffffffffffffff]);

/** Values checked together, of which all or none take the fast way. */
const BLOCK: i32 = 256;

/**
 * Upper half of the bits of 660. For smaller magnitudes 2^k is a normal number, the result is neither subnormal nor
 * infinite, and what is added to 2^k 2^(j/256) is either normal or too small to change it.
 */
export const FAST_RANGE: u32 = 0x4084a000;

/** Where the table belongs. */
export function expTable(): usize {
  return EXP_TABLE;
}

/** 2^scale 2^(j/256) e^r for the n in the low bits of `t`: scale = k when `exponent` is n << 44, 0 when it is j << 44. */
// @ts-expect-error: decorator
@inline
function exponential(
  x: v128,
  t: v128,
  exponent: v128,
  rounder: v128,
  stepHigh: v128,
  stepLow: v128,
  half: v128,
  c3: v128,
  c4: v128,
): v128 {
  const n = f64x2.sub(t, rounder);
  const r = f64x2.sub(f64x2.sub(x, f64x2.mul(n, stepHigh)), f64x2.mul(n, stepLow));
  const r2 = f64x2.mul(r, r);
  const q = f64x2.add(f64x2.add(half, f64x2.mul(r, c3)), f64x2.mul(r2, c4));
  const entry0 = v128.load(<usize>(i32x4.extract_lane(t, 0) & 255) << 4, EXP_TABLE);
  const entry1 = v128.load(<usize>(i32x4.extract_lane(t, 2) & 255) << 4, EXP_TABLE);
  const power = i64x2.add(v128.shuffle<f64>(entry0, entry1, 0, 2), exponent);
  const missing = v128.shuffle<f64>(entry0, entry1, 1, 3);
  const p = f64x2.add(f64x2.add(missing, r), f64x2.mul(r2, q));
  return f64x2.add(power, f64x2.mul(power, p));
}

/** For any x: NaN stays, infinities and subnormal results are right. */
function expAny(value: v128): v128 {
  const rounder = v128.load64_splat(CONSTANTS, 8);
  // Beyond these the result is 0 or Infinity in any case; min and max keep a NaN.
  const x = f64x2.max(f64x2.min(value, f64x2.splat(710)), f64x2.splat(-746));
  const t = f64x2.add(f64x2.mul(x, v128.load64_splat(CONSTANTS)), rounder);
  const k = i64x2.shr_s(i64x2.shl(t, 44), 52);
  // 2^k in two factors, each a normal number; only the last product can round.
  const half = i64x2.shr_s(k, 1);
  const bias = i64x2.splat(1023);
  const first = i64x2.shl(i64x2.add(half, bias), 52);
  const second = i64x2.shl(i64x2.add(i64x2.sub(k, half), bias), 52);
  const mantissa = exponential(
    x,
    t,
    i64x2.shl(v128.and(t, i64x2.splat(255)), 44),
    rounder,
    v128.load64_splat(CONSTANTS, 16),
    v128.load64_splat(CONSTANTS, 24),
    v128.load64_splat(CONSTANTS, 32),
    v128.load64_splat(CONSTANTS, 40),
    v128.load64_splat(CONSTANTS, 48),
  );
  return f64x2.mul(f64x2.mul(mantissa, first), second);
}

/** The larger of the upper halves of two doubles without sign. */
// @ts-expect-error: decorator
@inline
export function upperHalf(bits: v128): u32 {
  return max(<u32>i32x4.extract_lane(bits, 1), <u32>i32x4.extract_lane(bits, 3));
}

/** Whether |data[i] - shift| < 660 for all of n doubles; never for a NaN. */
function allInRange(ptr: usize, n: i32, shift: f64): bool {
  const s = f64x2.splat(shift);
  const magnitude = v128.load64_splat(MAGNITUDE);
  const end = ptr + (<usize>n << 3);
  // The upper halves of the bits order magnitudes, infinity and NaN above all numbers.
  let most0 = i64x2.splat(0);
  let most1 = most0;
  while (ptr + 32 <= end) {
    most0 = i32x4.max_u(most0, v128.and(f64x2.sub(v128.load(ptr), s), magnitude));
    most1 = i32x4.max_u(most1, v128.and(f64x2.sub(v128.load(ptr, 16), s), magnitude));
    ptr += 32;
  }
  while (ptr < end) {
    most0 = i32x4.max_u(most0, v128.and(f64x2.sub(v128.load64_splat(ptr), s), magnitude));
    ptr += 8;
  }
  return upperHalf(i32x4.max_u(most0, most1)) < FAST_RANGE;
}

// @ts-expect-error: decorator
@inline
function bothInRange(x0: v128, x1: v128): bool {
  const range = f64x2.splat(660);
  return i64x2.all_true(v128.and(f64x2.lt(f64x2.abs(x0), range), f64x2.lt(f64x2.abs(x1), range)));
}

/**
 * data[i] <- exp(data[i] - shift) for n doubles, and their sum in four lanes; `fast` when all |data[i] - shift| < 660. Four
 * doubles a turn keep enough of them under way.
 */
function expSpan(ptr: usize, n: i32, shift: f64, fast: bool): f64 {
  const s = f64x2.splat(shift);
  const inverseStep = v128.load64_splat(CONSTANTS);
  const rounder = v128.load64_splat(CONSTANTS, 8);
  const stepHigh = v128.load64_splat(CONSTANTS, 16);
  const stepLow = v128.load64_splat(CONSTANTS, 24);
  const half = v128.load64_splat(CONSTANTS, 32);
  const c3 = v128.load64_splat(CONSTANTS, 40);
  const c4 = v128.load64_splat(CONSTANTS, 48);
  const end = ptr + (<usize>n << 3);
  let s0 = f64x2.splat(0);
  let s1 = s0;
  while (ptr + 32 <= end) {
    const x0 = f64x2.sub(v128.load(ptr), s);
    const x1 = f64x2.sub(v128.load(ptr, 16), s);
    let y0: v128;
    let y1: v128;
    if (fast || bothInRange(x0, x1)) {
      const t0 = f64x2.add(f64x2.mul(x0, inverseStep), rounder);
      const t1 = f64x2.add(f64x2.mul(x1, inverseStep), rounder);
      const n0 = i64x2.shl(t0, 44);
      const n1 = i64x2.shl(t1, 44);
      y0 = exponential(x0, t0, n0, rounder, stepHigh, stepLow, half, c3, c4);
      y1 = exponential(x1, t1, n1, rounder, stepHigh, stepLow, half, c3, c4);
    } else {
      y0 = expAny(x0);
      y1 = expAny(x1);
    }
    v128.store(ptr, y0);
    v128.store(ptr, y1, 16);
    s0 = f64x2.add(s0, y0);
    s1 = f64x2.add(s1, y1);
    ptr += 32;
  }
  const both = f64x2.add(s0, s1);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  if (ptr + 16 <= end) {
    const y = expAny(f64x2.sub(v128.load(ptr), s));
    v128.store(ptr, y);
    sum += f64x2.extract_lane(y, 0);
    sum += f64x2.extract_lane(y, 1);
    ptr += 16;
  }
  if (ptr < end) {
    const y = f64x2.extract_lane(expAny(f64x2.splat(load<f64>(ptr) - shift)), 0);
    store<f64>(ptr, y);
    sum += y;
  }
  return sum;
}

/** Plain sum of n doubles, in four lanes. */
export function sumSpan(ptr: usize, n: i32): f64 {
  const end = ptr + (<usize>n << 3);
  let s0 = f64x2.splat(0);
  let s1 = s0;
  while (ptr + 32 <= end) {
    s0 = f64x2.add(s0, v128.load(ptr));
    s1 = f64x2.add(s1, v128.load(ptr, 16));
    ptr += 32;
  }
  const both = f64x2.add(s0, s1);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  while (ptr < end) {
    sum += load<f64>(ptr);
    ptr += 8;
  }
  return sum;
}

/** data[i] <- exp(data[i] - shift) for at most 256 doubles, and their sum in four lanes; `known` to be in the fast range. */
export function expBlock(ptr: usize, n: i32, shift: f64, known: bool): f64 {
  return expSpan(ptr, n, shift, known || allInRange(ptr, n, shift));
}

/** data[i] <- exp(data[i] - shift) for n doubles at `ptr`. */
export function expInPlace(ptr: usize, n: i32, shift: f64): void {
  for (let from = 0; from < n; from += BLOCK) {
    expBlock(ptr + (<usize>from << 3), min(BLOCK, n - from), shift, false);
  }
}
