import { dense, SeededRandom, svd } from "@xent/linalg";
import { groupEigenbasis } from "@xent/softmax-spectral";
import { describe, expect, test } from "vitest";
import {
  classifyState,
  compareSmallRandom,
  integrateDenseFlow,
  integrateSpectralFlow,
  spectralLayers,
} from "../src/index.js";
import { xor } from "./even-start.js";

/** Strengths 1 on the given modes, else 0. */
function alive(k: number, modes: readonly number[]): Float64Array {
  const out = new Float64Array(k);
  for (const c of modes) out[c] = 1;
  return out;
}

describe("critical points", () => {
  test.each([
    { group: xor(3), modes: [1], confused: [0, 2, 4, 6] },
    { group: xor(3), modes: [1, 2], confused: [0, 4] },
    { group: xor(3), modes: [1, 2, 3], confused: [0, 4] },
    { group: xor(3), modes: [7, 1, 6], confused: [0, 6] },
    { group: xor(3), modes: [1, 2, 4], confused: [0] },
    { group: [5], modes: [1, 4], confused: [0] },
    { group: [6], modes: [2, 4], confused: [0, 3] },
    { group: [6], modes: [3], confused: [0, 2, 4] },
    { group: [2, 6], modes: [8, 10], confused: [0, 3] },
  ])("a surviving subgroup sets the floor of the loss, %o", ({ group, modes, confused }) => {
    const k = group.reduce((a, b) => a * b, 1);
    const s = alive(k, modes);
    const found = classifyState({ group, s1: s, s2: s });
    // [2, 6] with 8 = (1, 2) and 10 = (1, 4): chi_c(g) = 1 is checked by brute force.
    const brute = Array.from({ length: k }, (_, m) => m).filter((m) =>
      modes.every((c) => {
        let phase = 0;
        let [a, b] = [c, m];
        for (const n of [...group].reverse()) {
          phase += ((a % n) * (b % n)) / n;
          a = Math.floor(a / n);
          b = Math.floor(b / n);
        }
        return Math.abs(phase - Math.round(phase)) < 1e-9;
      }),
    );
    expect([...found.confused]).toEqual(brute);
    if (group.length !== 2) expect(brute).toEqual(confused);
    expect(found.kind).toBe(brute.length > 1 ? "saddle-at-infinity" : "partial-collapse");
    const flow = integrateSpectralFlow({ group, strengths: s, times: [1e5, 1e12, 1e300] });
    expect(flow.status).toBe("completed");
    const excess = flow.states.map((state) => state.loss - found.lossFloor);
    // The loss above the floor falls like 1/t: at most k^2 / t here.
    expect(Math.abs(excess[0]!)).toBeLessThan((k * k) / 1e5);
    expect(Math.abs(excess[1]!)).toBeLessThan((k * k) / 1e12 + 1e-13 * found.lossFloor);
    for (const c of found.dead) expect(flow.states[1]!.logitSpectrum[c]).toBe(0);
    for (const { mode, escapesExponentially } of found.negativeDirections) {
      const residual = 1 - flow.states[1]!.softmaxEigenvalues[mode]!;
      expect(Math.abs(residual - (escapesExponentially ? 1 : 0))).toBeLessThan(1e-4);
    }
  });

  test("kinds", () => {
    const kind = (s1: number[], s2 = s1): string => classifyState({ group: xor(2), s1, s2 }).kind;
    expect(kind([3, 0, 0, 0])).toBe("saddle");
    expect(kind([0, 2, 2, 2])).toBe("collapsed");
    expect(kind([0, 2, 2, 2.1])).toBe("generic");
    expect(kind([0, 2, 2, 2], [0, 2, 2, -2])).toBe("negative");
    expect(kind([0, 2, 2, 0], [0, 2, 2, 1])).toBe("generic");
    expect(kind([0, 1e-200, 1e-200, 1e-200])).toBe("collapsed");
    expect(() => kind([0, 1e200, 1, 1])).toThrow("overflows");
    const origin = classifyState({ group: [3], s1: [1, 0, 0], s2: [1, 0, 0] });
    expect(origin.gradientNorm).toBe(0);
    expect(origin.lossFloor).toBeCloseTo(3 * Math.log(3), 14);
    for (const { curvature } of origin.negativeDirections) expect(curvature).toBeCloseTo(-1, 14);
  });

  test("gradient norm and negative curvature are those of the dense loss", () => {
    const group = [2, 3];
    const k = 6;
    const d = 8;
    const s1 = [0.3, 0.7, 0.7, 0, 0, 0];
    const s2 = [0.1, 0.9, 0.9, 0, 0, 0];
    const found = classifyState({ group, s1, s2 });
    const [w1, w2] = spectralLayers({ group, s1, s2 }, d, 5);
    const loss = (a: Float64Array, b: Float64Array): number =>
      integrateDenseFlow({ layers: [dense(d, k, a), dense(k, d, b)], times: [0] }).states[0]!.loss;
    // Orthogonal to the live columns of R, which span the range of W1.
    const x = new SeededRandom(1).normals(d);
    const { u, rank } = svd(w1!);
    for (let c = 0; c < rank; c++) {
      let inner = 0;
      for (let i = 0; i < d; i++) inner += u.data[i * u.cols + c]! * x[i]!;
      for (let i = 0; i < d; i++) x[i]! -= inner * u.data[i * u.cols + c]!;
    }
    const norm = Math.hypot(...x);
    const phi = groupEigenbasis(group);
    for (const { mode, curvature } of found.negativeDirections) {
      const step = 1e-3;
      const moved = (sign: number): number => {
        const a = w1!.data.slice();
        const b = w2!.data.slice();
        for (let c = 0; c < k; c++) {
          for (let i = 0; i < d; i++) {
            const move = (sign * step * phi.data[mode * k + c]! * x[i]!) / norm / Math.SQRT2;
            a[i * k + c]! += move;
            b[c * d + i]! += move;
          }
        }
        return loss(a, b);
      };
      const second = (moved(1) - 2 * loss(w1!.data, w2!.data) + moved(-1)) / step ** 2;
      // step^2 / 12 times a fourth derivative of order 1, and 4 u loss / step^2 = 1e-8.
      expect(Math.abs(second - curvature)).toBeLessThan(1e-6);
    }
    const small = 1e-5;
    const after = integrateDenseFlow({ layers: [w1!, w2!], times: [0, small], tolerance: 1e-12 });
    // dL/dt = -|gradient|^2.
    const slope = (after.states[0]!.loss - after.states[1]!.loss) / small;
    expect(Math.abs(slope / found.gradientNorm ** 2 - 1)).toBeLessThan(1e-3);
  });

  test("a negative balanced mode rises and never crosses; an unbalanced one crosses", () => {
    const stuck = integrateSpectralFlow({
      group: xor(3),
      strengths: [0, -0.64, 1, 1, 1, 1, 1, 1],
      times: [1, 10, 1e10],
    });
    const path = stuck.states.map((state) => state.logitSpectrum[1]!);
    expect(path[0]!).toBeGreaterThan(-0.64);
    expect(path[1]!).toBeGreaterThan(path[0]!);
    expect(path[2]!).toBeGreaterThan(path[1]!);
    expect(path[2]!).toBeLessThan(0);
    const crosses = integrateSpectralFlow({
      group: [3],
      s1: [0, -0.2, -0.2],
      s2: [0, 1, 1],
      times: [10],
    });
    expect(crosses.states[0]!.logitSpectrum[1]!).toBeGreaterThan(1);
  });
});

