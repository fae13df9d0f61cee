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

test("a large xor group keeps relative accuracy at more small gaps than any budget of direct sums", () => {
  const m = 9;
  const k = 2 ** m;
  // q_m = 32^-m, from m = 36 on constant: a character that is 1 on m < 2^b has a gap of about 2 * 32^(1 - 2^b).
  const power = (g: number): number => 5 * Math.min(g, 36);
  const symbol = Float64Array.from({ length: k }, (_, g) => -power(g) * Math.LN2);
  const found = new Float64Array(k);
  planSoftmaxGaps(new Array<number>(m).fill(2)).competitorGaps(symbol, found);
  const weights = Array.from({ length: k }, (_, g) => 1n << BigInt(180 - power(g)));
  const total = weights.slice(1).reduce((a, b) => a + b);
  // The small ones: characters that are 1 on the first four elements, 127 of them, the largest about 2^-14.
  for (let c = 4; c < k; c += 4) {
    let odd = 0n;
    for (const [g, weight] of weights.entries()) {
      let parity = 0;
      for (let bits = c & g; bits > 0; bits >>= 1) parity ^= bits & 1;
      if (parity === 1) odd += weight;
    }
    const exact = Number(((2n * odd) << 400n) / total) / 2 ** 400;
    // m + 130 roundings, and up to 180 ln 2 = 125 of the argument of an exponential.
    expect(Math.abs(found[c]! / exact - 1)).toBeLessThanOrEqual((m + 130 + 125 + 5) * u);
  }
});

test.each([100, 128])("a cyclic group of order %i keeps relative accuracy at every gap", (k) => {
  // q on +-1, +-2 and +-3, in ratios e^-1 and e^-2.5; nothing else.
  const logits = [0, -1, -2.5];
  const symbol = new Float64Array(k).fill(-Infinity);
  for (const [m, z] of logits.entries()) symbol[m + 1] = symbol[k - m - 1] = z;
  const found = new Float64Array(k);
  planSoftmaxGaps([k]).competitorGaps(symbol, found);
  const total = logits.reduce((s, z) => s + 2 * Math.exp(z), 0);
  for (let c = 1; c < k; c++) {
    const want = logits.reduce((s, z, i) => {
      const turn = ((i + 1) * c) % k;
      const half = (Math.PI * Math.min(turn, k - turn)) / k;
      return s + (4 * Math.exp(z) * Math.sin(half) ** 2) / total;
    }, 0);
    // Terms >= 0: seven exponentials, sines and products; k roundings are allowed, of which six terms need few.
    expect(Math.abs(found[c]! / want - 1)).toBeLessThanOrEqual(60 * u);
  }
});

