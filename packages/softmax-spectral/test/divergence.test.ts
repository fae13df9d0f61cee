import { dense, fromRows, SeededRandom } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import {
  entropy,
  entropyRows,
  klDivergence,
  klDivergenceRows,
  logSoftmax,
  softmax,
} from "../src/index.js";

const u = 2 ** -53;

test("rows equal vectors bit for bit, into out", () => {
  const random = new SeededRandom(1);
  const a = dense(6, 17, random.normals(6 * 17, 4));
  const b = dense(6, 17, random.normals(6 * 17, 4));
  a.data[3] = -Infinity;
  b.data[3] = -Infinity;
  a.data[20] = -Infinity;
  // One row of the close form, one of equal logits.
  b.data.set(
    a.data.subarray(34, 51).map((v) => v + 7 + 1e-9 * random.normal()),
    34,
  );
  b.data.set(a.data.subarray(51, 68), 51);
  const row = (m: typeof a, i: number): Float64Array => m.data.subarray(i * 17, (i + 1) * 17);
  const h = new Float64Array(6);
  const kl = new Float64Array(6);
  expect(entropyRows(a, h)).toBe(h);
  expect(klDivergenceRows(a, b, kl)).toBe(kl);
  for (let i = 0; i < 6; i++) {
    expect(h[i]).toBe(entropy(row(a, i)));
    expect(kl[i]).toBe(klDivergence(row(a, i), row(b, i)));
  }
  expect(kl[2]).toBeGreaterThan(0);
  expect(kl[2]).toBeLessThan(1e-16);
  expect(kl[3]).toBe(0);
});

test("closed forms", () => {
  // Two classes at margin x: H = softplus(x) - x sigmoid(x); KL from the uniform distribution: log 2 - H.
  const h = Math.log1p(Math.exp(-3)) + (3 * Math.exp(-3)) / (1 + Math.exp(-3));
  expect(Math.abs(entropy([3, 0]) - h)).toBeLessThanOrEqual(8 * u * h);
  expect(Math.abs(klDivergence([3, 0], [5, 5]) - (Math.LN2 - h))).toBeLessThanOrEqual(16 * u);
  expect(entropy([42])).toBe(0);
  expect(entropy([-Infinity, 42])).toBe(0);
  expect(klDivergence([1, 2], [1, -Infinity])).toBe(Infinity);
  // q puts half its mass on a class that p masks.
  expect(Math.abs(klDivergence([0, -Infinity], [0, 0]) - Math.LN2)).toBeLessThanOrEqual(2 * u);
});

test("KL(p || q) is the sum over classes of log-probabilities", () => {
  const random = new SeededRandom(7);
  const a = random.normals(9, 3);
  const b = random.normals(9, 3);
  const [p, la, lb] = [softmax(a), logSoftmax(a), logSoftmax(b)];
  let want = 0;
  let size = 0;
  for (let i = 0; i < 9; i++) {
    want += p[i]! * (la[i]! - lb[i]!);
    size += p[i]! * (Math.abs(la[i]!) + Math.abs(lb[i]!));
  }
  // Nine terms, each of a probability and two logarithms right to about 9 + |z| u.
  expect(Math.abs(klDivergence(a, b) - want)).toBeLessThanOrEqual(2 * (2 * 9 + 20) * u * size);
});

test("bad arguments", () => {
  const one = fromRows([[0, 1]]);
  expect(() => entropyRows(fromRows([[-Infinity]]))).toThrow(
    "logits row 0: all 1 classes are masked (-Infinity)",
  );
  expect(() => entropyRows(one, new Float64Array(2))).toThrow("out has length 2, expected 1");
  expect(() => klDivergenceRows(one, fromRows([[0]]))).toThrow("logitsQ is 1 x 1");
  expect(() => klDivergence([0], [NaN])).toThrow("logitsQ[0] = NaN");
  expect(() => klDivergence([NaN], [0])).toThrow("logitsP[0] = NaN");
  expect(() => klDivergence([0], [0, 1])).toThrow("logitsQ has length 2, expected 1");
  expect(() => klDivergence([-Infinity], [0])).toThrow("logitsP: all 1 classes are masked");
  const bad = fromRows([[0, NaN]]);
  expect(() => klDivergenceRows(bad, one)).toThrow("logitsP.data[1] = NaN");
  expect(() => klDivergenceRows(one, bad)).toThrow("logitsQ.data[1] = NaN");
  expect(() => klDivergenceRows(one, one, new Float64Array(2))).toThrow("out has length 2");
  expect(() => entropy([])).toThrow("logits has no classes");
});

