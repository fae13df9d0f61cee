import { dense, dot, identity, luSolve, SeededRandom } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import { type FgnSolver, fgnOperator, fgnStep, type StepOptions } from "../src/index.js";
import { weightedSplit } from "../src/operators.js";
import { type RowFactor, rowFactor } from "../src/row-factor.js";
import { rowStart } from "../src/solvers/row-start.js";
import { rowResidual, rowSolver } from "../src/solvers/row-system.js";
import { type StepProblem, stepProblem } from "../src/step-problem.js";
import { randomDense, relativeDistance } from "./dense-oracle.js";
import { testHead } from "./linear-head.js";

/** n examples with one feature each, of sizes 1 down to 10^-decades: as many eigenvalues. */
function spread(n: number, decades: number, far = 0) {
  const x = dense(n, n);
  for (let i = 0; i < n; i++) x.data[i * n + i] = 10 ** ((-decades * i) / n);
  const w = dense(3, n, new SeededRandom(1).normals(3 * n));
  if (far !== 0) {
    // The first two examples are far on the wrong side, the third on the right one.
    w.data[0] = w.data[n + 1] = far;
    w.data[2 * n + 2] = -far;
  }
  return { head: testHead(x, w), labels: Array.from({ length: n }, (_, i) => i % 3) };
}

describe("how an iteration ends", () => {
  const row: FgnSolver[] = ["lifted-cg", "row-cg"];
  const all: FgnSolver[] = [...row, "parameter-cg"];

  test.each(all)("%s: stagnated, where rounding forbids the tolerance", (solver) => {
    const { head, labels } = spread(20, 2);
    const found = fgnStep(head, labels, { damping: 1e-3, solver, tolerance: 1e-17 });
    expect(found.status).toBe("stagnated");
    expect(found.residual).toBeLessThan(1e-15);
    expect(found.iterations).toBeLessThan(60);
  });

  test.each([
    // At most 100, or twice the size of the system if that is more.
    ["lifted-cg", 20, 1e-14, 6, 100],
    ["row-cg", 20, 1e-14, 6, 100],
    ["lifted-cg", 80, 1e-8, 2, 160],
    ["row-cg", 80, 1e-8, 2, 160],
    ["parameter-cg", 16, 1e-14, 2, 100],
    ["parameter-cg", 20, 1e-14, 2, 120],
  ] as const)("%s: %i examples, so many iterations", (solver, n, damping, decades, limit) => {
    const { head, labels } = spread(n, decades);
    const tolerance = solver === "parameter-cg" ? 1e-17 : 1e-10;
    const found = fgnStep(head, labels, { damping, solver, tolerance });
    expect([found.status, found.iterations]).toEqual(["iteration-limit", limit]);
  });

  test.each(row)("%s: breakdown, where squares underflow; the step stays finite", (solver) => {
    const n = 4;
    const w = dense(2, n);
    for (let i = 0; i < n; i++) w.data[i] = 700 + i;
    const head = testHead(identity(n), w);
    for (const [damping, iterations] of [
      [1e-20, 0],
      [1e-60, 0],
    ] as const) {
      const found = fgnStep(head, [0, 0, 0, 0], { damping, solver });
      expect([found.status, found.iterations]).toEqual(["breakdown", iterations]);
      expect(found.step.every((v) => v === 0)).toBe(true);
    }
    expect(fgnStep(head, [0, 0, 0, 0], { damping: 1, solver }).status).toBe("converged");
    // In the parameter space squares of the gradient underflow long before.
    const parameter = { damping: 1, solver: "parameter-cg" } as const;
    expect(fgnStep(head, [0, 0, 0, 0], parameter).status).toBe("breakdown");
  });

  test.each([
    ["lifted-cg", 0, true],
    ["lifted-cg", -5, true],
    ["lifted-cg", -20, true],
    ["lifted-cg", -800, false],
    ["row-cg", -5, false],
    ["row-cg", -20, true],
    ["row-cg", -800, false],
  ] as const)("%s, margins of %i: goes on where its recurrence was wrong", (solver, far, again) => {
    let restarts = 0;
    for (const decades of [3, 4, 5, 6]) {
      const { head, labels } = spread(20, decades, far);
      const found = fgnStep(head, labels, { damping: 1e-8, solver, tolerance: 1e-14 });
      expect(found.status).toBe("converged");
      expect(found.residual).toBeLessThanOrEqual(1e-14);
      // Two measurements, one more forward pass for a start that is not zero.
      const least = far < -10 ? 3 : 2;
      const products = solver === "lifted-cg" ? found.jvps - found.iterations : found.jvps;
      expect(products).toBeGreaterThanOrEqual(least);
      // Rounds, not iterations: those of row-cg are on the Gram matrix.
      expect(products).toBeLessThan(12);
      if (products > least) restarts++;
      expect(found.iterations).toBeLessThan(100);
    }
    if (again) expect(restarts).toBeGreaterThan(0);
  });
});

