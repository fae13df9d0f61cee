import { describe, expect, test } from "vitest";
import { integrateSpectralFlow } from "../src/index.js";
import { positiveStart, xor } from "./even-start.js";

describe("modes below zero, exactly balanced", () => {
  // Mode 4 lies outside the group that modes 1, 2 and 3 generate: without it classes 0 and 4 are alike.
  const outside = [0, 1, 0.7, 0.4, -0.5, 0, 0, 0];
  const inside = [0, 1, 0.7, -0.4, 0.5, -0.3, -0.2, -0.1];

  test("outside the span they leave classes confused, and the clock reaches t = 1e8", () => {
    const flow = integrateSpectralFlow({ group: xor(3), strengths: outside, times: [1e3, 1e8] });
    expect(flow.status).toBe("completed");
    for (const [i, state] of flow.states.entries()) {
      // The loss of four pairs of classes, and what the others add: V of those three modes aside, 1 / t each.
      expect(state.loss - 8 * Math.LN2).toBeGreaterThan(0);
      expect(state.loss - 8 * Math.LN2).toBeLessThan(8 / flow.times[i]!);
      // The mode has risen to zero as far as doubles go, and so it stays.
      expect(Math.abs(state.logitSpectrum[4]!)).toBe(0);
      expect(state.logitSpectrum.every(Number.isFinite)).toBe(true);
      expect(Math.abs(state.softmaxEigenvalues[4]!)).toBeLessThan(1e-12);
    }
  });

  test("further on the clock runs like t, and a status says how far it came", () => {
    const flow = integrateSpectralFlow({
      group: xor(3),
      strengths: outside,
      times: [1e300],
      maxEvaluations: 20_000,
    });
    expect(flow.status).toBe("evaluation-limit");
    expect(flow.states[0]!.time).toBeGreaterThan(1e8);
  });

  test("inside the span they cost nothing", () => {
    const flow = integrateSpectralFlow({ group: xor(3), strengths: inside, times: [1e300] });
    expect(flow.status).toBe("completed");
    expect(flow.evaluations).toBeLessThan(5000);
    expect(flow.states[0]!.logitSpectrum[3]!).toBeLessThan(0);
  });

  test("all below zero end at equal probabilities", () => {
    const strengths = inside.map((s) => -Math.abs(s));
    const { status, states } = integrateSpectralFlow({ group: xor(3), strengths, times: [1e6] });
    expect(status).toBe("completed");
    expect(Math.abs(states[0]!.loss - 8 * Math.log(8))).toBeLessThan(1e-12);
  });
});

describe("far out, where the margin is much larger than k", () => {
  const logTimes = [30, 100, 300, 1000, 3000];
  const errors = (group: number[], method: "dop853" | "dopri5" | "rodas5p", tolerance: number) => {
    const problem = { group, strengths: positiveStart(group, 1), logTimes };
    const exact = integrateSpectralFlow({ ...problem, method: "rodas5p", tolerance: 1e-12 });
    const flow = integrateSpectralFlow({ ...problem, method, tolerance });
    expect(flow.status).toBe("completed");
    const worst = flow.states.map((state, i) => {
      let largest = 0;
      for (let c = 1; c < state.logitSpectrum.length; c++) {
        const error = state.logitSpectrum[c]! / exact.states[i]!.logitSpectrum[c]! - 1;
        largest = Math.max(largest, Math.abs(error));
      }
      return largest / tolerance;
    });
    return { flow, worst };
  };

  test.each([[xor(2)], [xor(3)], [xor(4)]])("rodas5p stays within ten tolerances, %j", (group) => {
    for (const tolerance of [1e-6, 1e-9]) {
      const { flow, worst } = errors(group, "rodas5p", tolerance);
      expect(Math.max(...worst)).toBeLessThan(10);
      expect(flow.stiff).toBe(false);
    }
  });

  test.each([[xor(2)], [xor(3)], [xor(4)]])("dop853 says so in the end, %j", (group) => {
    const { flow, worst } = errors(group, "dop853", 1e-6);
    // Local errors of so many steps add up where nothing damps them.
    expect(Math.max(...worst)).toBeLessThan(flow.steps);
    expect(flow.stiff).toBe(true);
  });

  test("before it does, outputs between its steps are the worst part of it", () => {
    const { worst } = errors(xor(3), "dop853", 1e-9);
    // The step over ln t = 300 is ten times longer than the stability limit and does not notice: nothing excites the fast modes.
    expect(Math.max(...worst)).toBeGreaterThan(10);
    expect(Math.max(...worst)).toBeLessThan(1e4);
  });
});
