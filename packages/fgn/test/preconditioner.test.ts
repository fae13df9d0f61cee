import { dense, multiplyVector } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import { fgnPreconditionerPays, ggnStep, trueVsRest } from "../src/index.js";
import { weightedSplit } from "../src/operators.js";
import { competitorConcentration, fgnInverse } from "../src/preconditioner.js";
import { rowFactor } from "../src/row-factor.js";
import { oracle, randomDense, randomLabels, relativeDistance } from "./dense-oracle.js";
import { testHead } from "./linear-head.js";

const [B, D, C] = [6, 4, 3];
const head = testHead(randomDense(B, D, 1), randomDense(C, D, 2));
const labels = randomLabels(B, C, 3);
const P = head.parameterCount;

test("the exact inverse of FGN + mu I", () => {
  const mu = 0.25;
  const factor = rowFactor(head, weightedSplit(head.logits, labels, {}));
  const inverse = fgnInverse(factor, P, mu);
  expect([inverse.rows, inverse.cols]).toEqual([P, P]);
  expect(inverse.tags).toEqual({ symmetric: true, psd: true });
  const v = Float64Array.from({ length: P }, (_, k) => k - 5);
  const damped = oracle(head, labels).fgn;
  for (let k = 0; k < P; k++) damped.data[k * P + k]! += mu;
  const back = multiplyVector(damped, inverse.apply(v));
  // Condition below (tr F + mu) / mu, some tens.
  expect(relativeDistance(back, v)).toBeLessThan(1e-12);
});

test("concentration: the largest competitor's share, weighted by p (1 - p)", () => {
  const logits = dense(2, 3, Float64Array.of(0, 0, Math.log(3), 1, 1, -Infinity));
  const batch = weightedSplit(logits, [0, 1], { exampleWeights: [1, 2] });
  const { probabilities: p, complements: r } = trueVsRest(logits, [0, 1]);
  // Shares of the competitors 1/4, 3/4; and 1, 0.
  const [a, b] = [p[0]! * r[0]!, 2 * p[1]! * r[1]!];
  expect(competitorConcentration(batch)).toBeCloseTo((0.75 * a + b) / (a + b), 14);
  const settled = weightedSplit(dense(1, 2, Float64Array.of(2000, 0)), [0], {});
  expect(competitorConcentration(settled)).toBe(1);
});

test("the rule: a closed form, fewer rows than parameters, competitors concentrated", () => {
  const pays = { concentration: 0.9, rows: 10, parameterCount: 10, rowGram: true };
  expect(fgnPreconditionerPays(pays)).toBe(true);
  expect(fgnPreconditionerPays({ ...pays, rowGram: false })).toBe(false);
  expect(fgnPreconditionerPays({ ...pays, rows: 11 })).toBe(false);
  expect(fgnPreconditionerPays({ ...pays, concentration: 0.89 })).toBe(false);
});

describe("ggnStep", () => {
  // Two classes: the one competitor has all, so that the preconditioner is the inverse.
  const two = testHead(randomDense(B, D, 4), randomDense(2, D, 5));
  const twoLabels = randomLabels(B, 2, 6);

  test("by itself takes the preconditioner where it pays", () => {
    const found = ggnStep(two, twoLabels, { damping: 1e-3 });
    expect(found.solver).toBe("parameter-pcg");
    expect(found.iterations).toBeLessThanOrEqual(2);
    expect(found.grams).toBe(1);
    const plain = ggnStep(two, twoLabels, { damping: 1e-3, preconditioner: "none" });
    expect([plain.solver, plain.grams]).toEqual(["parameter-cg", 0]);
    expect(plain.iterations).toBeGreaterThan(2);
  });

  test("and not where it does not", () => {
    const bare = testHead(randomDense(B, D, 4), randomDense(2, D, 5), false);
    expect(ggnStep(bare, twoLabels, { damping: 1 }).solver).toBe("parameter-cg");
    // More rows than parameters, with as many competitors as that takes.
    expect(ggnStep(two, twoLabels, { damping: 1, competitors: 1 }).solver).toBe("parameter-cg");
    // Three classes, equal at zero.
    const flat = testHead(randomDense(B, D, 1), dense(C, D));
    expect(ggnStep(flat, labels, { damping: 1 }).solver).toBe("parameter-cg");
    const decays = { weightDecay: new Float64Array(8).fill(1), parameters: new Float64Array(8) };
    expect(ggnStep(two, twoLabels, { damping: 1, ...decays }).solver).toBe("parameter-cg");
    expect(() => ggnStep(two, twoLabels, { damping: 1, preconditioner: "fgn", ...decays })).toThrow(
      'preconditioner = "fgn" needs one weight decay for all parameters',
    );
  });

  test("when told to", () => {
    const asked = ggnStep(head, labels, { damping: 1, preconditioner: "fgn" });
    expect(asked.solver).toBe("parameter-pcg");
    const plain = ggnStep(head, labels, { damping: 1, preconditioner: "none" });
    // Both to 1e-8 ||g|| / damping.
    expect(relativeDistance(asked.step, plain.step)).toBeLessThan(1e-6);
    const flat = testHead(randomDense(B, D, 1), dense(C, D));
    expect(ggnStep(flat, labels, { damping: 1, preconditioner: "fgn" }).solver).toBe(
      "parameter-pcg",
    );
    expect(() => ggnStep(head, labels, { damping: 1, preconditioner: "x" as never })).toThrow(
      'preconditioner = "x", expected "auto", "none" or "fgn"',
    );
  });
});
