import { type Dense, fromRows } from "@xent/linalg";
import { expect, test } from "vitest";
import { targetDeviation } from "../src/targets.js";

const logits = fromRows([
  [1, 2, 3],
  [0, -Infinity, 1],
]);
const shares = Float64Array.of(0.5, 0.25);
const labels = [1, 2];
const deviation = (options: Parameters<typeof targetDeviation>[3]) =>
  targetDeviation(logits, labels, shares, options);
/** The first row as it should be. */
const withSecond = (row: number[]): { targets: Dense } => ({
  targets: fromRows([[0, 1, 0], row]),
});

test("plain labels: nothing leaves the row space", () => {
  expect(deviation({})).toBe(undefined);
  expect(deviation({ labelSmoothing: 0 })).toBe(undefined);
});

test("w (e_y - t): smoothing spreads over the classes that are not masked", () => {
  // eps / 3 in the first row, eps / 2 in the second: exact in these numbers.
  expect([...deviation({ labelSmoothing: 0.75 })!.data]).toEqual([
    -0.125, 0.25, -0.125, -0.09375, 0, 0.09375,
  ]);
});

test("w (e_y - t): soft targets, also smoothed", () => {
  const targets = fromRows([
    [0.5, 0.25, 0.25],
    [0.25, 0, 0.75],
  ]);
  expect([...deviation({ targets })!.data]).toEqual([-0.25, 0.375, -0.125, -0.0625, 0, 0.0625]);
  // (1 - 1/2) t + 1/2 / 2 in the second row.
  const both = deviation({ targets, labelSmoothing: 0.5 })!.data.subarray(3);
  expect([...both]).toEqual([-0.09375, 0, 0.09375]);
});

test("smoothing is in [0, 1)", () => {
  for (const labelSmoothing of [-0.1, 1, NaN, Infinity]) {
    expect(() => deviation({ labelSmoothing })).toThrow(
      `labelSmoothing = ${labelSmoothing}, expected a number in [0, 1)`,
    );
  }
});

test("targets are distributions over the classes that are not masked", () => {
  expect(() => deviation({ targets: fromRows([[1, 0, 0]]) })).toThrow("targets is 1 x 3");
  for (const bad of [-1, NaN, Infinity]) {
    expect(() => deviation(withSecond([0, 0, bad]))).toThrow(
      `targets[1][2] = ${bad}, expected a finite number >= 0`,
    );
  }
  expect(() => deviation(withSecond([0.5, 0.5, 0]))).toThrow(
    "targets[1][1] = 0.5, but that class is masked",
  );
  expect(() => deviation(withSecond([0.5, 0, 0.25]))).toThrow(
    "targets[1] sums to 0.75, expected 1",
  );
  // Rounding of a float32 softmax is forgiven.
  expect(deviation(withSecond([0.5, 0, 0.5 + 2 ** -18]))).toBeDefined();
});
