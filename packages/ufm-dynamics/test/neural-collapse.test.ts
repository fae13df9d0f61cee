import {
  dense,
  fromRows,
  multiply,
  multiplyTransposeB,
  randomOrthonormal,
  SeededRandom,
  transpose,
} from "@xent/linalg";
import { hadamardInitialization } from "@xent/softmax-spectral";
import { describe, expect, test } from "vitest";
import {
  basisAlignment,
  etfDistance,
  imbalanceDrift,
  integrateDenseFlow,
  layerImbalance,
  modeDistribution,
  modeImbalance,
  neuralCollapse,
  spectralLayers,
} from "../src/index.js";
import { positiveStart, xor } from "./even-start.js";

const U = 2 ** -53;

describe("neural collapse metrics", () => {
  test("all are zero at collapse: simplex means under any rotation, shift and scale", () => {
    const random = new SeededRandom(1);
    for (const [k, d, n] of [
      [2, 3, 1],
      [5, 5, 3],
      [10, 16, 2],
    ] as const) {
      const rotation = randomOrthonormal(d, k, random);
      const frame = dense(k, k);
      for (let i = 0; i < k; i++) {
        for (let j = 0; j < k; j++) frame.data[i * k + j] = (i === j ? 1 : 0) - 1 / k;
      }
      const means = multiply(rotation, frame);
      const shift = random.normals(d);
      const features = dense(d, n * k);
      for (let i = 0; i < d; i++) {
        for (let j = 0; j < n * k; j++) {
          features.data[i * n * k + j] = 7 * means.data[i * k + (j % k)]! + shift[i]!;
        }
      }
      const labels = Array.from({ length: n * k }, (_, j) => j % k);
      const classifier = transpose(means);
      const bias = Array.from({ length: k }, (_, c) => {
        let score = 0;
        for (let i = 0; i < d; i++) score += classifier.data[c * d + i]! * shift[i]!;
        return -score;
      });
      const m = neuralCollapse(features, labels, classifier, bias);
      // Rounding of sums of n k and d terms of size about 10.
      const bound = 100 * (n * k + d) * U;
      expect(m.nc1!).toBeLessThan(bound);
      for (const frameMetrics of [m.nc2Means, m.nc2Classifier]) {
        for (const value of Object.values(frameMetrics)) expect(value).toBeLessThan(bound);
      }
      expect(m.nc3!).toBeLessThan(bound);
      expect(m.nc4).toBe(0);
    }
  });

  test("by hand: two classes on a line", () => {
    // Class 0 at 0 and 2, class 1 at 5: means 1 and 5, Sigma_W = 2/3, Sigma_B = 4.
    const features = fromRows([[0, 2, 5]]);
    const m = neuralCollapse(features, [0, 0, 1], fromRows([[-3], [1]]));
    expect(Math.abs(m.nc1! - 2 / 3 / 4 / 2)).toBeLessThan(8 * U);
    expect(m.nc2Classifier.equinorm!).toBeCloseTo(0.5, 15);
    expect(m.nc2Classifier.maximalAngle).toBe(0);
    // (-3, 1) / sqrt 10 against (-1, 1) / sqrt 2.
    expect(m.nc3!).toBeCloseTo(
      (1 / Math.SQRT2 - 3 / Math.sqrt(10)) ** 2 + (1 / Math.SQRT2 - 1 / Math.sqrt(10)) ** 2,
      14,
    );
    // Feature 2: scores -6 and 2, nearest mean 1 (class 0). Feature 0: a tie, lowest class on both sides.
    expect(m.nc4).toBe(1 / 3);
  });

  test("NC1 is the trace with an explicit inverse where there is one", () => {
    const random = new SeededRandom(3);
    const [d, k, n] = [2, 3, 12];
    const features = dense(d, n, random.normals(d * n));
    const labels = Array.from({ length: n }, (_, j) => (j < 7 ? 0 : j < 9 ? 1 : 2));
    const means = Array.from({ length: k }, (_, c) => {
      const own = labels.flatMap((y, j) => (y === c ? [j] : []));
      return [0, 1].map((i) => own.reduce((s, j) => s + features.data[i * n + j]!, 0) / own.length);
    });
    const centre = [0, 1].map((i) => means.reduce((s, m) => s + m[i]!, 0) / k);
    const outer = (rows: number[][], i: number, j: number): number =>
      rows.reduce((s, r) => s + r[i]! * r[j]!, 0) / rows.length;
    const between = means.map((m) => m.map((x, i) => x - centre[i]!));
    const within = labels.map((y, j) =>
      [0, 1].map((i) => features.data[i * n + j]! - means[y]![i]!),
    );
    const [a, b, c] = [outer(between, 0, 0), outer(between, 0, 1), outer(between, 1, 1)];
    const det = a * c - b * b;
    const trace =
      (outer(within, 0, 0) * c - 2 * outer(within, 0, 1) * b + outer(within, 1, 1) * a) / det;
    const { nc1 } = neuralCollapse(features, labels, dense(k, d, random.normals(k * d)));
    expect(Math.abs(nc1! / (trace / k) - 1)).toBeLessThan(1e-12);
  });

  test("what is undefined says so", () => {
    const same = neuralCollapse(fromRows([[1, 1, 1]]), [0, 1, 2], fromRows([[0], [0], [0]]));
    expect(same.nc1).toBeUndefined();
    expect(same.nc3).toBeUndefined();
    expect(same.nc2Classifier.equinorm).toBeUndefined();
    // 0.1 three times: the mean rounds.
    expect(
      neuralCollapse(fromRows([[0.1, 0.1, 0.1]]), [0, 1, 2], fromRows([[1], [0], [2]])).nc1,
    ).toBeUndefined();
    expect(() => neuralCollapse(fromRows([[1, 2]]), [0, 0], fromRows([[1], [2]]))).toThrow(
      "labels has no sample of class 1",
    );
    expect(() =>
      neuralCollapse(
        fromRows([[1, 2]]),
        [0, 1],
        fromRows([
          [1, 2],
          [2, 1],
        ]),
      ),
    ).toThrow("classifier");
    expect(() => etfDistance(dense(3, 3))).toThrow("a is zero");
  });

  test("scale does not matter, however extreme", () => {
    const random = new SeededRandom(5);
    const features = dense(4, 6, random.normals(24));
    const classifier = dense(3, 4, random.normals(12));
    const labels = [0, 1, 2, 0, 1, 2];
    const plain = neuralCollapse(features, labels, classifier);
    for (const factor of [2 ** -500, 2 ** 500]) {
      const scaled = neuralCollapse(
        dense(
          4,
          6,
          features.data.map((x) => factor * x),
        ),
        labels,
        dense(
          3,
          4,
          classifier.data.map((x) => factor * x),
        ),
      );
      expect(Math.abs(scaled.nc1! / plain.nc1! - 1)).toBeLessThan(1e-12);
      expect(Math.abs(scaled.nc3! / plain.nc3! - 1)).toBeLessThan(1e-12);
      expect(scaled.nc2Means.etfDistance!).toBeCloseTo(plain.nc2Means.etfDistance!, 12);
    }
  });

  test("the flow collapses: all metrics are small late, from a spectral start", () => {
    const strengths = new Float64Array(4).fill(0.1);
    strengths[2] = 0.2;
    const layers = spectralLayers({ group: [2, 2], strengths, samplesPerClass: 2 }, 6, 1);
    const labels = Array.from({ length: 8 }, (_, j) => j % 4);
    const run = integrateDenseFlow({ layers, labels, times: [0, 1e7] });
    const [first, last] = run.states.map((s) => neuralCollapse(s.layers[0]!, labels, s.layers[1]!));
    expect(last!.nc2Means.etfDistance!).toBeLessThan(first!.nc2Means.etfDistance! / 20);
    expect(last!.nc4).toBe(0);
  });
});

