import { type Dense, DomainError, dense, fromRows, SeededRandom } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import {
  type CrossEntropyOptions,
  crossEntropy,
  crossEntropyGradient,
  crossEntropyRows,
  type Labels,
  logSoftmax,
  softmax,
} from "../src/index.js";

const u = 2 ** -53;
const [B, C] = [5, 7];

/** The definition, term by term, from the log-probabilities of one row at a time. */
function byDefinition(
  z: Dense,
  labels: Labels,
  options: CrossEntropyOptions,
): { loss: number; gradient: number[]; rows: number[] } {
  const t = options.temperature ?? 1;
  const eps = options.labelSmoothing ?? 0;
  const rows: number[] = [];
  const gradient: number[] = [];
  let total = 0;
  for (let i = 0; i < z.rows; i++) {
    const row = z.data.slice(i * z.cols, (i + 1) * z.cols).map((v) => v / t);
    const target = Array.from(row, (_, c) =>
      "data" in labels ? labels.data[i * z.cols + c]! : c === labels[i] ? 1 : 0,
    );
    const mass = target.reduce((a, b) => a + b, 0);
    const open = row.filter((v) => v > -Infinity).length;
    const weighted = target.map((v, c) => {
      const smooth = row[c]! > -Infinity ? (1 - eps) * v + (eps * mass) / open : 0;
      return smooth * (options.classWeights?.[c] ?? 1);
    });
    const weight = options.exampleWeights?.[i] ?? 1;
    const [p, l] = [softmax(row), logSoftmax(row)];
    rows.push(weight * weighted.reduce((s, v, c) => s + (v > 0 ? -v * l[c]! : 0), 0));
    const sum = weighted.reduce((a, b) => a + b, 0);
    for (let c = 0; c < z.cols; c++) gradient.push((weight * (p[c]! * sum - weighted[c]!)) / t);
    total += "data" in labels ? weight : weight * (options.classWeights?.[labels[i]!] ?? 1);
  }
  const divisor = (options.reduction ?? "mean") === "mean" ? total : 1;
  return {
    loss: rows.reduce((a, b) => a + b, 0) / divisor,
    gradient: gradient.map((v) => v / divisor),
    rows,
  };
}

const random = new SeededRandom(12);
const logits = dense(B, C, random.normals(B * C, 3));
logits.data[3] = -Infinity;
logits.data[20] = -Infinity;
const labels = [0, 6, 2, 3, 3];
const targets = dense(
  B,
  C,
  logits.data.map((z) => (z === -Infinity ? 0 : random.uniform())),
);
const classWeights = Array.from({ length: C }, () => random.uniform());
const exampleWeights = [1, 0, 2, 0.5, 3];

const options: [string, CrossEntropyOptions][] = [
  ["defaults", {}],
  ["sum", { reduction: "sum" }],
  ["class weights", { classWeights }],
  ["example weights", { exampleWeights }],
  ["smoothing", { labelSmoothing: 0.1 }],
  ["all smoothing", { labelSmoothing: 1 }],
  ["temperature", { temperature: 2.5 }],
  [
    "everything",
    { classWeights, exampleWeights, labelSmoothing: 0.3, temperature: 0.5, reduction: "mean" },
  ],
];

describe.each(options)("%s, against the definition", (_, option) => {
  test.each([
    ["labels", labels as Labels],
    ["soft targets", targets as Labels],
  ])("%s", (_kind, y) => {
    const want = byDefinition(logits, y, option);
    // Logits up to about 12 over a temperature of 1/2 at least, sums of C terms and B rows; the
    // definition has p - t by subtraction, so the gradient is compared absolutely.
    const rounding = (4 * (B + C) + 8 * 24) * u;
    const size = want.rows.reduce((a, b) => a + b, 0) + 1;
    expect(Math.abs(crossEntropy(logits, y, option) - want.loss)).toBeLessThanOrEqual(
      rounding * want.loss,
    );
    const rows = crossEntropyRows(logits, y, option);
    for (let i = 0; i < B; i++) {
      expect(Math.abs(rows[i]! - want.rows[i]!)).toBeLessThanOrEqual(rounding * want.rows[i]!);
    }
    const gradient = crossEntropyGradient(logits, y, option);
    for (let e = 0; e < B * C; e++) {
      expect(Math.abs(gradient.data[e]! - want.gradient[e]!)).toBeLessThanOrEqual(rounding * size);
    }
    // In place: the logits are read before they are overwritten.
    const inPlace = dense(B, C, logits.data.slice());
    expect(crossEntropyGradient(inPlace, y, option, inPlace)).toBe(inPlace);
    expect(inPlace.data).toEqual(gradient.data);
  });
});

test("out is filled and returned", () => {
  const out = new Float64Array(B);
  expect(crossEntropyRows(logits, labels, {}, out)).toBe(out);
  expect(out).toEqual(crossEntropyRows(logits, labels));
});

