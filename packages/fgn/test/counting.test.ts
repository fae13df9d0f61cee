import { dense } from "@xent/linalg";
import type { Linearization } from "@xent/models";
import { expect, test } from "vitest";
import { countedLinearization } from "../src/counting.js";

const u = dense(2, 3);
const parameters = new Float64Array(4);
const least: Linearization = {
  logits: dense(2, 3),
  parameterCount: 4,
  jvp: (_, out) => out ?? dense(2, 3),
  vjp: (_, out) => out ?? new Float64Array(4),
};
const full: Linearization = {
  ...least,
  gradientRows: (_, out) => out ?? dense(2, 4),
  gradientSquares: (_, out) => out ?? new Float64Array(2),
  rowGram: (_, out) => out ?? dense(2, 2),
};

test("each product is counted, into the given place", () => {
  const counts = { jvps: 0, vjps: 0, grams: 0 };
  const counted = countedLinearization(full, counts);
  expect([counted.logits, counted.parameterCount]).toEqual([full.logits, 4]);
  const image = dense(2, 3);
  expect(counted.jvp(parameters, image)).toBe(image);
  expect(counts).toEqual({ jvps: 1, vjps: 0, grams: 0 });
  expect(counted.vjp(u, parameters)).toBe(parameters);
  expect(counts).toEqual({ jvps: 1, vjps: 1, grams: 0 });
  const rows = dense(2, 4);
  expect(counted.gradientRows!(u, rows)).toBe(rows);
  expect(counts).toEqual({ jvps: 1, vjps: 2, grams: 0 });
  const squares = new Float64Array(2);
  expect(counted.gradientSquares!(u, squares)).toBe(squares);
  expect(counts).toEqual({ jvps: 1, vjps: 2, grams: 0 });
  const gram = dense(2, 2);
  expect(counted.rowGram!(u, gram)).toBe(gram);
  expect(counts).toEqual({ jvps: 1, vjps: 2, grams: 1 });
});

test("what the model does not offer is not offered", () => {
  const counted = countedLinearization(least, { jvps: 0, vjps: 0, grams: 0 });
  expect(Object.keys(counted).sort()).toEqual(["jvp", "logits", "parameterCount", "vjp"]);
});
