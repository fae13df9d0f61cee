import { describe, expect, test } from "vitest";
import {
  cholesky,
  type Dense,
  dense,
  fromRows,
  identity,
  leastSquares,
  luFactor,
  luSolve,
  multiply,
  multiplyTransposeA,
  multiplyTransposeB,
  multiplyVector,
  norm2,
  normInf,
  qr,
  SeededRandom,
  singularValues,
  svd,
  symmetricEigen,
  transpose,
} from "../src/index.js";

const U = 2 ** -53;

function random(rows: number, cols: number, seed: number): Dense {
  return dense(rows, cols, new SeededRandom(seed).normals(rows * cols));
}

/** Frobenius distance. */
function distance(a: Dense, b: Dense): number {
  return norm2(a.data.map((v, i) => v - b.data[i]!));
}

/** A Hilbert matrix: positive definite, condition exp(3.5 n). */
function hilbert(n: number): Dense {
  return dense(
    n,
    n,
    Float64Array.from({ length: n * n }, (_, k) => 1 / (Math.floor(k / n) + (k % n) + 1)),
  );
}

function scaledColumns(v: Dense, values: Float64Array): Dense {
  return dense(
    v.rows,
    v.cols,
    v.data.map((x, i) => x * values[i % v.cols]!),
  );
}

const SCALES = [1, 1e-300, 1e300, 5e-320];

describe("cholesky", () => {
  test.each([0, 1, 2, 3, 4, 5, 8, 9, 37, 64])("L L^T = A and solves, n = %i", (n) => {
    const m = random(n, n + 3, n);
    const a = multiplyTransposeB(m, m);
    const c = cholesky(a);
    if (c.status !== "positive-definite") throw new Error(c.status);
    // Higham (2002) Theorem 10.3: |E| <= gamma_(n+1) |L| |L^T|, and || |L| ||_F^2 = trace A.
    const trace = a.data.reduce((s, v, i) => (i % (n + 1) === 0 ? s + v : s), 0);
    const back = multiplyTransposeB(c.lower, c.lower);
    expect(distance(back, a)).toBeLessThanOrEqual(2 * (n + 1) * U * trace);
    const b = new SeededRandom(n).normals(n);
    const x = c.solve(b);
    const r = multiplyVector(a, x).map((v, i) => v - b[i]!);
    expect(norm2(r)).toBeLessThanOrEqual(4 * (n + 1) ** 2 * U * trace * norm2(x));
    const many = c.solveMatrix(dense(n, 1, b));
    expect(many.data).toEqual(x);
    if (n > 0) {
      const lu = luFactor(a);
      expect(c.logDeterminant).toBeCloseTo(lu.logAbsDeterminant, 8);
      expect(lu.determinantSign).toBe(1);
    }
  });

  test("stops at a pivot that is not positive, and says where", () => {
    const indefinite = fromRows([
      [4, 2, 0],
      [2, 1, 0],
      [0, 0, 1],
    ]);
    expect(cholesky(indefinite)).toEqual({ status: "not-positive-definite", index: 1, pivot: 0 });
    const negative = fromRows([
      [1, 2],
      [2, 1],
    ]);
    expect(cholesky(negative)).toEqual({ status: "not-positive-definite", index: 1, pivot: -3 });
    expect(cholesky(dense(2, 2)).status).toBe("not-positive-definite");
    expect(cholesky(hilbert(40)).status).toBe("not-positive-definite");
  });

  test("rejects what is not symmetric or not finite", () => {
    expect(() =>
      cholesky(
        fromRows([
          [1, 0.5],
          [0, 1],
        ]),
      ),
    ).toThrow("a is not symmetric: entry (1, 0) = 0, entry (0, 1) = 0.5");
    expect(() => cholesky(fromRows([[Number.NaN]]))).toThrow("a.data[0] = NaN is not finite");
    expect(() => cholesky(dense(2, 3))).toThrow("a is 2 x 3, expected a square matrix");
  });

  test("out may be the matrix itself, and solve may work in place", () => {
    const a = fromRows([
      [4, 2],
      [2, 5],
    ]);
    const c = cholesky(a, { out: a });
    if (c.status !== "positive-definite") throw new Error(c.status);
    expect(a.data).toEqual(Float64Array.of(2, 0, 1, 2));
    const b = Float64Array.of(8, 20);
    expect(c.solve(b, b)).toBe(b);
    expect(b).toEqual(Float64Array.of(0, 4));
  });
});

