import { DimensionError, DomainError, dense, fromRows, SeededRandom } from "@xent/linalg";
import { expect, test } from "vitest";
import {
  logSigmoid,
  logSoftmax,
  logSoftmaxRows,
  logSumExp,
  logSumExpRows,
  sigmoid,
  sigmoidVector,
  softmax,
  softmaxRows,
  softplus,
  softplusVector,
} from "../src/index.js";

const u = 2 ** -53;

test("rows equal vectors bit for bit, masks included, in place too", () => {
  const random = new SeededRandom(2);
  // More than one block of the compensated sum.
  const z = dense(3, 300, random.normals(900, 5));
  z.data[7] = -Infinity;
  z.data.fill(-Infinity, 300, 599);
  const row = (i: number): Float64Array => z.data.slice(i * 300, (i + 1) * 300);
  const [p, l, s] = [softmaxRows(z), logSoftmaxRows(z), logSumExpRows(z)];
  for (let i = 0; i < 3; i++) {
    expect(p.data.slice(i * 300, (i + 1) * 300)).toEqual(softmax(row(i)));
    expect(l.data.slice(i * 300, (i + 1) * 300)).toEqual(logSoftmax(row(i)));
    expect(s[i]).toBe(logSumExp(row(i)));
  }
  // The second row has one class left.
  expect(p.data[599]).toBe(1);
  expect(l.data[599]).toBe(0);
  const inPlace = dense(3, 300, z.data.slice());
  expect(softmaxRows(inPlace, inPlace)).toBe(inPlace);
  expect(inPlace.data).toEqual(p.data);
  const vector = row(0);
  expect(logSoftmax(vector, vector)).toBe(vector);
  expect(vector).toEqual(l.data.slice(0, 300));
});

test("plain arrays, float32 and integer arrays are logits too", () => {
  const want = softmax(Float64Array.of(1, 2, 4));
  expect(softmax([1, 2, 4])).toEqual(want);
  expect(softmax(Float32Array.of(1, 2, 4))).toEqual(want);
  expect(softmax(Int32Array.of(1, 2, 4))).toEqual(want);
});

test("inputs are left alone", () => {
  const z = Float64Array.of(3, -Infinity, 1e3);
  const copy = z.slice();
  softmax(z);
  logSoftmax(z);
  logSumExp(z);
  expect(z).toEqual(copy);
});

test("long vectors: the error does not grow with length", () => {
  const n = 100_000;
  const equal = new Float64Array(n).fill(0.1);
  // exp(0) is exact and so is every partial sum: log n up to the rounding of one logarithm and one addition.
  expect(Math.abs(logSumExp(equal) - 0.1 - Math.log(n))).toBeLessThanOrEqual(4 * u * Math.log(n));
  // One class of mass 1 among n of mass e^-40: their sum is kept apart.
  const confident = new Float64Array(n).fill(-40);
  confident[n / 2] = 0;
  const rest = (n - 1) * Math.exp(-40);
  // exp(-40) carries 40 u, the blocks 130 u.
  const found = -logSoftmax(confident)[n / 2]!;
  expect(Math.abs(found / Math.log1p(rest) - 1)).toBeLessThanOrEqual((40 + 130 + 8) * u);
});

test("blocks that each vanish beside the total are not lost", () => {
  const blocks = 10_000;
  const z = new Float64Array(128 * (blocks + 1)).fill(-40);
  z.fill(0, 0, 128);
  // A block of 128 e^-40 = 5.4e-16 is below half a spacing of 128; all of them are 380 u of it.
  const excess = blocks * Math.exp(-40);
  const [total, p] = [logSumExp(z), softmax(z)];
  // The sum errs by 130 u at most, the logarithm by a few of its size, which is 5.
  expect(Math.abs(total - Math.log(128) - Math.log1p(excess))).toBeLessThanOrEqual(
    (130 + 4 * 5) * u,
  );
  expect(Math.abs(p[0]! * 128 * (1 + excess) - 1)).toBeLessThanOrEqual((130 + 4) * u);
});

