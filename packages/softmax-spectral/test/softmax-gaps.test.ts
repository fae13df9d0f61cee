import { planGroupTransform, SeededRandom } from "@xent/linalg";
import { loadReference } from "@xent/testkit";
import { describe, expect, test } from "vitest";
import {
  evenEigenvalues,
  groupMatrix,
  groupSoftmax,
  planSoftmaxGaps,
  sigmoid,
  softmaxEigenvalueGaps,
} from "../src/index.js";

const u = 2 ** -53;

interface Case {
  name: string;
  orders: number[];
  symbol: number[];
  margin: number;
  competitorGaps: number[];
}
const { cases } = loadReference<{ cases: Case[] }>("./reference/gaps.json", import.meta.url);

describe.each(cases)("against 120-digit decimals: $name", (c) => {
  const symbol = Float64Array.from(c.symbol);
  const k = symbol.length;
  const plan = planSoftmaxGaps(c.orders);
  const found = new Float64Array(k);
  const margin = plan.competitorGaps(symbol, found);
  const top = Math.max(...c.symbol.slice(1));
  // An exponential of size e^-x carries x u from its argument; what matters here has x <= 300.
  const exponential = (4 + Math.min(300, top - Math.min(...c.symbol))) * u;

  test("margin", () => {
    const size = Math.abs(c.symbol[0]!) + Math.abs(top);
    expect(Math.abs(margin - c.margin)).toBeLessThanOrEqual(4 * u * size + 2 * k * u);
  });

  test("gaps", () => {
    const summation = 2 * k * u;
    // The fast transform of other groups above order 128: absolute error for gaps that it does not refine.
    const fast = k > 128 && c.orders.some((n) => n > 2) ? 8 * Math.log2(k) * u : 0;
    for (let i = 0; i < k; i++) {
      const want = c.competitorGaps[i]!;
      const absolute = want > 2 ** -10 ? fast : 0;
      const error = Math.abs(found[i]! - want);
      expect(error).toBeLessThanOrEqual((summation + exponential) * want + absolute);
    }
  });
});

test("xor groups keep relative accuracy at every gap, however small", () => {
  // q_m = 4^-m up to normalisation: gap c is dominated by the first m with chi_c(m) = -1.
  const m = 5;
  const k = 2 ** m;
  const symbol = Float64Array.from({ length: k }, (_, i) => -i * 30 * Math.LN2);
  const found = new Float64Array(k);
  planSoftmaxGaps(new Array<number>(m).fill(2)).competitorGaps(symbol, found);
  for (let c = 1; c < k; c++) {
    // In integers scaled by 2^(30 k): exact.
    let total = 0n;
    let odd = 0n;
    for (let g = 1; g < k; g++) {
      const weight = 1n << BigInt(30 * (k - g));
      total += weight;
      let bits = c & g;
      let parity = 0;
      for (; bits > 0; bits >>= 1) parity ^= bits & 1;
      if (parity === 1) odd += weight;
    }
    const exact = Number((2n * odd * (1n << 1000n)) / total) / 2 ** 1000;
    // exp(-30 g ln 2) carries 30 g ln(2) u <= 645 u.
    expect(Math.abs(found[c]! / exact - 1)).toBeLessThanOrEqual(700 * u);
  }
});

test.each([[[2, 2, 2]], [[10]], [[3, 4]], [[149]], [[2, 150]]])(
  "1 - phat agrees with the eigenvalues of the softmax on %j",
  (orders) => {
    const random = new SeededRandom(3);
    const group = planGroupTransform(orders);
    const symbol = random.normals(group.size);
    symbol.forEach((v, g) => {
      symbol[group.negation[g]!] = v;
    });
    const phat = evenEigenvalues(groupSoftmax(groupMatrix(group, symbol)));
    const gaps = softmaxEigenvalueGaps(group, symbol);
    for (let c = 0; c < group.size; c++) {
      expect(Math.abs(1 - phat[c]! - gaps[c]!)).toBeLessThanOrEqual(
        16 * (Math.log2(group.size) + 4) * u,
      );
    }
    expect(gaps[0]).toBe(0);
    const margin = planSoftmaxGaps(group).gaps(symbol, symbol.slice());
    expect(sigmoid(margin)).toBeCloseTo(groupSoftmax(groupMatrix(group, symbol)).symbol[0]!, 14);
  },
);

test("on a large cyclic group the smallest gaps are refined", () => {
  const k = 1000;
  const group = planGroupTransform([k]);
  // Everything sits on m = +-1, so that 1 - qhat_c = 1 - cos(2 pi c / k), 2e-5 at c = 1.
  const symbol = new Float64Array(k).fill(-60);
  symbol[1] = symbol[k - 1] = 0;
  const found = new Float64Array(k);
  planSoftmaxGaps(group).competitorGaps(symbol, found);
  for (let c = 1; c < k; c++) {
    const own = 2 * Math.sin((Math.PI * Math.min(c, k - c)) / k) ** 2;
    // The other 997 elements share exp(-60) / 2 each: below 5e-24.
    const error = Math.abs(found[c]! - own);
    expect(error).toBeLessThanOrEqual(own < 2 ** -10 ? 8 * u * own + 1e-23 : 100 * u);
  }
});

test("edge cases", () => {
  expect([...softmaxEigenvalueGaps([], Float64Array.of(3))]).toEqual([0]);
  const out = new Float64Array(2);
  const plan = planSoftmaxGaps([2]);
  expect(plan.gaps(Float64Array.of(0, -Infinity), out)).toBe(Infinity);
  expect([...out]).toEqual([0, 0]);
  // In place.
  const symbol = Float64Array.of(0, 0);
  expect(plan.gaps(symbol, symbol)).toBe(0);
  expect([...symbol]).toEqual([0, 1]);
  expect(() => softmaxEigenvalueGaps([5], Float64Array.of(0, 1, 2, 3, 1))).toThrow(
    "symbol is not even on Z_5: the opposite elements 2 and 3 have 2 and 3",
  );
  expect(() => softmaxEigenvalueGaps([5], new Float64Array(4))).toThrow("symbol has length 4");
  expect(() => plan.gaps(Float64Array.of(NaN, 0), out)).toThrow("symbol[0] = NaN");
});
