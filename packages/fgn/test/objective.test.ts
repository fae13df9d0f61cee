import { fromRows } from "@xent/linalg";
import { crossEntropy } from "@xent/softmax-spectral";
import { describe, expect, test } from "vitest";
import { actualDecrease, dataLoss, predictedDecrease, trustRatio } from "../src/objective.js";

const before = fromRows([
  [0, 1, 2],
  [1, -1, 0],
]);
const after = fromRows([
  [0, 1, 3],
  [2, -1, 0],
]);
const labels = [2, 0];

test("the loss is that of the options", () => {
  const targets = fromRows([
    [0, 0.5, 0.5],
    [1, 0, 0],
  ]);
  const exampleWeights = [1, 3];
  for (const options of [{}, { exampleWeights }, { labelSmoothing: 0.25 }]) {
    expect(dataLoss(before, labels, options)).toBe(crossEntropy(before, labels, options));
    expect(dataLoss(before, labels, { ...options, targets })).toBe(
      crossEntropy(before, targets, options),
    );
  }
});

describe("decreases of a scaled step with weight decay", () => {
  const judged = { step: Float64Array.of(2, -1), slope: -3, curvature: 4, scale: 0.5 };
  const parameters = Float64Array.of(1, 2);
  const data = dataLoss(before, labels, {}) - dataLoss(after, labels, {});

  test("predicted: -(s g.d + s^2 (d.H d + tau . d o d) / 2)", () => {
    expect(predictedDecrease(judged, {})).toBe(1);
    expect(predictedDecrease(judged, { weightDecay: 0.5 })).toBe(1.5 - (4 + 2.5) / 8);
    expect(predictedDecrease(judged, { weightDecay: Float64Array.of(0.5, 1) })).toBe(1.5 - 7 / 8);
  });

  test("actual: less tau/2 (||theta + s d||^2 - ||theta||^2)", () => {
    expect(actualDecrease(before, after, labels, judged, {})).toBe(data);
    expect(actualDecrease(before, after, labels, judged, { parameters })).toBe(data);
    // (1 + 1)^2 - 1 = 3 and (2 - 1/2)^2 - 4 = -7/4.
    const one = { parameters, weightDecay: 0.5 };
    expect(actualDecrease(before, after, labels, judged, one)).toBe(data - 0.25 * (3 - 1.75));
    const each = { parameters, weightDecay: Float64Array.of(0.5, 1) };
    expect(actualDecrease(before, after, labels, judged, each)).toBe(data - (0.75 - 0.875));
    // A decay without parameters is an error where a step is made; here the data loss is all that is known.
    expect(actualDecrease(before, after, labels, judged, { weightDecay: 0.5 })).toBe(data);
  });
});

test("a ratio of noise is 1: 48 roundings of the loss, of both", () => {
  const u = 2 ** -53;
  for (const loss of [1, 1000, -0.001]) {
    const unit = u * Math.abs(loss);
    expect(trustRatio(-48 * unit, 48 * unit, loss)).toBe(1);
    expect(trustRatio(-12 * unit, 48 * unit, loss)).toBe(1);
    expect(trustRatio(-48 * unit, 12 * unit, loss)).toBe(1);
    expect(trustRatio(-20 * unit, 40 * unit, loss)).toBe(1);
    expect(trustRatio(100 * unit, 40 * unit, loss)).toBe(2.5);
    expect(trustRatio(-20 * unit, 80 * unit, loss)).toBe(-0.25);
    expect(trustRatio(256 * unit, 64 * unit, loss)).toBe(4);
  }
});
