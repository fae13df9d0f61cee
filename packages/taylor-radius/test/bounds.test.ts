import { DimensionError, DomainError, fromRows, SeededRandom } from "@xent/linalg";
import { loadReference } from "@xent/testkit";
import { describe, expect, test } from "vitest";
import {
  binaryRadius,
  dominanceRadii,
  dominanceRadius,
  nearestGhost,
  provenRadii,
  provenRadius,
  spreadRadius,
  topTwoRadius,
  varianceRadius,
  varianceRadiusClosedForm,
} from "../src/index.js";
import { exactly } from "./exact-decimal.js";
import { D } from "./polynomial-oracle.js";

const bounds = { dominanceRadius, varianceRadius, varianceRadiusClosedForm, provenRadius };

/** z with the given largest probability, a, both otherwise normal. */
function drawn(random: SeededRandom, classes: number, most: number): [Float64Array, Float64Array] {
  const z = random.normals(classes);
  let rest = 0;
  for (let k = 1; k < classes; k++) rest += Math.exp(z[k]!);
  z[0] = Math.log((most / (1 - most)) * rest);
  return [z, random.normals(classes)];
}

describe("reference file", () => {
  const cases = loadReference<
    { name: string; z: number[]; a: number[]; rho_star: string; rho_dominance: string }[]
  >("./reference/radius.json", import.meta.url);
  test("dominance agrees with the file, from below", () => {
    for (const c of cases) {
      const bound = dominanceRadius(c.z, c.a);
      if (c.rho_dominance === "Infinity") {
        expect(bound).toBe(Infinity);
        continue;
      }
      const exact = new D(c.rho_dominance);
      expect(exact.gte(exactly(bound)), c.name).toBe(true);
      // The proof costs a few times the error of log S: (|z| + |a u| + 10) u for each class, over its slope.
      const size = Math.max(...c.z.map(Math.abs)) + 30;
      expect(exact.minus(exactly(bound)).div(exact).toNumber(), c.name).toBeLessThan(
        40 * c.z.length * size * 2 ** -53,
      );
    }
  });

  test.each(Object.entries(bounds))("%s is never above the exact radius", (_name, bound) => {
    for (const c of cases) {
      const value = bound(c.z, c.a);
      if (c.rho_star !== "Infinity")
        expect(new D(c.rho_star).gte(exactly(value)), c.name).toBe(true);
      else expect(value).toBe(Infinity);
    }
  });
});

test("varianceRadius is within its tolerance of the minimum on a fine grid", () => {
  const random = new SeededRandom(11);
  for (const [classes, most] of [
    [3, 0.5],
    [3, 0.95],
    [10, 0.3],
    [10, 0.9],
    [40, 0.1],
  ] as const) {
    for (let run = 0; run < 6; run++) {
      const [z, a] = drawn(random, classes, most);
      const bound = varianceRadius(z, a, { tolerance: 1e-4 });
      const reach = 1.01 * nearestGhost(z, a).upper;
      let least = Infinity;
      const steps = 4000;
      for (let i = -steps; i <= steps; i++) {
        const x = (i / steps) * reach;
        const top = z.reduce((m, v, k) => Math.max(m, v + a[k]! * x), -Infinity);
        const w = Array.from(z, (v, k) => Math.exp(v + a[k]! * x - top));
        const total = w.reduce((s, v) => s + v, 0);
        // Where class 0 leads at 0, and still outweighs all others here, x cannot be that of a zero.
        if (most > 0.5 && w[0]! > total / 2) continue;
        const mean = w.reduce((s, v, k) => s + (v / total) * a[k]!, 0);
        const variance = w.reduce((s, v, k) => s + (v / total) * (a[k]! - mean) ** 2, 0);
        least = Math.min(least, Math.hypot(x, Math.PI / 2 / Math.sqrt(variance)));
      }
      expect(bound).toBeLessThanOrEqual(least);
      // The profile moves over a grid cell by at most the cell times the spread times the height.
      const spread = Math.max(...a) - Math.min(...a);
      const cell = reach / steps;
      expect(bound).toBeGreaterThanOrEqual(least * (1 - 1e-4 - cell * (1 / least + spread / 2)));
    }
  }
});

