/**
 * Eigenvalues of the symmetric tridiagonal matrix with diagonal `d` (length k) and off-diagonal `e`
 * (length k; the last entry is scratch), by implicit QL. `d` is overwritten by the eigenvalues, not sorted; `e` by
 * rubbish. Every row of `rows` (each of length k) is multiplied from the right by the eigenvector matrix:
 * give the last unit vector to get the last components, or the identity to get the eigenvectors. O(k^2) and
 * O(k^2) a row.
 *
 * @returns false when an eigenvalue took more than 60 sweeps (never seen).
 * @see Bowdler, Martin, Reinsch, Wilkinson, Numer. Math. 11 (1968) 293.
 */
export function tridiagonalEigen(
  d: Float64Array,
  e: Float64Array,
  rows: readonly Float64Array[],
): boolean {
  const k = d.length;
  for (let l = 0; l < k; l++) {
    for (let sweep = 0; ; sweep++) {
      let m = l;
      while (m < k - 1) {
        const size = Math.abs(d[m]!) + Math.abs(d[m + 1]!);
        if (Math.abs(e[m]!) <= 2 ** -53 * size) break;
        m++;
      }
      if (m === l) break;
      if (sweep === 60) return false;
      // Wilkinson's shift.
      let g = (d[l + 1]! - d[l]!) / (2 * e[l]!);
      let r = Math.hypot(g, 1);
      g = d[m]! - d[l]! + e[l]! / (g + (g < 0 ? -r : r));
      let s = 1;
      let c = 1;
      let p = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * e[i]!;
        const b = c * e[i]!;
        r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          // An underflow splits the matrix here.
          d[i + 1]! -= p;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1]! - p;
        r = (d[i]! - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        for (const row of rows) {
          const t = row[i + 1]!;
          row[i + 1] = s * row[i]! + c * t;
          row[i] = c * row[i]! - s * t;
        }
      }
      if (r === 0 && i >= l) continue;
      d[l]! -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
  return true;
}