test("row-cg without a closed form multiplies by G and its transpose instead", () => {
  const { head, labels } = spread(20, 2);
  const bare = { ...head };
  delete bare.rowGram;
  const options = { damping: 1e-3, solver: "row-cg", tolerance: 1e-12 } as const;
  const closed = fgnStep(head, labels, options);
  const free = fgnStep(bare, labels, options);
  expect([closed.grams, free.grams]).toEqual([1, 0]);
  expect(free.jvps).toBeGreaterThanOrEqual(free.iterations);
  expect(closed.jvps).toBeLessThan(closed.iterations);
  // Both to 1e-12 ||g||, over a damping of 1e-3.
  expect(relativeDistance(free.step, closed.step)).toBeLessThan(1e-8);
});

describe("in the parameter space", () => {
  const { head, labels } = spread(6, 1);
  const P = head.parameterCount;

  test("a decay for each parameter is the preconditioner", () => {
    const weightDecay = Float64Array.from({ length: P }, (_, k) => 10 ** (k / 2));
    const options = { damping: 1, weightDecay, parameters: new Float64Array(P).fill(1) };
    const found = fgnStep(head, labels, options);
    expect([found.solver, found.status]).toEqual(["parameter-cg", "converged"]);
    // Eigenvalues from 1 to 1e9 without it, near 1 with it.
    expect(found.iterations).toBeLessThanOrEqual(6);
  });

  test("d.F d of a warm start that is not orthogonal to its residual", () => {
    const initialStep = Float64Array.from({ length: P }, (_, k) => Math.sin(k));
    const found = fgnStep(head, labels, { damping: 0.1, initialStep, tolerance: 0.3 });
    const cold = fgnStep(head, labels, { damping: 0.1, solver: "parameter-cg", tolerance: 0.3 });
    for (const { step, curvature } of [found, cold]) {
      const want = dot(step, fgnOperator(head, labels).apply(step));
      expect(Math.abs(curvature / want - 1)).toBeLessThan(1e-12);
    }
  });

  test("damping that drowns in rounding is a status, and the step the gradient over the damping", () => {
    for (const weightDecay of [0, new Float64Array(P).fill(1e-30)]) {
      const options = { damping: 1e-30, weightDecay, parameters: new Float64Array(P) };
      const found = fgnStep(head, labels, { ...options, solver: "parameter-cholesky" });
      expect(found.status).toBe("stagnated");
      expect(found.step.every(Number.isFinite)).toBe(true);
      expect(found.residual).toBeGreaterThan(1e-3);
      // A gradient of about 0.1.
      expect(Math.max(...found.step.map(Math.abs))).toBeGreaterThan(1e20);
    }
  });

  test("a matrix that rounding makes indefinite, but not singular, is factorised by LU", () => {
    // Two features one rounding apart: the Gram matrix of the parameters has eigenvalues of both signs.
    const x = dense(3, 2, Float64Array.of(1, 1 + 2 ** -27, 1, 1 - 2 ** -27, 1, 1));
    const close = testHead(x, dense(2, 2));
    const found = fgnStep(close, [0, 1, 0], { damping: 1e-18, solver: "parameter-cholesky" });
    expect(found.step.every(Number.isFinite)).toBe(true);
  });
});

describe("where the row iterations start", () => {
  /** Margins of one example each, the only parameters. */
  function startOf(margins: number[], options: Partial<StepOptions> = {}, mu = 0.25) {
    const n = margins.length;
    const w = dense(2, n);
    w.data.set(margins);
    const head = testHead(identity(n), w);
    const problem: StepProblem = stepProblem(head, new Int32Array(n), { damping: mu, ...options });
    const factor: RowFactor = rowFactor(problem.linearization, problem.batch);
    problem.counts.vjps = 0;
    return { start: rowStart(problem, mu, factor), factor, counts: problem.counts };
  }

  test("near examples: at zero, without a product, with residual c / sqrt(D)", () => {
    const { start, factor, counts } = startOf([1, -2, 30]);
    expect(start.step).toBe(undefined);
    expect([counts.jvps, counts.vjps]).toEqual([0, 0]);
    expect([...start.known]).toEqual([0, 0, 0]);
    start.residual.forEach((r, i) => {
      const want = factor.pull[i]! / Math.sqrt(factor.curvature[i]!);
      expect(Math.abs(r / want - 1)).toBeLessThan(1e-15);
    });
  });

  test("an example of odds below 2^-10: at its gradient row c / mu", () => {
    const edge = -10 * Math.LN2;
    const { start, factor, counts } = startOf([edge - 0.01, edge + 0.01, 2]);
    expect([...start.known]).toEqual([factor.pull[0]! / 0.25, 0, 0]);
    expect([counts.jvps, counts.vjps]).toEqual([1, 1]);
    expect(start.step).toEqual(factor.lift(start.known));
    const along = factor.project(start.step!);
    start.residual.forEach((r, i) => {
      const root = Math.sqrt(factor.curvature[i]!);
      const open = i === 0 ? 0 : factor.pull[i]! / root;
      expect(r).toBe(open - root * along[i]!);
    });
  });

  test("an example that weighs nothing is not started from, however far", () => {
    const { start } = startOf([-20, 1], { exampleWeights: [0, 1] });
    expect(start.step).toBe(undefined);
    expect(start.residual[0]).toBe(0);
  });

  test("the residual stays bounded, however far and whatever the damping", () => {
    // c - mu (c / mu) is a rounding for the last three, which division by sqrt(D) would raise beyond all bounds.
    for (const mu of [0.1, 3e-5, 43 / 37, 47 / 37, 57 / 37]) {
      const { start } = startOf([-20, -100, -300, -600, -800], {}, mu);
      // sqrt(D) G d with D <= e^-20 and ||G d|| <= 2 / (5 mu).
      for (const r of start.residual) expect(Math.abs(r)).toBeLessThan(Math.exp(-10) / mu);
    }
  });

  test("a gradient that leaves the row space is followed first: -h / mu", () => {
    const options = { weightDecay: 0.5, parameters: Float64Array.of(1, 2, 3, 4) };
    const { start } = startOf([1, 2], options);
    expect([...start.step!]).toEqual([-2, -4, -6, -8]);
  });
});

