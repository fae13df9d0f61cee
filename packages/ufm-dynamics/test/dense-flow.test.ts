import { dense, SeededRandom } from "@xent/linalg";
import { Solver } from "odex";
import { describe, expect, test } from "vitest";
import { checkDenseProblem } from "../src/dense-problem.js";
import { DenseSystem } from "../src/dense-system.js";
import {
  integrateDenseFlow,
  integrateSpectralFlow,
  type SpectralProblem,
  spectralLayers,
} from "../src/index.js";
import { evenStart } from "./even-start.js";

const positive = (x: number): number => 0.05 + Math.abs(x);
const anySign = (x: number): number => x;

const groups = [
  [2],
  [3],
  [2, 2],
  [5],
  [2, 2, 2],
  [10],
  [2, 5],
  [3, 4],
  [2, 6],
  [2, 2, 2, 2],
  [16],
  [7],
];

/** The problem without its initial modes. */
function settings(problem: SpectralProblem): SpectralProblem {
  const { group, layers = 2, samplesPerClass = 1 } = problem;
  return { group, layers, samplesPerClass };
}

function worstDifference(problem: SpectralProblem, width: number, times: number[]): number {
  const spectral = integrateSpectralFlow({ ...problem, times, tolerance: 1e-11 });
  const layers = spectralLayers(problem, width, 7);
  const k = spectral.states[0]!.s1.length;
  const n = problem.samplesPerClass ?? 1;
  const run = integrateDenseFlow({
    layers,
    labels: Int32Array.from({ length: n * k }, (_, j) => j % k),
    loss: problem.loss ?? "cross-entropy",
    weightDecay: problem.weightDecay ?? 0,
    reduction: problem.reduction ?? "sum",
    times,
    tolerance: 1e-11,
  });
  expect(run.status).toBe("completed");
  expect(spectral.status).toBe("completed");
  let worst = 0;
  for (const [i, state] of spectral.states.entries()) {
    const modes =
      (problem.layers ?? 2) === 2
        ? { s1: state.s1, s2: state.s2 }
        : { strengths: state.s1.map((a, c) => a * state.s2[c]!) };
    const rebuilt = spectralLayers({ ...settings(problem), ...modes }, width, 7);
    for (const [l, w] of run.states[i]!.layers.entries()) {
      const scale = Math.max(...rebuilt[l]!.data.map(Math.abs));
      for (const [e, x] of w.data.entries()) {
        worst = Math.max(worst, Math.abs(x - rebuilt[l]!.data[e]!) / scale);
      }
    }
    worst = Math.max(worst, Math.abs(run.states[i]!.loss - state.loss) / Math.max(1, state.loss));
  }
  return worst;
}

// Local errors of 1e-11 a step, some tens of steps, on both sides.
const TOLERANCE = 2e-9;

describe("the spectral flow is the dense flow", () => {
  test.each(groups)("balanced and not, group %j %j %j", (...group) => {
    const orders = group.filter((n) => n !== undefined);
    const s = evenStart(orders, 1, positive).map(Math.sqrt);
    const times = [0, 0.3, 2, 20];
    const k = s.length;
    expect(worstDifference({ group: orders, s1: s, s2: s }, k + 1, times)).toBeLessThan(TOLERANCE);
    const s1 = evenStart(orders, 2, anySign);
    const s2 = evenStart(orders, 3, anySign);
    expect(worstDifference({ group: orders, s1, s2 }, k, times)).toBeLessThan(TOLERANCE);
  });

  test.each([
    { layers: 1 },
    { layers: 3 },
    { layers: 4 },
    { layers: 3, weightDecay: 0.05 },
    { layers: 1, weightDecay: 0.05 },
    { weightDecay: 0.1 },
    { loss: "squared" as const },
    { loss: "squared-centred" as const, weightDecay: 0.1 },
    { loss: "squared" as const, layers: 3 },
    { samplesPerClass: 3 },
    { samplesPerClass: 3, reduction: "mean" as const },
    { samplesPerClass: 2, layers: 3, weightDecay: 0.02 },
    { samplesPerClass: 2, loss: "squared" as const },
  ])("with %o", (options) => {
    const group = [10];
    const strengths = evenStart(group, 3, positive);
    expect(worstDifference({ group, strengths, ...options }, 11, [0, 0.3, 3])).toBeLessThan(
      TOLERANCE,
    );
  });

  test("unbalanced with weight decay and negative modes", () => {
    const group = [2, 2, 2];
    const s1 = evenStart(group, 5, anySign);
    const s2 = evenStart(group, 6, anySign);
    const worst = worstDifference({ group, s1, s2, weightDecay: 0.2 }, 8, [0, 1, 10]);
    expect(worst).toBeLessThan(TOLERANCE);
  });
});

