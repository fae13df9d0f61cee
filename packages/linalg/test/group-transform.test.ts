import { describe, expect, test } from "vitest";
import { planGroupTransform, SeededRandom, walshHadamard } from "../src/index.js";

const U = 2 ** -53;
const GROUPS: readonly (readonly number[])[] = [
  [],
  [1],
  [2],
  [3],
  [4],
  [5],
  [7],
  [8],
  [10],
  [12],
  [13],
  [2, 5],
  [5, 2],
  [3, 4],
  [4, 3],
  [2, 2, 3],
  [3, 2, 2],
  [2, 3, 2],
  [3, 3, 5],
  [1, 6, 1, 4],
  [2, 1, 2, 5],
  [60],
  [61],
  [67],
  [3, 67],
  [67, 3],
  [4, 4, 4],
  [9, 7],
  [2, 2, 2, 2],
  [101],
  [134],
  [5, 7, 3],
];

/** Exact phase as a fraction with one rounding: sum c_i g_i / n_i brought to the denominator k. */
function phases(orders: readonly number[]): {
  size: number;
  turn: (c: number, g: number) => number;
} {
  const size = orders.reduce((a, n) => a * n, 1);
  const digits = (index: number): number[] => {
    const out: number[] = [];
    let rest = index;
    for (let i = orders.length - 1; i >= 0; i--) {
      out[i] = rest % orders[i]!;
      rest = Math.floor(rest / orders[i]!);
    }
    return out;
  };
  const turn = (c: number, g: number): number => {
    const x = digits(c);
    const y = digits(g);
    let numerator = 0;
    orders.forEach((n, i) => {
      numerator += x[i]! * y[i]! * (size / n);
    });
    return (numerator % size) / size;
  };
  return { size, turn };
}

function name(orders: readonly number[]): string {
  return orders.length === 0 ? "trivial" : orders.map((n) => `Z_${n}`).join(" x ");
}

describe.each(GROUPS.map((orders) => [name(orders), orders] as const))("%s", (_, orders) => {
  const { size, turn } = phases(orders);
  const plan = planGroupTransform(orders);
  const random = new SeededRandom(size);
  const re = random.normals(size);
  const im = random.normals(size);
  const total = re.reduce((s, v, i) => s + Math.abs(v) + Math.abs(im[i]!), 0);
  // Per entry: a logarithmic number of passes, or a direct sum of <= 61 terms, or three transforms of
  // Bluestein's, each losing a few u of the sum of moduli; the direct sum here loses k u / 2.
  const tolerance = (80 + size) * U * total;

  test("forward equals the direct sum, inverse undoes it", () => {
    const fr = re.slice();
    const fi = im.slice();
    plan.forward(fr, fi);
    for (let c = 0; c < size; c++) {
      let sr = 0;
      let si = 0;
      for (let g = 0; g < size; g++) {
        const angle = 2 * Math.PI * turn(c, g);
        const cos = Math.cos(angle);
        const sin = -Math.sin(angle);
        sr += re[g]! * cos - im[g]! * sin;
        si += re[g]! * sin + im[g]! * cos;
      }
      expect(Math.abs(fr[c]! - sr)).toBeLessThanOrEqual(tolerance);
      expect(Math.abs(fi[c]! - si)).toBeLessThanOrEqual(tolerance);
    }
    plan.inverse(fr, fi);
    for (let g = 0; g < size; g++) {
      expect(Math.abs(fr[g]! - re[g]!)).toBeLessThanOrEqual(tolerance);
      expect(Math.abs(fi[g]! - im[g]!)).toBeLessThanOrEqual(tolerance);
    }
  });

  test("hartley equals the direct cas sum and is its own inverse", () => {
    const h = plan.hartley(re);
    for (let c = 0; c < size; c++) {
      let s = 0;
      for (let g = 0; g < size; g++) {
        const angle = 2 * Math.PI * turn(c, g);
        s += re[g]! * (Math.cos(angle) + Math.sin(angle));
      }
      expect(Math.abs(h[c]! - s / Math.sqrt(size))).toBeLessThanOrEqual(tolerance);
    }
    const back = plan.hartley(h, h);
    for (let g = 0; g < size; g++) {
      expect(Math.abs(back[g]! - re[g]!)).toBeLessThanOrEqual(tolerance);
    }
  });

  test("evenSpectrum equals the direct cosine sum, evenSymbol undoes it, both are even", () => {
    const zeta = re.map((v, g) => v + re[plan.negation[g]!]!);
    const s = plan.evenSpectrum(zeta);
    for (let c = 0; c < size; c++) {
      let sum = 0;
      for (let g = 0; g < size; g++) sum += zeta[g]! * Math.cos(2 * Math.PI * turn(c, g));
      expect(Math.abs(s[c]! - sum)).toBeLessThanOrEqual(2 * tolerance);
      expect(s[c]).toBe(s[plan.negation[c]!]);
    }
    const back = plan.evenSymbol(s);
    for (let g = 0; g < size; g++) {
      expect(Math.abs(back[g]! - zeta[g]!)).toBeLessThanOrEqual(2 * tolerance);
    }
  });

  test("negation is inverse in the group", () => {
    for (let g = 0; g < size; g++) {
      expect(plan.negation[plan.negation[g]!]).toBe(g);
      for (const c of [0, (size - 1) >> 1, size - 1]) {
        const sum = turn(c, g) + turn(c, plan.negation[g]!);
        expect(Math.abs(sum - Math.round(sum))).toBeLessThan(1e-12);
      }
    }
  });
});

describe("planGroupTransform", () => {
  test("Z_2^m is Walsh-Hadamard, also beyond a cache block", () => {
    const orders = new Array<number>(14).fill(2);
    const plan = planGroupTransform(orders);
    const x = Float64Array.from({ length: 2 ** 14 }, (_, i) => (i * 31) % 257);
    expect(plan.evenSpectrum(x)).toEqual(walshHadamard(x.slice()));
    expect(plan.hartley(x)).toEqual(walshHadamard(x.slice(), 1 / 128));
  });

  test("out receives the result, aliasing the input is allowed, the input is not touched", () => {
    const plan = planGroupTransform([2, 5]);
    const x = Float64Array.from({ length: 10 }, (_, i) => i);
    const out = new Float64Array(10);
    const copy = x.slice();
    expect(plan.hartley(x, out)).toBe(out);
    expect(x).toEqual(copy);
    expect(plan.hartley(copy, copy)).toEqual(out);
  });

  test("the second of two calls repeats the first: plans keep no state of a call", () => {
    const plan = planGroupTransform([67, 6]);
    const x = new SeededRandom(3).normals(402);
    expect(plan.hartley(x)).toEqual(plan.hartley(x));
    expect(plan.evenSpectrum(x)).toEqual(plan.evenSpectrum(x));
  });

  test("rejects bad orders and lengths", () => {
    expect(() => planGroupTransform([2, 0])).toThrow("orders[1] = 0");
    expect(() => planGroupTransform([2.5])).toThrow("orders[0] = 2.5");
    expect(() => planGroupTransform([2 ** 15, 2 ** 15])).toThrow("product of orders");
    const plan = planGroupTransform([3]);
    expect(() => plan.hartley(new Float64Array(4))).toThrow("x has length 4, expected 3");
    const shared = new Float64Array(3);
    expect(() => plan.forward(shared, shared)).toThrow("shares memory");
  });
});
