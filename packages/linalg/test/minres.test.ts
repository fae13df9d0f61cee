import { describe, expect, test } from "vitest";
import {
  conjugateGradient,
  dense,
  denseOperator,
  diagonalOperator,
  luSolve,
  minres,
  multiplyVector,
  norm2,
  SeededRandom,
} from "../src/index.js";

const random = new SeededRandom(77);

function symmetric(n: number): ReturnType<typeof dense> {
  const m = random.normals(n * n);
  return dense(
    n,
    n,
    m.map((v, k) => v + m[(k % n) * n + Math.floor(k / n)]!),
  );
}

describe("minres", () => {
  test.each([1, 2, 10, 60])("indefinite systems, against LU, n = %i", (n) => {
    const a = symmetric(n);
    const b = random.normals(n);
    const result = minres({ operator: denseOperator(a), b, tolerance: 1e-11 });
    expect(result.status).toBe("converged");
    const r = multiplyVector(a, result.x).map((v, i) => b[i]! - v);
    expect(norm2(r)).toBeLessThanOrEqual(1e-11 * norm2(b));
    const exact = luSolve(a, b);
    const error = norm2(exact.map((v, i) => v - result.x[i]!));
    expect(error).toBeLessThanOrEqual(1e-6 * norm2(exact));
  });

  test("the residual never grows, and is the one recomputed from x", () => {
    const a = symmetric(40);
    const b = random.normals(40);
    const recorded: number[] = [];
    const result = minres({
      operator: denseOperator(a),
      b,
      maxIterations: 25,
      callback: ({ x }) => {
        recorded.push(norm2(multiplyVector(a, x).map((v, i) => b[i]! - v)));
      },
    });
    recorded.forEach((norm, i) => {
      expect(Math.abs(norm - result.residualHistory[i + 1]!)).toBeLessThanOrEqual(1e-9 * norm2(b));
      expect(result.residualHistory[i + 1]!).toBeLessThanOrEqual(result.residualHistory[i]!);
    });
  });

  test("preconditioned: the history is the true 2-norm of the residual", () => {
    const n = 60;
    const d = Float64Array.from({ length: n }, (_, i) => (i % 2 ? 1 : -1) * 10 ** (i / 15));
    const u = random.normals(n);
    const matrix = dense(
      n,
      n,
      Float64Array.from(
        { length: n * n },
        (_, k) => u[Math.floor(k / n)]! * u[k % n]! + (k % (n + 1) === 0 ? d[k % n]! : 0),
      ),
    );
    const b = random.normals(n);
    const recorded: number[] = [];
    const result = minres({
      operator: denseOperator(matrix),
      b,
      preconditioner: diagonalOperator(d.map((v) => 1 / Math.abs(v))),
      callback: ({ x }) => {
        recorded.push(norm2(multiplyVector(matrix, x).map((v, i) => b[i]! - v)));
      },
    });
    expect(result.status).toBe("converged");
    // +-1 up to rank one: at most four distinct eigenvalues.
    expect(result.iterations).toBeLessThanOrEqual(6);
    recorded.forEach((norm, i) => {
      expect(Math.abs(norm - result.residualHistory[i + 1]!)).toBeLessThanOrEqual(1e-9 * norm2(b));
    });
    expect(minres({ operator: denseOperator(matrix), b }).iterations).toBeGreaterThan(10);
  });

  test("agrees with CG on a definite system", () => {
    const d = Float64Array.from({ length: 100 }, (_, i) => 1 + i);
    const b = random.normals(100);
    const options = { operator: diagonalOperator(d), b, tolerance: 1e-12 };
    const x = minres(options).x;
    const y = conjugateGradient(options).x;
    expect(norm2(x.map((v, i) => v - y[i]!))).toBeLessThanOrEqual(2e-12 * norm2(b));
  });

  test("an inconsistent singular system ends as least-squares", () => {
    const operator = diagonalOperator(Float64Array.of(1, -2, 0, 3));
    const result = minres({ operator, b: Float64Array.of(1, 2, 5, 3) });
    expect(result.status).toBe("least-squares");
    expect(result.residualNorm).toBeCloseTo(5, 8);
    [1, -1, 0, 1].forEach((v, i) => {
      if (i !== 2) expect(result.x[i]).toBeCloseTo(v, 8);
    });
    const nothing = minres({
      operator: diagonalOperator(new Float64Array(2)),
      b: Float64Array.of(3, 4),
    });
    expect(nothing.status).toBe("least-squares");
    expect(nothing.residualNorm).toBe(5);
  });

  test("statuses and bad input", () => {
    const a = symmetric(30);
    const b = random.normals(30);
    const operator = denseOperator(a);
    expect(minres({ operator, b, maxIterations: 2 }).status).toBe("iteration-limit");
    expect(minres({ operator, b, callback: () => "stop" }).iterations).toBe(1);
    const bad = diagonalOperator(new Float64Array(30).fill(-1));
    expect(minres({ operator, b, preconditioner: bad }).status).toBe("indefinite");
    expect(() => minres({ operator, b, maxIterations: 2, throwOnFailure: true })).toThrow(
      "minres ended with status iteration-limit after 2 iterations",
    );
    const warm = minres({ operator, b, initialGuess: luSolve(a, b), tolerance: 1e-9 });
    expect(warm.iterations).toBe(0);
    expect(minres({ operator, b: new Float64Array(30) }).status).toBe("converged");
    const out = new Float64Array(30);
    expect(minres({ operator, b, out }).x).toBe(out);
  });
});