test("confident rows: loss and gradient of size e^-700, and losses of size 1e300", () => {
  const z = fromRows([
    [0, -700],
    [0, -1e300],
  ]);
  const loss = crossEntropyRows(z, [0, 1]);
  // exp(-700) carries 700 u from its argument, which is exact here: one rounding of the exponential.
  expect(Math.abs(loss[0]! / Math.exp(-700) - 1)).toBeLessThanOrEqual(4 * u);
  expect(loss[1]).toBe(1e300);
  const g = crossEntropyGradient(z, [0, 1], { reduction: "sum" }).data;
  expect(g[0]).toBe(-g[1]!);
  expect(Math.abs(g[1]! / Math.exp(-700) - 1)).toBeLessThanOrEqual(4 * u);
  expect([g[2], g[3]]).toEqual([1, -1]);
});

test("targets and probabilities that are both almost all on one class", () => {
  // p_1 = e^-46 / (1 + e^-46), t_1 = 2^-66: the gradient p_0 t_1 - t_0 p_1 sees neither 1 - t_0 nor 1 - p_0.
  const z = fromRows([[0, -46]]);
  const e = Math.exp(-46);
  const g = crossEntropyGradient(z, fromRows([[1, 2 ** -66]])).data;
  const want = (2 ** -66 - e) / (1 + e);
  // The difference of 1.36e-20 and 1.05e-20 costs a factor 8; exp(-46) carries half an ulp.
  expect(Math.abs(g[0]! / want - 1)).toBeLessThanOrEqual(40 * u);
  expect(Math.abs(g[1]! / -want - 1)).toBeLessThanOrEqual(40 * u);
});

test("weight 0 silences a loss that overflows", () => {
  const z = fromRows([
    [1e308, -1e308],
    [0, 0],
  ]);
  expect([...crossEntropyRows(z, [1, 0])]).toEqual([Infinity, Math.LN2]);
  expect([...crossEntropyRows(z, [1, 0], { exampleWeights: [0, 1] })]).toEqual([0, Math.LN2]);
  expect([...crossEntropyRows(z, [1, 0], { classWeights: [1, 0] })]).toEqual([0, Math.LN2]);
  const targets = fromRows([
    [0, 1],
    [0, 1],
  ]);
  expect([...crossEntropyRows(z, targets, { exampleWeights: [0, 1] })]).toEqual([0, Math.LN2]);
});

test("one class, and ties", () => {
  expect([...crossEntropyRows(fromRows([[5]]), [0])]).toEqual([0]);
  expect([...crossEntropyGradient(fromRows([[5]]), [0]).data].map(Math.abs)).toEqual([0]);
  expect(crossEntropy(fromRows([[1, 1, 1, 1]]), [2])).toBe(Math.log1p(3));
});

test("bad arguments are named", () => {
  const z = fromRows([
    [0, 1, -Infinity],
    [1, 2, 3],
  ]);
  const run = (y: Labels, option: CrossEntropyOptions = {}): unknown => crossEntropy(z, y, option);
  expect(() => run([0, 3])).toThrow("labels[1] = 3 is outside 0..2");
  expect(() => run([0, 0.5])).toThrow("labels[1] = 0.5");
  expect(() => run([0])).toThrow("labels has length 1, expected 2");
  expect(() => run([2, 0])).toThrow("labels[0] = 2 is a masked class (logit -Infinity)");
  expect(() => run(dense(2, 2))).toThrow("targets is 2 x 2");
  expect(() =>
    run(
      fromRows([
        [1, 0, -1],
        [0, 0, 1],
      ]),
    ),
  ).toThrow("targets[0][2] = -1");
  expect(() =>
    run(
      fromRows([
        [1, 0, 0.5],
        [0, 0, 1],
      ]),
    ),
  ).toThrow("targets[0][2] = 0.5, but that class is masked");
  expect(() => run([0, 1], { temperature: 0 })).toThrow("temperature = 0");
  expect(() => run([0, 1], { labelSmoothing: 1.5 })).toThrow("labelSmoothing = 1.5");
  expect(() => run([0, 1], { classWeights: [1, 1] })).toThrow("classWeights has length 2");
  expect(() => run([0, 1], { classWeights: [1, -1, 1] })).toThrow("classWeights[1] = -1");
  expect(() => run([0, 1], { exampleWeights: [0, 0] })).toThrow(
    'a mean needs a total weight > 0, got 0 over 2 examples; use reduction "sum"',
  );
  expect(run([0, 1], { exampleWeights: [0, 0], reduction: "sum" })).toBe(0);
  expect(() => run([0, 1], { labelSmoothing: -0.5 })).toThrow("labelSmoothing = -0.5");
  expect(() => run([0, 1], { classWeights: [1, Infinity, 1] })).toThrow(
    "classWeights[1] = Infinity",
  );
  expect(() => run([0, 1], { exampleWeights: [1, -1] })).toThrow("exampleWeights[1] = -1");
  expect(() =>
    run(
      fromRows([
        [Infinity, 0, 0],
        [0, 0, 1],
      ]),
    ),
  ).toThrow("targets[0][0] = Infinity");
  expect(() => crossEntropy(fromRows([[NaN]]), [0])).toThrow(DomainError);
  expect(() => crossEntropy(fromRows([[0, NaN]]), [0])).toThrow("logits.data[1] = NaN");
  expect(() => crossEntropyGradient(z, [0, 1], {}, dense(1, 3))).toThrow("out is 1 x 3");
  expect(() => crossEntropyRows(z, [0, 1], {}, new Float64Array(1))).toThrow("out has length 1");
});
