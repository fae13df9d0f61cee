import { Decimal } from "decimal.js";
import { expect, test } from "vitest";
import { expVector, withKernels } from "../src/index.js";
import { exactExp, exactParts, expErrorInUlp } from "../src/invariants/exact-exp.js";

const Precise = Decimal.clone({ precision: 60, minE: -9e15, maxE: 9e15 });

function exactDecimal(x: number): Decimal {
  const { m, e } = exactParts(x);
  return new Precise(m.toString()).times(new Precise(2).pow(e));
}

const simd = (x: Float64Array): Float64Array => withKernels("simd", () => expVector(x));
const plain = (x: Float64Array): Float64Array => withKernels("plain", () => expVector(x));

test("the integer reference agrees with decimal.js to 40 digits", () => {
  for (const x of [
    0,
    1,
    -1,
    0.5,
    1e-9,
    -1e-300,
    708.3,
    -708.9,
    709.78,
    -745.2,
    Math.PI,
    2 ** -1074,
  ]) {
    const { mantissa, exponent } = exactExp(x);
    const ours = new Precise(mantissa.toString()).times(new Precise(2).pow(exponent - 200));
    const theirs = exactDecimal(x).exp();
    expect(ours.minus(theirs).abs().div(theirs).lt("1e-40")).toBe(true);
  }
  // Half a unit is half a unit: the double next to e.
  const e = Math.E;
  expect(expErrorInUlp(1, e) + expErrorInUlp(1, e + 2 ** -51)).toBeCloseTo(1, 12);
  expect(expErrorInUlp(710, Infinity)).toBe(0);
  expect(expErrorInUlp(709, Infinity)).toBe(Infinity);
});

/** Largest error in ulp over count arguments from `first` in steps. */
function worst(exp: (x: Float64Array) => Float64Array, x: Float64Array): number {
  const y = exp(x);
  return x.reduce((w, v, i) => Math.max(w, expErrorInUlp(v, y[i]!)), 0);
}

const grid = (first: number, last: number, count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => first + ((last - first) * i) / (count - 1));

// 0.5 from the last rounding and 0.093 from all else (docs/exp.md); a subnormal result is rounded once more, to a
// coarser grid: 0.5 + 0.593 / 2 at most.
test.each([
  [
    "every table entry and its rims",
    Float64Array.from({ length: 4096 }, (_, i) => ((i - 2048) * Math.LN2) / 512),
    0.593,
  ],
  ["moderate arguments", grid(-40, 40, 8001), 0.593],
  ["the whole normal range", grid(-708.3, 709.7827, 8001), 0.593],
  ["subnormal results", grid(-745.2, -708.4, 4001), 0.797],
  [
    "arguments near zero",
    Float64Array.from({ length: 1100 }, (_, i) => (i % 2 ? -1 : 1) * 2 ** -i),
    0.593,
  ],
])("both paths, bit for bit, stay below the proven bound: %s", (_, x, bound) => {
  expect(worst(simd, x)).toBeLessThanOrEqual(bound);
  const [a, b] = [simd(x), plain(x)];
  expect(a.every((v, i) => v === b[i])).toBe(true);
});

test("limits: the largest argument, the first that overflows, the last that does not vanish", () => {
  const x = Float64Array.of(
    709.782712893384,
    709.7827128933841,
    -745.1332191019411,
    -745.1332191019412,
  );
  for (const exp of [simd, plain]) {
    const y = exp(x);
    expect(Number.isFinite(y[0])).toBe(true);
    expect([...y.slice(1)]).toEqual([Infinity, 2 ** -1074, 0]);
    expect([...exp(Float64Array.of(1e308, -1e308, Infinity, -Infinity, NaN))]).toEqual([
      Infinity,
      0,
      Infinity,
      0,
      NaN,
    ]);
  }
});

test("lengths of every residue, and beyond a chunk of the copies", () => {
  for (const n of [0, 1, 2, 3, 4, 5, 7, 8191, 8192, 8193, 20001]) {
    const x = Float64Array.from({ length: n }, (_, i) => ((i * 37) % 1500) - 750);
    const out = simd(x);
    const alone = x.map((v) => simd(Float64Array.of(v))[0]!);
    expect(out.every((v, i) => v === alone[i])).toBe(true);
  }
});

test("a wrong length of out is named", () => {
  expect(() => expVector(new Float64Array(2), new Float64Array(3))).toThrow(
    "out has length 3, expected 2",
  );
});
