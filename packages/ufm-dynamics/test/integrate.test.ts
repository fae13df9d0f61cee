import { DomainError } from "@xent/linalg";
import { Solver } from "odex";
import { describe, expect, test } from "vitest";
import { entryByEntry } from "../src/flow.js";
import { type Flow, integrate } from "../src/index.js";
import { RungeKuttaStepper } from "../src/runge-kutta.js";
import type { ExplicitMethod } from "../src/tableau.js";

const oscillator: Flow = {
  dimension: 2,
  derivative: (_t, y, out) => {
    out[0] = y[1]!;
    out[1] = -y[0]!;
  },
};

/** Non-autonomous and nonlinear: y' = 2 t y^2, y(0) = 1/2, y = 1 / (2 - t^2). */
const riccati: Flow = {
  dimension: 1,
  derivative: (t, y, out) => {
    out[0] = 2 * t * y[0]! ** 2;
  },
};

const arenstorf: Flow = {
  dimension: 4,
  derivative: (_t, y, out) => {
    const mu = 0.012277471;
    const [x, z, u, w] = y as unknown as [number, number, number, number];
    const d1 = ((x + mu) ** 2 + z * z) ** 1.5;
    const d2 = ((x - 1 + mu) ** 2 + z * z) ** 1.5;
    out[0] = u;
    out[1] = w;
    out[2] = x + 2 * w - ((1 - mu) * (x + mu)) / d1 - (mu * (x - 1 + mu)) / d2;
    out[3] = z - 2 * u - ((1 - mu) * z) / d1 - (mu * z) / d2;
  },
};

const methods: [ExplicitMethod, number, number][] = [
  ["dopri5", 5, 4],
  ["dop853", 8, 7],
];

/** Non-autonomous, smooth: y' = y^2 cos t / 2, y(0) = 1, y = 2 / (2 - sin t). */
const sine: Flow = {
  dimension: 1,
  derivative: (t, y, out) => {
    out[0] = (y[0]! ** 2 * Math.cos(t)) / 2;
  },
};

/** Largest error on [0, 6] with n equal steps, of the steps and of the dense output. */
function fixedSteps(method: ExplicitMethod, n: number): [number, number] {
  const stepper = new RungeKuttaStepper(sine, 0, Float64Array.of(1), method, {
    tolerance: entryByEntry(() => Infinity),
    maxEvaluations: 1e6,
    firstStep: 6 / n,
  });
  const exact = (t: number): number => 2 / (2 - Math.sin(t));
  let steps = 0;
  let dense = 0;
  const out = new Float64Array(1);
  for (let i = 1; i <= n; i++) {
    // Ends every step where it should end, so that the control has no say.
    expect(stepper.step((6 * i) / n)).toBe("accepted");
    steps = Math.max(steps, Math.abs(stepper.y[0]! - exact(stepper.t)));
    for (const x of [0.3, 0.5, 0.85]) {
      const t = (6 * (i - 1 + x)) / n;
      dense = Math.max(dense, Math.abs(stepper.interpolate(t, out)[0]! - exact(t)));
    }
  }
  return [steps, dense];
}

