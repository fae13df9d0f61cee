import { DimensionError, DomainError } from "@xent/linalg";
import { crossEntropyRows, logSumExp } from "@xent/softmax-spectral";
import { loadReference } from "@xent/testkit";
import { Decimal } from "decimal.js";
import { describe, expect, test } from "vitest";
import {
  coefficientBound,
  cumulants,
  estimateRadius,
  lineLossSeries,
  logPartitionSeries,
  MAXIMUM_ORDER,
  nearestGhost,
  partialSums,
  seriesTruncationBound,
  truncationErrors,
} from "../src/index.js";
import { exactly } from "./exact-decimal.js";

interface Reference {
  name: string;
  z: number[];
  a: number[];
  rho_star: string;
  zero: [string, string] | null;
}
const references = loadReference<Reference[]>("./reference/radius.json", import.meta.url);

const D = Decimal.clone({ precision: 60, maxE: 9e15, minE: -9e15 });

/**
 * Scaled coefficients in 60 digits, with the condition of the recurrence: n c_n is to be multiplied by the
 * rounding of one step for the error of c_n.
 */
function decimalSeries(z: readonly number[], a: readonly number[], order: number, unit: number) {
  const top = exactly(Math.max(...z), D);
  const weights = z.map((x) => (x === -Infinity ? new D(0) : exactly(x, D).minus(top).exp()));
  const total = weights.reduce((s, w) => s.plus(w));
  const slopes = a.map((x) => exactly(x, D));
  const mean = weights.reduce((s, w, k) => s.plus(w.times(slopes[k]!)), new D(0)).div(total);
  const terms = weights.map((w) => w.div(total));
  const f: Decimal[] = [];
  const absolute: number[] = [];
  for (let n = 0; n <= order; n++) {
    f.push(terms.reduce((s, t) => s.plus(t), new D(0)));
    absolute.push(terms.reduce((s, t) => s + t.abs().toNumber(), 0));
    terms.forEach((t, k) => {
      terms[k] = t
        .times(slopes[k]!.minus(mean))
        .times(exactly(unit, D))
        .div(n + 1);
    });
  }
  const c = [new D(0), mean.times(exactly(unit, D))];
  const kc = [new D(0), new D(0)];
  for (let n = 2; n <= order; n++) {
    let sum = f[n]!.times(n);
    for (let k = 2; k < n; k++) sum = sum.minus(kc[k]!.times(f[n - k]!));
    kc.push(sum);
    c.push(sum.div(n));
  }
  const g = [1];
  for (let n = 1; n <= order; n++) {
    let sum = 0;
    for (let j = 1; j <= n; j++) sum -= f[j]!.toNumber() * g[n - j]!;
    g.push(sum);
  }
  const residue = [0];
  const allowed = [0];
  for (let n = 1; n <= order; n++) {
    let size = n * absolute[n]!;
    for (let j = 1; j <= n; j++) size += Math.abs(kc[j]!.toNumber()) * absolute[n - j]!;
    // n + C + 8 roundings of each moment, n of the sum.
    residue.push((2 * n + z.length + 8) * 2 ** -53 * size);
    let error = 0;
    for (let j = 1; j <= n; j++) error += Math.abs(g[n - j]!) * residue[j]!;
    allowed.push(error / n);
  }
  return { c, allowed };
}

const lines: [string, number[], number[]][] = [
  ["ties and duplicates", [0, 0, 1, 1, -3], [0, 1, 1, -2, 0.5]],
  ["a masked class", [0, -Infinity, 1], [1, 50, -1]],
  ["logits of 1e4", [1e4, 0, -1e4, 9990], [1, -1, 3, 2]],
  ["shift of 1e3", [1000, 1001, 999.5], [3, -1, 2]],
  ["tiny slopes", [0, 1, -1], [1e-12, 3e-12, -2e-12]],
  ["huge slopes", [0, 1, -1], [1e150, -3e150, 2e150]],
  ["slopes that nearly agree", [0, 0.5, 1], [1, 1 + 2 ** -40, 1 - 2 ** -41]],
];

