import { type Dense, dense, SeededRandom } from "@xent/linalg";
import { type Linearization, linearHead } from "@xent/models";
import { describe, expect, test } from "vitest";
import { countedLinearization } from "../src/counting.js";
import { curvatureTraces } from "../src/index.js";
import { weightedSplit } from "../src/operators.js";
import { type RowFactor, rowFactor } from "../src/row-factor.js";
import { oracle, randomDense, randomLabels, relativeDistance } from "./dense-oracle.js";
import { testHead } from "./linear-head.js";

// The same quantity by the cheaper of two ways: what it costs tells the way, an independent sum that it is right.

/** Signs as both estimates draw them. */
function signs(random: SeededRandom, length: number): Float64Array {
  return Float64Array.from({ length }, () => (random.uniform() < 0.5 ? -1 : 1));
}

describe("rows and Gram matrix of G", () => {
  const C = 3;
  function costs(lin: Linearization, labels: number[], use: (factor: RowFactor) => unknown) {
    const counts = { jvps: 0, vjps: 0, grams: 0 };
    use(rowFactor(countedLinearization(lin, counts), weightedSplit(lin.logits, labels, {}), 1));
    return counts;
  }
  const head = (B: number, D: number, withGram: boolean) =>
    testHead(randomDense(B, D, 1), randomDense(C, D, 2), withGram);
  const labels = (B: number) => Array.from({ length: B }, (_, i) => i % C);

  test("a reverse pass a row, or a forward pass a parameter, whichever are fewer", () => {
    // 2 B rows; P = 12.
    expect(costs(head(5, 4, false), labels(5), (f) => f.rows())).toEqual({
      jvps: 0,
      vjps: 10,
      grams: 0,
    });
    expect(costs(head(7, 4, false), labels(7), (f) => f.rows())).toEqual({
      jvps: 12,
      vjps: 0,
      grams: 0,
    });
    const model = linearHead({ featureCount: 4, classCount: C });
    const lin = model.linearize(model.initialize(1), randomDense(5, 4, 1));
    expect(costs(lin, labels(5), (f) => f.rows())).toEqual({ jvps: 0, vjps: 2, grams: 0 });
  });

  test("both give the same rows", () => {
    for (const B of [5, 7]) {
      const bare = head(B, 4, false);
      const batch = weightedSplit(bare.logits, labels(B), {});
      const rows = rowFactor(bare, batch, 1).rows();
      const factor = rowFactor(bare, batch, 1);
      for (let i = 0; i < rows.rows; i++) {
        const unit = new Float64Array(rows.rows);
        unit[i] = 1;
        // Sums of B products; the other way has one product and zeros.
        const row = rows.data.subarray(i * 12, (i + 1) * 12);
        expect(relativeDistance(row, factor.lift(unit))).toBeLessThan(1e-14);
      }
    }
  });

  test("the Gram matrix in closed form: three, and two for each bit of the examples' numbers", () => {
    const closed = costs(head(5, 4, true), labels(5), (f) => f.gram());
    expect(closed).toEqual({ jvps: 0, vjps: 0, grams: 2 + 1 + 2 * 3 });
    expect(costs(head(5, 4, false), labels(5), (f) => f.gram()).vjps).toBe(10);
  });

  test("the trace from one forward pass along random signs", () => {
    const bare = head(5, 4, false);
    const factor = rowFactor(bare, weightedSplit(bare.logits, labels(5), {}));
    const along = factor.project(signs(new SeededRandom(0), 12));
    const want = along.reduce((s, a, i) => s + factor.curvature[i]! * a * a, 0);
    expect(Math.abs(factor.trace() / want - 1)).toBeLessThan(1e-14);
    expect(() => factor.lift(new Float64Array(4))).toThrow("x has length 4");
  });
});

describe("traces", () => {
  const C = 3;
  const headOf = (B: number, withGram = true) =>
    testHead(randomDense(B, 4, 1), randomDense(C, 4, 2), withGram);

  test("exact: from C + 1 Gram matrices or P forward passes, whichever are cheaper", () => {
    // (C + 1) B (P/C + C) = 28 B against P^2 = 144.
    for (const [B, withGram, jvps, grams] of [
      [5, true, 0, 4],
      [6, true, 12, 0],
      [5, false, 12, 0],
    ] as const) {
      const counts = { jvps: 0, vjps: 0, grams: 0 };
      const labels = randomLabels(B, C, 3);
      const head = headOf(B, withGram);
      const found = curvatureTraces(countedLinearization(head, counts), labels);
      expect(counts).toEqual({ jvps, vjps: 0, grams });
      const truth = oracle(head, labels);
      const trace = (m: Dense): number =>
        Array.from({ length: m.rows }, (_, k) => m.data[k * m.rows + k]!).reduce((a, b) => a + b);
      expect(Math.abs(found.fgnTrace / trace(truth.fgn) - 1)).toBeLessThan(1e-12);
      expect(Math.abs(found.ggnTrace / trace(truth.ggn) - 1)).toBeLessThan(1e-12);
      expect(found.exact).toBe(true);
      found.droppedShares.forEach((share, i) => {
        expect(share).toBe(found.within[i]! / (found.fgn[i]! + found.within[i]!));
      });
    }
  });

  test("estimated: the mean of as many quadratic forms as there are probes, by the seed", () => {
    const head = headOf(6);
    const labels = randomLabels(6, C, 3);
    const { fgn, ggn } = oracle(head, labels);
    const form = (m: Dense, v: Float64Array): number =>
      v.reduce((s, a, k) => s + a * v.reduce((t, b, l) => t + m.data[k * m.rows + l]! * b, 0), 0);
    for (const [probes, seed] of [
      [1, undefined],
      [3, 7],
    ] as const) {
      const random = new SeededRandom(seed ?? 0);
      let [wantFgn, wantGgn] = [0, 0];
      for (let n = 0; n < probes; n++) {
        const v = signs(random, 12);
        wantFgn += form(fgn, v) / probes;
        wantGgn += form(ggn, v) / probes;
      }
      const found = curvatureTraces(head, labels, {
        probes,
        ...(seed === undefined ? {} : { seed }),
      });
      expect(found.exact).toBe(false);
      expect(Math.abs(found.fgnTrace / wantFgn - 1)).toBeLessThan(1e-12);
      expect(Math.abs(found.ggnTrace / wantGgn - 1)).toBeLessThan(1e-12);
    }
  });

  test("an example without curvature drops nothing", () => {
    const settled = { ...headOf(1), logits: dense(1, 3, Float64Array.of(2000, 0, 0)) };
    expect([...curvatureTraces(settled, [0]).droppedShares]).toEqual([0]);
  });
});