describe("beyond order 128 the smallest gaps are summed directly, as many as the budget allows", () => {
  /**
   * Z_2 x Z_n with almost all mass on (1, 0), which half the characters do not see: their gaps are the smaller
   * ones, of size `mass` times 1 - cos(2 pi 7 c / n) (the smallest are scattered).
   */
  function gapsOf(
    n: number,
    mass: number,
  ): { found: Float64Array; want: number[]; budget: number } {
    const k = 2 * n;
    const symbol = new Float64Array(k).fill(-Infinity);
    symbol[n] = 0;
    symbol[7] = symbol[n - 7] = Math.log(mass / 2);
    const found = new Float64Array(k);
    planSoftmaxGaps([2, n]).competitorGaps(symbol, found);
    const share = (2 * Math.exp(symbol[7])) / (1 + 2 * Math.exp(symbol[7]));
    const want = Array.from({ length: k }, (_, c) => {
      const turn = (7 * (c % n)) % n;
      const versine = share * 2 * Math.sin((Math.PI * Math.min(turn, n - turn)) / n) ** 2;
      return c < n ? versine : 2 * (1 - share) + versine;
    });
    return { found, want, budget: Math.ceil(8 * Math.log2(k)) };
  }
  // Of a sum of q_m 2 sin^2, three of which are not 0.
  const relative = 40 * u;

  test.each([
    ["all below 2^-10", 1.01 * 2 ** -10, 75, 74],
    ["those below 2^-18", 2 ** -14, 17, 16],
    ["those below 2^-22", 2 ** -20, 35, 34],
  ])("%s", (_, mass, turns, count) => {
    const n = 300;
    const { found, want, budget } = gapsOf(n, mass);
    expect(count).toBeLessThanOrEqual(budget);
    let checked = 0;
    for (let c = 1; c < n; c++) {
      const turn = Math.min((7 * c) % n, n - ((7 * c) % n));
      const small = turn < turns;
      if (small && c <= n - c) checked++;
      // The others: an absolute error of a few log2(k) u, from the fast transform.
      const tolerance = small ? relative * want[c]! : 40 * u;
      expect(Math.abs(found[c]! - want[c]!)).toBeLessThanOrEqual(tolerance);
      expect(found[n - c]).toBe(found[c]);
    }
    expect(checked).toBe(count);
  });

  test("gaps that the transform cannot tell from 0: the first, and no more", () => {
    // A power of 2: the transform adds 1e-20 to 1 without a trace, so that what is not summed directly is 0.
    const n = 256;
    const { found, want, budget } = gapsOf(n, 1e-20);
    for (let c = 1; c <= n / 2; c++) {
      if (c <= budget) {
        expect(Math.abs(found[c]! / want[c]! - 1)).toBeLessThanOrEqual(relative);
      } else expect(found[c]).toBe(0);
    }
  });

  test("no gap is negative", () => {
    const { found } = gapsOf(997, 1e-20);
    for (const gap of found) expect(gap).toBeGreaterThanOrEqual(0);
  });

  /**
   * Z_2^7 x Z_3 with all mass on the generators of the first seven factors, almost all of it on the seventh: the
   * characters that do not see that one have gaps 2 sum of the shares `small` of those that they see. Those with a
   * part in Z_3 come in pairs, next to each other; the others are their own opposite.
   */
  function cubeGaps(small: number[]): { found: Float64Array; want: Float64Array } {
    const k = 384;
    const at = (bit: number): number => 3 * 2 ** (6 - bit);
    const symbol = new Float64Array(k).fill(-Infinity);
    symbol[at(6)] = 0;
    for (const [bit, w] of small.entries()) symbol[at(bit)] = Math.log(w);
    const found = new Float64Array(k);
    planSoftmaxGaps([2, 2, 2, 2, 2, 2, 2, 3]).competitorGaps(symbol, found);
    const q = small.map((_, bit) => Math.exp(symbol[at(bit)]!));
    const total = 1 + q.reduce((a, b) => a + b, 0);
    const want = Float64Array.from({ length: k }, (_, c) =>
      q.reduce((s, w, bit) => s + (Math.floor(c / at(bit)) % 2 === 1 ? (2 * w) / total : 0), 0),
    );
    return { found, want };
  }
  const seen = (c: number): boolean => Math.floor(c / 3) % 2 === 1;

  test("the smallest are chosen, where many characters are their own opposite", () => {
    // 127 of them below 2^-10, too many; 15 below 2^-14, scattered over all places.
    const { found, want } = cubeGaps([2 ** -30, 2 ** -31, 2 ** -32, 2 ** -13, 2 ** -13, 2 ** -13]);
    let checked = 0;
    for (let c = 1; c < 384; c++) {
      if (seen(c) || want[c]! > 2 ** -20) continue;
      expect(Math.abs(found[c]! - want[c]!)).toBeLessThanOrEqual(relative * want[c]!);
      checked++;
    }
    // 8 sets of the first three generators, 3 characters each, less the trivial one.
    expect(checked).toBe(23);
  });

  test("an opposite pair costs one sum of the budget", () => {
    // Gaps j * unit for j = 0, ..., 63, of which 0, ..., 34 are below 2^-10: 69 pairs and single ones, the budget.
    const unit = 2 ** -10 / 34.5;
    const { found, want } = cubeGaps([16, 8, 4, 2, 1, 32].map((j) => (j * unit) / 2));
    let checked = 0;
    for (let c = 1; c < 384; c++) {
      if (seen(c) || want[c]! > 34.2 * unit) continue;
      expect(Math.abs(found[c]! - want[c]!)).toBeLessThanOrEqual(relative * want[c]!);
      checked++;
    }
    expect(checked).toBe(3 * 35 - 1);
  });

  test("a character of order 2 is among the smallest", () => {
    // Z_2 x Z_2 x Z_100: (0, 1, 0) sees only what lies at (0, 1, 0), of mass 1e-12.
    const k = 400;
    const symbol = new Float64Array(k).fill(-Infinity);
    symbol[200] = 0;
    symbol[1] = symbol[99] = Math.log(2 ** -16);
    symbol[100] = Math.log(1e-12);
    const found = new Float64Array(k);
    planSoftmaxGaps([2, 2, 100]).competitorGaps(symbol, found);
    const want = (2 * Math.exp(symbol[100])) / (1 + 2 ** -15 + 1e-12);
    expect(Math.abs(found[100]! / want - 1)).toBeLessThanOrEqual(relative);
  });
});

test("edge cases", () => {
  expect([...softmaxEigenvalueGaps([], Float64Array.of(3))]).toEqual([0]);
  expect(planSoftmaxGaps([]).gaps(Float64Array.of(3), new Float64Array(1))).toBe(Infinity);
  const out = new Float64Array(2);
  const plan = planSoftmaxGaps([2]);
  expect(() => plan.gaps(Float64Array.of(0, 0), new Float64Array(3))).toThrow("out has length 3");
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
