import { describe, expect, test } from "vitest";
import {
  type Dense,
  dense,
  denseOperator,
  diagonalOperator,
  leastSquares,
  lsqr,
  multiplyTransposeVector,
  multiplyVector,
  norm2,
  SeededRandom,
  svd,
} from "../src/index.js";

const random = new SeededRandom(4);

function matrix(m: number, n: number): Dense {
  return dense(m, n, random.normals(m * n));
}

/** Ridge solution through the singular values: V diag(s / (s^2 + damping^2)) U^T b; damping 0 gives the pseudo-inverse. */
function ridge(a: Dense, b: Float64Array, damping: number): Float64Array {
  const { u, values, v, rank } = svd(a);
  const c = multiplyTransposeVector(u, b);
  return multiplyVector(
    v,
    c.map((t, i) =>
      i < rank || damping > 0 ? (t * values[i]!) / (values[i]! ** 2 + damping ** 2) : 0,
    ),
  );
}

function expectClose(x: Float64Array, y: Float64Array, relative: number): void {
  expect(norm2(x.map((t, i) => t - y[i]!))).toBeLessThanOrEqual(relative * norm2(y));
}

describe("lsqr", () => {
  test.each([
    [30, 10],
    [10, 10],
    [10, 30],
  ])("least squares and least norm, %i x %i", (m, n) => {
    const a = matrix(m, n);
    const b = random.normals(m);
    const result = lsqr({ operator: denseOperator(a), b, tolerance: 1e-12, maxIterations: 1000 });
    expect(result.status).toBe(m > n ? "least-squares" : "converged");
    expectClose(result.x, ridge(a, b, 0), 1e-7);
    if (m > n) expectClose(result.x, leastSquares(a, b).x, 1e-9);
    const r = multiplyVector(a, result.x).map((v, i) => b[i]! - v);
    expect(Math.abs(norm2(r) - result.residualNorm)).toBeLessThanOrEqual(1e-12 * norm2(b));
    expect(result.normalResidualNorm).toBeCloseTo(norm2(multiplyTransposeVector(a, r)), 8);
  });

  test.each([0.01, 1, 100])(
    "damping %d is the ridge solution, also from a warm start",
    (damping) => {
      const a = matrix(20, 35);
      const b = random.normals(20);
      const expected = ridge(a, b, damping);
      const operator = denseOperator(a);
      const cold = lsqr({ operator, b, damping, tolerance: 1e-12 });
      expect(cold.status).toBe("least-squares");
      expectClose(cold.x, expected, 1e-8);
      const warm = lsqr({
        operator,
        b,
        damping,
        tolerance: 1e-12,
        initialGuess: random.normals(35),
      });
      expectClose(warm.x, expected, 1e-8);
    },
  );

  test("rank deficiency: the solution of least norm", () => {
    const a = dense(4, 3, Float64Array.of(1, 1, 0, 1, 1, 0, 0, 0, 2, 0, 0, 1));
    const b = Float64Array.of(1, 2, 3, 4);
    const result = lsqr({ operator: denseOperator(a), b });
    expect(result.status).toBe("least-squares");
    expectClose(result.x, ridge(a, b, 0), 1e-9);
  });

  test("the history is the norm of the residual of each iterate and never grows", () => {
    const a = matrix(40, 25);
    const b = random.normals(40);
    const recorded: number[] = [];
    const result = lsqr({
      operator: denseOperator(a),
      b,
      callback: ({ x }) => {
        recorded.push(norm2(multiplyVector(a, x).map((v, i) => b[i]! - v)));
      },
    });
    recorded.forEach((norm, i) => {
      expect(Math.abs(norm - result.residualHistory[i + 1]!)).toBeLessThanOrEqual(1e-11 * norm2(b));
      expect(result.residualHistory[i + 1]!).toBeLessThanOrEqual(result.residualHistory[i]!);
    });
  });

  test("statuses and bad input", () => {
    const operator = denseOperator(matrix(30, 20));
    const b = random.normals(30);
    expect(lsqr({ operator, b, maxIterations: 2 }).status).toBe("iteration-limit");
    expect(lsqr({ operator, b, callback: () => "stop" })).toMatchObject({
      status: "stopped",
      iterations: 1,
    });
    const zero = lsqr({ operator, b: new Float64Array(30) });
    expect(zero).toMatchObject({ status: "converged", iterations: 0 });
    const orthogonal = lsqr({
      operator: denseOperator(dense(2, 1, Float64Array.of(1, 0))),
      b: Float64Array.of(0, 1),
    });
    expect(orthogonal).toMatchObject({ status: "least-squares", iterations: 0 });
    const huge = diagonalOperator(Float64Array.of(1e200, 1e-200));
    const tiny = lsqr({ operator: huge, b: Float64Array.of(1, 1) });
    expect(tiny.x.every(Number.isFinite)).toBe(true);
    expect(tiny.residualNorm).toBeLessThanOrEqual(Math.SQRT2);
    expect(() => lsqr({ operator, b, damping: -1 })).toThrow("damping = -1");
    expect(() => lsqr({ operator, b: random.normals(29) })).toThrow("b has length 29");
    expect(() =>
      lsqr({ operator: { rows: 2, cols: 2, apply: (x) => x }, b: b.slice(0, 2) }),
    ).toThrow("no applyTranspose");
    expect(() => lsqr({ operator, b, maxIterations: 1, throwOnFailure: true })).toThrow(
      "lsqr ended",
    );
  });
});
