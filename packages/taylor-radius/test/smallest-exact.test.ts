import { type Dense, dense, fromRows, SeededRandom } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import { dominanceRadius, nearestGhost, provenRadius, spreadRadius } from "../src/index.js";
import { smallestExact } from "../src/smallest-exact.js";

/** Nine rows of three classes: two alike, one without zeros, one masked, one far off. */
function rows(seed: number): { logits: Dense; slopes: Dense } {
  const random = new SeededRandom(seed);
  const logits = dense(9, 3, random.normals(27, 3));
  const slopes = dense(9, 3, random.normals(27));
  logits.data.copyWithin(3 * 4, 3, 6);
  slopes.data.copyWithin(3 * 4, 3, 6);
  slopes.data.fill(2, 6, 9);
  logits.data[9] = -Infinity;
  for (let k = 15; k < 18; k++) slopes.data[k]! *= 1e-3;
  return { logits, slopes };
}

const rowOf = (m: Dense, i: number): Float64Array => m.data.subarray(i * m.cols, (i + 1) * m.cols);

describe("the sample at each place, of all orders of rows", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])("seed %i", (seed) => {
    const { logits, slopes } = rows(seed);
    const solved = Array.from({ length: 9 }, (_, i) =>
      nearestGhost(rowOf(logits, i), rowOf(slopes, i)),
    );
    const lowers = solved.map((g, i) =>
      Math.max(g.lower, provenRadius(rowOf(logits, i), rowOf(slopes, i))),
    );
    const order = [...lowers.keys()].sort((i, j) =>
      lowers[i] === lowers[j] ? i - j : lowers[i]! - lowers[j]!,
    );
    for (let rank = 0; rank < 9; rank++) {
      const found = smallestExact(
        logits,
        slopes,
        (rank + 0.01) / 8 > 1 ? 1 : (rank + 0.01) / 8,
        {},
      );
      const sample = order[rank]!;
      expect(found.sample).toBe(sample);
      expect(found.radius).toBe(lowers[sample]);
      expect(found.ghost).toEqual(solved[sample]);
      // The samples solved are those whose cheaper bounds come before the answer; at least those up to it.
      expect(found.solved).toBeGreaterThan(rank);
      const rivals = [...lowers.keys()].filter(
        (i) => provenRadius(rowOf(logits, i), rowOf(slopes, i)) <= found.radius,
      );
      expect(found.solved).toBeLessThanOrEqual(rivals.length);
      // No less than the evaluations of those up to it, no more than of all.
      const spent = (list: number[]): number =>
        list.reduce((s, i) => s + solved[i]!.evaluations, 0);
      expect(found.evaluations).toBeGreaterThanOrEqual(spent(order.slice(0, rank + 1)));
      expect(found.evaluations).toBeLessThanOrEqual(spent(rivals));
      // The rank-th of all upper ends is no smaller than the rank-th of the true radii.
      const uppers = solved.map((g) => g.upper).sort((p, q) => (p < q ? -1 : p > q ? 1 : 0));
      expect(found.upper).toBeGreaterThanOrEqual(uppers[rank]!);
      if (found.radius < Infinity) {
        expect(found.upper / found.radius - 1).toBeLessThan(1e-6);
        expect(found.upper).toBeGreaterThanOrEqual(found.radius);
      } else expect(found.upper).toBe(Infinity);
      found.bounds.forEach((bound, i) => {
        expect(bound).toBeLessThanOrEqual(solved[i]!.upper);
        expect(bound).toBeGreaterThanOrEqual(spreadRadius(rowOf(slopes, i)));
      });
      for (const i of order.slice(0, rank + 1)) expect(found.bounds[i]).toBe(lowers[i]);
    }
  });
});

test("bounds are refined one step at a time, and only while they may matter", () => {
  // Row 1 is far behind the exact radius of row 0 by its spread alone; row 2 by its dominance bound.
  const logits = fromRows([
    [0, 0.1, 0.2],
    [0, 0.1, 0.2],
    [30, 0, 0],
  ]);
  const slopes = fromRows([
    [0, 1, 2],
    [0, 1e-3, 2e-3],
    [0, 1, 2],
  ]);
  const { bounds, solved, sample, upper, ghost } = smallestExact(logits, slopes, 0, {});
  expect([solved, sample]).toEqual([1, 0]);
  expect(upper).toBe(ghost.upper);
  expect(bounds[1]).toBe(spreadRadius(rowOf(slopes, 1)));
  expect(bounds[2]).toBe(dominanceRadius(rowOf(logits, 2), rowOf(slopes, 2)));
  expect(bounds[0]).toBe(ghost.lower);
  // Options reach the solver, and its failures the caller.
  expect(smallestExact(logits, slopes, 0, { maxEvaluations: 2 }).ghost.certified).toBe(false);
  expect(smallestExact(logits, slopes, 0, { maxEvaluations: 2 }).upper).toBe(Infinity);
});

test("one row, and rows that are all alike", () => {
  const { logits, slopes } = rows(9);
  const one = { rows: 1, cols: 3, data: logits.data.slice(0, 3) };
  const two = { rows: 1, cols: 3, data: slopes.data.slice(0, 3) };
  for (const share of [0, 0.5, 1]) {
    expect(smallestExact(one, two, share, {})).toMatchObject({ sample: 0, solved: 1 });
  }
  const same = (m: Dense): Dense =>
    fromRows(Array.from({ length: 7 }, () => [...m.data.subarray(0, 3)]));
  for (let rank = 0; rank < 7; rank++) {
    expect(smallestExact(same(logits), same(slopes), rank / 6, {}).sample).toBe(rank);
  }
});

test("what is refused", () => {
  const one = fromRows([[0, 1]]);
  expect(() => smallestExact({ ...one, rows: 2 }, one, 0, {})).toThrow("logits is 2 x 2");
  expect(() => smallestExact(one, fromRows([[0]]), 0, {})).toThrow("slopes is 1 x 1");
  expect(() => smallestExact(fromRows([[0, NaN]]), one, 0, {})).toThrow("logits.data[1] = NaN");
  expect(() => smallestExact(one, fromRows([[0, NaN]]), 0, {})).toThrow("slopes.data[1] = NaN");
});
