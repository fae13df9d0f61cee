import { diagonalOperator } from "@xent/linalg";
import { expect, test } from "vitest";
import { curvatureExtremes } from "../src/index.js";

/** A spectrum with its ends apart: Lanczos needs some steps for each. */
const n = 60;
const operator = diagonalOperator(Float64Array.from({ length: n }, (_, k) => 1 + k));

test("both ends, with the applications of both runs", () => {
  const both = curvatureExtremes(operator, { tolerance: 1e-9 });
  expect(both.status).toBe("converged");
  // Within the residual, which is at most 1e-9 times the norm of 60.
  expect(both.residual).toBeLessThanOrEqual(60e-9);
  expect(Math.abs(both.largest - 60)).toBeLessThanOrEqual(60e-9);
  expect(Math.abs(both.smallest - 1)).toBeLessThanOrEqual(60e-9);
  const top = curvatureExtremes(operator, { tolerance: 1e-9, largestOnly: true });
  expect(top).toEqual({
    largest: both.largest,
    smallest: 0,
    residual: top.residual,
    status: "converged",
    iterations: top.iterations,
  });
  expect(top.residual).toBeLessThanOrEqual(both.residual);
  expect(top.iterations).toBeGreaterThan(5);
  expect(both.iterations).toBeGreaterThan(top.iterations + 5);
});

test("a Krylov space that is too small is told, with its residuals", () => {
  for (const largestOnly of [true, false]) {
    const short = curvatureExtremes(operator, { maxIterations: 4, largestOnly });
    expect(short.status).toBe("not-converged");
    expect(short.iterations).toBe(largestOnly ? 4 : 8);
    expect(short.residual).toBeGreaterThan(1e-3);
  }
});

test("one end that converges before the other", () => {
  // The largest of 1 and 100 stands apart: a few steps find it; the small ones need more.
  const spread = Float64Array.from({ length: n }, (_, k) => (k === 0 ? 1e6 : 1 + k / n));
  for (const sign of [1, -1]) {
    const apart = diagonalOperator(spread.map((v) => sign * v));
    const found = curvatureExtremes(apart, { maxIterations: 6, tolerance: 1e-9 });
    expect(sign > 0 ? found.largest : -found.smallest).toBeCloseTo(1e6, 3);
    // The other end is only known to about its own size: the residual is the larger of the two.
    expect(found.residual).toBeGreaterThan(1e-3);
    const top = curvatureExtremes(apart, { maxIterations: 6, tolerance: 1e-9, largestOnly: true });
    expect([found.status, top.status]).toEqual([
      "not-converged",
      sign > 0 ? "converged" : "not-converged",
    ]);
  }
});
