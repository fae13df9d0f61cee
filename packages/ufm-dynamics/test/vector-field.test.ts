import { planGroupTransform } from "@xent/linalg";
import { Solver } from "odex";
import { describe, expect, test } from "vitest";
import {
  integrate,
  integrateSpectralFlow,
  type SpectralProblem,
  spectralVectorField,
} from "../src/index.js";
import { evenStart, positiveStart, xor } from "./even-start.js";

const unbalanced = (group: readonly number[], seed: number) => ({
  group,
  s1: evenStart(group, seed, (x) => x),
  s2: evenStart(group, seed + 1, (x) => x),
});

const problems: SpectralProblem[] = [
  { group: xor(3), strengths: positiveStart(xor(3), 1) },
  { group: [10], strengths: evenStart([10], 2, (x) => x) },
  unbalanced([2, 6], 3),
  { ...unbalanced([7], 4), samplesPerClass: 3, reduction: "mean" },
  { ...unbalanced(xor(2), 5), weightDecay: 0.1 },
  { group: [5], strengths: positiveStart([5], 6), layers: 3 },
  { group: [3, 3], strengths: evenStart([3, 3], 7, (x) => x), layers: 1 },
  { group: xor(3), strengths: positiveStart(xor(3), 8), loss: "squared-centred" },
];

/** s_c' by the definition: r_c = sum_m p_m (1 - Re chi_c(m)), and the equations of the layers. */
function bruteRates(problem: SpectralProblem, s1: Float64Array, s2: Float64Array): number[] {
  const { orders, size, negation } = planGroupTransform(problem.group);
  const n = problem.samplesPerClass ?? 1;
  const { layers = 2, weightDecay = 0 } = problem;
  const coordinates = (m: number): number[] => {
    const out: number[] = [];
    for (let f = orders.length - 1; f >= 0; f--) {
      out.unshift(m % orders[f]!);
      m = Math.floor(m / orders[f]!);
    }
    return out;
  };
  const real = (c: number, m: number): number => {
    const [a, b] = [coordinates(c), coordinates(m)];
    return Math.cos(2 * Math.PI * a.reduce((sum, x, f) => sum + (x * b[f]!) / orders[f]!, 0));
  };
  const all = Array.from({ length: size }, (_, c) => c);
  const s = all.map((c) => (s1[c]! * s2[c]!) / Math.sqrt(n));
  const logits = all.map((m) => all.reduce((sum, c) => sum + s[c]! * real(c, m), 0) / size);
  const top = Math.max(...logits);
  const e = logits.map((z) => Math.exp(z - top));
  const total = e.reduce((a, b) => a + b);
  expect(negation[0]).toBe(0);
  return all.map((c) => {
    let r =
      problem.loss === undefined
        ? all.reduce((sum, m) => sum + (e[m]! / total) * (1 - real(c, m)), 0)
        : (c === 0 && problem.loss === "squared-centred" ? 0 : 1) - s[c]!;
    // A sum over samples grows with the root of their number; a mean divides by all of them.
    r *= problem.reduction === "mean" ? 1 / (size * Math.sqrt(n)) : Math.sqrt(n);
    const [a, b] = [s1[c]!, s2[c]!];
    if (layers === 2) return r * (a * a + b * b) - 2 * weightDecay * a * b;
    // Balanced: a is the singular value of a layer, and W_L ... W_2 has a^(L-1) with the sign of the product.
    return layers * r * a ** (2 * layers - 2);
  });
}

