/** Entries of each array that are finished before the next: two blocks of 16 KiB stay in a level-1 cache. */
const BLOCK = 2048;

/**
 * The Walsh-Hadamard transform without a subtraction. For weights q >= 0 in `plus` and zeros in `minus` it
 * leaves plus_c = sum of q_m over the m with (-1)^popcount(c & m) = +1, and minus_c the same over -1:
 * the transform is plus - minus, and sum q - transform = 2 minus to a relative error of log2(n) u, however
 * small. No checks; the length is a power of two. O(n log n).
 */
export function splitWalsh(plus: Float64Array, minus: Float64Array): void {
  const n = plus.length;
  const block = Math.min(n, BLOCK);
  for (let start = 0; start < n; start += block) levels(plus, minus, start, start + block, 1);
  if (n > block) levels(plus, minus, 0, n, block);
}

/** Levels h, 2h, ... of `splitWalsh` within start..end. */
function levels(
  plus: Float64Array,
  minus: Float64Array,
  start: number,
  end: number,
  first: number,
): void {
  const size = end - start;
  let h = first;
  for (; h * 4 <= size; h *= 4) radix4(plus, minus, start, end, h);
  if (h * 2 <= size) radix2(plus, minus, start, end, h);
}

function radix2(
  plus: Float64Array,
  minus: Float64Array,
  start: number,
  end: number,
  h: number,
): void {
  for (let base = start; base < end; base += 2 * h) {
    for (let i = base; i < base + h; i++) {
      const p0 = plus[i]!;
      const p1 = plus[i + h]!;
      const m0 = minus[i]!;
      const m1 = minus[i + h]!;
      plus[i] = p0 + p1;
      minus[i] = m0 + m1;
      // A sign of -1 exchanges the two sums of the second half.
      plus[i + h] = p0 + m1;
      minus[i + h] = m0 + p1;
    }
  }
}

function radix4(
  plus: Float64Array,
  minus: Float64Array,
  start: number,
  end: number,
  h: number,
): void {
  for (let base = start; base < end; base += 4 * h) {
    for (let i = base; i < base + h; i++) {
      const i1 = i + h;
      const i2 = i1 + h;
      const i3 = i2 + h;
      const p0 = plus[i]!;
      const p1 = plus[i1]!;
      const p2 = plus[i2]!;
      const p3 = plus[i3]!;
      const m0 = minus[i]!;
      const m1 = minus[i1]!;
      const m2 = minus[i2]!;
      const m3 = minus[i3]!;
      const sumP = p0 + p1;
      const sumM = m0 + m1;
      const difP = p0 + m1;
      const difM = m0 + p1;
      const sumP2 = p2 + p3;
      const sumM2 = m2 + m3;
      const difP2 = p2 + m3;
      const difM2 = m2 + p3;
      plus[i] = sumP + sumP2;
      minus[i] = sumM + sumM2;
      plus[i1] = difP + difP2;
      minus[i1] = difM + difM2;
      plus[i2] = sumP + sumM2;
      minus[i2] = sumM + sumP2;
      plus[i3] = difP + difM2;
      minus[i3] = difM + difP2;
    }
  }
}
