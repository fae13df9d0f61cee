// C = A B or C +- A B with strided factors: blocked as Goto and van de Geijn, ACM TOMS 34 (2008) 12. Each entry of C is
// the sum over k in ascending order with one rounding a product and one an addition: the bits of the plain path.

const ROWS: i32 = 4;
const COLS: i32 = 4;
const SLAB_DEPTH: i32 = 256;
const SLAB_WIDTH: i32 = 256;

/** Space for one slab of B, one panel of A, and one corner of C. */
const SLAB: usize = memory.data(256 * 256 * 8, 16);
const PANEL: usize = memory.data(4 * 256 * 8, 16);
const CORNER: usize = memory.data(4 * 4 * 8, 16);

/** COLS columns side by side, one row after the other; missing columns are zeros. Strides in bytes. */
function packSlab(b: usize, row: usize, col: usize, depth: i32, width: i32): void {
  let to = SLAB;
  for (let j = 0; j < width; j += COLS) {
    const full = j + COLS <= width;
    let from = b + <usize>j * col;
    if (full && col == 8) {
      for (let k = 0; k < depth; k++) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
        to += 32;
        from += row;
      }
    } else if (full) {
      const from1 = from + col;
      const from2 = from1 + col;
      const from3 = from2 + col;
      let at: usize = 0;
      for (let k = 0; k < depth; k++) {
        store<f64>(to, load<f64>(from + at));
        store<f64>(to, load<f64>(from1 + at), 8);
        store<f64>(to, load<f64>(from2 + at), 16);
        store<f64>(to, load<f64>(from3 + at), 24);
        to += 32;
        at += row;
      }
    } else {
      const some = width - j;
      for (let k = 0; k < depth; k++) {
        for (let c = 0; c < COLS; c++) {
          store<f64>(to + ((<usize>c) << 3), c < some ? load<f64>(from + <usize>c * col) : 0);
        }
        to += 32;
        from += row;
      }
    }
  }
}

/** ROWS rows side by side, one column after the other, times `sign`; missing rows are zeros. */
function packPanel(a: usize, row: usize, col: usize, height: i32, depth: i32, sign: f64): void {
  let to = PANEL;
  if (height == ROWS && row == 8) {
    const s = f64x2.splat(sign);
    for (let k = 0; k < depth; k++) {
      v128.store(to, f64x2.mul(s, v128.load(a)));
      v128.store(to, f64x2.mul(s, v128.load(a, 16)), 16);
      to += 32;
      a += col;
    }
    return;
  }
  const r1 = height > 1 ? row : 0;
  const r2 = height > 2 ? row + row : 0;
  const r3 = height > 3 ? row + row + row : 0;
  const s1 = height > 1 ? sign : 0;
  const s2 = height > 2 ? sign : 0;
  const s3 = height > 3 ? sign : 0;
  for (let k = 0; k < depth; k++) {
    store<f64>(to, sign * load<f64>(a));
    store<f64>(to, s1 * load<f64>(a + r1), 8);
    store<f64>(to, s2 * load<f64>(a + r2), 16);
    store<f64>(to, s3 * load<f64>(a + r3), 24);
    to += 32;
    a += col;
  }
}

/** c[4 x 4] += panel times the four slab columns at `b`. */
function kernel(depth: i32, b: usize, c: usize, stride: usize): void {
  let a = PANEL;
  const c1 = c + stride;
  const c2 = c1 + stride;
  const c3 = c2 + stride;
  let s00 = v128.load(c);
  let s01 = v128.load(c, 16);
  let s10 = v128.load(c1);
  let s11 = v128.load(c1, 16);
  let s20 = v128.load(c2);
  let s21 = v128.load(c2, 16);
  let s30 = v128.load(c3);
  let s31 = v128.load(c3, 16);
  const end = b + ((<usize>depth) << 5);
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load64_splat(a);
    s00 = f64x2.add(s00, f64x2.mul(a0, b0));
    s01 = f64x2.add(s01, f64x2.mul(a0, b1));
    const a1 = v128.load64_splat(a, 8);
    s10 = f64x2.add(s10, f64x2.mul(a1, b0));
    s11 = f64x2.add(s11, f64x2.mul(a1, b1));
    const a2 = v128.load64_splat(a, 16);
    s20 = f64x2.add(s20, f64x2.mul(a2, b0));
    s21 = f64x2.add(s21, f64x2.mul(a2, b1));
    const a3 = v128.load64_splat(a, 24);
    s30 = f64x2.add(s30, f64x2.mul(a3, b0));
    s31 = f64x2.add(s31, f64x2.mul(a3, b1));
    a += 32;
    b += 32;
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
}

