import { conjugateGradient, dense, diagonalOperator, SeededRandom } from "@xent/linalg";
import { type Linearization, linearHead, mlp } from "@xent/models";
import { describe, expect, test } from "vitest";
import { conjugateGradientBound } from "../src/cost-model.js";
import { type FgnSize, fgnStep, planFgn } from "../src/index.js";
import { weightedSplit } from "../src/operators.js";
import { rowFactor } from "../src/row-factor.js";
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
  test("the full batch of the digits: by damping and tolerance", () => {
    // tr F = 1.6 at zero, measured.
    const digits = { batchSize: 1437, classCount: 10, parameterCount: 650, trace: 1.6 };
    expect(chosen({ ...digits, damping: 1e-2 })).toBe("parameter-cg");
    expect(chosen({ ...digits, damping: 1e-6 })).toBe("parameter-cholesky");
    expect(chosen({ ...digits, damping: 1e-6, tolerance: 0.1 })).toBe("parameter-cg");
    // Without the two, as many iterations a digit as at tr F / lambda = 500.
    expect(chosen({ batchSize: 1437, classCount: 10, parameterCount: 650 })).toBe("parameter-cg");
  });
  test("a large network without closed forms: iterations", () => {
    const size = { batchSize: 256, classCount: 10, parameterCount: 1e6 };
    expect(chosen({ ...size, rowGram: false, gradientRows: false })).toBe("parameter-cg");
  });
  test("what is not a size, a tolerance, a damping or a trace is refused", () => {
    const size = { batchSize: 2, classCount: 2, parameterCount: 2, rowGram: true };
    expect(() => planFgn({ ...size, batchSize: 0 })).toThrow("batchSize = 0");
    expect(() => planFgn({ ...size, tolerance: 0 })).toThrow("tolerance = 0");
    expect(() => planFgn({ ...size, damping: -1, trace: 1 })).toThrow("damping = -1");
    expect(() => planFgn({ ...size, damping: 1, trace: -1 })).toThrow("trace = -1");
  });
});

describe("the costs of the docstring, by hand", () => {
  const size = { batchSize: 8, classCount: 4, parameterCount: 20, tolerance: 1e-2 };

  test("a closed Gram matrix, two levels, no gradient rows", () => {
    // n = 16, J = 160, k = min(24, 16); 2 + 1 (1 + 2 3) = 9 Gram matrices of 64 (20/4 + 4) / 2; R = 16 J.
    const plan = planFgn({ ...size, rowGram: true, competitors: 1 });
    expect(plan.iterations).toBe(16);
    expect(plan.solver).toBe("row-cholesky");
    expect(plan.costs).toEqual({
      "row-cholesky": 2592 + 8192 / 6 + 160,
      "row-lu": 2592 + 8192 / 3 + 160,
      "row-cg": 2592 + 5 * 16 * 256 + 6 * 160,
      "lifted-cg": 38 * 160,
      "parameter-cg": 35 * 160,
      "parameter-cholesky": 2560 + 3200 + 16000 / 6,
    });
  });

  test("no closed form, gradient rows", () => {
    // n = 8, k = 8; R = 15 n P = 2400, and n^2 P / 2 = 640 for the Gram matrix.
    const plan = planFgn({ ...size, rowGram: false, gradientRows: true });
    expect(plan.costs).toEqual({
      "row-cholesky": 3040 + 1024 / 6 + 160,
      "row-lu": 3040 + 1024 / 3 + 160,
      "row-cg": 22 * 160,
      "lifted-cg": 22 * 160,
      "parameter-cg": 19 * 160,
      "parameter-cholesky": 2400 + 1600 + 16000 / 6,
    });
  });

  test("more rows than parameters, one example, more competitors than there are", () => {
    const few = planFgn({ batchSize: 30, classCount: 2, parameterCount: 4, rowGram: false });
    expect(few.iterations).toBe(4);
    // R = min(n, P) J = 480.
    expect(few.costs["parameter-cholesky"]).toBe(480 + 240 + 128 / 6);
    const levels = (classCount: number): number =>
      planFgn({ ...size, classCount, rowGram: false, competitors: 5 }).costs["parameter-cholesky"];
    // n = 8 for one and two classes, 24 for four: R + n P^2 / 2 + 2 P^3 / 6, R = min(n, 20) 160.
    expect(levels(1)).toBe(8 * 160 + 1600 + 16000 / 6);
    expect(levels(2)).toBe(levels(1));
    expect(levels(4)).toBe(20 * 160 + 4800 + 16000 / 6);
    // A batch of one still has the two mixtures of one bit: 2 + 3 Gram matrices of (20/4 + 4) / 2.
    const one = planFgn({ ...size, batchSize: 1, rowGram: true, competitors: 1 });
    expect(one.costs["row-cholesky"]).toBe(5 * 4.5 + 16 / 6 + 20);
  });

  test("iterations: twelve a digit and at least that, unless trace and damping are both known", () => {
    const wide = { batchSize: 1000, classCount: 2, parameterCount: 1000, rowGram: true };
    const iterations = (more: Partial<FgnSize>): number => planFgn({ ...wide, ...more }).iterations;
    expect(iterations({})).toBe(96);
    expect(iterations({ tolerance: 1e-3 })).toBe(36);
    expect(iterations({ tolerance: 0.5 })).toBe(12);
    expect(iterations({ damping: 1 })).toBe(96);
    expect(iterations({ trace: 1 })).toBe(96);
    expect(iterations({ trace: Infinity, damping: 1 })).toBe(500);
    expect(iterations({ maxIterations: 7 })).toBe(7);
    const bound = conjugateGradientBound(50, 1e-8, 1000);
    expect(iterations({ trace: 100, damping: 2 })).toBe(Math.ceil(bound / 2));
  });

  test("where costs are equal the direct one is preferred, then the parameter space", () => {
    const tie = planFgn({
      batchSize: 6,
      classCount: 3,
      parameterCount: 3,
      rowGram: true,
      gradientRows: true,
    });
    expect(tie.costs["row-cholesky"]).toBe(tie.costs["parameter-cg"]);
    expect(tie.solver).toBe("row-cholesky");
  });

  test("many examples of many classes with a closed form: iterations on the Gram matrix", () => {
    const large = { batchSize: 1000, classCount: 100, parameterCount: 2e4, rowGram: true };
    expect(planFgn({ ...large, tolerance: 0.1 }).solver).toBe("row-cg");
  });

  test("sizes are named", () => {
    const bad = (more: Partial<FgnSize>) => () =>
      planFgn({ batchSize: 2, classCount: 2, parameterCount: 2, rowGram: true, ...more });
    expect(bad({ classCount: 0 })).toThrow("classCount = 0");
    expect(bad({ parameterCount: 0 })).toThrow("parameterCount = 0");
  });
});

