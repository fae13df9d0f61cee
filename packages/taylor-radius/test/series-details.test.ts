import { describe, expect, test } from "vitest";
import {
  cumulants,
  dominanceRadius,
  lineLossSeries,
  logPartitionSeries,
  nearestGhost,
  partialSums,
  truncationErrors,
} from "../src/index.js";

describe("probabilities below the doubles keep their part", () => {
  /** c_n = sum_k p_k (d_k unit)^n / n! for classes so improbable that their squares are nothing, d relative to the top. */
  function tails(z: number[], a: number[], unit: number, n: number): number {
    const top = z.indexOf(Math.max(...z));
    let sum = 0;
    let factorial = 0;
    for (let j = 2; j <= n; j++) factorial += Math.log(j);
    z.forEach((v, k) => {
      const x = (a[k]! - a[top]!) * unit;
      if (k === top || v === -Infinity || x === 0) return;
      const sign = x < 0 && n % 2 === 1 ? -1 : 1;
      sum += sign * Math.exp(v - z[top]! + n * Math.log(Math.abs(x)) - factorial);
    });
    return sum;
  }

  test.each([
    ["one class at e^-1000", [0, -1000], [0, 1], 1000],
    ["the top last", [-1000, 0], [1, 0], 1000],
    ["the top in the middle, a mask", [-900, 5, -Infinity, -1000], [-0.5, 0.25, 1e9, 1], 1300],
    ["slopes of 1e150", [-1000, 0], [3e150, 1e150], 500e-150],
    ["slopes of 1e-150", [-1000, 0], [3e-150, 1e-150], 500e150],
    ["a shift of 1e3", [1000, -20, 100], [0, 1, -1], 1000],
  ] as const)("%s", (_, z, a, unit) => {
    const { coefficients } = logPartitionSeries(z, a, 500, { unit });
    let told = 0;
    for (let n = 2; n <= 500; n++) {
      const exact = tails([...z], [...a], unit, n);
      if (!(Math.abs(exact) > 1e-290)) continue;
      told++;
      // Exponents up to 4000 round by 2^-42 here; n roundings there; log(1 + f) is f to e^-700.
      expect(Math.abs(coefficients[n]! / exact - 1), `c_${n}`).toBeLessThan(1e-11);
    }
    expect(told).toBeGreaterThan(300);
  });

  test("further off than the exponents reach they are left out", () => {
    const { coefficients } = logPartitionSeries([0, -8e5], [0, 1], 40, { unit: 1e5 });
    expect([...coefficients]).toEqual(new Array<number>(41).fill(0));
  });
});

describe("the unit", () => {
  const z = [0, 0, 0];
  const a = [0, 1, 2];
  test("is the dominance bound to order 23, and from order 24 on the radius that the series shows", () => {
    const bound = dominanceRadius(z, a);
    const { radius } = nearestGhost(z, a);
    expect(radius / bound).toBeGreaterThan(1.3);
    expect(logPartitionSeries(z, a, 23).unit).toBe(bound);
    for (const order of [24, 64, 65, 300]) {
      expect(logPartitionSeries(z, a, order).unit / radius).toBeCloseTo(1, 2);
    }
    // Orders beyond 64 are not looked at.
    expect(logPartitionSeries(z, a, 300).unit).toBe(logPartitionSeries(z, a, 64).unit);
    expect(logPartitionSeries(z, a, 60).unit).not.toBe(logPartitionSeries(z, a, 64).unit);
    expect(logPartitionSeries(z, a, 300, { unit: 1.5 }).unit).toBe(1.5);
    expect(logPartitionSeries([1, 2], [3, 3], 30).unit).toBe(1);
  });

  test("coefficients follow the unit", () => {
    const one = logPartitionSeries(z, a, 40, { unit: 1 }).coefficients;
    const two = logPartitionSeries(z, a, 40, { unit: 2 }).coefficients;
    const scaled = one.map((c, n) => c * 2 ** n);
    for (const [n, c] of scaled.entries()) {
      expect(two[n]).toBeCloseTo(c, 6 - Math.log10(1 + Math.abs(c)));
    }
  });
});

