import { kernelsIn } from "./arena.js";
import { takesSimd } from "./backend.js";
import { scratch, scratchView } from "./scratch.js";

/** Doubles from which the copies in and out pay. */
const THRESHOLD = 256;
/** In an arena. */
const IN_PLACE_THRESHOLD = 64;
/** Largest that is copied: 64 MiB. */
const LARGEST = 2 ** 23;
/** What the kernel finishes before it goes on, 256 KiB: copied in just before. */
const WIDE_BLOCK = 32768;

/**
 * data <- factor H data by the SIMD kernel: the bits of the plain path, level by level in ascending order.
 *
 * @param data - length a power of two.
 * @returns false when nothing was done: the caller's plain path is to be taken.
 */
export function simdWalshHadamard(data: Float64Array, factor: number): boolean {
  const n = data.length;
  if (n < 8 || !takesSimd(n, IN_PLACE_THRESHOLD)) return false;
  const own = kernelsIn(data);
  if (own !== undefined) {
    own.walshHadamard(data.byteOffset, n, factor);
    return true;
  }
  if (n > LARGEST || !takesSimd(n, THRESHOLD)) return false;
  const { kernels, doubles, start } = scratch(n);
  if (n <= WIDE_BLOCK) {
    doubles.set(data, start);
    kernels.walshHadamard(8 * start, n, factor);
  } else {
    for (let at = 0; at < n; at += WIDE_BLOCK) {
      doubles.set(data.subarray(at, at + WIDE_BLOCK), start + at);
      kernels.walshHadamard(8 * (start + at), WIDE_BLOCK, factor);
    }
    kernels.walshLevels(8 * start, n, WIDE_BLOCK);
  }
  data.set(scratchView(doubles, start, n));
  return true;
}
