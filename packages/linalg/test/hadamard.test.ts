import { describe, expect, test } from "vitest";
import {
  type Dense,
  fromRows,
  hadamardMatrix,
  identity,
  kronecker,
  multiplyTransposeB,
  paleyHadamard,
  rowOf,
  sylvesterHadamard,
  transpose,
  walshHadamard,
} from "../src/index.js";

/** Integers, so the comparison is exact. */
function expectHadamard(h: Dense, order: number): void {
  expect([h.rows, h.cols]).toEqual([order, order]);
  expect(h.data.every((v) => v === 1 || v === -1)).toBe(true);
  expect(multiplyTransposeB(h, h).data).toEqual(identity(order).data.map((v) => v * order));
}

describe("sylvesterHadamard", () => {
  test.each([1, 2, 4, 8, 64])(
    "order %i: H H^T = n I, symmetric, rows are Walsh transforms",
    (n) => {
      const h = sylvesterHadamard(n);
      expectHadamard(h, n);
      expect(transpose(h).data).toEqual(h.data);
      for (let i = 0; i < n; i++) {
        const unit = new Float64Array(n);
        unit[i] = 1;
        expect(walshHadamard(unit)).toEqual(rowOf(h, i).slice());
      }
    },
  );

  test("order 4 as printed in every textbook", () => {
    expect(sylvesterHadamard(4)).toEqual(
      fromRows([
        [1, 1, 1, 1],
        [1, -1, 1, -1],
        [1, 1, -1, -1],
        [1, -1, -1, 1],
      ]),
    );
    expect(() => sylvesterHadamard(12)).toThrow("order = 12, expected a power of two");
  });
});

describe("paleyHadamard", () => {
  test.each([4, 8, 12, 20, 24, 32, 44, 48, 60])("type I, order %i: H - I is skew", (n) => {
    const h = paleyHadamard(n, "I");
    expectHadamard(h, n);
    const t = transpose(h);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        expect(h.data[i * n + j]! + t.data[i * n + j]!).toBe(i === j ? 2 : 0);
      }
    }
  });

  test.each([12, 28, 36, 60, 76, 84])("type II, order %i: symmetric", (n) => {
    const h = paleyHadamard(n, "II");
    expectHadamard(h, n);
    expect(transpose(h).data).toEqual(h.data);
  });

  test.each([0, 1, 2, 3, 10, 16, 52])("order %i is out of reach", (n) => {
    expect(() => paleyHadamard(n)).toThrow(`order = ${n}`);
  });
});

describe("hadamardMatrix", () => {
  test("reaches every order 4 m up to 100 but 52, 92 and 100", () => {
    const missing: number[] = [];
    for (const n of [1, 2, ...Array.from({ length: 25 }, (_, i) => 4 * (i + 1))]) {
      try {
        expectHadamard(hadamardMatrix(n), n);
      } catch (error) {
        expect(String(error)).toContain("not a power of two");
        missing.push(n);
      }
    }
    expect(missing).toEqual([52, 92, 100]);
    expect(() => hadamardMatrix(6)).toThrow("order = 6");
  });

  test("kronecker by hand", () => {
    const a = fromRows([[1, 2]]);
    const b = fromRows([[3], [4]]);
    expect(kronecker(a, b)).toEqual(
      fromRows([
        [3, 6],
        [4, 8],
      ]),
    );
  });
});