describe("the dense right-hand side is the gradient of its loss", () => {
  test.each([
    { loss: "cross-entropy" as const, weightDecay: 0, withBias: true },
    { loss: "squared" as const, weightDecay: 0.3, withBias: true },
    { loss: "squared-centred" as const, weightDecay: 0, withBias: false },
    { loss: "cross-entropy" as const, weightDecay: 0.2, withBias: false },
  ])("class imbalance, sample weights, three layers, %o", ({ loss, weightDecay, withBias }) => {
    const random = new SeededRandom(8);
    const problem = checkDenseProblem({
      layers: [
        dense(4, 7, random.normals(28)),
        dense(3, 4, random.normals(12)),
        dense(3, 3, random.normals(9)),
      ],
      labels: [0, 0, 0, 0, 1, 1, 2],
      sampleWeights: [1, 2, 0, 0.5, 1, 3, 1],
      ...(withBias ? { bias: random.normals(3) } : {}),
      loss,
      weightDecay,
      reduction: "mean",
    });
    const system = new DenseSystem(problem);
    const y = system.initial();
    const slope = new Float64Array(y.length);
    system.derivative(0, y, slope);
    const weights = withBias ? y.length - 3 : y.length;
    const objective = (at: Float64Array): number => {
      const squares = at.subarray(0, weights).reduce((sum, x) => sum + x * x, 0);
      return system.loss(at) + (weightDecay / 2) * squares;
    };
    const step = 2 ** -17;
    for (let i = 0; i < y.length; i++) {
      const [a, b] = [y.slice(), y.slice()];
      a[i]! += step;
      b[i]! -= step;
      const difference = (objective(b) - objective(a)) / (2 * step);
      // step^2 / 6 = 1e-11 times a third derivative of order 100; rounding 100 u / step = 1e-9.
      expect(Math.abs(difference - slope[i]!)).toBeLessThan(2e-8);
    }
  });

  test.each([{ group: [2, 2, 2, 2, 2, 2] }, { group: [64] }])(
    "64 classes, $group",
    ({ group }) => {
      const s = evenStart(group, 1, positive).map(Math.sqrt);
      expect(worstDifference({ group, s1: s, s2: s }, 64, [0.5, 3])).toBeLessThan(TOLERANCE);
      const s1 = evenStart(group, 2, anySign);
      const s2 = evenStart(group, 3, anySign);
      expect(worstDifference({ group, s1, s2 }, 64, [0.5, 3])).toBeLessThan(TOLERANCE);
    },
    60_000,
  );

  test("odex agrees on a start without structure", () => {
    const random = new SeededRandom(9);
    const layers = [dense(3, 5, random.normals(15)), dense(3, 3, random.normals(9))];
    const labels = [0, 0, 0, 1, 2];
    const system = new DenseSystem(checkDenseProblem({ layers, labels, bias: [0, 1, -1] }));
    const solver = new Solver(system.dimension);
    solver.absoluteTolerance = 1e-12;
    solver.relativeTolerance = 1e-12;
    const out = new Float64Array(system.dimension);
    const peer = solver.solve(
      (t, y) => {
        system.derivative(t, Float64Array.from(y), out);
        return [...out];
      },
      0,
      [...system.initial()],
      4,
    );
    const run = integrateDenseFlow({
      layers,
      labels,
      bias: [0, 1, -1],
      times: [4],
      tolerance: 1e-12,
    });
    const state = run.states[0]!;
    const ours = [...state.layers.flatMap((w) => [...w.data]), ...state.bias!];
    for (const [i, x] of ours.entries()) expect(Math.abs(x - peer.y[i]!)).toBeLessThan(1e-9);
  });
});
