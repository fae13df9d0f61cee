import { describe, expect, test } from "vitest";
import { estimateRadius, type LineSeries } from "../src/index.js";
import { estimateByRecurrence } from "../src/radius-estimates.js";

/** n c_n = -2 Re (unit / t0)^n, t0 = rho e^(i angle): the series of a function with one pair of zeros; c_n as `spoil` has it. */
function ofPair(
  rho: number,
  angle: number,
  order: number,
  unit = rho,
  spoil: (n: number, c: number) => number = (_, c) => c,
): LineSeries {
  const coefficients = Float64Array.from({ length: order + 1 }, (_, n) =>
    spoil(n, n === 0 ? 0 : (-2 * Math.cos(n * angle) * (unit / rho) ** n) / n),
  );
  return { coefficients, unit };
}

describe("a single pair of zeros", () => {
  test.each([
    [2, 1, 60, 2],
    [2, 1, 60, 3],
    [5e-3, 2.5, 100, 4e-3],
    [1e100, 0.3, 40, 1.1e100],
    [3, 1.2, 8, 3],
  ])("rho = %f, angle %f, order %i, unit %f", (rho, angle, order, unit) => {
    const series = ofPair(rho, angle, order, unit);
    const best = estimateRadius(series);
    // The recurrence holds exactly; the QR and cosines round, with condition 1 / sin^2.
    expect(best).toMatchObject({ method: "recurrence", proven: false });
    expect(best.radius / rho).toBeCloseTo(1, 11);
    expect(best.zero!.re / rho).toBeCloseTo(Math.cos(angle), 11);
    expect(best.zero!.im / rho).toBeCloseTo(Math.sin(angle), 11);
    expect(estimateRadius(series, { method: "recurrence" })).toEqual(best);
    const ratio = estimateRadius(series, { method: "ratio" });
    expect(ratio).toEqual({
      radius: ratio.radius,
      method: "ratio",
      proven: false,
      zero: undefined,
    });
    expect(ratio.radius / rho).toBeCloseTo(1, 9);
    // By definition.
    for (const [method, correct] of [
      ["root", false],
      ["corrected-root", true],
    ] as const) {
      const sizes = Array.from(series.coefficients, (c, n) =>
        n < Math.max(2, order - 49) ? 0 : (Math.abs(c) * (correct ? n / 2 : 1)) ** (1 / n),
      );
      const found = estimateRadius(series, { method });
      expect(found).toMatchObject({ method, proven: false });
      expect(found.radius).toBeCloseTo(unit / Math.max(...sizes), 12 - Math.log10(rho));
    }
  });

  test("only the last orders count: 20, for roots 50, or as many as asked for, none below 2", () => {
    const order = 100;
    for (const [method, count] of [
      ["recurrence", 20],
      ["ratio", 20],
      ["root", 50],
      ["corrected-root", 50],
    ] as const) {
      const plain = estimateRadius(ofPair(2, 1, order), { method });
      const by = (c: number): number => (method === "recurrence" ? 1.5 * c : 1e30);
      const spoilt = (from: number, options = {}) =>
        estimateRadius(
          ofPair(2, 1, order, 2, (n, c) => (n === from ? by(c) : c)),
          { method, ...options },
        );
      expect(spoilt(order - count)).toEqual(plain);
      // A single ratio does not move the median.
      if (method !== "ratio") {
        expect(spoilt(order - count + 1).radius).not.toBe(plain.radius);
      }
      expect(spoilt(order - 6, { orders: 6 }).radius).toBe(
        estimateRadius(ofPair(2, 1, order), { method, orders: 6 }).radius,
      );
      const short = estimateRadius(ofPair(2, 1, 8), { method });
      expect(
        estimateRadius(
          ofPair(2, 1, 8, 2, (n, c) => (n < 2 ? 1e30 : c)),
          { method },
        ),
      ).toEqual(short);
    }
    const late = ofPair(2, 1, order, 2, (n, c) => (n <= order - 20 ? 1e30 : c));
    expect(estimateByRecurrence(late)).toEqual(estimateRadius(ofPair(2, 1, order)));
    const few = ofPair(2, 1, 10, 2, (n, c) => (n < 2 ? 1e30 : c));
    expect(estimateByRecurrence(few).radius).toBeCloseTo(2, 11);
  });

  test("units a thousand times too large or small: squares of coefficients leave the doubles, their quotients do not", () => {
    for (const unit of [2e3, 2e-3]) {
      const series = ofPair(2, 1, 80, unit);
      expect(estimateRadius(series).radius).toBeCloseTo(2, 9);
      expect(estimateRadius(series, { method: "ratio" }).radius).toBeCloseTo(2, 9);
    }
  });

  test("a near-cancellation does not spoil the median of ratios", () => {
    const series = ofPair(2, 1, 60, 2, (n, c) => (n === 50 ? 1.5 * c : c));
    expect(estimateRadius(series, { method: "ratio" }).radius).toBeCloseTo(2, 9);
  });
});

test("real roots of the recurrence give a radius without a zero; none gives Infinity", () => {
  // n c_n = 2^-n + 3^-n: q^2 - 5/6 q + 1/6, whose product of roots is 1/6.
  const real: LineSeries = {
    coefficients: Float64Array.from({ length: 30 }, (_, n) =>
      n === 0 ? 0 : (2 ** -n + 3 ** -n) / n,
    ),
    unit: 1,
  };
  const found = estimateRadius(real);
  expect(found.radius).toBeCloseTo(Math.sqrt(6), 6);
  expect(found).toMatchObject({ method: "recurrence", zero: undefined });
  // n c_n = 2^-n + (-3)^-n: the product of roots is negative.
  const mixed: LineSeries = {
    coefficients: Float64Array.from({ length: 30 }, (_, n) =>
      n === 0 ? 0 : (2 ** -n + (-3) ** -n) / n,
    ),
    unit: 1,
  };
  expect(estimateRadius(mixed)).toEqual({
    radius: Infinity,
    method: "recurrence",
    proven: false,
    zero: undefined,
  });
  expect(estimateRadius(mixed, { method: "ratio" }).radius).toBe(Infinity);
  const none = { coefficients: new Float64Array(30), unit: 2 };
  for (const method of ["root", "corrected-root", "ratio", "recurrence"] as const) {
    expect(estimateRadius(none, { method })).toEqual({
      radius: Infinity,
      method,
      proven: false,
      zero: undefined,
    });
  }
  // Coefficients that end: every other one is 0.
  const even = ofPair(2, Math.PI / 2, 60, 2, (n, c) => (n % 2 === 0 ? c : 0));
  expect(estimateRadius(even).radius).toBeCloseTo(2, 11);
  expect(estimateRadius(even).zero!.re).toBeCloseTo(0, 11);
  expect(estimateRadius(even, { method: "corrected-root" }).radius).toBeCloseTo(2, 11);
});

test("order 8 is the least", () => {
  expect(estimateRadius(ofPair(2, 1, 8)).radius).toBeCloseTo(2, 11);
  expect(() => estimateRadius(ofPair(2, 1, 7))).toThrow("order 7");
});