describe("small random start against its spectral model", () => {
  test.each([
    { group: xor(3), width: 16, seed: 0 },
    { group: [2, 2], width: 6, seed: 1 },
    { group: xor(3), width: 5, seed: 2 },
  ])("the same singular values while the logits are small, %o", ({ group, width, seed }) => {
    const scale = 1e-5;
    const times = [6, 8];
    const { points, dense: full, model } = compareSmallRandom({ group, width, seed, scale, times });
    expect(full.status).toBe("completed");
    expect(model.status).toBe("completed");
    for (const { time, distance, singularValues } of points) {
      // The dying half of the start weighs e^(-2 t) of the growing one, times a ratio of singular values
      // of random matrices; the softmax bends by the size of the logits.
      expect(distance).toBeLessThan(50 * Math.exp(-2 * time) + singularValues[0]!);
    }
  });

  test("they part company later, and both go down", () => {
    const times = [4, 10, 100, 1000];
    const { points, largestDistance } = compareSmallRandom({
      group: xor(3),
      width: 16,
      seed: 1,
      times,
    });
    expect(points.map((p) => p.time)).toEqual(times);
    expect(largestDistance).toBeGreaterThan(0.01);
    for (let i = 1; i < points.length; i++) {
      expect(points[i]!.loss).toBeLessThan(points[i - 1]!.loss);
      expect(points[i]!.modelLoss).toBeLessThan(points[i - 1]!.modelLoss);
    }
  });

  test("conjugate pairs share the mean of their two", () => {
    const { model, points } = compareSmallRandom({ group: [5], width: 8, seed: 3, times: [0] });
    const start = model.states[0]!.logitSpectrum;
    expect(start[1]).toBe(start[4]);
    expect(start[2]).toBe(start[3]);
    expect(points[0]!.modelStrengths).toHaveLength(4);
  });
});