test("all classes masked", () => {
  expect(logSumExp([-Infinity, -Infinity])).toBe(-Infinity);
  expect([...logSumExpRows(fromRows([[-Infinity], [2]]))]).toEqual([-Infinity, 2]);
  for (const f of [softmax, logSoftmax]) {
    expect(() => f([-Infinity, -Infinity])).toThrow(DomainError);
    expect(() => f([-Infinity, -Infinity])).toThrow("logits: all 2 classes are masked (-Infinity)");
  }
  for (const f of [softmaxRows, logSoftmaxRows]) {
    expect(() => f(fromRows([[0], [-Infinity]]))).toThrow("logits row 1: all 1 classes are masked");
    const second = dense(2, 2, Float64Array.of(0, 1, -Infinity, -Infinity));
    expect(() => f(second)).toThrow("logits row 1: all 2 classes are masked");
  }
});

test("bad arguments are named, before any work", () => {
  for (const f of [softmax, logSoftmax, logSumExp]) {
    expect(() => f([])).toThrow(DimensionError);
    expect(() => f([])).toThrow("logits has no classes");
    expect(() => f([0, NaN])).toThrow("logits[1] = NaN is not a logit");
    expect(() => f([Infinity])).toThrow("logits[0] = Infinity is not a logit");
    // A NaN behind a larger entry, and behind masks.
    expect(() => f([5, -Infinity, NaN, 7])).toThrow("logits[2] = NaN");
  }
  for (const f of [softmax, logSoftmax]) {
    expect(() => f([0, 1], new Float64Array(3))).toThrow("out has length 3, expected 2");
  }
  const bad = fromRows([
    [0, 1],
    [2, NaN],
  ]);
  const out = dense(2, 2);
  for (const f of [softmaxRows, logSoftmaxRows]) {
    expect(() => f(bad, out)).toThrow("logits.data[3] = NaN");
    expect(() => f(dense(1, 2), dense(2, 1))).toThrow("out is 2 x 1");
    expect(() => f(dense(2, 0))).toThrow("no classes");
    expect(f(dense(0, 3)).data).toHaveLength(0);
  }
  expect([...out.data]).toEqual([0, 0, 0, 0]);
  expect(() => logSumExpRows(bad)).toThrow("logits.data[3] = NaN");
  expect(() => logSumExpRows(dense(1, 0))).toThrow("no classes");
  expect(() => logSumExpRows(bad, new Float64Array(3))).toThrow("logits.data[3] = NaN");
  expect(() => logSumExpRows(dense(1, 2), new Float64Array(3))).toThrow("out has length 3");
  expect(() => logSumExpRows({ rows: 1, cols: 2, data: new Float64Array(3) })).toThrow(
    "logits is 1 x 2 with 3 entries",
  );
  expect(() => softmaxRows({ rows: 2, cols: 2, data: new Float64Array(3) })).toThrow("3 entries");
});

test("two classes are the logistic functions", () => {
  for (const x of [0, 1e-9, -1e-9, 0.7, -3, 36, -36, 700, -700, 1e4, -1e4]) {
    const p = softmax([x, 0])[0]!;
    const l = logSoftmax([x, 0])[0]!;
    // The same formula in another arrangement: a few roundings.
    expect(Math.abs(sigmoid(x) - p)).toBeLessThanOrEqual(4 * u * p);
    expect(Math.abs(logSigmoid(x) - l)).toBeLessThanOrEqual(4 * u * -l);
    expect(Math.abs(softplus(-x) + l)).toBeLessThanOrEqual(4 * u * -l);
  }
  expect([sigmoid(-Infinity), sigmoid(Infinity)]).toEqual([0, 1]);
  expect([softplus(-Infinity), softplus(Infinity)]).toEqual([0, Infinity]);
  expect([...sigmoidVector([0, -Infinity])]).toEqual([0.5, 0]);
  const x = Float64Array.of(0, 1);
  expect(softplusVector(x, x)).toBe(x);
  expect(x[0]).toBe(Math.LN2);
  expect(() => sigmoid(NaN)).toThrow("x = NaN is not a number");
  expect(() => softplus(NaN)).toThrow(DomainError);
  for (const f of [sigmoidVector, softplusVector]) {
    expect(() => f([0], new Float64Array(2))).toThrow("out has length 2");
  }
});
