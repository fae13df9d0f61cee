/**
 * Substitution with the triangles of a square row-major array `t` of order `n`, in place on `x`.
 * Entries outside the triangle are not read. No checks: for the factorisations of this package.
 */

/** x <- T^-1 x, T lower. */
export function solveLower(t: Float64Array, n: number, x: Float64Array, unit: boolean): void {
  for (let i = 0; i < n; i++) {
    let s = x[i]!;
    const row = i * n;
    for (let j = 0; j < i; j++) s -= t[row + j]! * x[j]!;
    x[i] = unit ? s : s / t[row + i]!;
  }
}

/** x <- T^-T x, T lower. */
export function solveLowerTranspose(
  t: Float64Array,
  n: number,
  x: Float64Array,
  unit: boolean,
): void {
  for (let i = n - 1; i >= 0; i--) {
    const row = i * n;
    const s = unit ? x[i]! : x[i]! / t[row + i]!;
    x[i] = s;
    for (let j = 0; j < i; j++) x[j]! -= t[row + j]! * s;
  }
}

/** x <- T^-1 x, T upper. */
export function solveUpper(t: Float64Array, n: number, x: Float64Array): void {
  for (let i = n - 1; i >= 0; i--) {
    let s = x[i]!;
    const row = i * n;
    for (let j = i + 1; j < n; j++) s -= t[row + j]! * x[j]!;
    x[i] = s / t[row + i]!;
  }
}

/** x <- T^-T x, T upper. */
export function solveUpperTranspose(t: Float64Array, n: number, x: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    const s = x[i]! / t[row + i]!;
    x[i] = s;
    for (let j = i + 1; j < n; j++) x[j]! -= t[row + j]! * s;
  }
}
