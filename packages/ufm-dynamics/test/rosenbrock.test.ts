import { describe, expect, test } from "vitest";
import { type DifferentiableFlow, entryByEntry } from "../src/flow.js";
import { integrateSpectralFlow } from "../src/index.js";
import { RosenbrockStepper } from "../src/rosenbrock.js";
import { checkProblem } from "../src/spectral-problem.js";
import { SpectralSystem } from "../src/spectral-system.js";
import { evenStart, positiveStart, xor } from "./even-start.js";

/** y' = y^2 cos t / 2 with t as an unknown, y(0) = 1: y = 2 / (2 - sin t). */
const sine: DifferentiableFlow = {
  dimension: 2,
  derivative: (_t, y, out) => {
    out[0] = 1;
    out[1] = (y[1]! ** 2 * Math.cos(y[0]!)) / 2;
  },
  jacobian: (_t, y, out) => {
    out.fill(0, 0, 2);
    out[2] = -(y[1]! ** 2 * Math.sin(y[0]!)) / 2;
    out[3] = y[1]! * Math.cos(y[0]!);
  },
};

/** Largest error on [0, 6] with n equal steps: of the steps, of the dense output, of its polynomial. */
function fixedSteps(n: number): [number, number, number] {
  const stepper = new RosenbrockStepper(sine, 0, Float64Array.of(0, 1), {
    tolerance: entryByEntry(() => Infinity),
    maxEvaluations: 1e6,
    firstStep: 6 / n,
  });
  const worst: [number, number, number] = [0, 0, 0];
  const out = new Float64Array(2);
  const coefficients = new Float64Array(8);
  for (let i = 1; i <= n; i++) {
    expect(stepper.step((6 * i) / n)).toBe("accepted");
    worst[0] = Math.max(worst[0], Math.abs(stepper.y[1]! - 2 / (2 - Math.sin(stepper.t))));
    const length = stepper.entryPolynomial(1, coefficients);
    for (const x of [0.3, 0.5, 0.85]) {
      const t = (6 * (i - 1 + x)) / n;
      const value = stepper.interpolate(t, out)[1]!;
      worst[1] = Math.max(worst[1], Math.abs(value - 2 / (2 - Math.sin(t))));
      let polynomial = 0;
      for (let p = length - 1; p >= 0; p--) polynomial = polynomial * x + coefficients[p]!;
      worst[2] = Math.max(worst[2], Math.abs(polynomial - value));
    }
  }
  return worst;
}

describe("Rodas5P", () => {
  test("has order 5, its dense output at least 4", () => {
    const [e1, d1, p1] = fixedSteps(80);
    const [e2, d2] = fixedSteps(160);
    expect(Math.log2(e1 / e2)).toBeGreaterThan(4.5);
    expect(Math.log2(d1 / d2)).toBeGreaterThan(3.5);
    // The same five coefficients in another form.
    expect(p1).toBeLessThan(1e-12);
  });

  test.each([
    { group: xor(3), layers: 2 },
    { group: xor(2), layers: 3 },
    { group: [5], layers: 2 },
    { group: [2, 3], layers: 4 },
    { group: [7], layers: 1 },
  ])("Jacobian against central differences, %o", ({ group, layers }) => {
    const strengths = evenStart(group, 1, (x) => x);
    const system = new SpectralSystem(checkProblem({ group, strengths, layers }), true);
    const k = system.dimension;
    const { negation } = system.problem.group;
    const y = evenStart(group, 2, (x) => 0.3 * x);
    const jacobian = new Float64Array(k * k);
    system.jacobian(0, y, jacobian);
    const step = 2 ** -17;
    const [after, before] = [new Float64Array(k), new Float64Array(k)];
    for (let d = 1; d < k; d++) {
      // Only even directions exist.
      const move = (sign: number): Float64Array =>
        y.map((v, c) => (c === d || c === negation[d] ? v + sign * step : v));
      system.derivative(0, move(1), after);
      system.derivative(0, move(-1), before);
      for (let c = 0; c < k; c++) {
        let expected = jacobian[c * k + d]!;
        if (negation[d] !== d) expected += jacobian[c * k + negation[d]!]!;
        // step^2 f''' / 6 = 1e-11 f''', rounding u |f| / step = 1e-11 |f|; values here are below 100.
        expect(Math.abs((after[c]! - before[c]!) / (2 * step) - expected)).toBeLessThan(1e-7);
      }
    }
  });

  test("agrees with the explicit method far out", () => {
    const options = { group: [10], strengths: positiveStart([10], 1), logTimes: [1, 100, 1000] };
    const explicit = integrateSpectralFlow({ ...options, tolerance: 1e-11 });
    const implicit = integrateSpectralFlow({ ...options, tolerance: 1e-11, method: "rodas5p" });
    for (const [i, state] of implicit.states.entries()) {
      const other = explicit.states[i]!;
      for (const [c, s] of state.logitSpectrum.entries()) {
        // 1e-11 in ln s a step, some hundred steps, on both sides.
        expect(Math.abs(s - other.logitSpectrum[c]!)).toBeLessThan(2e-9 * Math.max(1, Math.abs(s)));
      }
    }
  });

  test.each([
    [xor(2), 1],
    [xor(3), 2],
    [[10], 1],
    [xor(4), 1],
    [xor(4), 2],
    [[4, 4], 2],
  ])(
    "V falls below 1e-6 on %j (start %i), at a time only its logarithm can hold",
    (group, seed) => {
      const run = (tolerance: number): number => {
        const flow = integrateSpectralFlow({
          group,
          strengths: positiveStart(group, seed),
          logTimes: [1e6],
          method: "rodas5p",
          tolerance,
          maxEvaluations: 5000,
          stopWhen: { lyapunovBelow: 1e-6 },
        });
        expect(flow.status).toBe("event");
        const last = flow.states[flow.states.length - 1]!;
        expect(Math.abs(last.lyapunov! / 1e-6 - 1)).toBeLessThan(1e-9);
        return last.logTime;
      };
      // Two tolerances agree on the event to the coarser one, a relative error of ln t grown by some hundred steps.
      const [coarse, fine] = [run(1e-6), run(1e-9)];
      expect(Math.abs(coarse / fine - 1)).toBeLessThan(1e-4);
      expect(fine).toBeGreaterThan(38 * Math.LN10);
    },
  );

  test("where an explicit method is held back by stability, it says so and gives up", () => {
    const run = integrateSpectralFlow({
      group: xor(4),
      strengths: positiveStart(xor(4), 1),
      logTimes: [1e6],
      maxEvaluations: 10_000,
    });
    expect(run.status).toBe("evaluation-limit");
    expect(run.stiff).toBe(true);
  });

  test("refuses what it cannot do", () => {
    const strengths = positiveStart([3], 1);
    expect(() =>
      integrateSpectralFlow({ group: [3], strengths, times: [1], clock: false, method: "rodas5p" }),
    ).toThrow("method = rodas5p needs the clock form");
  });
});
