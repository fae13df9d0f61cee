import { loadReference } from "@xent/testkit";
import { describe, expect, test } from "vitest";
import {
  collapseFactor,
  exponentialIntegral,
  integrate,
  integrateSpectralFlow,
  logisticStrength,
  symmetricLateLoss,
  symmetricLateStrength,
  symmetricLoss,
  symmetricStrength,
  symmetricStrengthAtLogTime,
} from "../src/index.js";
import { evenStart, xor } from "./even-start.js";

interface SymmetricCase {
  readonly k: number;
  readonly s0: string;
  readonly times: number[];
  readonly s: string[];
}

const cases = loadReference<SymmetricCase[]>("reference/ufm-symmetric.json", import.meta.url);

/** Equal strengths on the non-trivial modes. */
function equal(k: number, s: number): Float64Array {
  return new Float64Array(k).fill(s).fill(0, 0, 1);
}

describe("exponential integral", () => {
  // Digits of Ei from NIST DLMF-style tables (Abramowitz and Stegun 5.1, and e^x asymptotics by mpmath).
  test.each([
    [1, 1.8951178163559368],
    [2, 4.954234356001891],
    [10, 2492.228976241877],
    [40, 6039718263611242],
  ])("Ei(%d)", (x, expected) => {
    expect(Math.abs(exponentialIntegral(x) / expected - 1)).toBeLessThan(1e-13);
  });

  test("its derivative is e^x / x, across the seam of both series", () => {
    for (const x of [0.1, 0.3725, 1, 5, 30, 44.9, 45, 45.1, 46, 100, 600]) {
      const step = 1e-3 * Math.min(1, x);
      const stencil = (h: number): number =>
        exponentialIntegral(x + h) - exponentialIntegral(x - h);
      const slope = (8 * stencil(step) - stencil(2 * step)) / (12 * step);
      // Fourth order: step^4 / 30 times the fifth derivative (24 / x^5 + 1 of the value), and the
      // rounding 2e-14 of the values over the step.
      const value = Math.exp(x) / x;
      const scale = Math.max(Math.abs(exponentialIntegral(x + 2 * step)), 1);
      const bound = value * step ** 4 * (24 / x ** 4 + 1) + (4 * 2e-14 * scale) / step;
      expect(Math.abs(slope - value)).toBeLessThan(bound);
    }
  });

  test("the ends of its domain", () => {
    expect(exponentialIntegral(710)).toBeGreaterThan(1e305);
    expect(exponentialIntegral(800)).toBe(Infinity);
    expect(() => exponentialIntegral(0)).toThrow("x = 0");
    expect(() => exponentialIntegral(NaN)).toThrow("x = NaN");
  });
});

describe.each(cases)("symmetric start, k = $k", ({ k, s0, times, s }) => {
  test("agrees with thirty digits", () => {
    for (const [i, t] of times.entries()) {
      const ours = symmetricStrength(k, Number(s0), t);
      // k ln(s / s0) is the largest term and carries a few roundings.
      expect(Math.abs(ours / Number(s[i]) - 1)).toBeLessThan(1e-14);
    }
  });

  test("the spectral flow follows it, to times beyond all doubles", () => {
    const logTimes = [-1, 0, 3, 10, 100, 700, 1e4];
    const group = Number.isInteger(Math.log2(k)) ? xor(Math.log2(k)) : [k];
    const flow = integrateSpectralFlow({
      group,
      strengths: equal(k, Number(s0)),
      logTimes,
      // Where s is far above k the flow is stiff: small groups get there.
      method: k <= 64 ? "rodas5p" : "dop853",
      tolerance: 1e-12,
    });
    for (const [i, state] of flow.states.entries()) {
      const expected = symmetricStrengthAtLogTime(k, Number(s0), logTimes[i]!);
      for (let c = 1; c < k; c++) {
        // 1e-12 in ln s and in ln t over the margin a step; the estimate is good to a factor of two.
        const error = Math.abs(state.logitSpectrum[c]! / expected - 1);
        expect(error).toBeLessThan(2e-12 * flow.steps);
      }
      // The loss is e^-s as far as that is a double.
      const error = Math.abs(state.loss - symmetricLoss(k, expected));
      expect(error).toBeLessThan(4e-12 * flow.steps * Math.max(1, expected) * state.loss + 1e-300);
    }
  });
});

