import { describe, expect, test } from "vitest";
import {
  entriesThatDiffer,
  fc,
  WorstMeasurement,
  worstQuotient,
  worstQuotientOf,
} from "../src/index.js";

const entry = fc.record({
  error: fc.oneof(fc.constantFrom(0, Number.NaN, Infinity), fc.double({ min: 0, noNaN: true })),
  tolerance: fc.oneof(fc.constantFrom(0, Number.NaN, -1), fc.double({ min: 0, noNaN: true })),
});
const holds = ({ error, tolerance }: { error: number; tolerance: number }) => error <= tolerance;

describe("the worst of many measurements", () => {
  test("holds exactly when every one of them holds, in any order", () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), (entries) => {
        // A quotient may round to 1 where the comparison does not: keep away from the edge.
        fc.pre(entries.every(({ error, tolerance }) => error === 0 || error / tolerance !== 1));
        const each = entries.every((m) => (m.error === 0 && m.tolerance >= 0) || holds(m));
        fc.pre(entries.every((m) => m.error !== 0 || m.tolerance >= 0));
        expect(holds(WorstMeasurement.of(entries))).toBe(each);
        expect(holds(WorstMeasurement.of(entries.toReversed()))).toBe(each);
      }),
    );
  });

  test("is one of them, and none of nothing", () => {
    const two = { error: 2, tolerance: 4 };
    expect(WorstMeasurement.of([{ error: 1, tolerance: 4 }, two])).toEqual(two);
    expect(WorstMeasurement.of([])).toEqual({ error: 0, tolerance: 0 });
    expect(WorstMeasurement.of([{ error: 0, tolerance: 0 }, two])).toEqual(two);
  });
});

describe("the worst quotient", () => {
  test("is the largest |difference| / bound", () => {
    expect(worstQuotient([1, -6, 0], [4, 3, 0])).toBe(2);
    expect(worstQuotientOf([])).toBe(0);
    expect(worstQuotient([1], [0])).toBe(Infinity);
  });

  test.each([
    [
      [Number.NaN, 1],
      [1, 1],
    ],
    [
      [1, 1, 1],
      [Number.NaN, 1, 1],
    ],
    [
      [1, Number.NaN],
      [1, 1],
    ],
    [[1, 1], [1]],
  ])("%j over %j: NaN, or a bound that is missing, is not hidden by what follows", (d, b) => {
    expect(worstQuotient(d, b)).toBe(Infinity);
  });
});

test("entries that differ are counted to the bit, NaN always", () => {
  expect(entriesThatDiffer([1, 0, 2], [1, -0, 2])).toBe(1);
  expect(entriesThatDiffer([Number.NaN], [Number.NaN])).toBe(1);
  expect(entriesThatDiffer([1, 2], Float64Array.of(1, 2))).toBe(0);
  expect(entriesThatDiffer([], [1, 2])).toBe(2);
});
