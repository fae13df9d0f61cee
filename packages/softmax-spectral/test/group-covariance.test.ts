import { type Dense, multiplyTransposeB, operatorToDense, SeededRandom } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import {
  evenEigenvalues,
  groupMatrix,
  groupMatrixToDense,
  groupSoftmax,
  groupSoftmaxCovariance,
  groupSoftmaxDerivative,
  groupSoftmaxMeanCovariance,
  isGroupStructured,
  softmaxCovariance,
} from "../src/index.js";

const u = 2 ** -53;

function column(m: Dense, j: number): Float64Array {
  return Float64Array.from({ length: m.rows }, (_, i) => m.data[i * m.cols + j]!);
}

describe.each([[[]], [[2]], [[2, 2, 2]], [[7]], [[2, 5]], [[4, 3]]])("group %j", (orders) => {
  const random = new SeededRandom(4);
  const k = orders.reduce((a, b) => a * b, 1);
  // Not even: nothing below needs it.
  const z = groupMatrix(orders, random.normals(k, 2));
  const v = groupMatrix(z.group, random.normals(k));
  const p = groupMatrixToDense(groupSoftmax(z));

  test("the covariance of each column", () => {
    for (let j = 0; j < k; j++) {
      expect(operatorToDense(groupSoftmaxCovariance(z, j))).toEqual(
        operatorToDense(softmaxCovariance(column(p, j))),
      );
    }
  });

  test("the derivative, column by column and against central differences", () => {
    const found = groupMatrixToDense(groupSoftmaxDerivative(z, v));
    const direction = groupMatrixToDense(v);
    const scale = Math.max(...v.symbol.map(Math.abs));
    for (let j = 0; j < k; j++) {
      const want = softmaxCovariance(column(p, j)).apply(column(direction, j));
      for (let i = 0; i < k; i++) {
        // Sums of k terms in another order, and in another order of subtraction.
        expect(Math.abs(found.data[i * k + j]! - want[i]!)).toBeLessThanOrEqual(8 * k * u * scale);
      }
    }
    // Step h: truncation h^2 |third derivative| / 6 with |.| <= (2 scale)^3, rounding u / h per entry.
    const h = 2 ** -17;
    const moved = (s: number): Float64Array =>
      groupSoftmax(
        groupMatrix(
          z.group,
          z.symbol.map((x, g) => x + s * h * v.symbol[g]!),
        ),
      ).symbol;
    const [plus, minus] = [moved(1), moved(-1)];
    const truncation = (h * h * (2 * scale) ** 3) / 6;
    const derivative = groupSoftmaxDerivative(z, v).symbol;
    for (let g = 0; g < k; g++) {
      const difference = (plus[g]! - minus[g]!) / (2 * h);
      expect(Math.abs(difference - derivative[g]!)).toBeLessThanOrEqual(
        truncation + ((k + 20) * u) / h,
      );
    }
  });

  test("the mean covariance is (I - P P^T) / k", () => {
    const mean = groupSoftmaxMeanCovariance(z);
    const found = groupMatrixToDense(mean);
    const product = multiplyTransposeB(p, p);
    for (let i = 0; i < k; i++) {
      for (let j = 0; j < k; j++) {
        const want = ((i === j ? 1 : 0) - product.data[i * k + j]!) / k;
        expect(Math.abs(found.data[i * k + j]! - want)).toBeLessThanOrEqual(8 * u);
      }
    }
    // The sum of the dense covariances, an independent route.
    const sum = new Float64Array(k * k);
    for (let j = 0; j < k; j++) {
      const one = operatorToDense(groupSoftmaxCovariance(z, j)).data;
      for (let i = 0; i < k * k; i++) sum[i]! += one[i]! / k;
    }
    for (let i = 0; i < k * k; i++) {
      expect(Math.abs(found.data[i]! - sum[i]!)).toBeLessThanOrEqual(16 * u);
    }
    expect(isGroupStructured(found, z.group).structured).toBe(true);
  });
});

test("the mean covariance keeps its size when pi_0 rounds to 1", () => {
  // Symmetric start at margin s: pi_m = e^-s / (1 + (k - 1) e^-s), 1 - phat = k pi_m for every c != 0.
  const k = 10;
  const s = 60;
  const symbol = new Float64Array(k);
  symbol[0] = s;
  const values = evenEigenvalues(groupSoftmaxMeanCovariance(groupMatrix([k], symbol)));
  const gap = (k * Math.exp(-s)) / (1 + (k - 1) * Math.exp(-s));
  expect(Math.abs(values[0]!)).toBeLessThanOrEqual(16 * u * gap);
  for (let c = 1; c < k; c++) {
    // exp(-60) carries 60 u; three transforms of length 10.
    const want = (gap * (2 - gap)) / k;
    expect(Math.abs(values[c]! - want)).toBeLessThanOrEqual((60 + 40) * u * want);
  }
});

test("bad arguments", () => {
  const z = groupMatrix([3], Float64Array.of(0, 1, 2));
  expect(() => groupSoftmaxCovariance(z, 3)).toThrow("column = 3, expected an integer in 0..2");
  expect(() => groupSoftmaxDerivative(z, groupMatrix([2], new Float64Array(2)))).toThrow(
    "groups differ: [3] and [2]",
  );
  const bad = { group: z.group, symbol: Float64Array.of(0, NaN, 0) };
  expect(() => groupSoftmaxDerivative(z, bad)).toThrow("direction.symbol[1] = NaN");
  expect(() => groupSoftmaxMeanCovariance({ group: z.group, symbol: new Float64Array(2) })).toThrow(
    "symbol has length 2",
  );
});
