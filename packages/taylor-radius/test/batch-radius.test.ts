import { DimensionError, DomainError, dense, fromRows, SeededRandom } from "@xent/linalg";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  batchRadius,
  dominanceRadii,
  minimumRadius,
  nearestGhost,
  provenRadii,
  quantileRadius,
  radiusHistogram,
  spreadRadii,
} from "../src/index.js";

function batch(seed: number, rows: number, cols: number) {
  const random = new SeededRandom(seed);
  const logits = dense(rows, cols, random.normals(rows * cols, 3));
  const slopes = dense(rows, cols, random.normals(rows * cols));
  // Ties between samples, a sample without zeros, a masked class.
  logits.data.copyWithin(cols, 0, cols);
  slopes.data.copyWithin(cols, 0, cols);
  slopes.data.fill(1, 2 * cols, 3 * cols);
  logits.data[3 * cols] = -Infinity;
  return { logits, slopes };
}

describe("exact batch radius", () => {
  test.each([0, 0.1, 0.5, 0.93, 1])("quantile %f equals that of all samples solved", (share) => {
    for (const seed of [1, 2, 3]) {
      const { logits, slopes } = batch(seed, 40, 7);
      const all = Array.from({ length: 40 }, (_, i) =>
        nearestGhost(
          logits.data.subarray(7 * i, 7 * i + 7),
          slopes.data.subarray(7 * i, 7 * i + 7),
        ),
      );
      const order = all
        .map((_, i) => i)
        .sort((i, j) =>
          all[i]!.lower < all[j]!.lower ? -1 : all[i]!.lower > all[j]!.lower ? 1 : i - j,
        );
      const at = order[Math.floor(share * 39)]!;
      const found = batchRadius(logits, slopes, { aggregate: share });
      expect(found.sample).toBe(at);
      expect(found.radius).toBe(all[at]!.lower);
      expect(found.ghost).toEqual(all[at]);
      expect(found.upper).toBeGreaterThanOrEqual(found.radius);
    }
  });

  test("the minimum solves only samples whose proven bound does not exceed it", () => {
    const { logits, slopes } = batch(4, 400, 10);
    const found = batchRadius(logits, slopes);
    const rivals = provenRadii(logits, slopes).filter((r) => r <= found.radius).length;
    expect(found.solved).toBeLessThanOrEqual(rivals);
    expect(found.solved).toBeGreaterThan(0);
    expect(found.evaluations).toBeLessThan(400 * 10);
    expect(found.sample).not.toBe(1); // the twin of row 0 comes second
  });
});

test("modes", () => {
  const { logits, slopes } = batch(5, 30, 5);
  let last = 0;
  for (const mode of ["spread", "dominance", "proven", "exact"] as const) {
    const found = batchRadius(logits, slopes, { mode });
    expect(found.radius).toBeGreaterThanOrEqual(last);
    last = found.radius;
  }
  expect(batchRadius(logits, slopes, { mode: "spread" }).radius).toBe(
    Math.min(...spreadRadii(slopes)),
  );
  const sorted = dominanceRadii(logits, slopes).sort();
  expect(batchRadius(logits, slopes, { mode: "dominance", aggregate: 0.5 }).radius).toBe(
    sorted[14],
  );
});

test("options: exact and the minimum by default; a quantile in cheaper modes; options of the solver", () => {
  const { logits, slopes } = batch(6, 21, 5);
  expect(batchRadius(logits, slopes)).toEqual(
    batchRadius(logits, slopes, { mode: "exact", aggregate: "minimum" }),
  );
  expect(batchRadius(logits, slopes)).toEqual(batchRadius(logits, slopes, { aggregate: 0 }));
  const radii = spreadRadii(slopes);
  const order = [...radii.keys()].sort((i, j) => radii[i]! - radii[j]! || i - j);
  for (const quantile of [0, 0.26, 0.8]) {
    expect(batchRadius(logits, slopes, { mode: "spread", aggregate: quantile })).toEqual({
      radius: radii[order[Math.floor(20 * quantile)]!]!,
      upper: Infinity,
      sample: order[Math.floor(20 * quantile)]!,
      solved: 0,
      evaluations: 0,
    });
  }
  expect(batchRadius(logits, slopes, { mode: "spread" }).sample).toBe(order[0]);
  const three = [
    fromRows([
      [0, 1],
      [5, 0],
      [2, 0],
    ]),
    fromRows([
      [0, 1],
      [0, 1],
      [0, 1],
    ]),
  ] as const;
  expect([0, 0.5, 1].map((aggregate) => batchRadius(...three, { aggregate }).sample)).toEqual([
    0, 2, 1,
  ]);
  const spent = batchRadius(logits, slopes, { exact: { maxEvaluations: 1 } });
  expect(spent.ghost).toMatchObject({ certified: false, reason: "budget" });
});

