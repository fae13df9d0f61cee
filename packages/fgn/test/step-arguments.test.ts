import { describe, expect, test } from "vitest";
import { fgnStep, ggnStep, type StepOptions } from "../src/index.js";
import { relativeNorm } from "../src/step-problem.js";
import { randomDense } from "./dense-oracle.js";
import { testHead } from "./linear-head.js";

const head = testHead(randomDense(2, 2, 1), randomDense(3, 2, 2));
const labels = [0, 1];
const P = head.parameterCount;

describe.each([
  ["fgnStep", fgnStep],
  ["ggnStep", ggnStep],
])("%s names what is wrong", (_, step) => {
  const run = (options: Partial<StepOptions>) => () =>
    step(head, labels, { damping: 1, ...options });
  const nan = new Float64Array(P).fill(NaN, 2, 3);

  test("numbers", () => {
    expect(run({ damping: 0 })).toThrow("damping = 0");
    expect(run({ tolerance: 0 })).toThrow("tolerance = 0");
    expect(run({ maxIterations: 0 })).toThrow("maxIterations = 0");
  });

  test("the start", () => {
    expect(run({ initialStep: new Float64Array(1) })).toThrow("initialStep has length 1");
    expect(run({ initialStep: nan })).toThrow("initialStep[2] = NaN");
  });

  test("weight decay", () => {
    const parameters = new Float64Array(P);
    expect(run({ weightDecay: -1 })).toThrow("weightDecay = -1");
    const missing = "weightDecay > 0 needs parameters: its gradient is weightDecay * parameters";
    expect(run({ weightDecay: 1 })).toThrow(missing);
    expect(run({ weightDecay: new Float64Array(P) })).toThrow(missing);
    expect(run({ weightDecay: new Float64Array(1), parameters })).toThrow(
      "weightDecay has length 1",
    );
    const negative = new Float64Array(P).fill(-1, 1, 2);
    expect(run({ weightDecay: negative, parameters })).toThrow("weightDecay[1] = -1");
    expect(run({ weightDecay: 1, parameters: new Float64Array(1) })).toThrow(
      "parameters has length 1",
    );
    expect(run({ weightDecay: 1, parameters: nan })).toThrow("parameters[2] = NaN");
    // Without decay the parameters are not looked at.
    expect(run({ weightDecay: 0, parameters: nan })).not.toThrow();
  });
});

test("a solver that there is none of", () => {
  expect(() => fgnStep(head, labels, { damping: 1, solver: "newton" as never })).toThrow(
    'solver = "newton", expected "auto", "row-cholesky"',
  );
});

test("a solver says what it cannot do", () => {
  const initialStep = new Float64Array(P);
  for (const solver of ["row-cholesky", "lifted-cg", "parameter-cholesky"] as const) {
    expect(() => fgnStep(head, labels, { damping: 1, solver, initialStep })).toThrow(
      `solver = "${solver}" takes no initialStep; use "parameter-cg"`,
    );
  }
  const decays = { weightDecay: new Float64Array(P).fill(0.5), parameters: new Float64Array(P) };
  expect(() => fgnStep(head, labels, { damping: 1, solver: "row-cg", ...decays })).toThrow(
    'solver = "row-cg" needs one weight decay for all parameters; use "parameter-cg"',
  );
  expect(fgnStep(head, labels, { damping: 1, initialStep }).solver).toBe("parameter-cg");
  expect(fgnStep(head, labels, { damping: 1, ...decays }).solver).toBe("parameter-cg");
  const cg = { damping: 1, solver: "parameter-cg", initialStep } as const;
  expect(fgnStep(head, labels, cg).status).toBe("converged");
});

test("relative length, 0 of nothing", () => {
  expect(relativeNorm(Float64Array.of(3, 4), 10)).toBe(0.5);
  expect(relativeNorm(new Float64Array(2), 0)).toBe(0);
});
