import { exp } from "./exp.js";

/** Terms summed plainly before the running total is compensated, as in assembly/softmax.ts. */
const BLOCK = 256;

// For sums without an output. A sum calls nobody that could enter it again.
const buffer = new Float64Array(BLOCK);

/**
 * exp((data[start + i] - shift) / temperature), i < n, to out[outStart..] when `out` is given, and their sum without
 * entry `top`: in blocks, each in four lanes, exactly as the SIMD kernel adds.
 */
export function plainExponentials(
  data: ArrayLike<number>,
  start: number,
  n: number,
  top: number,
  shift: number,
  temperature: number,
  out: Float64Array | undefined,
  outStart: number,
): number {
  const to = out ?? buffer;
  let total = 0;
  let lost = 0;
  for (let from = 0; from < n; from += BLOCK) {
    const size = Math.min(BLOCK, n - from);
    const source = start + from;
    const target = out === undefined ? 0 : outStart + from;
    for (let i = 0; i < size; i++) {
      const gap = data[source + i]! - shift;
      to[target + i] = exp(temperature === 1 ? gap : gap / temperature);
    }
    const own = target + top - from;
    const leaveOut = top >= from && top < from + size;
    const kept = leaveOut ? to[own]! : 0;
    if (leaveOut) to[own] = 0;
    const s = sumOfLanes(to, target, size);
    if (leaveOut) to[own] = kept;
    const t = total + s;
    lost += total >= s ? total - t + s : s - t + total;
    total = t;
  }
  return total + lost;
}

/** Plain sum of x[start..start + n) in four lanes. */
function sumOfLanes(x: Float64Array, start: number, n: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = start;
  const end = start + n;
  for (; i + 4 <= end; i += 4) {
    s0 += x[i]!;
    s1 += x[i + 1]!;
    s2 += x[i + 2]!;
    s3 += x[i + 3]!;
  }
  let s = s0 + s2 + (s1 + s3);
  for (; i < end; i++) s += x[i]!;
  return s;
}