test("the smallest is the first of equals", () => {
  expect(minimumRadius([3, 2, 5, 2])).toEqual({ radius: 2, sample: 1 });
  expect(minimumRadius([0, 2])).toEqual({ radius: 0, sample: 0 });
  expect(minimumRadius([1, 2])).toEqual({ radius: 1, sample: 0 });
  expect(quantileRadius([3, 2, 5, 2], 0)).toEqual({ radius: 2, sample: 1 });
  expect(quantileRadius([3, 2, 5, 2], 0.34)).toEqual({ radius: 2, sample: 3 });
  expect(quantileRadius([3, 2, 5, 2], 1)).toEqual({ radius: 5, sample: 2 });
  expect(quantileRadius([Infinity, 1, Infinity], 0.5)).toEqual({ radius: Infinity, sample: 0 });
});

test("no zero anywhere", () => {
  const found = batchRadius(fromRows([[0, 1]]), fromRows([[2, 2]]));
  expect(found).toMatchObject({ radius: Infinity, upper: Infinity, sample: 0 });
});

describe("histogram", () => {
  test("counts every sample once, between its edges", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.double({ min: 1e-300, max: 1e300, noNaN: true }),
            fc.constant(Infinity),
            fc.constantFrom(1, 2, 4),
          ),
          { maxLength: 40 },
        ),
        fc.integer({ min: 1, max: 9 }),
        (radii, bins) => {
          const { edges, counts, infinite } = radiusHistogram(radii, bins);
          expect(infinite).toBe(radii.filter((r) => r === Infinity).length);
          for (const [i, count] of counts.entries()) {
            const last = i === counts.length - 1;
            const inside = radii.filter(
              (r) => r >= edges[i]! && (r < edges[i + 1]! || (last && r === edges[i + 1])),
            ).length;
            expect(count).toBe(inside);
          }
          expect(counts.reduce((s, c) => s + c, infinite)).toBe(radii.length);
        },
      ),
    );
  });

  test("edges have equal ratios from the smallest to the largest radius; one bin where all agree", () => {
    const radii = [8, 1, 1, 2, 3.9, Infinity, 4, 8].map((r) => 3 * r);
    const { edges, counts, infinite } = radiusHistogram(radii, 3);
    expect(edges[0]).toBe(3);
    expect(edges[3]).toBe(24);
    // Two logarithms, a product and exp: a few roundings of log 8.
    for (let i = 0; i < 3; i++) expect(edges[i + 1]! / edges[i]!).toBeCloseTo(2, 13);
    // 2 and 4 may lie on either side of an edge that is rounded; those between do not.
    expect([...counts].reduce((s, n) => s + n)).toBe(7);
    expect(counts[0]).toBeGreaterThanOrEqual(2);
    expect(infinite).toBe(1);
    expect(radiusHistogram([3, Infinity, 3], 4)).toEqual({
      edges: Float64Array.of(3, 3),
      counts: Int32Array.of(2),
      infinite: 1,
    });
    const none = { edges: new Float64Array(0), counts: new Int32Array(0) };
    expect(radiusHistogram([], 4)).toEqual({ ...none, infinite: 0 });
    expect(radiusHistogram([Infinity, Infinity], 4)).toEqual({ ...none, infinite: 2 });
  });

  test("bad input", () => {
    expect(() => radiusHistogram([1, NaN], 3)).toThrow(/radii\[1\] = NaN/);
    expect(() => radiusHistogram([1], 0)).toThrow(DomainError);
  });
});

test("bad input", () => {
  expect(() => batchRadius(dense(0, 3), dense(0, 3))).toThrow(DimensionError);
  expect(() => batchRadius(dense(2, 3), dense(2, 2))).toThrow(DimensionError);
  expect(() => batchRadius(dense(1, 2), dense(1, 2), { aggregate: 2 })).toThrow(DomainError);
  expect(() => batchRadius(dense(1, 2), dense(1, 2), { mode: "best" as "exact" })).toThrow(/mode/);
});