describe("logPartitionSeries", () => {
  test.each(lines)("agrees with 60 digits within its condition: %s", (_, z, a) => {
    const { coefficients, unit } = logPartitionSeries(z, a, 80);
    const { c, allowed } = decimalSeries(z, a, 80, unit);
    expect(coefficients[0]).toBe(0);
    for (let n = 2; n <= 80; n++) {
      const error = exactly(coefficients[n]!, D).minus(c[n]!).abs().toNumber();
      expect(error, `c_${n}`).toBeLessThanOrEqual(allowed[n]!);
    }
    const size = Math.max(...a.map((x, k) => (z[k]! > -Infinity ? Math.abs(x) : 0))) * unit;
    const error = exactly(coefficients[1]!, D).minus(c[1]!).abs().toNumber();
    expect(error).toBeLessThanOrEqual((z.length + 12) * 2 ** -52 * size);
  });

  test("order 500 neither overflows nor underflows", () => {
    expect(MAXIMUM_ORDER).toBe(500);
    for (const [, z, a] of lines) {
      const { coefficients, unit } = logPartitionSeries(z, a, 500);
      const tail = coefficients.slice(470);
      const largest = tail.reduce((m, c) => Math.max(m, Math.abs(c)), 0);
      expect(largest).toBeGreaterThan(1e-60);
      expect(largest).toBeLessThan(1e60);
      expect(unit).toBeGreaterThan(0);
    }
  });

  test("equal slopes, one class, low orders", () => {
    const linear = logPartitionSeries([0, 1, -Infinity], [7, 7, 9], 6);
    expect([...linear.coefficients]).toEqual([0, 7, 0, 0, 0, 0, 0]);
    expect([...logPartitionSeries([3], [2], 2).coefficients]).toEqual([0, 2, 0]);
    expect([...logPartitionSeries([0, 0], [1, -1], 0).coefficients]).toEqual([0]);
    const { coefficients, unit } = logPartitionSeries([0, 0], [1, -1], 2);
    expect(coefficients[2]! / unit ** 2).toBeCloseTo(0.5, 15);
  });

  test("bad input", () => {
    expect(() => logPartitionSeries([], [], 2)).toThrow(DimensionError);
    expect(() => logPartitionSeries([0], [1, 2], 2)).toThrow(DimensionError);
    expect(() => logPartitionSeries([0, NaN], [1, 2], 2)).toThrow(DomainError);
    expect(() => logPartitionSeries([0, 1], [1, 2], 501)).toThrow(/order = 501/);
    expect(() => logPartitionSeries([0, 1], [1, 2], 5, { unit: 0 })).toThrow(/unit = 0/);
    expect(() => logPartitionSeries([0, 1], [1, 2], 500, { unit: 1e9 })).toThrow(/nearer/);
    expect(() => lineLossSeries([0, 1], [1, 2], 2, 5)).toThrow(/label = 2/);
    expect(() => lineLossSeries([0, -Infinity], [1, 2], 1, 5)).toThrow(/masked/);
  });
});

describe("cumulants", () => {
  test("of a fair coin: 0, 1/4, 0, -1/8, 0, 1/4, 0, -17/16", () => {
    const kappa = cumulants(logPartitionSeries([5, 5], [0, 1], 8));
    const exact = [0, 0.5, 0.25, 0, -0.125, 0, 0.25, 0, -17 / 16];
    // log cosh: the condition is of order one; n + 12 roundings, times n! / unit^n where the exact value is 0.
    exact.forEach((k, n) => {
      let grow = 1;
      for (let j = 2; j <= n; j++) grow *= j / Math.PI;
      expect(Math.abs(kappa[n]! - k)).toBeLessThanOrEqual(40 * 2 ** -53 * Math.max(1, grow));
    });
  });

  test("beyond the doubles", () => {
    const kappa = cumulants(logPartitionSeries([0, 1], [0, 1], 400));
    expect(Math.abs(kappa[100]!)).toBeLessThan(Infinity);
    expect(Math.abs(kappa[400]!)).toBe(Infinity);
    const small = cumulants(logPartitionSeries([0, 1], [0, 1e-9], 100));
    expect(small[2]).toBeGreaterThan(0);
    expect(Math.abs(small[90]!)).toBe(0);
  });
});

