/**
 * The one loop behind every matrix product: C = A B with both factors given by strides, so that
 * transposed forms need no copy. Internal; no checks here.
 *
 * Blocked as Goto and van de Geijn, ACM TOMS 34 (2008) 12: B in slabs of SLAB_DEPTH x SLAB_WIDTH that
 * stay in the second-level cache, A in panels of 4 rows that stay in the first, and a kernel that
 * keeps a 4 x 2 corner of C in registers. Every entry is the plain sum over k in ascending order, to the
 * last bit: sums are carried from slab to slab, never started anew.
 *
 * From a few thousand multiplications on the SIMD kernel of `@xent/kernels` does it, to the same bits.
 */

import { type Strided, simdProduct } from "@xent/kernels";

export type { Strided };

const PANEL_ROWS = 4;
const PANEL_COLS = 2;
const SLAB_DEPTH = 256;
const SLAB_WIDTH = 512;

/** Below this many multiplications packing costs more than it saves. */
const SMALL_PRODUCT = 1024;

// Made at the first product that needs them, then reused: 1 MiB and 8 KiB. A product calls nobody, so
// it cannot be entered twice.
let slab = new Float64Array(0);
let panel = new Float64Array(0);
const corner = new Float64Array(PANEL_ROWS * PANEL_COLS);

/** C = A B: `a` is m x n, `b` n x p, `c` m x p, row-major and without gaps; it is overwritten. */
export function product(
  m: number,
  n: number,
  p: number,
  a: Strided,
  b: Strided,
  c: Float64Array,
): void {
  if (n === 0) {
    c.fill(0);
  } else if (simdProduct(m, n, p, a, b, c)) {
    return;
  } else if (m * n * p <= SMALL_PRODUCT) {
    smallProduct(m, n, p, a, b, c);
  } else {
    blockedProduct(m, n, p, a, b, c);
  }
}

function smallProduct(
  m: number,
  n: number,
  p: number,
  a: Strided,
  b: Strided,
  c: Float64Array,
): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < p; j++) {
      let s = 0;
      let ka = i * a.rowStride;
      let kb = j * b.colStride;
      for (let k = 0; k < n; k++) {
        s += a.data[ka]! * b.data[kb]!;
        ka += a.colStride;
        kb += b.rowStride;
      }
      c[i * p + j] = s;
    }
  }
}

function blockedProduct(
  m: number,
  n: number,
  p: number,
  a: Strided,
  b: Strided,
  c: Float64Array,
): void {
  if (slab.length === 0) {
    slab = new Float64Array(SLAB_DEPTH * SLAB_WIDTH);
    panel = new Float64Array(SLAB_DEPTH * PANEL_ROWS);
  }
  for (let j0 = 0; j0 < p; j0 += SLAB_WIDTH) {
    const width = Math.min(SLAB_WIDTH, p - j0);
    for (let k0 = 0; k0 < n; k0 += SLAB_DEPTH) {
      const depth = Math.min(SLAB_DEPTH, n - k0);
      packSlab(b, k0, depth, j0, width);
      for (let i0 = 0; i0 < m; i0 += PANEL_ROWS) {
        const height = Math.min(PANEL_ROWS, m - i0);
        packPanel(a, i0, height, k0, depth);
        multiplyPanel(i0, height, j0, width, depth, p, k0 === 0, c);
      }
    }
  }
}

/** Two columns side by side, one row after the other; a missing second column is zeros. */
function packSlab(b: Strided, k0: number, depth: number, j0: number, width: number): void {
  const { data, rowStride, colStride } = b;
  const to = slab;
  let at = 0;
  for (let j = 0; j < width; j += PANEL_COLS) {
    let from = k0 * rowStride + (j0 + j) * colStride;
    if (j + 1 < width) {
      for (let k = 0; k < depth; k++) {
        to[at] = data[from]!;
        to[at + 1] = data[from + colStride]!;
        at += 2;
        from += rowStride;
      }
    } else {
      for (let k = 0; k < depth; k++) {
        to[at] = data[from]!;
        to[at + 1] = 0;
        at += 2;
        from += rowStride;
      }
    }
  }
}

