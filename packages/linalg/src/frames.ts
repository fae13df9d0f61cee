import { type Dense, dense } from "./dense.js";
import { DomainError } from "./errors.js";
import { multiplyTransposeA } from "./product.js";
import { qr } from "./qr.js";
import type { SeededRandom } from "./random.js";
import { requireFinite, requireInteger, requireShape } from "./validate.js";
import { norm2 } from "./vector.js";

/**
 * Simplex equiangular tight frame: unit columns e_c with <e_c, e_c'> = -1 / (k - 1), summing to zero;
 * what class means become in neural collapse. Gram matrix k / (k - 1) (I - 11^T / k).
 *
 * @param classCount - k >= 2.
 * @param dimension - d >= k - 1. Default k: then the frame is sqrt(k / (k - 1)) (I - 11^T / k) itself;
 *   otherwise its coordinates in the Helmert basis, followed by zero rows.
 * @returns d x k.
 */
export function simplexEtf(classCount: number, dimension: number = classCount): Dense {
  requireInteger("classCount", classCount, 2);
  requireInteger("dimension", dimension, classCount - 1);
  const k = classCount;
  const frame = dense(dimension, k);
  if (dimension === k) {
    const off = -1 / Math.sqrt(k * (k - 1));
    frame.data.fill(off);
    for (let c = 0; c < k; c++) frame.data[c * k + c] = Math.sqrt((k - 1) / k);
    return frame;
  }
  for (let j = 1; j < k; j++) {
    const row = (j - 1) * k;
    // sqrt(k / (k - 1)) (1, ..., 1, -j, 0, ...) / sqrt(j (j + 1)), with one rounding inside the root.
    const entry = Math.sqrt(k / ((k - 1) * j * (j + 1)));
    frame.data.fill(entry, row, row + j);
    frame.data[row + j] = -j * entry;
  }
  return frame;
}

/**
 * An orthonormal basis of the orthogonal complement of the columns of `q`: [q, result] is orthogonal.
 *
 * @param q - n x m, m <= n, with columns orthonormal to 2^-26.
 * @returns n x (n - m), by Householder reflections: orthonormal to a small multiple of n u. O(n^2 m).
 * @throws {@link DomainError} when the columns of `q` are not orthonormal.
 */
export function orthonormalCompletion(q: Dense): Dense {
  const { rows: n, cols: m } = q;
  requireShape("q", q, n, m);
  requireFinite("q.data", q.data);
  requireInteger("q.cols", m, 0, n);
  const gram = multiplyTransposeA(q, q);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < m; j++) {
      const g = gram.data[i * m + j]!;
      if (!(Math.abs(g - (i === j ? 1 : 0)) <= 2 ** -26)) {
        throw new DomainError(`q^T q is ${g} at (${i}, ${j}): the columns are not orthonormal`);
      }
    }
  }
  const reflectors = householderReflectors(q);
  const out = dense(n, n - m);
  const column = new Float64Array(n);
  for (let j = m; j < n; j++) {
    column.fill(0);
    column[j] = 1;
    for (let k = m - 1; k >= 0; k--) reflect(reflectors[k]!, column);
    for (let i = 0; i < n; i++) out.data[i * (n - m) + j - m] = column[i]!;
  }
  return out;
}

/** Unit vectors v_k with H_m ... H_1 q upper triangular, H_k = I - 2 v_k v_k^T. */
function householderReflectors(q: Dense): Float64Array[] {
  const { rows: n, cols: m } = q;
  const columns = Array.from({ length: m }, (_, j) =>
    Float64Array.from({ length: n }, (_, i) => q.data[i * m + j]!),
  );
  const reflectors: Float64Array[] = [];
  for (let k = 0; k < m; k++) {
    const v = columns[k]!.slice();
    v.fill(0, 0, k);
    // Away from zero, so that nothing cancels.
    v[k]! += (v[k]! < 0 ? -1 : 1) * norm2(v);
    const length = norm2(v);
    for (let i = k; i < n; i++) v[i]! /= length;
    reflectors.push(v);
    for (let j = k; j < m; j++) reflect(v, columns[j]!);
  }
  return reflectors;
}

function reflect(v: Float64Array, x: Float64Array): void {
  let s = 0;
  for (let i = 0; i < x.length; i++) s += v[i]! * x[i]!;
  for (let i = 0; i < x.length; i++) x[i]! -= 2 * s * v[i]!;
}

/**
 * A rows x cols matrix with orthonormal columns, uniform (Haar) over all such: the Q of a Gaussian matrix
 * whose R has a positive diagonal. rows >= cols.
 */
export function randomOrthonormal(rows: number, cols: number, random: SeededRandom): Dense {
  requireInteger("cols", cols, 0);
  requireInteger("rows", rows, cols);
  return qr(dense(rows, cols, random.normals(rows * cols))).q;
}
