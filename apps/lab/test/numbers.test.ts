import { expect, test } from "vitest";
import { roundTicks } from "../src/figures/handles.js";
import { logAxis } from "../src/figures/plot-defaults.js";
import { formatNumber, powerOfTen } from "../src/parts/controls.js";

test("numbers are written as people write them", () => {
  expect(formatNumber(0)).toBe("0");
  expect(formatNumber(-1234.5678)).toBe("−1234.6");
  expect(formatNumber(3.55e-7)).toBe("3.550·10⁻⁷");
  expect(formatNumber(Infinity)).toBe("∞");
  expect(powerOfTen(300)).toBe("10³⁰⁰");
  expect(powerOfTen(-1.5)).toBe("3.16·10⁻²");
});

test("ticks are round and inside", () => {
  expect(roundTicks([-4, 4])).toEqual([-4, -2, 0, 2, 4]);
  expect(roundTicks([0, 1])).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(logAxis([0.5, 30, 0, Infinity])).toMatchObject({
    domain: [0.1, 100],
    ticks: [0.1, 1, 10, 100],
  });
  expect(logAxis([]).domain).toEqual([0.1, 10]);
  expect(logAxis([1e-40, 1]).ticks.length).toBeLessThanOrEqual(8);
});