describe("the damped row system", () => {
  const m = dense(3, 3, Float64Array.of(4, 1, 2, 1, 3, 1, 2, 1, 5));
  const t = Float64Array.of(1, -2, 3);

  test.each([
    ["all rows", [1, 0.5, 2]],
    ["a row without curvature", [1, 0, 2]],
    ["a row of negligible curvature", [1e-290, 0.5, 2]],
    ["rows of very different curvature", [1e-270, 1e-10, 2]],
  ])("%s: both ways against elimination", (_, entries) => {
    const d = Float64Array.from(entries);
    const mu = 0.25;
    const full = dense(
      3,
      3,
      m.data.map((v, e) => d[Math.floor(e / 3)]! * v),
    );
    for (let i = 0; i < 3; i++) full.data[i * 4]! += mu;
    const want = luSolve(full, t);
    for (const force of ["auto", "lu"] as const) {
      const solver = rowSolver(m, d, mu, force);
      expect(solver.method).toBe(force === "auto" ? "cholesky" : "lu");
      const x = solver.solve(t);
      // Condition below 100.
      expect(relativeDistance(x, want)).toBeLessThan(1e-13);
      for (const r of rowResidual(m, d, mu, x, t)) expect(Math.abs(r)).toBeLessThan(1e-13);
    }
    expect(rowSolver(m, d, mu).method).toBe("cholesky");
  });

  test("condition numbers of what was factorised", () => {
    const unit = identity(2);
    const d = Float64Array.of(1, 3);
    for (const force of ["auto", "lu"] as const) {
      expect(rowSolver(unit, d, 1, force).conditionEstimate()).toBeCloseTo(2, 12);
    }
  });

  test("where damping drowns in rounding: LU, and without pivots the step by damping alone", () => {
    const ones = dense(2, 2, Float64Array.of(1, 1, 1, 1));
    const solver = rowSolver(ones, Float64Array.of(1, 1), 1e-300);
    expect(solver.method).toBe("lu");
    expect([...solver.solve(Float64Array.of(1e-300, 2e-300))]).toEqual([1, 2]);
  });
});

test("the rounds of row-cg share one limit", () => {
  const { head, labels } = spread(20, 3, -20);
  const found = fgnStep(head, labels, { damping: 1e-8, solver: "row-cg", tolerance: 1e-15 });
  expect([found.status, found.iterations]).toEqual(["iteration-limit", 100]);
});

test("the residual is relative to the gradient, however large that is", () => {
  const x = randomDense(6, 3, 1);
  const head = testHead(
    dense(
      6,
      3,
      x.data.map((v) => 1e6 * v),
    ),
    dense(3, 3),
  );
  for (const solver of ["row-cholesky", "row-lu", "parameter-cholesky"] as const) {
    const found = fgnStep(head, [0, 1, 2, 0, 1, 2], { damping: 1, solver });
    // Condition up to 1e12, which the residual of a backward stable solve does not see.
    expect(found.residual).toBeLessThan(1e-12);
  }
});

test("refinement and residual of the direct solve where the gradient is tiny", () => {
  const x = randomDense(6, 3, 1);
  const w = dense(2, 3);
  // All on the right side by margins of about 100 to 400: gradients below 1e-40.
  const labels = Array.from({ length: 6 }, (_, i) => (x.data[3 * i]! > 0 ? 0 : 1));
  w.data[0] = 300;
  for (const solver of ["row-cholesky", "row-lu", "parameter-cholesky"] as const) {
    const found = fgnStep(testHead(x, w), labels, { damping: 1e-3, solver });
    expect(found.status).toBe("converged");
    expect(found.residual).toBeLessThan(1e-15);
  }
  expect(
    weightedSplit(testHead(x, w).logits, labels, {}).split.complements.every((c) => c < 0.1),
  ).toBe(true);
});