describe("observables", () => {
  test("the basis diagonalises a spectral start, and not a random matrix", () => {
    for (const group of [xor(3), [7], [2, 6]]) {
      const strengths = positiveStart(group, 2);
      const [w1, w2] = spectralLayers({ group, strengths }, 13, 4);
      const k = strengths.length;
      const found = basisAlignment(multiply(w2!, w1!), group);
      const size = Math.hypot(...strengths);
      expect(found.offDiagonal).toBeLessThan(30 * k * U * size);
      for (const [c, s] of strengths.entries()) {
        expect(Math.abs(found.modes[c]! - s)).toBeLessThan(30 * k * U * size);
      }
      expect(basisAlignment(multiplyTransposeB(w2!, w2!), group).alignment).toBeCloseTo(1, 13);
      const random = dense(k, k, new SeededRandom(6).normals(k * k));
      const loose = basisAlignment(random, group);
      // The transform is orthogonal: nothing is lost.
      const total = random.data.reduce((s, x) => s + x * x, 0);
      expect(loose.offDiagonal ** 2 / total).toBeCloseTo(1 - loose.alignment, 12);
      expect(loose.alignment).toBeLessThan(0.6);
    }
    expect(basisAlignment(dense(3, 3), [3]).alignment).toBe(1);
  });

  test("conserved quantities", () => {
    const init = hadamardInitialization({
      classCount: 4,
      width: 5,
      spectrum: [0, 1, 2, 3],
      imbalance: [0, 1, -2, 0.5],
      seed: 2,
    });
    for (const [c, d] of [0, 1, -2, 0.5].entries()) {
      expect(modeImbalance(init.s1, init.s2)[c]).toBeCloseTo(d, 14);
    }
    const layers = [init.w1, init.w2];
    const eigenTotal = layerImbalance(layers)[0]!;
    let trace = 0;
    for (let i = 0; i < 5; i++) trace += eigenTotal.data[i * 6]!;
    // W2^T W2 - W1 W1^T has the eigenvalues s2^2 - s1^2.
    expect(trace).toBeCloseTo(-(0 + 1 - 2 + 0.5), 13);
    expect(imbalanceDrift(layers, layers)).toBe(0);
    const run = integrateDenseFlow({ layers, times: [1, 100], tolerance: 1e-11 });
    for (const s of run.states) expect(imbalanceDrift(layers, s.layers)).toBeLessThan(1e-9);
    const decayed = integrateDenseFlow({ layers, weightDecay: 0.1, times: [1] });
    expect(imbalanceDrift(layers, decayed.states[0]!.layers)).toBeGreaterThan(1e-3);
    expect(() => imbalanceDrift(layers, [init.w1])).toThrow("start has 2 layers");
  });

  test("mode distribution", () => {
    const { q, entropy, ratio } = modeDistribution([-9, 1, 3, 4])!;
    expect([...q]).toEqual([0, 0.125, 0.375, 0.5]);
    expect(entropy).toBeCloseTo(
      -(0.125 * Math.log(0.125) + 0.375 * Math.log(0.375) + 0.5 * Math.log(0.5)),
      15,
    );
    expect(ratio).toBe(4);
    expect(modeDistribution([1, 1, 0])).toBeUndefined();
    expect(modeDistribution([0, 1e308, 1e308])!.entropy).toBeCloseTo(Math.LN2, 14);
  });
});
