import { addProduct } from "./product";

/** Columns factorised together; the product of those before them is taken off them at once. */
const BLOCK: i32 = 64;

/** Eight rows of one block side by side, one column after the other. */
const ROWS: usize = memory.data(64 * 8 * 8, 16);

// @ts-expect-error: decorator
@inline
function at(l: usize, n: i32, i: i32, j: i32): usize {
  return l + ((<usize>i * n + j) << 3);
}

/** The pivots and the entries left of them within columns j0..j1 of the rows j0..j1; -1, or the index of a bad pivot. */
function factorCorner(l: usize, n: i32, j0: i32, j1: i32): i32 {
  for (let i = j0; i < j1; i++) {
    solveRow(l, n, i, j0, i);
    let pivot = load<f64>(at(l, n, i, i));
    for (let k = j0; k < i; k++) {
      const v = load<f64>(at(l, n, i, k));
      pivot -= v * v;
    }
    const good = pivot > 0;
    store<f64>(at(l, n, i, i), good ? sqrt(pivot) : pivot);
    if (!good) return i;
  }
  return -1;
}

/** Entries j0..end of row i, given the rows above. */
function solveRow(l: usize, n: i32, i: i32, j0: i32, end: i32): void {
  for (let j = j0; j < end; j++) {
    let s = load<f64>(at(l, n, i, j));
    for (let k = j0; k < j; k++) s -= load<f64>(at(l, n, i, k)) * load<f64>(at(l, n, j, k));
    store<f64>(at(l, n, i, j), s / load<f64>(at(l, n, j, j)));
  }
}

/** solveRow for the rows i..i+7 at once, one in each of eight lanes. */
function solveEightRows(l: usize, n: i32, i: i32, j0: i32, j1: i32): void {
  for (let r = 0; r < 8; r++) {
    for (let j = j0; j < j1; j++) {
      store<f64>(ROWS + (<usize>(j - j0) << 6) + (<usize>r << 3), load<f64>(at(l, n, i + r, j)));
    }
  }
  for (let j = j0; j < j1; j++) {
    const own = ROWS + (<usize>(j - j0) << 6);
    let s0 = v128.load(own);
    let s1 = v128.load(own, 16);
    let s2 = v128.load(own, 32);
    let s3 = v128.load(own, 48);
    let factor = at(l, n, j, j0);
    for (let from = ROWS; from < own; from += 64) {
      const v = v128.load64_splat(factor);
      s0 = f64x2.sub(s0, f64x2.mul(v128.load(from), v));
      s1 = f64x2.sub(s1, f64x2.mul(v128.load(from, 16), v));
      s2 = f64x2.sub(s2, f64x2.mul(v128.load(from, 32), v));
      s3 = f64x2.sub(s3, f64x2.mul(v128.load(from, 48), v));
      factor += 8;
    }
    const pivot = v128.load64_splat(factor);
    v128.store(own, f64x2.div(s0, pivot));
    v128.store(own, f64x2.div(s1, pivot), 16);
    v128.store(own, f64x2.div(s2, pivot), 32);
    v128.store(own, f64x2.div(s3, pivot), 48);
  }
  for (let r = 0; r < 8; r++) {
    for (let j = j0; j < j1; j++) {
      store<f64>(at(l, n, i + r, j), load<f64>(ROWS + (<usize>(j - j0) << 6) + (<usize>r << 3)));
    }
  }
}

/**
 * Overwrites the lower triangle of the n x n matrix at `l` by its Cholesky factor; the triangle above is overwritten too,
 * within blocks. Returns the index of the first pivot that is not > 0, left in place, or -1. Every entry subtracts its
 * products in ascending order of columns: the bits of the plain path.
 */
export function cholesky(l: usize, n: i32): i32 {
  const row = <usize>n << 3;
  for (let j0 = 0; j0 < n; j0 += BLOCK) {
    const j1 = min(n, j0 + BLOCK);
    const left = at(l, n, j0, 0);
    // Rows j0.. of the columns j0..j1, minus what the finished columns contribute.
    if (j0 > 0) addProduct(n - j0, j0, j1 - j0, left, row, 8, left, 8, row, at(l, n, j0, j0), row, -1);
    const failed = factorCorner(l, n, j0, j1);
    if (failed >= 0) return failed;
    let i = j1;
    for (; i + 8 <= n; i += 8) solveEightRows(l, n, i, j0, j1);
    for (; i < n; i++) solveRow(l, n, i, j0, j1);
  }
  return -1;
}
