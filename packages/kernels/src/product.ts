import { takesSimd } from "./backend.js";
import { scratch, scratchView } from "./scratch.js";
import type { Strided } from "./strided.js";

/** Multiplications from which copies and packing pay. */
const THRESHOLD = 4096;
/** Doubles of each factor and of the product that are in the kernels' memory at a time: 4 MiB each. */
const LIMIT = 2 ** 19;

/**
 * C = A B by the SIMD kernel; every entry is the plain sum over k in ascending order, to the last bit. A is m x n, B
 * n x p, `c` m x p, row-major and without gaps; it is overwritten.
 *
 * @returns false when nothing was done: the caller's plain path is to be taken.
 */
export function simdProduct(
  m: number,
  n: number,
  p: number,
  a: Strided,
  b: Strided,
  c: Float64Array,
): boolean {
  if (m === 0 || n === 0 || p === 0 || n > LIMIT / 8) return false;
  if (!takesSimd(m * n * p, THRESHOLD)) return false;
  const most = Math.floor(LIMIT / n / 4) * 4;
  const cols = Math.min(p, most);
  const rows = Math.min(m, most, Math.max(4, Math.floor(LIMIT / cols / 4) * 4));
  const { kernels, doubles, start } = scratch((rows + cols) * n + rows * cols);
  const atB = start + rows * n;
  const atC = atB + cols * n;
  for (let j0 = 0; j0 < p; j0 += cols) {
    const width = Math.min(cols, p - j0);
    const bRows = b.colStride === 1;
    if (bRows) copyBlock(b.data, b.rowStride, 0, n, j0, width, doubles, atB);
    else copyBlock(b.data, b.colStride, j0, width, 0, n, doubles, atB);
    for (let i0 = 0; i0 < m; i0 += rows) {
      const height = Math.min(rows, m - i0);
      const aRows = a.colStride === 1;
      if (aRows) copyBlock(a.data, a.rowStride, i0, height, 0, n, doubles, start);
      else copyBlock(a.data, a.colStride, 0, n, i0, height, doubles, start);
      doubles.fill(0, atC, atC + height * width);
      kernels.addProduct(
        height,
        n,
        width,
        8 * start,
        8 * (aRows ? n : 1),
        8 * (aRows ? 1 : height),
        8 * atB,
        8 * (bRows ? width : 1),
        8 * (bRows ? 1 : n),
        8 * atC,
        8 * width,
        1,
      );
      if (width === p) {
        c.set(scratchView(doubles, atC, height * width), i0 * p);
      } else {
        for (let i = 0; i < height; i++) {
          c.set(scratchView(doubles, atC + i * width, width), (i0 + i) * p + j0);
        }
      }
    }
  }
  return true;
}

/** Rows r0.. and columns c0.. of a stored matrix with rows of `stride`, without gaps to to[at..]. */
function copyBlock(
  data: Float64Array,
  stride: number,
  r0: number,
  rows: number,
  c0: number,
  cols: number,
  to: Float64Array,
  at: number,
): void {
  if (cols === stride) {
    const whole = rows * cols === data.length;
    to.set(whole ? data : data.subarray(r0 * cols, (r0 + rows) * cols), at);
    return;
  }
  for (let r = 0; r < rows; r++) {
    const from = (r0 + r) * stride + c0;
    to.set(data.subarray(from, from + cols), at + r * cols);
  }
}

/** Largest Gram matrix and factor that are copied as a whole: 32 MiB each. */
const WHOLE = 2 ** 22;

/**
 * C = A A^T (m x m), A m x n and row-major: the bits of `simdProduct` with the transpose, at half the work.
 *
 * @returns false when nothing was done.
 */
export function simdGram(m: number, n: number, a: Float64Array, c: Float64Array): boolean {
  if (m === 0 || n === 0 || m * n > WHOLE || m * m > WHOLE) return false;
  if (!takesSimd(m * m * n, THRESHOLD)) return false;
  const { kernels, doubles, start } = scratch(m * n + m * m);
  const atC = start + m * n;
  doubles.set(a, start);
  doubles.fill(0, atC, atC + m * m);
  kernels.addGram(m, n, 8 * start, 8 * atC);
  c.set(scratchView(doubles, atC, m * m));
  return true;
}

/** Order from which the copies pay. */
const CHOLESKY_THRESHOLD = 24;

/**
 * Overwrites the lower triangle of the n x n matrix `l` by its Cholesky factor, to the bits of the plain path; what is
 * above the diagonal is overwritten too.
 *
 * @returns the index of the first pivot that is not > 0 (left in place), -1 when there is none, or undefined when nothing was done.
 */
export function simdCholesky(l: Float64Array, n: number): number | undefined {
  if (n === 0 || n * n > WHOLE || !takesSimd(n, CHOLESKY_THRESHOLD)) return undefined;
  const { kernels, doubles, start } = scratch(n * n);
  doubles.set(l, start);
  const failed = kernels.cholesky(8 * start, n);
  l.set(scratchView(doubles, start, n * n));
  return failed;
}
