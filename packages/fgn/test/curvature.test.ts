import { dense, multiply, norm2, operatorToDense, symmetricEigen, transpose } from "@xent/linalg";
import { linearHead, mlp } from "@xent/models";
import { describe, expect, test } from "vitest";
import {
  curvatureDiagonal,
  curvatureExtremes,
  curvatureTraces,
  empiricalFisherOperator,
  fgnOperator,
  ggnOperator,
  linearHeadHessian,
  withinOperator,
} from "../src/index.js";
import { randomDense, randomLabels } from "./dense-oracle.js";
import { testHead } from "./linear-head.js";

const B = 9;
const C = 4;
const model = mlp({ widths: [3, 5, C], activation: "tanh" });
const lin = model.linearize(model.initialize(3), randomDense(B, 3, 1));
const labels = randomLabels(B, C, 2);
const P = lin.parameterCount;
const trace = (m: { rows: number; data: Float64Array }): number =>
  Array.from({ length: m.rows }, (_, k) => m.data[k * m.rows + k]!).reduce((a, b) => a + b);

/** Sums of at most P B C products of numbers that add up to the trace. */
const rounding = 8 * P * B * C * 2 ** -53;

describe("an MLP", () => {
  const operators = {
    fgn: fgnOperator(lin, labels),
    ggn: ggnOperator(lin, labels),
    within: withinOperator(lin, labels),
    "empirical-fisher": empiricalFisherOperator(lin, labels),
  };
  for (const [kind, operator] of Object.entries(operators)) {
    const full = operatorToDense(operator);
    test(`${kind}: diagonal of the dense matrix`, () => {
      const diagonal = curvatureDiagonal(lin, labels, kind as keyof typeof operators);
      const gap = diagonal.map((d, k) => d - full.data[k * P + k]!);
      expect(norm2(gap)).toBeLessThan(rounding * trace(full));
    });
    test(`${kind}: extreme eigenvalues of the dense matrix`, () => {
      const { values } = symmetricEigen(full);
      const got = curvatureExtremes(operator, { tolerance: 1e-12 });
      const top = Math.max(...values);
      expect(Math.abs(got.largest - top)).toBeLessThan(1e-11 * top);
      expect(Math.abs(got.smallest - Math.min(...values))).toBeLessThan(1e-11 * top);
    });
  }

  test("traces, exact and estimated", () => {
    const exact = curvatureTraces(lin, labels);
    expect(exact.exact).toBe(true);
    const [fgn, ggn] = [
      trace(operatorToDense(operators.fgn)),
      trace(operatorToDense(operators.ggn)),
    ];
    expect(Math.abs(exact.fgnTrace - fgn)).toBeLessThan(rounding * ggn);
    expect(Math.abs(exact.ggnTrace - ggn)).toBeLessThan(rounding * ggn);
    expect(exact.droppedShares.every((s) => s >= 0 && s <= 1)).toBe(true);
    const probes = 4000;
    const estimate = curvatureTraces(lin, labels, { probes, seed: 5 });
    expect(estimate.exact).toBe(false);
    // Hutchinson with signs: variance 2 (||H||_F^2 - sum_k H_kk^2) / probes; six standard deviations.
    const full = operatorToDense(operators.ggn);
    const off = 2 * norm2(full.data) ** 2;
    expect(Math.abs(estimate.ggnTrace - ggn)).toBeLessThan(6 * Math.sqrt(off / probes));
    expect(Math.abs(estimate.droppedShare - exact.droppedShare)).toBeLessThan(0.1);
  });

  test("the empirical Fisher has the rows of per-example gradients", () => {
    const rows = dense(B, P);
    for (let i = 0; i < B; i++) {
      const weights = Array.from({ length: B }, (_, k) => (k === i ? 1 : 0));
      const own = empiricalFisherOperator(lin, labels, { exampleWeights: weights });
      // g_i g_i^T e = g_i (g_i . e): any e that is not orthogonal to g_i shows its direction.
      const e = new Float64Array(P).fill(1);
      const image = own.apply(e);
      const along = Math.sqrt(image.reduce((a, b) => a + b));
      rows.data.set(
        image.map((x) => x / along / Math.sqrt(B)),
        i * P,
      );
    }
    const wanted = multiply(transpose(rows), rows);
    const got = operatorToDense(operators["empirical-fisher"]);
    expect(norm2(got.data.map((x, k) => x - wanted.data[k]!))).toBeLessThan(
      1e-10 * norm2(got.data),
    );
  });

  test("is no linear head", () => {
    expect(() => linearHeadHessian(lin, labels)).toThrow("not linear in the parameters");
    expect(() => linearHeadHessian(testHead(dense(1, 1), dense(2, 1)), [0])).toThrow("no `second`");
  });
});

test("the Hessian of a linear head is the derivative of its gradient", () => {
  const head = linearHead({ featureCount: 3, classCount: C });
  const theta = head.initialize(1);
  const x = randomDense(B, 3, 4);
  const gradientAt = (p: Float64Array): Float64Array => {
    const at = head.linearize(p, x);
    const z = at.logits;
    const u = dense(B, C);
    for (let i = 0; i < B; i++) {
      const e = Array.from(z.data.subarray(i * C, (i + 1) * C), Math.exp);
      const sum = e.reduce((a, b) => a + b);
      e.forEach((value, j) => {
        u.data[i * C + j] = (value / sum - (labels[i] === j ? 1 : 0)) / B;
      });
    }
    return at.vjp(u);
  };
  const v = randomDense(1, theta.length, 6).data;
  const h = 2 ** -17;
  const plus = gradientAt(theta.map((t, k) => t + h * v[k]!));
  const minus = gradientAt(theta.map((t, k) => t - h * v[k]!));
  const image = linearHeadHessian(head.linearize(theta, x), labels).apply(v);
  const gap = image.map((a, k) => a - (plus[k]! - minus[k]!) / (2 * h));
  // Central differences: rounding u / h and truncation h^2 |v|^3, both below 1e-9.
  expect(norm2(gap)).toBeLessThan(1e-8 * norm2(image));
});

test("the traces keep to O(B C + B^2) memory and refuse bad arguments", () => {
  expect(() => curvatureTraces(lin, labels, { probes: 0 })).toThrow("probes = 0");
  expect(() => curvatureDiagonal(lin, labels, "hessian" as never)).toThrow('kind = "hessian"');
});
