import { kernelsIn } from "./arena.js";
import { takesSimd } from "./backend.js";
import { exp } from "./exp.js";
import { expVector } from "./exp-vector.js";
import type { KernelExports } from "./kernel-exports.js";

/** Values that are finished before the next are touched. */
const BLOCK = 256;
/** Entries from which a call of the kernels pays. */
const THRESHOLD = 32;

// Filled and used up within one call.
const roots = /* @__PURE__ */ new Float64Array(BLOCK);

/** The kernels, when both arrays lie in their memory. */
function kernelsOfBoth(a: Float64Array, b: Float64Array): KernelExports | undefined {
  return a.buffer === b.buffer && takesSimd(a.length, THRESHOLD) ? kernelsIn(a) : undefined;
}

/**
 * y <- strengths <- scale (start e^y)^2, entry by entry; 0 where the start is 0, whatever y is. e^y may overflow while a tiny
 * start keeps the product in range. The arrays have one length and do not overlap; the kernels do it where all three were
 * given by one arena, to the same bits.
 */
export function growModes(
  y: Float64Array,
  start: Float64Array,
  strengths: Float64Array,
  scale: number,
): void {
  const n = y.length;
  const own = start.buffer === y.buffer ? kernelsOfBoth(y, strengths) : undefined;
  if (own !== undefined) {
    own.growModes(y.byteOffset, start.byteOffset, strengths.byteOffset, n, scale);
    return;
  }
  for (let from = 0; from < n; from += BLOCK) {
    const size = Math.min(BLOCK, n - from);
    for (let i = 0; i < size; i++) roots[i] = start[from + i] === 0 ? 0 : y[from + i]! * 0.5;
    if (size === BLOCK) expVector(roots, roots);
    else for (let i = 0; i < size; i++) roots[i] = exp(roots[i]!);
    for (let i = 0; i < size; i++) {
      const growth = roots[i]!;
      const a = start[from + i]! * growth * growth;
      const strength = scale * a * a;
      y[from + i] = strength;
      strengths[from + i] = strength;
    }
  }
}

/**
 * values <- factor (1 - values), entry by entry.
 *
 * @returns the sum of weights (1 - values)^2 over all entries, in four lanes: the same bits on both paths.
 */
export function takeResiduals(values: Float64Array, weights: Float64Array, factor: number): number {
  const n = values.length;
  const own = kernelsOfBoth(values, weights);
  if (own !== undefined) {
    return own.takeResiduals(values.byteOffset, weights.byteOffset, n, factor);
  }
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const r0 = 1 - values[i]!;
    const r1 = 1 - values[i + 1]!;
    const r2 = 1 - values[i + 2]!;
    const r3 = 1 - values[i + 3]!;
    s0 += r0 * r0 * weights[i]!;
    s1 += r1 * r1 * weights[i + 1]!;
    s2 += r2 * r2 * weights[i + 2]!;
    s3 += r3 * r3 * weights[i + 3]!;
    values[i] = factor * r0;
    values[i + 1] = factor * r1;
    values[i + 2] = factor * r2;
    values[i + 3] = factor * r3;
  }
  let sum = s0 + s2 + (s1 + s3);
  for (; i < n; i++) {
    const r = 1 - values[i]!;
    sum += r * r * weights[i]!;
    values[i] = factor * r;
  }
  return sum;
}
