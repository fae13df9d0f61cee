// Walsh-Hadamard transform: the same additions in the same order of levels as the plain path, so the same bits.
// Distances and lengths are in bytes here.

/** 4096 doubles: transformed completely in a level-1 cache before the next ones are touched. */
const BLOCK: usize = 4096 << 3;
/** 2^15 doubles: stay in a level-2 cache for three more levels. */
const WIDE_BLOCK: usize = 32768 << 3;

/** The sign of the second lane: from memory, since engines would build a v128.const anew for each use. */
const SIGN: usize = memory.data<f64>([0, -0.0]);

// @ts-expect-error: decorator
@inline
function pairs(v: v128, sign: v128): v128 {
  // (a, b) -> (a + b, a - b)
  return f64x2.add(v128.shuffle<f64>(v, v, 1, 0), v128.xor(v, sign));
}

/** Levels of 1, 2 and 4 doubles on whole groups of 8. */
function first8(ptr: usize, end: usize): void {
  const sign = v128.load(SIGN);
  while (ptr < end) {
    const a = pairs(v128.load(ptr), sign);
    const b = pairs(v128.load(ptr, 16), sign);
    const c = pairs(v128.load(ptr, 32), sign);
    const d = pairs(v128.load(ptr, 48), sign);
    const ab = f64x2.add(a, b);
    const am = f64x2.sub(a, b);
    const cd = f64x2.add(c, d);
    const cm = f64x2.sub(c, d);
    v128.store(ptr, f64x2.add(ab, cd));
    v128.store(ptr, f64x2.add(am, cm), 16);
    v128.store(ptr, f64x2.sub(ab, cd), 32);
    v128.store(ptr, f64x2.sub(am, cm), 48);
    ptr += 64;
  }
}

// Multiplications by `factor`, 1 included, run beside the additions that hold up these loops: they cost nothing.

function radix2(start: usize, end: usize, h: usize, factor: f64): void {
  const f = f64x2.splat(factor);
  for (let base = start; base < end; base += 2 * h) {
    const stop = base + h;
    for (let i = base; i < stop; i += 16) {
      const a = v128.load(i);
      const b = v128.load(i + h);
      v128.store(i, f64x2.mul(f, f64x2.add(a, b)));
      v128.store(i + h, f64x2.mul(f, f64x2.sub(a, b)));
    }
  }
}

function radix4(start: usize, end: usize, h: usize, factor: f64): void {
  const f = f64x2.splat(factor);
  for (let base = start; base < end; base += 4 * h) {
    const stop = base + h;
    for (let i = base; i < stop; i += 16) {
      const i1 = i + h;
      const i2 = i1 + h;
      const i3 = i2 + h;
      const a = v128.load(i);
      const b = v128.load(i1);
      const c = v128.load(i2);
      const d = v128.load(i3);
      const ab = f64x2.add(a, b);
      const am = f64x2.sub(a, b);
      const cd = f64x2.add(c, d);
      const cm = f64x2.sub(c, d);
      v128.store(i, f64x2.mul(f, f64x2.add(ab, cd)));
      v128.store(i1, f64x2.mul(f, f64x2.add(am, cm)));
      v128.store(i2, f64x2.mul(f, f64x2.sub(ab, cd)));
      v128.store(i3, f64x2.mul(f, f64x2.sub(am, cm)));
    }
  }
}

function radix8(start: usize, end: usize, h: usize, factor: f64): void {
  const f = f64x2.splat(factor);
  for (let base = start; base < end; base += 8 * h) {
    const stop = base + h;
    for (let i = base; i < stop; i += 16) {
      const i1 = i + h;
      const i2 = i1 + h;
      const i3 = i2 + h;
      const i4 = i3 + h;
      const i5 = i4 + h;
      const i6 = i5 + h;
      const i7 = i6 + h;
      const x0 = v128.load(i);
      const x1 = v128.load(i1);
      const x2 = v128.load(i2);
      const x3 = v128.load(i3);
      const p0 = f64x2.add(x0, x1);
      const m0 = f64x2.sub(x0, x1);
      const p1 = f64x2.add(x2, x3);
      const m1 = f64x2.sub(x2, x3);
      const a0 = f64x2.add(p0, p1);
      const a1 = f64x2.add(m0, m1);
      const a2 = f64x2.sub(p0, p1);
      const a3 = f64x2.sub(m0, m1);
      const x4 = v128.load(i4);
      const x5 = v128.load(i5);
      const x6 = v128.load(i6);
      const x7 = v128.load(i7);
      const p2 = f64x2.add(x4, x5);
      const m2 = f64x2.sub(x4, x5);
      const p3 = f64x2.add(x6, x7);
      const m3 = f64x2.sub(x6, x7);
      const b0 = f64x2.add(p2, p3);
      const b1 = f64x2.add(m2, m3);
      const b2 = f64x2.sub(p2, p3);
      const b3 = f64x2.sub(m2, m3);
      v128.store(i, f64x2.mul(f, f64x2.add(a0, b0)));
      v128.store(i1, f64x2.mul(f, f64x2.add(a1, b1)));
      v128.store(i2, f64x2.mul(f, f64x2.add(a2, b2)));
      v128.store(i3, f64x2.mul(f, f64x2.add(a3, b3)));
      v128.store(i4, f64x2.mul(f, f64x2.sub(a0, b0)));
      v128.store(i5, f64x2.mul(f, f64x2.sub(a1, b1)));
      v128.store(i6, f64x2.mul(f, f64x2.sub(a2, b2)));
      v128.store(i7, f64x2.mul(f, f64x2.sub(a3, b3)));
    }
  }
}

/** Levels h, 2h, ... up to (end - start) / 2, h >= 2 doubles, of which there is at least one; the result times `factor`. */
function levels(start: usize, end: usize, h: usize, factor: f64): void {
  let left = <i32>ctz((end - start) / h);
  for (; left >= 5; left -= 3, h *= 8) radix8(start, end, h, 1);
  if (left == 4) {
    radix4(start, end, h, 1);
    left = 2;
    h *= 4;
  }
  if (left == 3) radix8(start, end, h, factor);
  else if (left == 2) radix4(start, end, h, factor);
  else radix2(start, end, h, factor);
}

function scale(ptr: usize, end: usize, factor: f64): void {
  const f = f64x2.splat(factor);
  while (ptr < end) {
    v128.store(ptr, f64x2.mul(v128.load(ptr), f));
    ptr += 16;
  }
}

/** n >= 8 doubles in place, n a power of two. */
export function walshHadamard(ptr: usize, n: i32, factor: f64): void {
  const size = <usize>n << 3;
  const end = ptr + size;
  const block = min(size, BLOCK);
  const wide = min(size, WIDE_BLOCK);
  for (let outer = ptr; outer < end; outer += wide) {
    const stop = outer + wide;
    for (let start = outer; start < stop; start += block) {
      first8(start, start + block);
      if (block > 64) levels(start, start + block, 64, factor);
      else if (factor != 1) scale(start, start + block, factor);
    }
    if (wide > block) levels(outer, stop, block, 1);
  }
  if (size > wide) levels(ptr, end, wide, 1);
}

/** The levels from `from` doubles on, of n doubles whose blocks of `from` doubles are transformed already. */
export function walshLevels(ptr: usize, n: i32, from: i32): void {
  levels(ptr, ptr + (<usize>n << 3), <usize>from << 3, 1);
}
