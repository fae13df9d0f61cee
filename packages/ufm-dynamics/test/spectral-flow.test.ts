import { describe, expect, test } from "vitest";
import { integrateSpectralFlow, type SpectralState } from "../src/index.js";
import { positiveStart as start, xor } from "./even-start.js";

describe("clock form", () => {
  test.each([[xor(3)], [[10]], [[3, 4]]])(
    "agrees with natural time to t = 1e6, group %j",
    (group) => {
      const options = { group, strengths: start(group, 1), times: [1, 1e3, 1e6], tolerance: 1e-12 };
      const clock = integrateSpectralFlow({ ...options, clock: true });
      const natural = integrateSpectralFlow({ ...options, clock: false });
      expect(natural.status).toBe("completed");
      for (const [i, state] of clock.states.entries()) {
        for (const [c, s] of state.logitSpectrum.entries()) {
          // 1e-12 a step in ln s, hundreds of steps in natural time.
          const other = natural.states[i]!.logitSpectrum[c]!;
          expect(Math.abs(s - other)).toBeLessThan(1e-9 * Math.max(1, Math.abs(s)));
        }
      }
    },
  );

  test.each([[xor(3)], [[10]], [xor(6)]])(
    "reaches t = 1e300 at about the cost of 1e8, %j",
    (group) => {
      const strengths = start(group, 2);
      const near = integrateSpectralFlow({ group, strengths, times: [1e8] });
      const far = integrateSpectralFlow({ group, strengths, times: [1e8, 1e300] });
      expect(far.status).toBe("completed");
      expect(far.evaluations).toBeLessThan(5 * near.evaluations);
      expect(far.states[1]!.time / 1e300).toBeCloseTo(1, 9);
      // Well past the transient the margin grows like ln t.
      expect(Math.abs(far.states[1]!.margin / Math.log(1e300) - 1)).toBeLessThan(0.05);
    },
  );

  test.each([[xor(2)], [xor(4)], [[5]], [[10]], [[2, 6]]])("V falls at every step, %j", (group) => {
    for (let seed = 0; seed < 5; seed++) {
      let last = Infinity;
      let steps = 0;
      integrateSpectralFlow({
        group,
        strengths: start(group, seed),
        times: [1e12],
        onStep: ({ lyapunov }) => {
          expect(lyapunov!).toBeLessThan(last);
          last = lyapunov!;
          steps++;
        },
      });
      expect(steps).toBeGreaterThan(5);
    }
  });
});

describe("onStep", () => {
  test.each([true, false])("ends at the last output time, clock = %s", (clock) => {
    const problem = { group: xor(3), strengths: start(xor(3), 3), clock };
    const seen: { logTime: number; margin: number; lyapunov: number | undefined }[] = [];
    const flow = integrateSpectralFlow({ ...problem, times: [1, 50], onStep: (s) => seen.push(s) });
    expect(seen).toHaveLength(flow.steps);
    const last = flow.states[1]!;
    expect(Math.max(...seen.map((step) => step.logTime))).toBe(Math.log(50));
    // The same interpolated state; in the clock its margin is interpolated too, to the tolerance.
    expect(Math.abs(seen.at(-1)!.margin - last.margin)).toBeLessThan(1e-8);
    expect(seen.at(-1)!.lyapunov).toBe(last.lyapunov);
  });

  test("ends where the flow stopped", () => {
    const seen: number[] = [];
    const flow = integrateSpectralFlow({
      group: [10],
      strengths: start([10], 1),
      times: [1e9],
      stopWhen: { lossBelow: 0.01 },
      onStep: (step) => seen.push(step.logTime),
    });
    expect(flow.status).toBe("event");
    expect(seen.at(-1)).toBe(flow.states[0]!.logTime);
    expect(Math.abs(flow.states[0]!.loss - 0.01)).toBeLessThan(1e-11);
  });
});

test("onState takes the states, and the result keeps the last", () => {
  const problem = { group: [2, 5], strengths: start([2, 5], 1), times: [0, 1, 1, 1e4] };
  const all = integrateSpectralFlow(problem);
  const taken: SpectralState[] = [];
  const flow = integrateSpectralFlow({ ...problem, onState: (state) => taken.push(state) });
  expect(taken).toEqual(all.states);
  expect(flow.states).toEqual(all.states.slice(-1));
  expect(flow.times).toEqual(all.times.slice(-1));
});

describe("V' of states that are not balanced", () => {
  test.each([
    { clock: true },
    { clock: false },
    { weightDecay: 0.3 },
    { weightDecay: 0.3, loss: "squared" as const },
    { samplesPerClass: 3, reduction: "mean" as const },
  ])("is the derivative of V, %o", (options) => {
    const group = [2, 3];
    const s1 = start(group, 4);
    const s2 = start(group, 5);
    const h = 2 ** -9;
    const times = [1 - 2 * h, 1 - h, 1, 1 + h, 1 + 2 * h];
    const flow = integrateSpectralFlow({ group, s1, s2, times, tolerance: 1e-13, ...options });
    const v = flow.states.map((state) => state.lyapunov!);
    const slope = (8 * (v[3]! - v[1]!) - (v[4]! - v[0]!)) / (12 * h);
    // The fifth derivative times h^4 / 30 = 5e-13; errors of 1e-13 a step on tens of steps over h: 2e-9.
    expect(Math.abs(slope - flow.states[2]!.lyapunovRate!)).toBeLessThan(5e-9);
    expect(Math.abs(slope)).toBeGreaterThan(1e-4);
  });
});
