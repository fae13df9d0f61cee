import { describe, expect, test } from "vitest";
import { integrateSpectralFlow } from "../src/index.js";
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