/** Four rows side by side, one column after the other; missing rows are zeros. */
function packPanel(a: Strided, i0: number, height: number, k0: number, depth: number): void {
  const { data, rowStride, colStride } = a;
  const to = panel;
  if (height < PANEL_ROWS) to.fill(0, 0, PANEL_ROWS * depth);
  if (height === PANEL_ROWS) {
    let r0 = i0 * rowStride + k0 * colStride;
    let r1 = r0 + rowStride;
    let r2 = r1 + rowStride;
    let r3 = r2 + rowStride;
    for (let k = 0; k < 4 * depth; k += 4) {
      to[k] = data[r0]!;
      to[k + 1] = data[r1]!;
      to[k + 2] = data[r2]!;
      to[k + 3] = data[r3]!;
      r0 += colStride;
      r1 += colStride;
      r2 += colStride;
      r3 += colStride;
    }
    return;
  }
  for (let i = 0; i < height; i++) {
    let from = (i0 + i) * rowStride + k0 * colStride;
    for (let k = 0; k < depth; k++) {
      to[PANEL_ROWS * k + i] = data[from]!;
      from += colStride;
    }
  }
}

/** The packed panel times the packed slab, into rows i0.. and columns j0.. of `c` (row length p). */
function multiplyPanel(
  i0: number,
  height: number,
  j0: number,
  width: number,
  depth: number,
  p: number,
  first: boolean,
  c: Float64Array,
): void {
  for (let j = 0; j < width; j += PANEL_COLS) {
    const cols = Math.min(PANEL_COLS, width - j);
    const to = i0 * p + j0 + j;
    if (height === PANEL_ROWS && cols === PANEL_COLS) {
      if (first) zeroCorner(c, to, p);
      kernel(depth, j * depth, c, to, p);
      continue;
    }
    // At the rim the kernel works on a corner of its own.
    corner.fill(0);
    if (!first) copyCorner(c, to, p, corner, 0, PANEL_COLS, height, cols);
    kernel(depth, j * depth, corner, 0, PANEL_COLS);
    copyCorner(corner, 0, PANEL_COLS, c, to, p, height, cols);
  }
}

function zeroCorner(c: Float64Array, to: number, p: number): void {
  for (let i = 0; i < PANEL_ROWS; i++) {
    c[to + i * p] = 0;
    c[to + i * p + 1] = 0;
  }
}

function copyCorner(
  from: Float64Array,
  fromAt: number,
  fromStride: number,
  to: Float64Array,
  toAt: number,
  toStride: number,
  height: number,
  cols: number,
): void {
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < cols; j++) {
      to[toAt + i * toStride + j] = from[fromAt + i * fromStride + j]!;
    }
  }
}

/** c[to.., 4 x 2] += panel (4 x depth) slab columns (depth x 2) from `from` on. */
function kernel(depth: number, from: number, c: Float64Array, to: number, stride: number): void {
  const a = panel;
  const b = slab;
  const t1 = to + stride;
  const t2 = t1 + stride;
  const t3 = t2 + stride;
  let s00 = c[to]!;
  let s01 = c[to + 1]!;
  let s10 = c[t1]!;
  let s11 = c[t1 + 1]!;
  let s20 = c[t2]!;
  let s21 = c[t2 + 1]!;
  let s30 = c[t3]!;
  let s31 = c[t3 + 1]!;
  const end = from + 2 * depth;
  for (let kb = from, ka = 0; kb < end; kb += 2, ka += 4) {
    const b0 = b[kb]!;
    const b1 = b[kb + 1]!;
    const a0 = a[ka]!;
    const a1 = a[ka + 1]!;
    const a2 = a[ka + 2]!;
    const a3 = a[ka + 3]!;
    s00 += a0 * b0;
    s01 += a0 * b1;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s20 += a2 * b0;
    s21 += a2 * b1;
    s30 += a3 * b0;
    s31 += a3 * b1;
  }
  c[to] = s00;
  c[to + 1] = s01;
  c[t1] = s10;
  c[t1 + 1] = s11;
  c[t2] = s20;
  c[t2 + 1] = s21;
  c[t3] = s30;
  c[t3 + 1] = s31;
}