describe("lineLossSeries", () => {
  test("sums to the cross-entropy inside the radius and not outside", () => {
    const [z, a, y] = [[1, 0, -1, 2], [1, -2, 0.5, 0], 3];
    const { radius } = nearestGhost(z, a);
    const series = lineLossSeries(z, a, y, 200);
    const lossAt = (t: number) =>
      crossEntropyRows({ rows: 1, cols: 4, data: Float64Array.from(z, (x, k) => x + t * a[k]!) }, [
        y,
      ])[0]!;
    for (const share of [-0.8, 0.5, 0.8]) {
      const t = share * radius;
      const errors = truncationErrors(series, { re: t, im: 0 }, { re: lossAt(t), im: 0 });
      const bound = seriesTruncationBound(z, a, 200, Math.abs(t), radius * (1 - 1e-6));
      // What remains is rounding: of coefficients whose condition is below 1e2, 200 terms, and the loss.
      expect(errors[200]).toBeLessThan(bound + 200 * 1e2 * 2 ** -53);
      expect(errors[20]).toBeGreaterThan(errors[60]!);
    }
    const t = 1.2 * radius;
    const errors = truncationErrors(series, { re: t, im: 0 }, { re: lossAt(t), im: 0 });
    expect(Math.max(...errors.slice(150))).toBeGreaterThan(1e6);
  });

  test("complex points: the error counts modulo 2 pi of the argument", () => {
    const [z, a] = [
      [0, 0],
      [0, 1],
    ];
    const series = logPartitionSeries(z, a, 120);
    // log((1 + e^t) / 2) at t = 2i is log(cos 1) + i.
    const exact = { re: Math.log(Math.cos(1)), im: 1 };
    const errors = truncationErrors(series, { re: 0, im: 2 }, exact);
    const turned = truncationErrors(series, { re: 0, im: 2 }, { ...exact, im: 1 - 4 * Math.PI });
    // (2 / pi)^120 is 1e-23: rounding is left.
    expect(errors[120]).toBeLessThan(120 * 2 ** -53);
    expect(turned[120]).toBeLessThan(120 * 2 ** -53);
    expect(errors[3]).toBeGreaterThan(1e-3);
  });

  test("partial sums that overflow are Infinity, not NaN", () => {
    const sums = partialSums(logPartitionSeries([0, 1], [0, 1], 100), 1e30, 1e30);
    expect(sums.re[100]).toBe(Infinity);
    expect(sums.re.every((x) => !Number.isNaN(x))).toBe(true);
    const linear = partialSums(logPartitionSeries([0, 0], [1, 1], 3), 1e300);
    expect([...linear.re]).toEqual([0, 1e300, 1e300, 1e300]);
    expect(() => partialSums(logPartitionSeries([0], [1], 3), NaN)).toThrow(DomainError);
  });
});

