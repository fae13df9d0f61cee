import { dense, SeededRandom } from "@xent/linalg";
import { linearHead, mlp } from "@xent/models";
import { describe, expect, test } from "vitest";
import { type FgnSize, fgnStep, planFgn } from "../src/index.js";
import { randomLabels, relativeDistance } from "./dense-oracle.js";

describe("the cheaper side is chosen", () => {
  const chosen = (size: Omit<FgnSize, "rowGram"> & { rowGram?: boolean }): string =>
    planFgn({ rowGram: true, gradientRows: true, ...size }).solver;
  test("few examples, many parameters: the row space, at any number of classes", () => {
    for (const classCount of [10, 100, 1000, 10000]) {
      const size = { batchSize: 128, classCount, parameterCount: 512 * classCount };
      expect(chosen(size)).toBe("row-cholesky");
    }
  });
  test("the full batch of the digits: the parameter space; a loose tolerance: iterations", () => {
    const digits = { batchSize: 1437, classCount: 10, parameterCount: 650 };
    expect(chosen(digits)).toBe("parameter-cholesky");
    expect(chosen({ ...digits, tolerance: 1e-3 })).toBe("lifted-cg");
  });
  test("a large network without closed forms: iterations", () => {
    const size = { batchSize: 256, classCount: 10, parameterCount: 1e6 };
    expect(chosen({ ...size, rowGram: false, gradientRows: false })).toBe("lifted-cg");
  });
});

test("a linear head with more examples than parameters is solved in the parameter space, rightly", () => {
  const [B, D, C] = [400, 6, 4];
  const model = linearHead({ featureCount: D, classCount: C });
  const x = dense(B, D, new SeededRandom(1).normals(B * D));
  const labels = randomLabels(B, C, 2);
  const lin = model.linearize(model.initialize(3), x);
  const result = fgnStep(lin, labels, { damping: 1e-3 });
  expect([result.solver, result.status]).toEqual(["parameter-cholesky", "converged"]);
  // One reverse pass for the gradient, and the gradient rows.
  expect([result.jvps, result.vjps, result.grams]).toEqual([0, 2, 0]);
  const row = fgnStep(lin, labels, { damping: 1e-3, solver: "row-lu" });
  // Condition of the system <= tr F / damping <= 1e4.
  expect(relativeDistance(result.step, row.step)).toBeLessThan(1e4 * B * 2 ** -53);
});

test("an MLP without gradient rows takes the same step by every solver", () => {
  const model = mlp({ widths: [3, 6, 4], activation: "tanh" });
  const lin = model.linearize(model.initialize(1), dense(7, 3, new SeededRandom(2).normals(21)));
  const labels = randomLabels(7, 4, 3);
  const options = { damping: 1e-2, tolerance: 1e-12 };
  const wanted = fgnStep(lin, labels, { ...options, solver: "row-lu" }).step;
  for (const solver of ["row-cholesky", "row-cg", "lifted-cg", "parameter-cholesky"] as const) {
    const { step } = fgnStep(lin, labels, { ...options, solver });
    // tolerance ||g|| / damping, with ||g|| <= (tr F + damping) ||d|| and tr F of some units.
    expect(relativeDistance(step, wanted)).toBeLessThan(1e-8);
  }
});
