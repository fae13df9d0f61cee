import { dense, fromRows, SeededRandom } from "@xent/linalg";
import { expect, test } from "vitest";
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