describe("tightness (theory 3.2b): medians of exact / bound lie between the tenth and ninetieth percentiles of the prototype", () => {
  // classes, largest probability, runs, [p10, p90] for spread, dominance, variance
  test.each([
    // Two classes in closed form: the table's third digits, and one spacing or so between radius and bound.
    [2, 0.55, 20, [1.0015, 1.0025], [1, 1], [1, 1]],
    [2, 0.9, 20, [1.2195, 1.2205], [1, 1], [1, 1]],
    [2, 0.999, 20, [2.4145, 2.4155], [1, 1], [1, 1]],
    [3, 0.4, 80, [1.042, 1.459], [1.042, 1.452], [1.004, 1.1]],
    [3, 0.9, 80, [1.27, 2.058], [1.018, 1.197], [1.003, 1.054]],
    [3, 0.999, 80, [2.492, 4.063], [1, 1.046], [1, 1.006]],
    [10, 0.3, 80, [1.435, 2.579], [1.435, 2.579], [1.05, 1.266]],
    [10, 0.9, 80, [1.699, 3.254], [1.133, 1.361], [1.025, 1.094]],
    [10, 0.999, 80, [2.956, 5.684], [1.012, 1.051], [1.001, 1.012]],
    [100, 0.3, 30, [2.562, 3.906], [2.562, 3.906], [1.153, 1.307]],
    [100, 0.9, 30, [2.668, 4.394], [1.259, 1.399], [1.068, 1.138]],
    [100, 0.999, 30, [4.727, 7.237], [1.031, 1.053], [1.003, 1.018]],
    [1000, 0.3, 24, [4.018, 4.891], [4.018, 4.891], [1.23, 1.313]],
    [1000, 0.9, 24, [3.902, 5.797], [1.256, 1.456], [1.095, 1.14]],
    [1000, 0.999, 24, [5.856, 8.303], [1.034, 1.05], [1.008, 1.019]],
  ] as const)("C = %i, p = %f", (classes, most, runs, spread, dominance, variance) => {
    const random = new SeededRandom(classes + Math.round(1e6 * most));
    const ratios: [number, number, number][] = [];
    for (let run = 0; run < runs; run++) {
      const [z, a] = drawn(random, classes, most);
      const { radius } = nearestGhost(z, a);
      ratios.push([
        radius / spreadRadius(a),
        radius / dominanceRadius(z, a),
        radius / varianceRadius(z, a),
      ]);
    }
    for (const [j, [low, high]] of [spread, dominance, variance].entries()) {
      const median = ratios.map((r) => r[j]!).sort((p, q) => p - q)[runs >> 1]!;
      expect(median).toBeGreaterThanOrEqual(low);
      // The bound stops within a relative 1e-3 of the minimum that the table has.
      expect(median).toBeLessThanOrEqual(high * 1.001);
    }
  });
});

describe("edges", () => {
  test("one class, equal slopes, masks: no zero", () => {
    for (const bound of Object.values(bounds)) {
      expect(bound([3], [1])).toBe(Infinity);
      expect(bound([1, 2, 3], [4, 4, 4])).toBe(Infinity);
      expect(bound([1, -Infinity, 3], [4, 9, 4])).toBe(Infinity);
    }
  });

  test("two classes are exact, and a masked third changes nothing", () => {
    for (const bound of Object.values(bounds)) {
      const exact = binaryRadius([5, 1], [0, 3]);
      // binaryBracket steps 12 spacings down, and is wrong itself by 8 roundings.
      expect(Math.abs(bound([5, 1], [0, 3]) / exact - 1)).toBeLessThan(40 * 2 ** -53);
      expect(bound([5, 1, -Infinity], [0, 3, 100])).toBe(bound([5, 1], [0, 3]));
    }
  });

  test("scales beyond the exponent range", () => {
    for (const bound of Object.values(bounds)) {
      expect(bound([0, 1, 2], [0, 5e-324, 1e-323])).toBe(Number.MAX_VALUE);
      expect(bound([0, 1, 2], [-1e308, 0, 1e308])).toBeGreaterThan(1e-308);
      expect(bound([1e300, 0, -1e300], [0, 1, 2])).toBeGreaterThan(1e299);
    }
  });

  test("rows", () => {
    const random = new SeededRandom(2);
    const z = fromRows([random.normals(6), random.normals(6, 5), new Float64Array(6)]);
    const a = fromRows([random.normals(6), random.normals(6), new Float64Array(6).fill(2)]);
    for (const [rows, one] of [
      [dominanceRadii, dominanceRadius],
      [provenRadii, provenRadius],
    ] as const) {
      const out = new Float64Array(3);
      expect(rows(z, a, out)).toBe(out);
      for (let i = 0; i < 3; i++) {
        expect(out[i]).toBe(one(z.data.slice(6 * i, 6 * i + 6), a.data.slice(6 * i, 6 * i + 6)));
      }
      expect(() => rows(z, fromRows([[1]]))).toThrow(DimensionError);
      expect(() => rows(z, a, new Float64Array(2))).toThrow(DimensionError);
    }
  });

  test("bad input", () => {
    for (const bound of [...Object.values(bounds), topTwoRadius]) {
      expect(() => bound([], [])).toThrow(DimensionError);
      expect(() => bound([1, 2], [1])).toThrow(DimensionError);
      expect(() => bound([1, NaN], [1, 2])).toThrow(DomainError);
      expect(() => bound([1, 2], [1, Infinity])).toThrow(DomainError);
      expect(() => bound([-Infinity], [1])).toThrow(DomainError);
    }
    expect(() => varianceRadius([1, 2], [1, 2], { tolerance: -1 })).toThrow(/tolerance = -1/);
  });
});

test("topTwoRadius is the binary radius of the two largest logits, and no bound", () => {
  expect(topTwoRadius([1, 5, 3], [9, 0, 2])).toBe(binaryRadius([5, 3], [0, 2]));
  expect(topTwoRadius([1, 1, -Infinity], [0, 1, 5])).toBe(Math.PI);
  expect(topTwoRadius([1], [0])).toBe(Infinity);
  // Three equal classes: 2 pi / 3 is exact, and the first two alone promise pi.
  expect(topTwoRadius([0, 0, 0], [0, 1, 2])).toBeGreaterThan(
    nearestGhost([0, 0, 0], [0, 1, 2]).upper,
  );
});
