import { describe, expect, test } from "vitest";
import {
  dense,
  denseOperator,
  diagonalOperator,
  identity,
  identityOperator,
  lanczosExtremes,
  multiplyTransposeA,
  norm2,
  SeededRandom,
  symmetricEigen,
} from "../src/index.js";
import { tridiagonalEigen } from "../src/tridiagonal-eigen.js";

const random = new SeededRandom(12);
const U = 2 ** -53;

function symmetric(n: number): ReturnType<typeof dense> {
  const m = random.normals(n * n);
  return dense(
    n,
    n,
    m.map((v, k) => v + m[(k % n) * n + Math.floor(k / n)]!),
  );
}

describe("lanczosExtremes", () => {
  test.each(["largest", "smallest"] as const)("%s against the full decomposition", (which) => {
    const n = 80;
    const a = symmetric(n);
    const full = symmetricEigen(a).values;
    const expected = which === "largest" ? full.slice().reverse() : full;
    const result = lanczosExtremes({ operator: denseOperator(a), count: 4, which });
    expect(result.status).toBe("converged");
    const norm = Math.max(-full[0]!, full[n - 1]!);
    for (let i = 0; i < 4; i++) {
      // The value is off by at most the square of the residual over the gap; the residual covers it.
      expect(Math.abs(result.values[i]! - expected[i]!)).toBeLessThanOrEqual(1e-10 * norm);
      expect(result.residualNorms[i]!).toBeLessThanOrEqual(1e-10 * norm);
    }
    const gram = multiplyTransposeA(result.vectors, result.vectors);
    expect(norm2(gram.data.map((v, i) => v - identity(4).data[i]!))).toBeLessThanOrEqual(1e-13);
    expect(result.iterations).toBeLessThanOrEqual(n);
  });

  test("multiple eigenvalues come out when the space is exhausted", () => {
    const all = lanczosExtremes({ operator: identityOperator(5), count: 5 });
    expect(all.status).toBe("converged");
    for (const value of all.values) expect(value).toBeCloseTo(1, 13);
    const d = Float64Array.of(3, 3, 1, 1, 1, 0);
    const result = lanczosExtremes({ operator: diagonalOperator(d), count: 6 });
    [3, 3, 1, 1, 1, 0].forEach((value, i) => {
      expect(result.values[i]).toBeCloseTo(value, 12);
    });
  });

  test("no ghost copies: 300 steps on an isolated extreme eigenvalue find it once", () => {
    const d = Float64Array.from({ length: 400 }, (_, i) => i / 400);
    d[0] = 100;
    const result = lanczosExtremes({ operator: diagonalOperator(d), count: 2, tolerance: 1e-12 });
    expect(result.values[0]).toBeCloseTo(100, 10);
    expect(result.values[1]).toBeCloseTo(399 / 400, 6);
  });

  test("scales: 1e-200 and 1e150 find the same relative value", () => {
    for (const scale of [1e-150, 1e150]) {
      const d = Float64Array.from({ length: 50 }, (_, i) => (i + 1) * scale);
      const { values, status } = lanczosExtremes({ operator: diagonalOperator(d) });
      expect(status).toBe("converged");
      expect(values[0]! / scale).toBeCloseTo(50, 8);
    }
  });

  test("statuses and bad input", () => {
    const operator = denseOperator(symmetric(60));
    expect(lanczosExtremes({ operator, maxIterations: 3 }).status).toBe("iteration-limit");
    expect(lanczosExtremes({ operator, callback: () => "stop" }).status).toBe("stopped");
    expect(lanczosExtremes({ operator, tolerance: 0, count: 60 }).status).toBe("stagnated");
    expect(() => lanczosExtremes({ operator, maxIterations: 3, throwOnFailure: true })).toThrow(
      "iteration-limit",
    );
    expect(() => lanczosExtremes({ operator, count: 61 })).toThrow("count = 61");
    expect(() => lanczosExtremes({ operator, start: new Float64Array(60) })).toThrow(
      "start is zero",
    );
    const nan = lanczosExtremes({
      operator: { rows: 3, cols: 3, apply: (_, out = new Float64Array(3)) => out.fill(Number.NaN) },
    });
    expect(nan.status).toBe("breakdown");
  });
});

describe("tridiagonalEigen", () => {
  test.each([1, 2, 3, 10, 50])("closed form of the second difference, n = %i", (n) => {
    const d = new Float64Array(n).fill(2);
    const e = new Float64Array(n).fill(-1);
    const rows = Array.from({ length: n }, (_, i) => {
      const row = new Float64Array(n);
      row[i] = 1;
      return row;
    });
    expect(tridiagonalEigen(d, e, rows)).toBe(true);
    const order = Array.from(d.keys()).sort((i, j) => d[i]! - d[j]!);
    order.forEach((at, k) => {
      const exact = 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1));
      expect(Math.abs(d[at]! - exact)).toBeLessThanOrEqual(10 * n * U);
      for (let i = 0; i < n; i++) {
        const below = i > 0 ? rows[i - 1]![at]! : 0;
        const above = i + 1 < n ? rows[i + 1]![at]! : 0;
        const residual = 2 * rows[i]![at]! - below - above - d[at]! * rows[i]![at]!;
        expect(Math.abs(residual)).toBeLessThanOrEqual(20 * n * U);
      }
    });
  });

  test("a zero beside splits the matrix", () => {
    const d = Float64Array.of(3, 1, 2);
    expect(tridiagonalEigen(d, new Float64Array(3), [])).toBe(true);
    expect(d).toEqual(Float64Array.of(3, 1, 2));
  });
});
