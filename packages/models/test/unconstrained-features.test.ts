import { dense, multiply, SeededRandom, toRows, transpose } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import { unconstrainedFeatures } from "../src/index.js";

const model = unconstrainedFeatures({ classCount: 3, dimension: 4, sampleCount: 5 });
const parameters = model.initialize(7);
const { W2, W1 } = model.views(parameters);

describe("unconstrainedFeatures", () => {
  test("logits of all samples are the columns of W2 W1", () => {
    const all = model.logits(parameters, [0, 1, 2, 3, 4]);
    expect(transpose(all)).toEqual(multiply(W2!, W1!));
    expect(model.parameterCount).toBe(3 * 4 + 4 * 5);
  });

  test("a batch may be in any order and name a sample twice, or be empty", () => {
    const all = toRows(model.logits(parameters, [0, 1, 2, 3, 4]));
    expect(toRows(model.logits(parameters, Int32Array.of(4, 1, 4)))).toEqual([
      all[4],
      all[1],
      all[4],
    ]);
    expect(model.logits(parameters, []).rows).toBe(0);
    expect(
      model
        .linearize(parameters, [])
        .vjp(dense(0, 3))
        .every((g) => g === 0),
    ).toBe(true);
  });

  test("the gradient is U W1^T and W2^T U, as in the gradient flow of [H]", () => {
    const u = dense(5, 3, new SeededRandom(2).normals(15));
    const { W2: g2, W1: g1 } = model.views(model.linearize(parameters, [0, 1, 2, 3, 4]).vjp(u));
    const ut = transpose(u);
    const expected2 = multiply(ut, transpose(W1!));
    const expected1 = multiply(transpose(W2!), ut);
    // The same sums of at most 5 products in another order.
    g2!.data.forEach((v, i) => void expect(v).toBeCloseTo(expected2.data[i]!, 13));
    g1!.data.forEach((v, i) => void expect(v).toBeCloseTo(expected1.data[i]!, 13));
  });

  test("the logits at the start have variance 1", () => {
    const large = unconstrainedFeatures({ classCount: 50, dimension: 16, sampleCount: 400 });
    const z = large.logits(
      large.initialize(1),
      Array.from({ length: 400 }, (_, j) => j),
    ).data;
    const variance = z.reduce((s, v) => s + v * v, 0) / z.length;
    // Rows and columns share factors: 50 + 400 independent vectors of 16 entries, so a deviation of about
    // sqrt(2 / (16 50) + 2 / (16 400)) = 0.053 in either direction; five of them.
    expect(Math.abs(variance - 1)).toBeLessThan(5 * 0.053);
  });

  test("bad input is named", () => {
    expect(() => model.logits(parameters, [0, 5])).toThrow("batch[1] = 5 is outside 0..4");
    expect(() => model.logits(parameters, [0.5])).toThrow("batch[0] = 0.5 is outside 0..4");
    expect(() => model.logits(parameters.subarray(1), [0])).toThrow("parameters has length 31");
    expect(() => unconstrainedFeatures({ classCount: 3, dimension: 0, sampleCount: 5 })).toThrow(
      "dimension = 0",
    );
    expect(() =>
      unconstrainedFeatures({ classCount: 3, dimension: 1, sampleCount: 5, deviation: 0 }),
    ).toThrow("deviation = 0");
    expect(() => model.linearize(parameters, [0]).vjp(dense(2, 3))).toThrow("u is 2 x 3");
    const spoilt = parameters.slice();
    spoilt[3] = Number.NaN;
    expect(() => model.linearize(spoilt, [0])).toThrow("parameters[3] = NaN is not finite");
    expect(() =>
      model.logits(
        parameters.map(() => 1e200),
        [0],
      ),
    ).toThrow("logits overflows float64");
  });
});