describe("the bound on iterations", () => {
  test("no spectrum of that trace takes more, whatever its shape", () => {
    const n = 40;
    let judged = 0;
    const spectra: Record<string, (j: number) => number> = {
      flat: () => 1,
      "one large": (j) => (j === 0 ? 1000 : 0.01),
      geometric: (j) => 0.7 ** j,
      harmonic: (j) => 1 / (j + 1),
      "rank five": (j) => (j < 5 ? 1 + j : 0),
    };
    for (const spectrum of Object.values(spectra)) {
      const values = Float64Array.from({ length: n }, (_, j) => spectrum(j));
      const trace = values.reduce((s, v) => s + v, 0);
      for (const ratio of [1, 100, 1e4]) {
        for (const tolerance of [0.1, 1e-4]) {
          const damping = trace / ratio;
          const shifted = values.map((v) => v + damping);
          const b = new SeededRandom(5).normals(n);
          const energy = (x: Float64Array): number =>
            x.reduce((s, v, j) => s + shifted[j]! * (v - b[j]! / shifted[j]!) ** 2, 0);
          const bound = conjugateGradientBound(ratio, tolerance, n);
          const start = energy(new Float64Array(n));
          let reached = n;
          conjugateGradient({
            operator: diagonalOperator(shifted),
            b,
            tolerance: 1e-14,
            callback: ({ iteration, x }) => {
              if (reached === n && energy(x) <= tolerance ** 2 * start) reached = iteration;
            },
          });
          // The bound by the size itself needs exact arithmetic.
          if (bound === n) continue;
          expect(reached).toBeLessThanOrEqual(Math.ceil(bound));
          judged++;
        }
      }
    }
    expect(judged).toBeGreaterThan(15);
  });
  test("it grows with the ratio and the digits, and never beyond the size", () => {
    expect(conjugateGradientBound(Infinity, 1e-8, 17)).toBe(17);
    expect(conjugateGradientBound(0, 1e-8, 17)).toBeCloseTo(Math.log(2e8) / 2, 12);
    expect(conjugateGradientBound(100, 1e-2, 1000)).toBeLessThan(
      conjugateGradientBound(1000, 1e-2, 1000),
    );
  });
});