describe("closed forms", () => {
  test.each([2, 3, 64, 2 ** 20])("k = %i: late times, with errors of the stated order", (k) => {
    for (const logTime of [30, 100, 700, 1e4, 1e6]) {
      const s = symmetricStrengthAtLogTime(k, 0.01, logTime);
      const late = symmetricLateStrength(k, logTime);
      expect(Math.abs(late - s)).toBeLessThan(3 / s ** 2 + 1e-14 * s);
      if (logTime > 700) continue;
      const loss = symmetricLateLoss(k, logTime);
      expect(Math.abs(loss / symmetricLoss(k, s) - 1)).toBeLessThan(4 / s ** 2);
    }
  });

  test("symmetric starts at the edges", () => {
    expect(symmetricStrength(8, 0.3, 0)).toBe(0.3);
    // ln 1e300 + 2 t to first order, long before anything saturates.
    const tiny = symmetricStrength(8, 1e-300, 1);
    expect(Math.abs(tiny / (1e-300 * Math.exp(2)) - 1)).toBeLessThan(1e-12);
    // A start beyond e^709 in e^s moves by 2 k s t e^-s = 0.
    expect(symmetricStrength(4, 800, 1)).toBeCloseTo(800, 11);
    expect(() => symmetricStrength(1, 1, 1)).toThrow("classCount");
    expect(() => symmetricStrength(4, 0, 1)).toThrow("start");
    expect(() => symmetricStrength(4, 1, -1)).toThrow("time");
    expect(() => symmetricStrengthAtLogTime(4, 1, Infinity)).toThrow("logTime");
    expect(() => symmetricLateStrength(4, -10)).toThrow("logTime");
  });

  test("two classes: every balanced start is the closed form", () => {
    const times = [0.1, 1, 10, 1e6];
    const flow = integrateSpectralFlow({
      group: [2],
      strengths: [5, 0.2],
      times,
      tolerance: 1e-12,
    });
    for (const [i, state] of flow.states.entries()) {
      const expected = symmetricStrength(2, 0.2, times[i]!);
      expect(Math.abs(state.logitSpectrum[1]! / expected - 1)).toBeLessThan(1e-10);
    }
  });

  test("Saxe's curves: independent modes under the squared loss", () => {
    const group = [2, 5];
    const strengths = evenStart(group, 4, (x) => Math.abs(x));
    strengths[3] = 0;
    strengths[2] = 0;
    const times = [0.1, 1, 3, 10];
    for (const weightDecay of [0, 0.3, 1, 1.5]) {
      const flow = integrateSpectralFlow({
        group,
        strengths,
        loss: "squared",
        weightDecay,
        times,
        tolerance: 1e-12,
      });
      for (const [i, state] of flow.states.entries()) {
        for (const [c, s] of strengths.entries()) {
          const expected = logisticStrength(s, times[i]!, 1 - weightDecay);
          expect(Math.abs(state.logitSpectrum[c]! - expected)).toBeLessThan(1e-10);
        }
      }
    }
  });

  test("logistic curves solve their equation, any sign of the target, and at infinity", () => {
    for (const target of [-2, -1e-9, 0, 1e-9, 0.5, 3]) {
      const run = integrate(
        {
          dimension: 1,
          derivative: (_t, y, out) => {
            out[0] = 2 * y[0]! * (target - y[0]!);
          },
        },
        [0.7],
        { times: [0.5, 2], relativeTolerance: 1e-12, absoluteTolerance: 1e-14 },
      );
      for (const [i, y] of run.states.entries()) {
        const expected = logisticStrength(0.7, run.times[i]!, target);
        expect(Math.abs(y[0]! - expected)).toBeLessThan(1e-10 * expected);
      }
    }
    expect(logisticStrength(1e-300, 1e300)).toBe(1);
    expect(logisticStrength(2, 1e300, -1)).toBe(0);
    expect(() => logisticStrength(-1, 1)).toThrow("start = -1");
  });
});

describe("collapse is exponentially slow", () => {
  test.each([xor(2), [5], xor(6), xor(10), xor(14), xor(16)])(
    "small deviations shrink as e^(-s/k) and V as its square, group %j %j",
    (...group) => {
      const orders = group.filter((n) => n !== undefined);
      const k = orders.reduce((a, b) => a * b, 1);
      const s0 = 0.5;
      const small = 1e-6;
      const wiggle = evenStart(orders, 9, (x) => Math.max(-2, Math.min(2, x)));
      let mean = 0;
      for (let c = 1; c < k; c++) mean += wiggle[c]! / (k - 1);
      const strengths = wiggle.map((w, c) => (c === 0 ? 0 : s0 * (1 + small * (w - mean))));
      // An explicit method leaves noise above its tolerance behind where the flow is stiff, s far above k.
      const flow = integrateSpectralFlow({
        group: orders,
        strengths,
        logTimes: k > 64 ? [-Infinity, 2, 20] : [-Infinity, 2, 20, 200, 2000],
        method: k > 64 ? "dop853" : "rodas5p",
        tolerance: 1e-11,
      });
      const [start, ...later] = flow.states;
      for (const state of later) {
        let s = 0;
        for (let c = 1; c < k; c++) s += state.logitSpectrum[c]! / (k - 1);
        const factor = collapseFactor(k, s0, s);
        // Errors of ln s, and of eta with it: 1e-11 a step. The linear law itself is off by terms of size small.
        const noise = 1e-11 * flow.steps;
        if (factor * small > 100 * noise) {
          const ratio = state.lyapunov! / start!.lyapunov! / factor ** 2;
          expect(Math.abs(ratio - 1)).toBeLessThan(10 * small + (4 * noise) / (factor * small));
        }
        for (const c of [1, k - 1]) {
          const eta = state.logitSpectrum[c]! / s - 1;
          const expected = factor * small * (wiggle[c]! - mean);
          expect(Math.abs(eta - expected)).toBeLessThan(noise + 40 * small * small);
        }
      }
    },
  );
});
