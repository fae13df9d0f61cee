import { describe, expect, test } from "vitest";
import {
  integrateSpectralFlow,
  modeDistribution,
  neuralCollapse,
  type SpectralState,
  spectralLayers,
} from "../src/index.js";
import { evenStart, xor } from "./even-start.js";

// What one might think holds along the flow, and the run that shows that it does not. Every bound
// is far above the errors of the runs, which are made at 1e-10.

const tolerance = 1e-10;

/** Mean strength of the non-trivial modes. */
function mean(state: SpectralState): number {
  const s = state.logitSpectrum;
  return (s.reduce((a, b) => a + b, 0) - s[0]!) / (s.length - 1);
}

const ratio = (state: SpectralState): number => modeDistribution(state.logitSpectrum)!.ratio;

/** Root mean square of cos + 1/(k-1) between the features of different classes. */
function angleError(group: number[], { s1, s2 }: SpectralState): number {
  const layers = spectralLayers({ group, s1, s2 }, s1.length, 1);
  const labels = Array.from({ length: s1.length }, (_, j) => j);
  return neuralCollapse(layers[0]!, labels, layers[1]!).nc2Means.angleError!;
}

function falls(values: readonly number[]): boolean {
  return values.every((v, i) => i === 0 || v <= values[i - 1]! + 1e-9);
}

describe("does not hold", () => {
  test("V' <= 0 for unbalanced starts: equal strengths with unequal imbalance drift apart", () => {
    // s = 1 and s1^2 - s2^2 = (0, 2, 6): s1^2 = (delta + sqrt(delta^2 + 4)) / 2.
    const s1 = [0, 0, 2, 6].map((d, c) =>
      c === 0 ? 0 : Math.sqrt((d + Math.sqrt(d * d + 4)) / 2),
    );
    const s2 = s1.map((a) => (a === 0 ? 0 : 1 / a));
    const times = [0, 0.1, 0.3, 1, 3, 10, 1e4];
    const flow = integrateSpectralFlow({ group: xor(2), s1, s2, times, tolerance });
    const expected = [0, 0.0043, 0.014, 0.0182, 0.0115, 0.0059, 2e-4];
    for (const [i, state] of flow.states.entries()) {
      // The digits that the notes give.
      expect(Math.abs(state.lyapunov! - expected[i]!)).toBeLessThan(i === 6 ? 5e-5 : 5.1e-5);
    }
    expect(flow.states[1]!.lyapunovRate!).toBeGreaterThan(0.01);
  });

  test("a falling ratio of the largest to the smallest mode, balanced", () => {
    const strengths = [
      0, 1.129, 1.125, 1.141, 30.128, 1.119, 30.104, 1.126, 30.115, 1.137, 1.121, 30.11, 1.147,
      30.11, 30.114, 1.143,
    ];
    const times = [0, 10, 100, 295, 1e4];
    const flow = integrateSpectralFlow({ group: xor(4), strengths, times, tolerance });
    const ratios = flow.states.map(ratio);
    expect(ratios[0]!).toBeCloseTo(30.128 / 1.119, 8);
    expect(ratios[3]!).toBeGreaterThan(41);
    expect(falls(flow.states.map((state) => state.lyapunov!))).toBe(true);
    const cyclic = integrateSpectralFlow({
      group: [10],
      strengths: [0, 0.924, 11.292, 11.305, 0.922, 0.918, 0.922, 11.305, 11.292, 0.924],
      logTimes: [-Infinity, 8.3 * Math.LN10, 500],
      tolerance,
    });
    const other = cyclic.states.map(ratio);
    expect(other[1]!).toBeGreaterThan(16.9);
    expect(other[0]!).toBeLessThan(12.4);
    expect(other[2]!).toBeLessThan(other[0]!);
    expect(falls(cyclic.states.map((state) => state.lyapunov!))).toBe(true);
  });

  test("a falling angle metric of NC2, balanced", () => {
    const strengths = [0, 0.021, 7.342, 0.001, 9.319, 7.409, 0.013, 7.049];
    const flow = integrateSpectralFlow({
      group: xor(3),
      strengths,
      logTimes: [-Infinity, Math.log(400), 5.6 * Math.LN10, 128 * Math.LN10],
      tolerance,
    });
    const angles = flow.states.map((state) => angleError(xor(3), state));
    // W1^T W1 has the modes s, so that the cosines of the features are those of Z.
    for (const [i, expected] of [0.35442, 0.382, 0.38408, 0.321].entries()) {
      expect(Math.abs(angles[i]! - expected)).toBeLessThan(i === 3 ? 2e-3 : 5e-5);
    }
    const v = flow.states.map((state) => state.lyapunov!);
    expect(falls(v)).toBe(true);
    expect(v[0]!).toBeCloseTo(2.483, 3);
    // The metric is the one of theory: an increasing function of sum q^2, (k - 1) sum q^2 = 1 at collapse.
    for (const [i, state] of flow.states.entries()) {
      const q = modeDistribution(state.logitSpectrum)!.q;
      const squares = q.reduce((sum, x) => sum + x * x, 0);
      const k = 8;
      // sum_m (z_m / z_0)^2 = k sum q^2 by Parseval, z centred.
      const meanSquare = (k * squares - 1) / (k - 1) - 1 / (k - 1) ** 2;
      expect(angles[i]!).toBeCloseTo(Math.sqrt(meanSquare), 9);
    }
  });

  test("an order of the modes that stays, for k = 8; it does stay for k = 4", () => {
    const swaps = (group: number[]): number => {
      let count = 0;
      for (let seed = 0; seed < 20; seed++) {
        const strengths = evenStart(group, seed, (x) => 1e-2 * Math.exp(2 * x));
        strengths[0] = 0;
        const flow = integrateSpectralFlow({
          group,
          strengths,
          times: [0, 1, 10, 1e3, 1e6],
          tolerance,
        });
        const order = (state: SpectralState): string => {
          const s = state.logitSpectrum;
          return [...s.keys()]
            .slice(1)
            .sort((a, b) => s[a]! - s[b]!)
            .join();
        };
        if (flow.states.some((state) => order(state) !== order(flow.states[0]!))) count++;
      }
      return count;
    };
    expect(swaps(xor(3))).toBeGreaterThan(10);
    expect(swaps(xor(2))).toBe(0);
  });

  test("collapse for three layers and more", () => {
    const strengths = evenStart(xor(3), 4, (x) => 1e-2 * Math.exp(0.3 * x));
    strengths[0] = 0;
    const run = (layers: number): { first: number; last: number; mean: number } => {
      const flow = integrateSpectralFlow({
        group: xor(3),
        strengths,
        layers,
        logTimes: [-Infinity, 60],
        tolerance,
      });
      expect(flow.status).toBe("completed");
      const [a, b] = flow.states;
      return { first: ratio(a!), last: ratio(b!), mean: mean(b!) };
    };
    const two = run(2);
    expect(two.last).toBeLessThan(1.05);
    for (const layers of [3, 4]) {
      const deep = run(layers);
      expect(deep.mean).toBeGreaterThan(20);
      expect(deep.last).toBeGreaterThan(1.5 * deep.first);
    }
  });
});