test("a linear head with more examples than parameters is solved in the parameter space, rightly", () => {
  const [B, D, C] = [400, 6, 4];
  const model = linearHead({ featureCount: D, classCount: C });
  const x = dense(B, D, new SeededRandom(1).normals(B * D));
  const labels = randomLabels(B, C, 2);
  const lin = model.linearize(model.initialize(3), x);
  for (const [damping, solver, jvps] of [
    [1e-3, "parameter-cholesky", 0],
    [10, "parameter-cg", 4],
  ] as const) {
    const result = fgnStep(lin, labels, { damping });
    expect([result.solver, result.status]).toEqual([solver, "converged"]);
    // One reverse pass for the gradient, and the gradient rows; or one each an iteration and for the residual.
    expect([result.jvps > jvps, result.grams]).toEqual([jvps > 0, 0]);
    if (jvps === 0) expect([result.jvps, result.vjps]).toEqual([0, 2]);
    const row = fgnStep(lin, labels, { damping, solver: "row-lu", tolerance: 1e-14 });
    // Condition of the system <= tr F / damping <= 1e4, its rounding or the tolerance of 1e-8 ||g||.
    const error = jvps === 0 ? 1e4 * B * 2 ** -53 : 1e-8 * (1 + 10 / damping);
    expect(relativeDistance(result.step, row.step)).toBeLessThan(error);
  }
});

describe("a loose tolerance at small damping, where the trace promises little", () => {
  const [B, D, C] = [100, 20, 3];
  const model = linearHead({ featureCount: D, classCount: C });
  const random = new SeededRandom(1);
  const start = new Float64Array(model.parameterCount);
  test("tries conjugate gradients, and stays with them where they are quick", () => {
    const x = dense(B, D, random.normals(B * D));
    const lin = model.linearize(start, x);
    const labels = randomLabels(B, C, 2);
    const options = { damping: 1e-9, tolerance: 0.1 };
    const result = fgnStep(lin, labels, options);
    expect([result.solver, result.status]).toEqual(["parameter-cg", "converged"]);
    expect(result.grams).toBe(0);
    expect(result.residual).toBeLessThanOrEqual(0.1);
  });
  test("goes over to a factorisation after as much work as that costs", () => {
    // Forty orthogonal examples of lengths 1 to 1e-2: as many eigenvalues, and forty iterations do not do.
    const n = 40;
    const orthogonal = dense(n, n);
    for (let i = 0; i < n; i++) orthogonal.data[i * n + i] = 10 ** ((-2 * i) / n);
    const two = linearHead({ featureCount: n, classCount: 2, bias: false });
    const lin = two.linearize(new Float64Array(2 * n), orthogonal);
    const labels = new Int32Array(n);
    const options = { damping: 1e-12, tolerance: 2e-4 };
    const result = fgnStep(lin, labels, options);
    const direct = fgnStep(lin, labels, { ...options, solver: "row-cholesky" });
    expect(result.solver).toBe("row-cholesky");
    expect(result.step).toEqual(direct.step);
    const { costs } = planFgn({
      batchSize: n,
      classCount: 2,
      parameterCount: 2 * n,
      rowGram: true,
      gradientRows: true,
    });
    const tried = result.jvps + result.vjps - direct.jvps - direct.vjps;
    expect(tried).toBeGreaterThan(2);
    expect(tried * n * 2 * n).toBeLessThanOrEqual(costs["row-cholesky"]);
  });
});

test("the trace behind the choice: exact with gradientSquares, one JVP without", () => {
  const [B, D, C] = [60, 4, 3];
  const model = linearHead({ featureCount: D, classCount: C });
  const x = dense(B, D, new SeededRandom(1).normals(B * D));
  const labels = randomLabels(B, C, 2);
  const lin = model.linearize(model.initialize(3), x);
  for (const competitors of [0, 1]) {
    const batch = weightedSplit(lin.logits, labels, {});
    const diagonal = (linearization: Linearization): number =>
      rowFactor(linearization, batch, competitors).trace();
    const rows = rowFactor(lin, batch, competitors);
    const g = rows.rows();
    let wanted = 0;
    for (let i = 0; i < g.rows; i++) {
      for (let k = 0; k < g.cols; k++) wanted += rows.curvature[i]! * g.data[i * g.cols + k]! ** 2;
    }
    // A sum of n P positive terms.
    expect(Math.abs(diagonal(lin) - wanted)).toBeLessThan(g.data.length * 2 ** -53 * wanted);
    // r^T F r: positive, and at most P times the trace.
    const estimated = diagonal({
      logits: lin.logits,
      parameterCount: lin.parameterCount,
      jvp: (v, out) => lin.jvp(v, out),
      vjp: (u, out) => lin.vjp(u, out),
    });
    expect(estimated).toBeGreaterThan(0);
    expect(estimated).toBeLessThanOrEqual(lin.parameterCount * wanted);
  }
});

test("an MLP takes the same step by every solver", () => {
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
