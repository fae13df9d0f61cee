import { dense, dot, multiplyVector } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import {
  type FgnSolver,
  type FgnStepOptions,
  fgnStep,
  ggnStep,
  type StepOptions,
} from "../src/index.js";
import {
  dampedSolve,
  oracle,
  randomDense,
  randomLabels,
  relativeDistance,
} from "./dense-oracle.js";
import { testHead } from "./linear-head.js";

const solvers: FgnSolver[] = [
  "row-cholesky",
  "row-lu",
  "row-cg",
  "lifted-cg",
  "parameter-cholesky",
  "parameter-cg",
];

/**
 * Direct solvers and the oracle's elimination err by u cond(H + mu I) <= 1.1e-16 * (4 / 1e-3); CG by
 * tolerance * ||g|| / (mu ||d||) <= 1e-12 * cond. 1e-8 leaves room for both at mu >= 1e-3.
 */
const AGREEMENT = 1e-8;

function softTargets(rows: number, cols: number): ReturnType<typeof dense> {
  const t = randomDense(rows, cols, 77);
  for (let i = 0; i < rows; i++) {
    const row = t.data.subarray(i * cols, (i + 1) * cols);
    const sum = row.reduce((a, v) => a + Math.exp(v), 0);
    row.forEach((v, c) => {
      row[c] = Math.exp(v) / sum;
    });
  }
  return t;
}

for (const [B, D, C] of [
  [12, 3, 4],
  [5, 6, 3],
  [7, 4, 2],
] as const) {
  describe(`B = ${B}, D = ${D}, C = ${C}`, () => {
    const x = randomDense(B, D, 1);
    const w = randomDense(C, D, 2);
    const labels = randomLabels(B, C, 3);
    const P = C * D;
    const weights = Float64Array.from({ length: B }, (_, i) => i % 3);
    const targets = softTargets(B, C);
    const cases: Record<string, { options: Omit<StepOptions, "damping">; decay?: number }> = {
      plain: { options: {} },
      "example weights": { options: { exampleWeights: weights } },
      "label smoothing": { options: { labelSmoothing: 0.1 } },
      "soft targets": { options: { targets } },
      "weight decay": { options: { weightDecay: 0.02, parameters: w.data }, decay: 0.02 },
      "all at once": {
        options: {
          exampleWeights: weights,
          targets,
          labelSmoothing: 0.2,
          weightDecay: 0.02,
          parameters: w.data,
        },
        decay: 0.02,
      },
    };
    for (const withGram of [true, false]) {
      const head = testHead(x, w, withGram);
      for (const [name, { options, decay = 0 }] of Object.entries(cases)) {
        const truth = oracle(head, labels, {
          ...(options.exampleWeights && { weights: options.exampleWeights }),
          ...(options.targets && { targets: options.targets }),
          ...(options.labelSmoothing && { smoothing: options.labelSmoothing }),
        });
        const g = truth.gradient.map((v, k) => v + decay * w.data[k]!);
        const damping = 1e-3;
        const mu = new Float64Array(P).fill(damping + decay);
        const wanted = dampedSolve(truth.fgn, mu, g);
        for (const solver of solvers) {
          test(`${solver} solves: ${name}${withGram ? "" : ", without rowGram"}`, () => {
            const asked: FgnStepOptions = { ...options, damping, solver, tolerance: 1e-12 };
            const result = fgnStep(head, labels, asked);
            expect(result.solver).toBe(solver);
            expect(result.status).toBe("converged");
            expect(relativeDistance(result.step, wanted)).toBeLessThan(AGREEMENT);
            expect(Math.abs(result.slope - dot(g, wanted))).toBeLessThan(
              AGREEMENT * Math.abs(result.slope),
            );
            const bend = dot(wanted, multiplyVector(truth.fgn, wanted));
            expect(Math.abs(result.curvature - bend)).toBeLessThan(
              AGREEMENT * Math.abs(result.slope),
            );
          });
        }
        for (const preconditioner of ["none", "fgn"] as const) {
          test(`GGN with preconditioner ${preconditioner}: ${name}${withGram ? "" : ", without rowGram"}`, () => {
            const result = ggnStep(head, labels, {
              ...options,
              damping,
              preconditioner,
              tolerance: 1e-12,
            });
            expect(result.status).toBe("converged");
            const exact = dampedSolve(truth.ggn, mu, g);
            expect(relativeDistance(result.step, exact)).toBeLessThan(AGREEMENT);
          });
        }
        test(`keeping all competitors gives the GGN step: ${name}${withGram ? "" : ", without rowGram"}`, () => {
          const exact = dampedSolve(truth.ggn, mu, g);
          for (const solver of solvers) {
            const result = fgnStep(head, labels, {
              ...options,
              damping,
              solver,
              tolerance: 1e-12,
              competitors: C - 2,
            });
            expect(relativeDistance(result.step, exact)).toBeLessThan(AGREEMENT);
          }
        });
      }
    }

    test("a vector of decays: parameter space against elimination", () => {
      const head = testHead(x, w);
      const decay = Float64Array.from({ length: P }, (_, k) => (k % 2) * 0.05);
      const truth = oracle(head, labels);
      const g = truth.gradient.map((v, k) => v + decay[k]! * w.data[k]!);
      const mu = decay.map((v) => v + 1e-3);
      const options = { damping: 1e-3, weightDecay: decay, parameters: w.data, tolerance: 1e-12 };
      for (const solver of ["auto", "parameter-cg", "parameter-cholesky"] as const) {
        const result = fgnStep(head, labels, { ...options, solver });
        expect(relativeDistance(result.step, dampedSolve(truth.fgn, mu, g))).toBeLessThan(
          AGREEMENT,
        );
      }
      const result = ggnStep(head, labels, options);
      expect(relativeDistance(result.step, dampedSolve(truth.ggn, mu, g))).toBeLessThan(AGREEMENT);
      expect(() => fgnStep(head, labels, { ...options, solver: "row-cholesky" })).toThrow(
        'solver = "row-cholesky" needs one weight decay',
      );
    });
  });
}

