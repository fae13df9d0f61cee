import { DimensionError, DomainError, dense } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import { type ActivationName, linearHead, mlp } from "../src/index.js";

const models = [
  ["linear head", linearHead({ featureCount: 2, classCount: 3 })],
  ["mlp", mlp({ widths: [2, 4, 3], activation: "tanh", layerNorm: true })],
] as const;

describe.each(models)("%s", (_name, model) => {
  const parameters = model.initialize(1);
  const batch = dense(2, 2, Float64Array.of(1, 2, 3, 4));
  const at = model.linearize(parameters, batch);

  test("parameters, batch, directions and cotangents are checked before any work", () => {
    expect(() => model.logits(parameters.subarray(1), batch)).toThrow(DimensionError);
    const spoilt = parameters.slice();
    spoilt[2] = Number.NaN;
    expect(() => model.logits(spoilt, batch)).toThrow("parameters[2] = NaN is not finite");
    expect(() => model.linearize(parameters, dense(2, 3))).toThrow(
      "batch is 2 x 3, expected 2 columns",
    );
    expect(() => model.logits(parameters, dense(1, 2, Float64Array.of(1, Infinity)))).toThrow(
      "batch.data[1] = Infinity is not finite",
    );
    expect(() => at.jvp(new Float64Array(1))).toThrow("v has length 1");
    expect(() => at.jvp(spoilt)).toThrow("v[2] = NaN is not finite");
    expect(() => at.vjp(dense(2, 2))).toThrow("u is 2 x 2");
    expect(() => at.vjp(dense(2, 3, new Float64Array(6).fill(Number.NaN)))).toThrow(
      "u.data[0] = NaN",
    );
    expect(() => at.rowGram!(dense(2, 3), dense(3, 3))).toThrow("out is 3 x 3");
    expect(() => at.second!(parameters, dense(1, 3))).toThrow("out is 1 x 3");
    expect(() => model.views(parameters.subarray(1))).toThrow("parameters has length");
  });

  test("an overflow is an error, not Infinity or NaN", () => {
    const huge = parameters.map(() => 1e200);
    expect(() => model.logits(huge, dense(1, 2, Float64Array.of(1e200, 1e200)))).toThrow(
      DomainError,
    );
    expect(() => at.vjp(dense(2, 3, new Float64Array(6).fill(1e308)))).toThrow(
      "vjp overflows float64",
    );
  });

  test("an empty batch has empty logits and no gradient", () => {
    const none = model.linearize(parameters, dense(0, 2));
    expect(none.logits.rows).toBe(0);
    expect(none.vjp(dense(0, 3)).every((g) => g === 0)).toBe(true);
    expect(none.jvp(parameters).rows).toBe(0);
  });
});

test("sizes and names that make no model", () => {
  expect(() => linearHead({ featureCount: 0, classCount: 3 })).toThrow("featureCount = 0");
  expect(() => linearHead({ featureCount: 2, classCount: 1.5 })).toThrow("classCount = 1.5");
  expect(() => mlp({ widths: [3], activation: "relu" })).toThrow("widths has length 1");
  expect(() => mlp({ widths: [3, -1], activation: "relu" })).toThrow("widths[1] = -1");
  expect(() => mlp({ widths: [3, 2], activation: "swish" as ActivationName })).toThrow(
    'activation = "swish", expected one of tanh, relu, silu, gelu, softplus',
  );
  expect(() => mlp({ widths: [3, 2], activation: "relu", layerNorm: { epsilon: 0 } })).toThrow(
    "layerNorm.epsilon = 0",
  );
});

test("depth is free: no hidden layer is a linear head, twenty layers differentiate", () => {
  const flat = mlp({ widths: [3, 2], activation: "relu" });
  const head = linearHead({ featureCount: 3, classCount: 2 });
  const p = head.initialize(4).map((v, i) => v + i);
  const batch = dense(2, 3, Float64Array.of(1, -2, 3, 0, 5, -6));
  expect(flat.logits(p, batch)).toEqual(head.logits(p, batch));
  const deep = mlp({
    widths: [3, ...Array<number>(19).fill(4), 2],
    activation: "gelu",
    layerNorm: true,
  });
  const q = deep.initialize(5);
  const at = deep.linearize(q, batch);
  expect(at.preActivations!(q)).toHaveLength(19);
  expect(at.vjp(dense(2, 2, Float64Array.of(1, 0, 0, 1))).some((g) => g !== 0)).toBe(true);
});