describe("by hand", () => {
  test("mean and variance, whichever class is on top", () => {
    for (const z of [
      [0.5, -1, 2],
      [2, 0.5, -1],
      [-1, 2, 0.5],
    ]) {
      const a = [1, -2, 4];
      const w = z.map(Math.exp);
      const total = w.reduce((s, x) => s + x);
      const moment = (n: number) => w.reduce((s, x, k) => s + (x / total) * a[k]! ** n, 0);
      const { coefficients, unit } = logPartitionSeries(z, a, 2);
      expect(coefficients[0]).toBe(0);
      expect(coefficients[1]! / unit).toBeCloseTo(moment(1), 13);
      expect((2 * coefficients[2]!) / unit ** 2).toBeCloseTo(moment(2) - moment(1) ** 2, 12);
      expect(logPartitionSeries(z, a, 1).coefficients).toHaveLength(2);
      expect(logPartitionSeries(z, a, 0).coefficients).toEqual(Float64Array.of(0));
      for (const label of [0, 1, 2]) {
        const loss = lineLossSeries(z, a, label, 2);
        expect(loss.coefficients[0]).toBeCloseTo(Math.log(total) - z[label]!, 13);
        expect(loss.coefficients[1]! / unit).toBeCloseTo(moment(1) - a[label]!, 13);
        expect(loss.coefficients[2]).toBe(coefficients[2]);
        expect(lineLossSeries(z, a, label, 0).coefficients).toHaveLength(1);
        expect(
          lineLossSeries(z, a, label, 1).coefficients[1]! / lineLossSeries(z, a, label, 1).unit,
        ).toBeCloseTo(moment(1) - a[label]!, 13);
      }
    }
  });

  test("a masked label's slope and scale do not matter; slopes may be of any size, or 0", () => {
    const scaled = (s: number) => lineLossSeries([0, 1, -Infinity], [1 * s, 3 * s, 1e300], 0, 4);
    const plain = scaled(1);
    for (const s of [2 ** 900, 2 ** -900, 2 ** -1000]) {
      const other = scaled(s);
      other.coefficients.forEach((c, n) => {
        // Powers of two scale exactly; the unit, and it alone, is rounded.
        expect(c / plain.coefficients[n]!).toBeCloseTo(1, 9);
      });
    }
    expect([...lineLossSeries([0, 0], [0, 0], 0, 3).coefficients]).toEqual([Math.LN2, 0, 0, 0]);
  });

  test("confident rows keep the slope of their loss: no cancellation with the label's", () => {
    const { coefficients, unit } = lineLossSeries([50, 0], [1e8, 1e8 + 1], 0, 2);
    expect(coefficients[1]! / unit / Math.exp(-50)).toBeCloseTo(1, 12);
  });
});

describe("sums", () => {
  const series = { coefficients: Float64Array.of(1, 2, -3, 4), unit: 2 };
  test("partial sums at a complex point, one after the other", () => {
    // x = (1 + i) / 2: x^2 = i / 2, x^3 = (-1 + i) / 4.
    const sums = partialSums(series, 1, 1);
    expect([...sums.re]).toEqual([1, 2, 2, 1]);
    expect([...sums.im]).toEqual([0, 1, -0.5, 0.5]);
    expect([...partialSums(series, 2).re]).toEqual([1, 3, 0, 4]);
    expect([...partialSums(series, 2).im]).toEqual([0, 0, 0, 0]);
  });

  test("once a sum has overflown, in either part, all are Infinity, in both", () => {
    for (const [re, im] of [
      [1e200, 0],
      [0, 1e155],
      [1e154, 1e154],
    ] as const) {
      const sums = partialSums(
        { coefficients: Float64Array.of(1, 1, 1, 1, 0, 0), unit: 1 },
        re,
        im,
      );
      const first = sums.re.indexOf(Infinity);
      expect(first).toBeGreaterThan(1);
      for (let n = 0; n < 6; n++) {
        expect([sums.re[n] === Infinity, sums.im[n] === Infinity]).toEqual([
          n >= first,
          n >= first,
        ]);
      }
      const errors = truncationErrors(
        { coefficients: Float64Array.of(1, 1, 1, 1, 0, 0), unit: 1 },
        { re, im },
        { re: 0, im: 0 },
      );
      expect([...errors].map((e) => e === Infinity)).toEqual(
        [...sums.re].map((x) => x === Infinity),
      );
    }
    // The imaginary part alone overflows.
    const only = partialSums({ coefficients: Float64Array.of(0, 1e200, 0), unit: 1 }, 0, 1e200);
    expect([only.re[1], only.im[1], only.re[2]]).toEqual([Infinity, Infinity, Infinity]);
    // Powers that overflow do no harm where coefficients are 0.
    expect([
      ...partialSums({ coefficients: Float64Array.of(5, 0, 0, 0, 0), unit: 1 }, 1e100).re,
    ]).toEqual([5, 5, 5, 5, 5]);
  });

  test("cumulants are n! c_n / unit^n, of units of any size", () => {
    for (const unit of [1, 2.5, 2 ** 300, 2 ** -300]) {
      const kappa = cumulants({
        coefficients: Float64Array.of(7, 2, 0, -5, 3).map(
          (c, n) => c * (unit > 1e10 || unit < 1e-10 ? 1 : unit ** n),
        ),
        unit,
      });
      const factor = unit > 1e10 || unit < 1e-10 ? unit : 1;
      [7, 2, 0, -30, 72].forEach((k, n) => {
        const exact = k / factor ** n;
        if (exact === 0 || !Number.isFinite(exact)) expect(kappa[n]).toBe(exact);
        else expect(kappa[n]! / exact).toBeCloseTo(1, 13);
      });
    }
  });
});