describe("pitfalls", () => {
  test("row iterations are not stopped by one example that is far off", () => {
    for (const far of [-20, -40, -80]) {
      const x = randomDense(64, 5, 4);
      const w = randomDense(6, 5, 5, 0.3);
      const labels = randomLabels(64, 6, 6);
      // Example 0 is pushed away from its label: its features point along the row of another class.
      const base = testHead(x, w);
      base.logits.data[labels[0]!] = far;
      const damping = 1e-3;
      const exact = fgnStep(base, labels, { damping, solver: "row-cholesky" });
      for (const solver of ["row-cg", "lifted-cg", "parameter-cg"] as const) {
        const result = fgnStep(base, labels, { damping, solver, tolerance: 1e-6 });
        expect(result.status).toBe("converged");
        // ||error|| <= ||residual|| / damping <= 1e-6 ||g|| / damping, and ||g|| <= (4 + damping) ||d||
        expect(relativeDistance(result.step, exact.step)).toBeLessThan((1e-6 / damping) * 4);
      }
    }
  });

  test("examples with p_y = 0 in doubles become gradient rows, with p_y = 1 nothing", () => {
    const logits = dense(3, 3, Float64Array.of(0, 3000, 1, 2000, 0, 1, 0.3, 0, 0.1));
    const x = dense(3, 2, Float64Array.of(1, 2, -1, 0.5, 0.3, 1));
    const head = { ...testHead(x, dense(3, 2)), logits };
    const labels = [0, 0, 0];
    for (const solver of solvers) {
      const { step, status } = fgnStep(head, labels, { damping: 0.1, solver, tolerance: 1e-12 });
      expect(status).toBe("converged");
      expect(step.every(Number.isFinite)).toBe(true);
      expect(
        relativeDistance(step, fgnStep(head, labels, { damping: 0.1, solver: "row-lu" }).step),
      ).toBeLessThan(1e-10);
    }
  });

  test("a zero gradient gives a zero step and a residual of zero", () => {
    const logits = dense(1, 3, Float64Array.of(2000, 0, 0));
    const head = { ...testHead(dense(1, 2, Float64Array.of(1, 1)), dense(3, 2)), logits };
    for (const solver of solvers) {
      const result = fgnStep(head, [0], { damping: 1e-3, solver });
      expect(result.residual).toBe(0);
      expect(result.status).toBe("converged");
      expect(Math.max(...result.step.map(Math.abs))).toBe(0);
    }
  });

  test("damping below rounding of the curvature still gives a finite step and an honest status", () => {
    const head = testHead(randomDense(20, 2, 8), randomDense(3, 2, 9));
    const labels = randomLabels(20, 3, 10);
    const result = fgnStep(head, labels, { damping: 1e-25, solver: "row-cholesky" });
    expect(result.step.every(Number.isFinite)).toBe(true);
    expect(result.status === "converged").toBe(result.residual <= 1e-8);
  });
});

describe("one class", () => {
  test("nothing to learn", () => {
    const head = testHead(randomDense(3, 2, 1), randomDense(1, 2, 2));
    const result = fgnStep(head, [0, 0, 0], { damping: 1e-3 });
    expect(Array.from(result.step)).toEqual([0, 0]);
    expect(ggnStep(head, [0, 0, 0], { damping: 1e-3 }).residual).toBe(0);
  });
});
