import { dense, SeededRandom } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import {
  denseGradientDescent,
  integrateSpectralFlow,
  type SpectralProblem,
  spectralGradientDescent,
  spectralLayers,
} from "../src/index.js";
import { evenStart, positiveStart, xor } from "./even-start.js";

/** Largest difference of the layers after the given steps, relative to the largest entry. */
function distance(problem: SpectralProblem, stepSize: number, outputSteps: number[]): number {
  const spectral = spectralGradientDescent({ ...problem, stepSize, outputSteps });
  const k = spectral.states[0]!.s1.length;
  const n = problem.samplesPerClass ?? 1;
  const run = denseGradientDescent({
    layers: spectralLayers(problem, k + 1, 3),
    labels: Array.from({ length: n * k }, (_, j) => j % k),
    loss: problem.loss ?? "cross-entropy",
    weightDecay: problem.weightDecay ?? 0,
    reduction: problem.reduction ?? "sum",
    stepSize,
    outputSteps,
  });
  expect(spectral.status).toBe("completed");
  expect(run.times).toEqual(spectral.times);
  let worst = 0;
  const { group, layers = 2, samplesPerClass = 1 } = problem;
  for (const [i, { s1, s2, loss }] of spectral.states.entries()) {
    const modes = layers === 2 ? { s1, s2 } : { strengths: s1.map((a, c) => a * s2[c]!) };
    const rebuilt = spectralLayers({ group, layers, samplesPerClass, ...modes }, k + 1, 3);
    for (const [l, w] of run.states[i]!.layers.entries()) {
      const scale = Math.max(...rebuilt[l]!.data.map(Math.abs));
      for (const [e, x] of w.data.entries()) {
        worst = Math.max(worst, Math.abs(x - rebuilt[l]!.data[e]!) / scale);
      }
    }
    worst = Math.max(worst, Math.abs(run.states[i]!.loss - loss) / Math.max(1, loss));
  }
  return worst;
}

describe("gradient descent", () => {
  test.each([
    { stepSize: 0.1, group: xor(3) },
    { stepSize: 1, group: [7] },
    { stepSize: 1, group: [2, 6] },
    { stepSize: 0.1, group: [10] },
  ])("the recursion on modes is the recursion on matrices, %o", ({ stepSize, group }) => {
    const s1 = evenStart(group, 1, (x) => x);
    const s2 = evenStart(group, 2, (x) => x);
    // k u in each product, amplified while the modes still grow like e^t, then 300 steps.
    const bound = 1e-12;
    expect(distance({ group, s1, s2 }, stepSize, [0, 1, 10, 300])).toBeLessThan(bound);
    const strengths = positiveStart(group, 3);
    expect(distance({ group, strengths }, stepSize, [1, 300])).toBeLessThan(bound);
    // A step far beyond what the flow would forgive.
    expect(distance({ group, strengths }, 50, [1, 300])).toBeLessThan(bound);
  });

  test.each([
    { layers: 1 },
    { layers: 1, weightDecay: 0.1 },
    { layers: 3 },
    { layers: 3, weightDecay: 0.05, samplesPerClass: 2 },
    { samplesPerClass: 3, reduction: "mean" as const },
    { loss: "squared" as const },
    { loss: "squared-centred" as const, weightDecay: 0.2, layers: 3 },
  ])("with %o", (settings) => {
    const group = [2, 3];
    const strengths = evenStart(group, 4, (x) => 0.2 + Math.abs(x));
    expect(distance({ group, strengths, ...settings }, 0.05, [1, 100])).toBeLessThan(1e-12);
  });

  test("one balanced step by hand", () => {
    const run = spectralGradientDescent({
      group: [2],
      strengths: [3, 0.5],
      stepSize: 0.1,
      outputSteps: [1],
    });
    // p = softmax(0.25, -0.25), 1 - phat_1 = 2 / (1 + e^0.5), s <- s (1 + 0.1 r)^2; mode 0 stays.
    const r = 2 / (1 + Math.exp(0.5));
    expect(run.states[0]!.logitSpectrum[1]).toBeCloseTo(0.5 * (1 + 0.1 * r) ** 2, 15);
    expect(run.states[0]!.logitSpectrum[0]).toBeCloseTo(3, 15);
  });

  test("tends to the flow, with an error that halves with the step", () => {
    const options = { group: [5], strengths: positiveStart([5], 1) };
    const exact = integrateSpectralFlow({ ...options, times: [2], tolerance: 1e-12 }).states[0]!;
    const errors = [0.01, 0.005].map((stepSize) => {
      const run = spectralGradientDescent({ ...options, stepSize, outputSteps: [2 / stepSize] });
      return Math.abs(run.states[0]!.loss - exact.loss);
    });
    expect(errors[0]! / errors[1]!).toBeGreaterThan(1.9);
    expect(errors[0]! / errors[1]!).toBeLessThan(2.1);
  });

  test("V is no Lyapunov function of large steps: small modes overshoot the large one", () => {
    const values = (stepSize: number): number[] =>
      spectralGradientDescent({
        group: xor(2),
        strengths: [0, 9.71, 1.7, 1.93],
        stepSize,
        outputSteps: [0, 1, 2, 3, 4],
      }).states.map((state) => state.lyapunov!);
    const small = values(0.1);
    expect(small.every((v, i) => i === 0 || v < small[i - 1]!)).toBe(true);
    const large = values(50);
    expect(Math.max(...large)).toBeGreaterThan(large[0]! + 0.2);
  });

  test("leaving the range of doubles is a status, with the last finite state", () => {
    const spectral = spectralGradientDescent({
      group: [3],
      strengths: [2, 2, 2],
      loss: "squared",
      stepSize: 10,
      outputSteps: [1000],
    });
    expect(spectral.status).toBe("diverged");
    expect(spectral.states[0]!.s1.every(Number.isFinite)).toBe(true);
    const random = new SeededRandom(1);
    const matrices = denseGradientDescent({
      layers: [dense(4, 3, random.normals(12)), dense(3, 4, random.normals(12))],
      loss: "squared",
      stepSize: 10,
      outputSteps: [1000],
    });
    expect(matrices.status).toBe("diverged");
    expect(matrices.states[0]!.layers.every((w) => w.data.every(Number.isFinite))).toBe(true);
  });

  test("bad input is named", () => {
    const strengths = [0, 1, 1];
    const run = (stepSize: number, outputSteps: number[]) => () =>
      spectralGradientDescent({ group: [3], strengths, stepSize, outputSteps });
    expect(run(0, [1])).toThrow("stepSize = 0");
    expect(run(1, [])).toThrow("outputSteps is empty");
    expect(run(1, [2, 1])).toThrow("outputSteps[1] = 1");
    expect(run(1, [0.5])).toThrow("outputSteps[0] = 0.5");
  });
});