describe("the vector field", () => {
  test.each(problems)("is the definition's right-hand side, %o", (problem) => {
    for (const clock of problem.weightDecay || problem.loss ? [false] : [false, true]) {
      const field = spectralVectorField(problem, { clock });
      expect(field.clock).toBe(clock);
      const k = field.dimension;
      const y = field.initial();
      const t = 0.3;
      // Off the start, where u and v enter; entry 0 belongs to the margin or is frozen.
      for (let c = 1; c < k; c++) y[c] = 0.3 * Math.cos(c * (k - c));
      const state = field.state(Math.log(t), y);
      if (clock) y[0] = state.margin;
      const out = new Float64Array(k);
      field.derivative(t, y, out);
      const perTime = Math.exp(-field.logTimeRate(y));
      const expected = bruteRates(problem, state.s1, state.s2);
      const { samplesPerClass = 1, layers = 2, weightDecay = 0 } = problem;
      // Along the field for a small time each way: how fast the strengths move.
      const step = 2 ** -16;
      const moved = (sign: number): Float64Array => {
        const next = y.map((v, c) => v + sign * step * perTime * out[c]!);
        return field.state(Math.log(t + sign * step), next).logitSpectrum;
      };
      const [after, before] = [moved(1), moved(-1)];
      for (let c = 1; c < k; c++) {
        const rate = (Math.sqrt(samplesPerClass) * (after[c]! - before[c]!)) / (2 * step);
        // Strengths are exponentials of layers y (falling ones also of 4 lambda t): the third derivative over 6, and rounding.
        const size = Math.abs(expected[c]!) + state.s1[c]! ** 2 + state.s2[c]! ** 2;
        const speed = layers * Math.abs(perTime * out[c]!) + 4 * weightDecay;
        const allowed = size * ((step ** 2 * (1 + speed) ** 3) / 6 + (32 * 2 ** -52) / step);
        expect(Math.abs(rate - expected[c]!)).toBeLessThan(allowed);
      }
    }
  });

  test.each(problems)(
    "is what the flow integrates, by an integrator of another kind, %o",
    (problem) => {
      const times = [0.5, 4];
      const flow = integrateSpectralFlow({ ...problem, times, tolerance: 1e-12 });
      const field = spectralVectorField(problem, { clock: false });
      const out = new Float64Array(field.dimension);
      for (const [i, time] of times.entries()) {
        const solver = new Solver(field.dimension);
        solver.absoluteTolerance = 1e-12;
        solver.relativeTolerance = 1e-12;
        const { y } = solver.solve(
          (t, at) => {
            field.derivative(t, Float64Array.from(at), out);
            return [...out];
          },
          0,
          [...field.initial()],
          time,
        );
        const state = field.state(Math.log(time), Float64Array.from(y));
        for (const key of ["s1", "s2", "softmaxEigenvalues"] as const) {
          for (const [c, value] of state[key].entries()) {
            // 1e-12 a step in the logarithm on both sides, at most a hundred steps.
            expect(Math.abs(value - flow.states[i]![key][c]!)).toBeLessThan(
              2e-10 * Math.max(1, Math.abs(value)),
            );
          }
        }
      }
    },
  );

  test("in the clock, with the time as one more unknown", () => {
    const problem = { group: [2, 5], strengths: positiveStart([2, 5], 9) };
    const field = spectralVectorField(problem);
    expect(field.clock).toBe(true);
    const k = field.dimension;
    const run = integrate(
      {
        dimension: k + 1,
        derivative: (sigma, y, out) => {
          field.derivative(sigma, y.subarray(0, k), out.subarray(0, k));
          out[k] = Math.exp(field.logTimeRate(y.subarray(0, k)));
        },
      },
      [...field.initial(), 0],
      { times: [0.5, 1, 2], relativeTolerance: 1e-12, absoluteTolerance: 1e-12 },
    );
    const times = run.states.map((y) => y[k]!);
    expect(times[2]!).toBeGreaterThan(100);
    const flow = integrateSpectralFlow({ ...problem, times, tolerance: 1e-12 });
    for (const [i, y] of run.states.entries()) {
      const state = field.state(Math.log(times[i]!), y.slice(0, k));
      // Entry 0 was integrated: it stays the margin of the modes.
      expect(Math.abs(y[0]! - state.margin)).toBeLessThan(1e-9 * Math.max(1, state.margin));
      for (const [c, s] of state.logitSpectrum.entries()) {
        expect(Math.abs(s - flow.states[i]!.logitSpectrum[c]!)).toBeLessThan(1e-9 * Math.max(1, s));
      }
    }
  });

  test("names bad input, and turns an overflow into NaN", () => {
    const strengths = positiveStart([4], 1);
    const field = spectralVectorField({ group: [4], strengths });
    const out = new Float64Array(4);
    expect(() => field.derivative(0, new Float64Array(3), out)).toThrow("y has length 3");
    expect(() => field.derivative(0, field.initial(), out.subarray(1))).toThrow("out has length 3");
    expect(() => field.state(0, out.subarray(2))).toThrow("y has length 2");
    expect(() =>
      spectralVectorField({ group: [4], strengths, weightDecay: 1 }, { clock: true }),
    ).toThrow("clock = true needs the cross-entropy without weight decay");
    field.derivative(0, Float64Array.of(0, 400, 0, 400), out);
    expect(out.every(Number.isNaN)).toBe(true);
  });
});