test("with dead modes, clock, natural time and matrices agree on every eigenvalue", () => {
  for (const { group, modes } of [
    { group: xor(3), modes: [1, 2] },
    { group: [6], modes: [2, 4] },
    { group: [2, 6], modes: [6, 4, 8, 2, 10] },
  ]) {
    const strengths = alive(
      group.reduce((a, b) => a * b, 1),
      modes,
    );
    const options = { group, strengths, times: [0.5, 30], tolerance: 1e-11 };
    const natural = integrateSpectralFlow({ ...options, clock: false });
    for (const method of ["dop853", "rodas5p"] as const) {
      const clock = integrateSpectralFlow({ ...options, method });
      for (const [i, state] of clock.states.entries()) {
        const other = natural.states[i]!;
        for (const [c, s] of state.logitSpectrum.entries()) {
          expect(Math.abs(s - other.logitSpectrum[c]!)).toBeLessThan(1e-8);
          // Brute force: eigenvalues of the softmax of the logits themselves.
          expect(
            Math.abs(state.softmaxEigenvalues[c]! - denseEigenvalue(group, state.logitSpectrum, c)),
          ).toBeLessThan(1e-13);
        }
        const eigen = denseEigenvalue(group, state.logitSpectrum, 0);
        expect(eigen).toBeCloseTo(1, 13);
        expect(
          Math.abs(
            state.margin -
              Math.log(
                Math.exp(-state.loss / strengths.length) /
                  -Math.expm1(-state.loss / strengths.length),
              ),
          ),
        ).toBeLessThan(1e-12);
      }
    }
  }
});

/** sum_m softmax(zeta)_m Re chi_c(m), from definitions. */
function denseEigenvalue(group: number[], spectrum: Float64Array, c: number): number {
  const phi = groupEigenbasis(group);
  const k = spectrum.length;
  // Row 0 of Phi diag(s) Phi^T.
  const zeta = Array.from({ length: k }, (_, m) =>
    spectrum.reduce((sum, s, d) => sum + (s * phi.data[d * k + m]!) / Math.sqrt(k), 0),
  );
  const top = Math.max(...zeta);
  const weights = zeta.map((z) => Math.exp(z - top));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.reduce((sum, w, m) => sum + (w / total) * phi.data[c * k + m]! * Math.sqrt(k), 0);
}
