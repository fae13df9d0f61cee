// What a spectral flow does to each mode, between its transforms: the operations of src/modes.ts in the same order.
import { expBlock, FAST_RANGE, MAGNITUDE, upperHalf } from "./exp";

/** From memory, since engines would build a v128.const anew for each use. */
const HALF_AND_ONE: usize = memory.data<f64>([0.5, 1]);

/** Values that stay in a level-1 cache from their halving to their last product. */
const BLOCK: i32 = 256;

/**
 * y <- strengths <- scale (start e^y)^2 for n doubles each, 0 where the start is 0, whatever y is. All begin at multiples of 16
 * bytes, and an entry more may be written when n is odd.
 */
export function growModes(y: usize, start: usize, strengths: usize, n: i32, scale: f64): void {
  const s = f64x2.splat(scale);
  const half = v128.load64_splat(HALF_AND_ONE);
  const zero = f64x2.splat(0);
  const magnitude = v128.load64_splat(MAGNITUDE);
  for (let from = 0; from < n; from += BLOCK) {
    const size = min(BLOCK, n - from);
    const first = y + (<usize>from << 3);
    const bytes = <usize>size << 3;
    let most = i64x2.splat(0);
    for (let at: usize = 0; at < bytes; at += 16) {
      const alive = f64x2.ne(v128.load(start + at), zero);
      const root = v128.and(f64x2.mul(v128.load(first + at), half), alive);
      most = i32x4.max_u(most, v128.and(root, magnitude));
      v128.store(first + at, root);
    }
    expBlock(first, (size + 1) & ~1, 0, upperHalf(most) < FAST_RANGE);
    for (let at: usize = 0; at < bytes; at += 16) {
      const growth = v128.load(first + at);
      const a = f64x2.mul(f64x2.mul(v128.load(start + at), growth), growth);
      const strength = f64x2.mul(f64x2.mul(s, a), a);
      v128.store(first + at, strength);
      v128.store(strengths + at, strength);
    }
    start += bytes;
    strengths += bytes;
  }
}

/** values <- factor (1 - values); returns the sum of weights (1 - values)^2 in four lanes. */
export function takeResiduals(values: usize, weights: usize, n: i32, factor: f64): f64 {
  const one = v128.load64_splat(HALF_AND_ONE, 8);
  const f = f64x2.splat(factor);
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const r0 = f64x2.sub(one, v128.load(values));
    const r1 = f64x2.sub(one, v128.load(values, 16));
    s0 = f64x2.add(s0, f64x2.mul(f64x2.mul(r0, r0), v128.load(weights)));
    s1 = f64x2.add(s1, f64x2.mul(f64x2.mul(r1, r1), v128.load(weights, 16)));
    v128.store(values, f64x2.mul(f, r0));
    v128.store(values, f64x2.mul(f, r1), 16);
    values += 32;
    weights += 32;
  }
  const both = f64x2.add(s0, s1);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; i < n; i++) {
    const r = 1 - load<f64>(values);
    sum += r * r * load<f64>(weights);
    store<f64>(values, factor * r);
    values += 8;
    weights += 8;
  }
  return sum;
}