describe("condition estimates", () => {
  test("within a factor 3 of the truth for Hilbert matrices, below it always", () => {
    // kappa_1 of the Hilbert matrix: exact values (Todd).
    const exact = [1, 27, 748, 28375, 943656, 29070279];
    exact.forEach((kappa, k) => {
      const h = hilbert(k + 1);
      const c = cholesky(h);
      if (c.status !== "positive-definite") throw new Error(c.status);
      for (const estimate of [c.conditionEstimate(), luFactor(h).conditionEstimate()]) {
        expect(estimate).toBeLessThanOrEqual(kappa * (1 + 1e-6));
        expect(estimate).toBeGreaterThanOrEqual(kappa / 3);
      }
    });
  });
});

describe("luFactor", () => {
  test.each([1, 2, 5, 20, 50])("solves A x = b and A^T x = b, n = %i", (n) => {
    const a = random(n, n, n);
    const lu = luFactor(a);
    const b = new SeededRandom(7).normals(n);
    const aNorm = norm2(a.data);
    const x = lu.solve(b);
    const r = multiplyVector(a, x).map((v, i) => v - b[i]!);
    // Growth with partial pivoting of Gaussian matrices is about n^(2/3); n covers it.
    expect(norm2(r)).toBeLessThanOrEqual(8 * n * n * U * aNorm * norm2(x));
    const y = lu.solveTranspose(b);
    const s = multiplyVector(transpose(a), y).map((v, i) => v - b[i]!);
    expect(norm2(s)).toBeLessThanOrEqual(8 * n * n * U * aNorm * norm2(y));
    expect(luSolve(a, b)).toEqual(x);
  });

  test("knows a singular matrix and the determinant", () => {
    const singular = luFactor(
      fromRows([
        [1, 2],
        [2, 4],
      ]),
    );
    expect(singular.status).toBe("singular");
    expect(singular.logAbsDeterminant).toBe(-Infinity);
    expect(singular.conditionEstimate()).toBe(Infinity);
    expect(() => singular.solve(Float64Array.of(1, 1))).toThrow("singular");
    const swap = luFactor(
      fromRows([
        [0, 1, 0],
        [0, 0, 2],
        [3, 0, 0],
      ]),
    );
    expect(swap.determinantSign).toBe(1);
    expect(swap.logAbsDeterminant).toBeCloseTo(Math.log(6), 14);
    expect(
      luFactor(
        fromRows([
          [0, 1],
          [1, 0],
        ]),
      ).determinantSign,
    ).toBe(-1);
  });

  test.each(SCALES)("entries of scale %d", (scale) => {
    const a = fromRows([
      [scale, 2 * scale],
      [3 * scale, 4 * scale],
    ]);
    const x = luSolve(a, Float64Array.of(5 * scale, 11 * scale));
    expect(x[0]).toBeCloseTo(1, 3);
    expect(x[1]).toBeCloseTo(2, 3);
  });
});

describe("symmetricEigen", () => {
  test.each([0, 1, 2, 3, 10, 40])("reconstructs, orthonormal, ascending, n = %i", (n) => {
    const m = random(n, n, n + 100);
    const a = dense(
      n,
      n,
      m.data.map((v, k) => v + m.data[(k % n) * n + Math.floor(k / n)]!),
    );
    const { values, vectors } = symmetricEigen(a);
    const back = multiplyTransposeB(scaledColumns(vectors, values), vectors);
    // Householder and QL: backward error a modest multiple of n u in the Frobenius norm.
    expect(distance(back, a)).toBeLessThanOrEqual(20 * n * U * norm2(a.data));
    expect(distance(multiplyTransposeA(vectors, vectors), identity(n))).toBeLessThanOrEqual(
      20 * n * U * Math.sqrt(n),
    );
    for (let i = 1; i < n; i++) expect(values[i]!).toBeGreaterThanOrEqual(values[i - 1]!);
  });

  test.each(SCALES)("closed form at scale %d", (scale) => {
    const { values } = symmetricEigen(
      fromRows([
        [2 * scale, scale],
        [scale, 2 * scale],
      ]),
    );
    expect(values[0]! / scale).toBeCloseTo(1, 3);
    expect(values[1]! / scale).toBeCloseTo(3, 3);
  });
});