function copyCorner(
  from: usize,
  fromStride: usize,
  to: usize,
  toStride: usize,
  height: i32,
  cols: i32,
): void {
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < cols; j++) {
      const at = (<usize>j) << 3;
      store<f64>(to + <usize>i * toStride + at, load<f64>(from + <usize>i * fromStride + at));
    }
  }
}

/** The packed panel times the packed slab, added to `height` rows and `width` columns at c. */
function multiplyPanel(c: usize, stride: usize, height: i32, width: i32, depth: i32): void {
  for (let j = 0; j < width; j += COLS) {
    const cols = min(COLS, width - j);
    const to = c + ((<usize>j) << 3);
    const b = SLAB + ((<usize>j * depth) << 3);
    if (height == ROWS && cols == COLS) {
      kernel(depth, b, to, stride);
    } else {
      // At the rim the kernel works on a corner of its own.
      memory.fill(CORNER, 0, 128);
      copyCorner(to, stride, CORNER, 32, height, cols);
      kernel(depth, b, CORNER, 32);
      copyCorner(CORNER, 32, to, stride, height, cols);
    }
  }
}

/**
 * C += sign A B: a is m x n with entry (i, j) at a + i aRow + j aCol, likewise b (n x p); c has rows of p doubles with
 * stride cRow. All strides in bytes.
 */
export function addProduct(
  m: i32,
  n: i32,
  p: i32,
  a: usize,
  aRow: usize,
  aCol: usize,
  b: usize,
  bRow: usize,
  bCol: usize,
  c: usize,
  cRow: usize,
  sign: f64,
): void {
  for (let j0 = 0; j0 < p; j0 += SLAB_WIDTH) {
    const width = min(SLAB_WIDTH, p - j0);
    for (let k0 = 0; k0 < n; k0 += SLAB_DEPTH) {
      const depth = min(SLAB_DEPTH, n - k0);
      packSlab(b + <usize>k0 * bRow + <usize>j0 * bCol, bRow, bCol, depth, width);
      for (let i0 = 0; i0 < m; i0 += ROWS) {
        const height = min(ROWS, m - i0);
        packPanel(a + <usize>i0 * aRow + <usize>k0 * aCol, aRow, aCol, height, depth, sign);
        multiplyPanel(c + <usize>i0 * cRow + ((<usize>j0) << 3), cRow, height, width, depth);
      }
    }
  }
}

/** Rows of the Gram matrix computed together: little above the diagonal is computed in vain. */
const GRAM_ROWS: i32 = 128;

/** C += A A^T, both row-major without gaps, a is m x n; computed on and below the diagonal and mirrored. */
export function addGram(m: i32, n: i32, a: usize, c: usize): void {
  const aRow = (<usize>n) << 3;
  const cRow = (<usize>m) << 3;
  for (let i0 = 0; i0 < m; i0 += GRAM_ROWS) {
    const i1 = min(m, i0 + GRAM_ROWS);
    const rows = a + <usize>i0 * aRow;
    addProduct(i1 - i0, n, i1, rows, aRow, 8, a, 8, aRow, c + <usize>i0 * cRow, cRow, 1);
    for (let i = i0; i < i1; i++) {
      for (let j = 0; j < i; j++) {
        store<f64>(
          c + <usize>j * cRow + ((<usize>i) << 3),
          load<f64>(c + <usize>i * cRow + ((<usize>j) << 3)),
        );
      }
    }
  }
}