describe("estimates of the radius", () => {
  const cases = references.filter((r) => r.zero !== null && Number.isFinite(Number(r.rho_star)));

  test("recurrence and ratio recover most reference radii; roots come near all", () => {
    expect(cases.length).toBeGreaterThan(40);
    let close = 0;
    let ratioClose = 0;
    for (const { z, a, rho_star: rho, name } of cases) {
      const exact = Number(rho);
      const series = logPartitionSeries(z, a, 300);
      const best = estimateRadius(series);
      if (Math.abs(best.radius / exact - 1) < 1e-9) close++;
      if (Math.abs(estimateRadius(series, { method: "ratio" }).radius / exact - 1) < 1e-6) {
        ratioClose++;
      }
      // |l_n| <= m 2 / n rho^-n with m the number of zeros at that distance: (n/2)^(1/n) at n = 250..300 is
      // below 1.02, and a zero 2 % farther still weighs e^-5.
      const root = estimateRadius(series, { method: "root" }).radius;
      expect(root / exact, name).toBeGreaterThan(0.99);
      expect(root / exact, name).toBeLessThan(1.06);
      const corrected = estimateRadius(series, { method: "corrected-root" }).radius;
      expect(corrected / exact, name).toBeLessThan(1.04);
    }
    // The others have a second pair of zeros close to the first: "a diagnostic, not the answer".
    expect(close / cases.length).toBeGreaterThan(0.7);
    expect(ratioClose / cases.length).toBeGreaterThan(0.6);
  });

  test("the recurrence also locates the zero", () => {
    const [z, a] = [
      [0.3, -0.2, 0.1],
      [1, -1, 0.3],
    ];
    const { zero } = estimateRadius(logPartitionSeries(z, a, 200));
    const ghost = nearestGhost(z, a);
    expect(Math.hypot(zero!.re - ghost.zero!.re, zero!.im - ghost.zero!.im)).toBeLessThan(1e-9);
  });

  test("no zeros, bad input", () => {
    const linear = logPartitionSeries([0, 1], [2, 2], 20);
    for (const method of ["root", "corrected-root", "ratio", "recurrence"] as const) {
      expect(estimateRadius(linear, { method })).toMatchObject({ radius: Infinity, proven: false });
    }
    expect(() => estimateRadius(logPartitionSeries([0, 1], [0, 1], 7))).toThrow(/order 7/);
    expect(() => estimateRadius(linear, { orders: 3 })).toThrow(/orders = 3/);
    expect(() => estimateRadius(linear, { method: "roots" as "root" })).toThrow(/method = "roots"/);
  });
});

describe("coefficientBound", () => {
  test("is attained up to 2/n at the fair coin, and 2 log cosh(Delta R / 2) there", () => {
    const bound = coefficientBound([0, 0], [-1, 1], Math.PI / 2);
    const exact = 2 * Math.log(Math.cosh(Math.PI / 2));
    expect(bound).toBeGreaterThanOrEqual(exact * (1 - 2 ** -52));
    expect(bound / exact - 1).toBeLessThan(1e-13);
    const { coefficients, unit } = logPartitionSeries([0, 0], [-1, 1], 2);
    expect(bound / (coefficients[2]! * (Math.PI / 2 / unit) ** 2)).toBeLessThan(1.5);
  });

  test("limits", () => {
    expect(coefficientBound([0, 1, -Infinity], [3, 3, 4], Infinity)).toBe(0);
    expect(() => coefficientBound([0, 1], [3, 4], Infinity)).toThrow(/F has zeros/);
    expect(() => coefficientBound([0, 1], [3, 4], 0)).toThrow(/radius = 0/);
    expect(seriesTruncationBound([0, 1], [3, 4], 5, 0, 2)).toBe(0);
    expect(seriesTruncationBound([0, 1], [3, 4], 5, 2, 2)).toBe(Infinity);
    expect(seriesTruncationBound([0, 1], [3, 4], 500, 1e-3, 2)).toBeGreaterThan(0);
    expect(() => seriesTruncationBound([0, 1], [3, 4], 0, 1, 2)).toThrow(/order = 0/);
  });

  test("the truncation bound holds on reference cases, against the sum in plain doubles", () => {
    for (const { z, a, rho_star: rho } of references.filter((r) => Math.max(...r.z) < 300)) {
      const radius = Number(rho) * (1 - 1e-9);
      if (!(radius < Infinity)) continue;
      const series = logPartitionSeries(z, a, 40);
      for (const share of [0.3, -0.7]) {
        const t = share * radius;
        const exact = logSumExp(z.map((x, k) => x + t * a[k]!)) - logSumExp(z);
        const error = truncationErrors(series, { re: t, im: 0 }, { re: exact, im: 0 })[40]!;
        const bound = seriesTruncationBound(z, a, 40, Math.abs(t), radius);
        const size = Math.max(...z.map(Math.abs)) + 2 * Math.max(...a.map((x) => Math.abs(x * t)));
        expect(error).toBeLessThanOrEqual(bound + (60 + z.length) * 2 ** -52 * (size + 1));
      }
    }
  });
});
