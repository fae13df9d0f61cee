import { DimensionError, DomainError } from "@xent/linalg";
import { expect, test } from "vitest";
import { bottleneckTracker } from "../src/index.js";

type Limited = Parameters<ReturnType<typeof bottleneckTracker>["record"]>[1];
const limited = (radii: number[], bottleneck: number | undefined): Limited => ({
  scale: 1,
  radius: Math.min(...radii),
  batchRadius: Math.min(...radii),
  ratio: 0,
  radii: Float64Array.from(radii),
  bottleneck,
});

test("a zero step notes nothing, whatever its samples", () => {
  const tracker = bottleneckTracker();
  tracker.record([7, 8], limited([], undefined));
  expect(tracker.of(7)).toBeUndefined();
});

test("bad arguments, and a ranking of none", () => {
  const tracker = bottleneckTracker();
  expect(() => tracker.record([7], limited([1, 2], 0))).toThrow(DimensionError);
  expect(() => tracker.record([7], limited([1, 2], 0))).toThrow("samples has length 1, expected 2");
  expect(() => tracker.ranking(-1)).toThrow(DomainError);
  expect(() => tracker.ranking(-1)).toThrow("count = -1, expected a number >= 0");
  tracker.record([7, 8], limited([1, 2], 0));
  expect(tracker.ranking(0)).toEqual([]);
  expect(tracker.ranking()).toEqual([{ sample: 7, count: 1, seen: 1, smallestRadius: 1 }]);
});
