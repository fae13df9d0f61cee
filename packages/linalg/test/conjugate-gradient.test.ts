import { describe, expect, test } from "vitest";
import {
  addOperators,
  cholesky,
  conjugateGradient,
  dense,
  denseOperator,
  diagonalOperator,
  identityOperator,
  type LinearOperator,
  multiplyTransposeB,
  multiplyVector,
  NotConvergedError,
  norm2,
  SeededRandom,
} from "../src/index.js";

const random = new SeededRandom(5);

function spd(n: number): ReturnType<typeof dense> {
  const m = dense(n, n, random.normals(n * n));
  const a = multiplyTransposeB(m, m);
  for (let i = 0; i < n; i++) a.data[i * (n + 1)]! += 1;
  return a;
}

describe("conjugateGradient", () => {
  test.each([1, 2, 10, 60])("agrees with Cholesky, n = %i", (n) => {
    const a = spd(n);
    const b = random.normals(n);
    const direct = cholesky(a);
    if (direct.status !== "positive-definite") throw new Error(direct.status);
    const result = conjugateGradient({
      operator: denseOperator(a, { psd: true }),
      b,
      tolerance: 1e-12,
    });
    expect(result.status).toBe("converged");
    const r = multiplyVector(a, result.x).map((v, i) => b[i]! - v);
    expect(norm2(r)).toBeLessThanOrEqual(1e-12 * norm2(b));
    // ||x - x'|| <= ||A^-1|| ||r||, and A >= I.
    const exact = direct.solve(b);
    const error = norm2(exact.map((v, i) => v - result.x[i]!));
    expect(error).toBeLessThanOrEqual(2e-12 * norm2(b));
    expect(result.residualHistory.length).toBe(result.iterations + 1);
  });

  test("ends in as many iterations as there are distinct eigenvalues", () => {
    const n = 300;
    const d = Float64Array.from({ length: n }, (_, i) => [1, 10, 100][i % 3]!);
    const result = conjugateGradient({ operator: diagonalOperator(d), b: random.normals(n) });
    expect(result.iterations).toBe(3);
    expect(result.status).toBe("converged");
  });

  test("a preconditioner that is the inverse needs one iteration; Jacobi beats none", () => {
    const n = 200;
    const d = Float64Array.from({ length: n }, (_, i) => 10 ** (6 * (i / n)));
    const u = dense(n, 2, random.normals(2 * n));
    const operator = addOperators(diagonalOperator(d), denseOperator(multiplyTransposeB(u, u)));
    const b = random.normals(n);
    const inverse = diagonalOperator(d.map((v) => 1 / v));
    const exact = conjugateGradient({ operator: diagonalOperator(d), b, preconditioner: inverse });
    expect(exact.iterations).toBe(1);
    const plain = conjugateGradient({ operator, b, maxIterations: 5000 });
    const jacobi = conjugateGradient({ operator, b, preconditioner: inverse });
    expect(jacobi.status).toBe("converged");
    expect(jacobi.iterations).toBeLessThan(10);
    expect(plain.iterations).toBeGreaterThan(10 * jacobi.iterations);
  });

  test("warm start: the solution converges at once, and is not modified", () => {
    const d = Float64Array.of(1, 2, 3);
    const initialGuess = Float64Array.of(1, 1, 1);
    const result = conjugateGradient({ operator: diagonalOperator(d), b: d, initialGuess });
    expect(result.iterations).toBe(0);
    expect(result.x).toEqual(initialGuess);
    expect(result.x).not.toBe(initialGuess);
  });

  test("b = 0 gives x = 0 whatever the warm start", () => {
    const result = conjugateGradient({
      operator: identityOperator(2),
      b: new Float64Array(2),
      initialGuess: Float64Array.of(1, 2),
    });
    expect(result.x).toEqual(new Float64Array(2));
    expect(result.status).toBe("converged");
  });

  test("statuses: iteration-limit, stopped, indefinite, breakdown, stagnated", () => {
    const a = denseOperator(spd(50));
    const b = random.normals(50);
    expect(conjugateGradient({ operator: a, b, maxIterations: 3 })).toMatchObject({
      status: "iteration-limit",
      iterations: 3,
    });
    const seen: number[] = [];
    const stopped = conjugateGradient({
      operator: a,
      b,
      callback: ({ iteration, residualNorm, x }) => {
        seen.push(residualNorm);
        expect(x.length).toBe(50);
        return iteration === 4 ? "stop" : undefined;
      },
    });
    expect(stopped.status).toBe("stopped");
    expect(seen).toEqual(stopped.residualHistory.slice(1));
    const indefinite = conjugateGradient({
      operator: diagonalOperator(Float64Array.of(1, -2)),
      b: Float64Array.of(1, 1),
    });
    expect(indefinite.status).toBe("indefinite");
    const d = indefinite.negativeCurvature!;
    expect(d[0]! ** 2 - 2 * d[1]! ** 2).toBeLessThanOrEqual(0);
    const nan: LinearOperator = {
      rows: 1,
      cols: 1,
      apply: (_, out = new Float64Array(1)) => out.fill(Number.NaN),
    };
    const broken = conjugateGradient({ operator: nan, b: Float64Array.of(1) });
    expect(broken.status).toBe("breakdown");
    expect(broken.x).toEqual(Float64Array.of(0));
    const hard = Float64Array.from({ length: 40 }, (_, i) => 10 ** (i / 3));
    const stagnated = conjugateGradient({
      operator: diagonalOperator(hard),
      b: random.normals(40),
      tolerance: 1e-40,
      maxIterations: 100000,
    });
    expect(stagnated.status).toBe("stagnated");
    expect(stagnated.residualNorm).toBeGreaterThan(0);
  });

  test("throwOnFailure throws, and only then", () => {
    const options = { operator: denseOperator(spd(20)), b: random.normals(20), maxIterations: 1 };
    expect(conjugateGradient(options).status).toBe("iteration-limit");
    expect(() => conjugateGradient({ ...options, throwOnFailure: true })).toThrow(
      NotConvergedError,
    );
  });

  test("rejects bad input", () => {
    const operator = identityOperator(2);
    expect(() => conjugateGradient({ operator, b: new Float64Array(3) })).toThrow("2 x 2");
    expect(() => conjugateGradient({ operator, b: Float64Array.of(1, Number.NaN) })).toThrow(
      "b[1] = NaN",
    );
    const b = Float64Array.of(1, 1);
    expect(() => conjugateGradient({ operator, b, tolerance: -1 })).toThrow("tolerance = -1");
    expect(() => conjugateGradient({ operator, b, out: b })).toThrow("shares memory");
  });
});