/** log cosh x, right for small x too. */
const logCosh = (x: number): number => Math.log1p(2 * Math.sinh(x / 2) ** 2);

/** |got / want - 1| in roundings. */
const roundings = (got: number, want: number): number => Math.abs(got / want - 1) / u;

// Where KL is small beside the logarithms, the centred form computes it; all of these are small.
describe("the centred form against closed forms", () => {
  test("two close classes: the cumulants of a coin", () => {
    const c = 2 ** -20;
    const p = Math.exp(-1) / (1 + Math.exp(-1));
    const variance = p * (1 - p);
    // K(c) - K'(0) c = k2 c^2 / 2 + k3 c^3 / 6 + k4 c^4 / 24, and c^5 is below the last bit.
    const want =
      variance * c * c * (1 / 2 + (c * (1 - 2 * p)) / 6 + (c * c * (1 - 6 * variance)) / 24);
    // p, squares and sums on both sides: about ten roundings each.
    expect(roundings(klDivergence([0, -1], [0, c - 1]), want)).toBeLessThanOrEqual(20);
    expect(roundings(klDivergence([8, 7], [-3, c - 4]), want)).toBeLessThanOrEqual(20);
  });

  test("a rare class whose log-ratio c is below and above a half", () => {
    for (const [logit, c] of [
      [-50, 0.375],
      [-50, 0.5],
      [-200, 3],
    ] as const) {
      // KL = log1p(p expm1(c)) - p c
      const p = Math.exp(logit);
      const want = p * (Math.expm1(c) - c);
      // p itself carries a rounding of its exponent, |logit| u; the difference loses (e^c + c) / (e^c - 1 - c).
      const lost = (Math.exp(c) + c) / (Math.expm1(c) - c);
      expect(roundings(klDivergence([0, logit], [0, logit + c]), want)).toBeLessThanOrEqual(
        4 * -logit + 4 * lost,
      );
    }
  });

  test("q spreads a little mass on a class that p masks, or all but masks", () => {
    for (const [a, b] of [
      [-Infinity, -30],
      // p underflows, the ratio too large for exp; p underflows, the ratio not; p a denormal.
      [-800, -34],
      [-760, -80],
      [-744, -34],
    ] as const) {
      // log(2 + e^b) - log 2; e^b carries |b| u.
      const want = Math.log1p(Math.exp(b) / 2);
      const got = klDivergence([7, 7, 7 + a], [-3, -3, -3 + b]);
      expect(roundings(got, want)).toBeLessThanOrEqual(-b + 16);
    }
    // The same beside classes that differ: log cosh(d / 2) + log1p(e^b / (1 + e^d)).
    const d = 0.25;
    for (const a of [-Infinity, -800]) {
      const want = logCosh(d / 2) + Math.log1p(Math.exp(-34) / (1 + Math.exp(d)));
      // Three terms, exponentials of up to 1: about ten roundings each way, of which the centre costs some twice.
      expect(roundings(klDivergence([0, 0, a], [0, d, -34]), want)).toBeLessThanOrEqual(40);
    }
  });
});

test("a thousand classes, half of them a little likelier", () => {
  // KL of the uniform distribution from that with logits +-d: log cosh d, about 0.008 of two logarithms of 7. The
  // direct sum loses ten thousand roundings here.
  const p = new Float64Array(1000);
  for (const d of [0.112, 0.118, 0.124]) {
    const q = p.map((_, i) => (i % 2 === 0 ? d : -d));
    // A sum of 1000 terms >= 0.
    expect(roundings(klDivergence(p, q), logCosh(d))).toBeLessThanOrEqual(1000);
  }
});

test("a class that is masked by the overflow of a difference", () => {
  const want = Math.log1p(Math.exp(-34) / 2);
  const got = klDivergence([1e308, 1e308, -1e308], [0, 0, -34]);
  expect(roundings(got, want)).toBeLessThanOrEqual(34 + 16);
});

test("a class that q masks counts also where p underflows", () => {
  expect(klDivergence([0, -800], [0, -Infinity])).toBe(Infinity);
});