describe("svd", () => {
  test.each([
    [1, 1],
    [5, 3],
    [3, 5],
    [20, 20],
    [40, 7],
    [7, 40],
    [0, 3],
    [3, 0],
  ])("reconstructs and is orthonormal, %i x %i", (m, n) => {
    const a = random(m, n, 10 * m + n);
    const { u, values, v } = svd(a);
    const r = Math.min(m, n);
    expect([u.rows, u.cols, v.rows, v.cols, values.length]).toEqual([m, r, n, r, r]);
    const size = Math.max(m, n);
    const back = multiplyTransposeB(scaledColumns(u, values), v);
    expect(distance(back, a)).toBeLessThanOrEqual(20 * size * U * norm2(a.data));
    for (const q of [u, v]) {
      expect(distance(multiplyTransposeA(q, q), identity(r))).toBeLessThanOrEqual(
        20 * size * U * r,
      );
    }
    expect(normInf(singularValues(a).map((s, i) => s - values[i]!))).toBeLessThanOrEqual(
      20 * size * U * norm2(a.data),
    );
    for (let i = 1; i < r; i++) expect(values[i]!).toBeLessThanOrEqual(values[i - 1]!);
  });

  test("rank and condition", () => {
    const product = multiply(random(8, 3, 1), random(3, 6, 2));
    expect(svd(product).rank).toBe(3);
    expect(svd(dense(3, 2)).rank).toBe(0);
    expect(svd(identity(4)).condition).toBe(1);
    // An odd entry makes the bidiagonal exactly singular or not; the definition covers both.
    expect(svd(dense(2, 2, Float64Array.of(1, 0, 0, 0))).condition).toBe(Infinity);
  });

  test.each(SCALES)("closed form at scale %d", (scale) => {
    const values = singularValues(
      fromRows([
        [3 * scale, 0],
        [4 * scale, 5 * scale],
      ]),
    );
    expect(values[0]! / scale).toBeCloseTo(Math.sqrt(45), 2);
    expect(values[1]! / scale).toBeCloseTo(Math.sqrt(5), 2);
  });
});

describe("qr and leastSquares", () => {
  test.each([
    [1, 1],
    [6, 4],
    [4, 6],
    [30, 30],
    [50, 8],
    [0, 2],
  ])("A = Q R, %i x %i", (m, n) => {
    const a = random(m, n, m + n);
    const { q, r, status } = qr(a);
    const size = Math.max(m, n);
    expect(status).toBe("full-rank");
    expect(distance(multiply(q, r), a)).toBeLessThanOrEqual(20 * size * U * norm2(a.data));
    expect(distance(multiplyTransposeA(q, q), identity(q.cols))).toBeLessThanOrEqual(
      20 * size * U * Math.sqrt(size),
    );
    for (let i = 0; i < r.rows; i++) {
      expect(r.data[i * n + i]).toBeGreaterThanOrEqual(0);
      for (let j = 0; j < i; j++) expect(r.data[i * n + j]).toBe(0);
    }
  });

  test("least squares meets the normal equations; rank deficiency is a status", () => {
    const a = random(20, 4, 5);
    const b = new SeededRandom(6).normals(20);
    const { x, status } = leastSquares(a, b);
    expect(status).toBe("solved");
    const r = dense(
      20,
      1,
      multiplyVector(a, x).map((v, i) => v - b[i]!),
    );
    expect(normInf(multiplyTransposeA(a, r).data)).toBeLessThanOrEqual(
      200 * U * norm2(a.data) * norm2(b),
    );
    const twice = fromRows([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    expect(leastSquares(twice, new Float64Array(3)).status).toBe("rank-deficient");
    expect(leastSquares(dense(2, 3), new Float64Array(2)).status).toBe("rank-deficient");
  });
});
