import { dense } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import { type FgnSize, planFgn } from "../src/index.js";
import type { RowFactor } from "../src/row-factor.js";
import { chooseSolver, type SolverChoice } from "../src/solver-choice.js";
import type { StepProblem } from "../src/step-problem.js";

interface Case {
  readonly size: FgnSize;
  readonly trace: number;
}

/** The choice for a problem of that size, and how often the trace was asked for. */
function choose({ size, trace }: Case): { choice: SolverChoice; asked: number } {
  let asked = 0;
  const problem = {
    linearization: {
      logits: dense(size.batchSize, size.classCount),
      parameterCount: size.parameterCount,
      ...(size.rowGram && { rowGram: () => dense(0, 0) }),
      ...(size.gradientRows && { gradientRows: () => dense(0, 0) }),
    },
    tolerance: size.tolerance,
    maxIterations: size.maxIterations,
    mu: size.damping,
  } as unknown as StepProblem;
  const factor = {
    trace: () => {
      asked++;
      return trace;
    },
  } as unknown as RowFactor;
  const options =
    size.competitors === undefined ? { damping: 1 } : { damping: 1, competitors: size.competitors };
  return { choice: chooseSolver(problem, options, factor), asked };
}

const digits: FgnSize = {
  batchSize: 1437,
  classCount: 10,
  parameterCount: 650,
  rowGram: true,
  gradientRows: true,
  tolerance: 1e-8,
  damping: 1e-2,
};

describe("the cheapest for the trace", () => {
  test.each([
    ["few iterations", { size: digits, trace: 1.6 }],
    ["many iterations", { size: digits, trace: 1e6 }],
    ["no gradient rows", { size: { ...digits, gradientRows: false }, trace: 1e6 }],
    ["no closed form", { size: { ...digits, rowGram: false }, trace: 1e6 }],
    ["competitors", { size: { ...digits, batchSize: 100, competitors: 3 }, trace: 1e4 }],
    ["a few examples", { size: { ...digits, batchSize: 100 }, trace: 1e4 }],
    ["cut short", { size: { ...digits, maxIterations: 5 }, trace: 1e6 }],
  ])("%s", (_, c: Case) => {
    const { choice } = choose(c);
    expect(choice).toEqual({ solver: planFgn({ ...c.size, trace: c.trace }).solver });
  });

  test("the cases differ", () => {
    const solver = (size: FgnSize, trace: number): string => choose({ size, trace }).choice.solver;
    expect(solver(digits, 1.6)).toBe("parameter-cg");
    expect(solver(digits, 1e6)).toBe("parameter-cholesky");
    expect(solver({ ...digits, gradientRows: false }, 1e6)).toBe("parameter-cg");
    expect(solver({ ...digits, maxIterations: 5 }, 1e6)).toBe("parameter-cg");
    expect(solver({ ...digits, batchSize: 100 }, 1e4)).toBe("row-cholesky");
    expect(solver({ ...digits, batchSize: 100, rowGram: false, gradientRows: false }, 1e4)).toBe(
      "parameter-cg",
    );
    expect(solver({ ...digits, batchSize: 100, competitors: 3 }, 1e4)).toBe("parameter-cg");
  });

  test("the trace is computed only where it decides", () => {
    expect(choose({ size: digits, trace: 1.6 }).asked).toBe(1);
    const small = { ...digits, batchSize: 8, parameterCount: 1e5 };
    expect(choose({ size: small, trace: 1.6 }).asked).toBe(0);
  });
});

describe("a trial of conjugate gradients, where the tolerance is loose and a factorisation the alternative", () => {
  const loose = { ...digits, tolerance: 1e-3 };

  test("as long as it costs less than the factorisation", () => {
    const { choice } = choose({ size: loose, trace: 1e6 });
    expect(choice.solver).toBe("parameter-cholesky");
    const { costs } = planFgn({ ...loose, trace: 1e6 });
    const product = loose.batchSize * loose.parameterCount;
    expect(choice.trial).toBe(Math.floor((costs["parameter-cholesky"] / product - 3) / 2));
    expect(choice.trial).toBeGreaterThan(3);
    const cut = choose({ size: { ...loose, maxIterations: 1e6 }, trace: 1e6 }).choice;
    expect(cut).toEqual(choice);
  });

  test("not where the tolerance is reliable, nor where iterations are chosen anyway", () => {
    expect(choose({ size: { ...digits, tolerance: 1e-4 }, trace: 1e6 }).choice).toEqual({
      solver: "parameter-cholesky",
    });
    expect(choose({ size: loose, trace: 1.6 }).choice).toEqual({ solver: "parameter-cg" });
  });
});