describe("explicit Runge-Kutta", () => {
  test.each(methods)("%s has order %i, its dense output %i", (method, order, denseOrder) => {
    const coarse = method === "dopri5" ? 40 : 20;
    const [e1, d1] = fixedSteps(method, coarse);
    const [e2, d2] = fixedSteps(method, 2 * coarse);
    // Half a unit below the order leaves room for the next term of the expansion.
    expect(Math.log2(e1 / e2)).toBeGreaterThan(order - 0.5);
    expect(Math.log2(d1 / d2)).toBeGreaterThan(denseOrder + 0.5);
  });

  test.each(methods)("%s closes the Arenstorf orbit and agrees with odex", (method) => {
    const y0 = [0.994, 0, 0, -2.0015851063790824];
    const period = 17.065216560157964;
    const times = [5, 10, period];
    const run = integrate(arenstorf, y0, { times, method, relativeTolerance: 1e-12 });
    expect(run.status).toBe("completed");
    // The orbit multiplies local errors by about 1e4.
    expect(Math.abs(run.states[2]![0]! - 0.994)).toBeLessThan(1e-7);
    const solver = new Solver(4);
    solver.absoluteTolerance = 1e-13;
    solver.relativeTolerance = 1e-13;
    const out = new Float64Array(4);
    const peer = solver.solve(
      (t, y) => {
        arenstorf.derivative(t, Float64Array.from(y), out);
        return [...out];
      },
      0,
      y0,
      5,
    );
    for (let i = 0; i < 4; i++)
      expect(Math.abs(run.states[0]![i]! - peer.y[i]!)).toBeLessThan(1e-8);
  });

  test.each(methods)("%s: error follows the tolerance, cost its root", (method, order) => {
    const end = 20;
    const runs = [1e-6, 1e-8, 1e-10].map((relativeTolerance) => {
      const run = integrate(oscillator, [1, 0], {
        times: [end],
        method,
        relativeTolerance,
        absoluteTolerance: relativeTolerance,
      });
      return {
        tolerance: relativeTolerance,
        error: Math.abs(run.states[0]![0]! - Math.cos(end)),
        run,
      };
    });
    // Local errors add up along the run: at most one tolerance a step, and not a thousandth of it.
    for (const { tolerance, error, run } of runs) {
      expect(error).toBeLessThan(tolerance * run.steps);
      expect(error).toBeGreaterThan(tolerance * 1e-4);
    }
    const growth = runs[2]!.run.evaluations / runs[1]!.run.evaluations;
    expect(growth).toBeLessThan(100 ** (1 / order) * 1.5);
  });

  test("events: both zeros of a cosine, to rounding of the dense output", () => {
    const run = integrate(oscillator, [1, 0], {
      times: [10],
      relativeTolerance: 1e-12,
      events: [{ name: "zero", stop: false, value: (_t, y) => y[0]! }],
    });
    expect(run.events.map((e) => e.time)).toHaveLength(2);
    expect(Math.abs(run.events[0]!.time - Math.PI / 2)).toBeLessThan(1e-10);
    expect(Math.abs(run.events[1]!.time - (5 * Math.PI) / 2)).toBeLessThan(1e-10);
    const stopped = integrate(oscillator, [1, 0], {
      times: [1, 10],
      events: [{ name: "zero", value: (_t, y) => y[0]! }],
    });
    expect(stopped.status).toBe("event");
    expect(stopped.times).toHaveLength(2);
    expect(Math.abs(stopped.times[1]! - Math.PI / 2)).toBeLessThan(1e-8);
    const seen: number[] = [];
    integrate(oscillator, [1, 0], {
      times: [10],
      events: [{ name: "zero", value: (_t, y) => y[0]! }],
      onStep: (t, y) => {
        seen.push(t);
        expect(Math.abs(y[0]! - Math.cos(t))).toBeLessThan(1e-8);
      },
    });
    expect(seen.at(-1)).toBe(stopped.times[1]!);
  });

  test("a blow-up and a small budget are statuses, with the last state reached", () => {
    const blowUp = integrate(riccati, [0.5], { times: [2] });
    expect(blowUp.status).toBe("step-underflow");
    expect(blowUp.times[0]!).toBeLessThan(Math.SQRT2 + 1e-9);
    expect(blowUp.times[0]!).toBeGreaterThan(1.41);
    const tired = integrate(oscillator, [1, 0], { times: [1e6], maxEvaluations: 500 });
    expect(tired.status).toBe("evaluation-limit");
    expect(tired.evaluations).toBeLessThan(520);
  });

  test("stiffness is noticed", () => {
    const stiff: Flow = {
      dimension: 1,
      derivative: (t, y, out) => {
        out[0] = -1000 * (y[0]! - Math.cos(t));
      },
    };
    const options = { times: [1], relativeTolerance: 1e-4, absoluteTolerance: 1e-4 };
    expect(integrate(stiff, [1], options).stiff).toBe(true);
    expect(integrate(oscillator, [1, 0], options).stiff).toBe(false);
  });

  test("a right-hand side that turns NaN on a trial step only makes the step smaller", () => {
    const root: Flow = {
      dimension: 1,
      derivative: (_t, y, out) => {
        out[0] = -Math.sqrt(y[0]!);
      },
    };
    const run = integrate(root, [1], { times: [1.9], firstStep: 1.9 });
    expect(run.status).toBe("completed");
    expect(run.rejected).toBeGreaterThan(0);
    expect(Math.abs(run.states[0]![0]! - 0.0025)).toBeLessThan(1e-9);
  });

  test("bad input is named", () => {
    expect(() => integrate(oscillator, [1], { times: [1] })).toThrow("y0 has length 1, expected 2");
    expect(() => integrate(oscillator, [1, NaN], { times: [1] })).toThrow("y0[1] = NaN");
    expect(() => integrate(oscillator, [1, 0], { times: [1, 0.5] })).toThrow("times[1] = 0.5");
    expect(() => integrate(oscillator, [1, 0], { times: [] })).toThrow(DomainError);
    expect(() => integrate(oscillator, [1, 0], { times: [1], relativeTolerance: 0 })).toThrow(
      "relativeTolerance = 0",
    );
  });
});
