// exp for float64x2. x = n c + r with c = ln 2 / 256 and |r| <= c / 2, n = 256 k + j:
// exp x = 2^k 2^(j/256) e^r, with 2^(j/256) from a table in twice the precision. The error bound, below
// 0.6 ulp everywhere, is derived in docs/exp.md.
import { C3, C4, INVERSE_STEP, STEP_HIGH, STEP_LOW } from "./exp-constants";

/** 256 pairs, written by the host when it makes an instance: the plain path uses the same table. */
const EXP_TABLE: usize = memory.data(256 * 16, 16);

/** Below this magnitude 2^k is a normal number and the result is neither subnormal nor infinite. */
const NORMAL_RANGE: f64 = 708;
/** Adding it rounds to an integer, which then stands in the low bits. */
const ROUNDER: f64 = 6755399441055744;
const C2: f64 = 0.5;

/** Where the table belongs. */
export function expTable(): usize {
  return EXP_TABLE;
}

// @ts-expect-error: decorator
@inline
function rounded(x: v128): v128 {
  return f64x2.add(f64x2.mul(x, f64x2.splat(INVERSE_STEP)), f64x2.splat(ROUNDER));
}

/** 2^(j/256) e^r for the n in the low bits of `t`. */
// @ts-expect-error: decorator
@inline
function mantissa(x: v128, t: v128): v128 {
  const n = f64x2.sub(t, f64x2.splat(ROUNDER));
  const r = f64x2.sub(
    f64x2.sub(x, f64x2.mul(n, f64x2.splat(STEP_HIGH))),
    f64x2.mul(n, f64x2.splat(STEP_LOW)),
  );
  const r2 = f64x2.mul(r, r);
  const q = f64x2.add(
    f64x2.add(f64x2.splat(C2), f64x2.mul(r, f64x2.splat(C3))),
    f64x2.mul(r2, f64x2.splat(C4)),
  );
  const p = f64x2.add(r, f64x2.mul(r2, q));
  const entry0 = v128.load(EXP_TABLE + (<usize>(i32x4.extract_lane(t, 0) & 255) << 4));
  const entry1 = v128.load(EXP_TABLE + (<usize>(i32x4.extract_lane(t, 2) & 255) << 4));
  const high = v128.shuffle<f64>(entry0, entry1, 0, 2);
  const low = v128.shuffle<f64>(entry0, entry1, 1, 3);
  return f64x2.add(high, f64x2.add(low, f64x2.mul(high, p)));
}

// @ts-expect-error: decorator
@inline
function scaledFast(y: v128, t: v128): v128 {
  return i64x2.add(y, i64x2.shl(v128.and(t, i64x2.splat(~255)), 44));
}

/** For any x: NaN stays, infinities and subnormal results are right. */
function expAny(value: v128): v128 {
  // Beyond these the result is 0 or Infinity in any case; min and max keep a NaN.
  const x = f64x2.max(f64x2.min(value, f64x2.splat(710)), f64x2.splat(-746));
  const t = rounded(x);
  const k = i64x2.shr_s(i64x2.shl(t, 44), 52);
  // 2^k in two factors, each a normal number; only the last product can round.
  const half = i64x2.shr_s(k, 1);
  const bias = i64x2.splat(1023);
  const first = i64x2.shl(i64x2.add(half, bias), 52);
  const second = i64x2.shl(i64x2.add(i64x2.sub(k, half), bias), 52);
  return f64x2.mul(f64x2.mul(mantissa(x, t), first), second);
}

// @ts-expect-error: decorator
@inline
function inRange(x: v128): v128 {
  return f64x2.lt(f64x2.abs(x), f64x2.splat(NORMAL_RANGE));
}

/** data[i] <- exp(data[i] - shift) for n doubles at `ptr`. */
export function expInPlace(ptr: usize, n: i32, shift: f64): void {
  const s = f64x2.splat(shift);
  const end = ptr + (<usize>n << 3);
  while (ptr + 32 <= end) {
    const x0 = f64x2.sub(v128.load(ptr), s);
    const x1 = f64x2.sub(v128.load(ptr, 16), s);
    if (i64x2.all_true(v128.and(inRange(x0), inRange(x1)))) {
      const t0 = rounded(x0);
      const t1 = rounded(x1);
      v128.store(ptr, scaledFast(mantissa(x0, t0), t0));
      v128.store(ptr, scaledFast(mantissa(x1, t1), t1), 16);
    } else {
      v128.store(ptr, expAny(x0));
      v128.store(ptr, expAny(x1), 16);
    }
    ptr += 32;
  }
  while (ptr + 16 <= end) {
    v128.store(ptr, expAny(f64x2.sub(v128.load(ptr), s)));
    ptr += 16;
  }
  if (ptr < end) {
    store<f64>(ptr, f64x2.extract_lane(expAny(f64x2.splat(load<f64>(ptr) - shift)), 0));
  }
}
