import { DimensionError, DomainError, SeededRandom } from "@xent/linalg";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluate, exponentialSum, newEvaluation } from "../src/exponential-sum.js";
import { logPartition, nearestGhost, partition, partitionLogDerivative } from "../src/index.js";
import { exactly } from "./exact-decimal.js";
import { D } from "./polynomial-oracle.js";

type Decimal = InstanceType<typeof D>;

/** F(t) and F'(t) over e^(largest real exponent), in 60 digits, with that exponent. */
function precise(z: readonly number[], a: readonly number[], x: Decimal, y: Decimal) {
  const exponents = z.map((v, k) => exactly(v, D).plus(exactly(a[k]!, D).times(x)));
  const scale = exponents.reduce((m, e) => D.max(m, e));
  let re = new D(0);
  let im = new D(0);
  let dRe = new D(0);
  let dIm = new D(0);
  exponents.forEach((e, k) => {
    const size = e.minus(scale).exp();
    const phase = exactly(a[k]!, D).times(y);
    const tRe = size.times(phase.cos());
    const tIm = size.times(phase.sin());
    re = re.plus(tRe);
    im = im.plus(tIm);
    dRe = dRe.plus(tRe.times(exactly(a[k]!, D)));
    dIm = dIm.plus(tIm.times(exactly(a[k]!, D)));
  });
  return { re, im, dRe, dIm, scale };
}

const points = fc.record({
  z: fc.array(
    fc.oneof(
      fc.double({ min: -5, max: 5, noNaN: true }),
      fc.double({ min: -1e4, max: 1e4, noNaN: true }),
    ),
    { minLength: 1, maxLength: 6 },
  ),
  a: fc.array(
    fc.oneof(fc.double({ min: -2, max: 2, noNaN: true }), fc.constantFrom(0, 1, 1 + 1e-15)),
    { minLength: 6, maxLength: 6 },
  ),
  x: fc.double({ min: -30, max: 30, noNaN: true }),
  y: fc.double({ min: -300, max: 300, noNaN: true }),
});

describe("the error bound that the certificate rests on", () => {
  test("covers the true error, in 60-digit arithmetic", () => {
    let largest = 0;
    fc.assert(
      fc.property(points, ({ z, a: all, x, y }) => {
        const a = all.slice(0, z.length);
        const value = partition(z, a, { re: x, im: y });
        const truth = precise(z, a, exactly(x, D), exactly(y, D));
        // Compare at the same exponent; that of the value is itself rounded, which is no error of the value.
        const shift = truth.scale.minus(exactly(value.logScale, D)).exp();
        const gapRe = truth.re.times(shift).minus(exactly(value.re, D));
        const gapIm = truth.im.times(shift).minus(exactly(value.im, D));
        // logScale is a sum of three rounded terms: shift, centre x, scale.
        const size = 1e4 + 60;
        const exponentError = 8 * 2 ** -53 * size * Math.hypot(value.re, value.im);
        const gap = gapRe.pow(2).plus(gapIm.pow(2)).sqrt().toNumber();
        expect(gap).toBeLessThanOrEqual(value.error + exponentError);
        largest = Math.max(largest, gap / (value.error + exponentError));
      }),
      { numRuns: 300 },
    );
    // The test would be idle if the bound were absurdly large.
    expect(largest).toBeGreaterThan(1e-3);
  });

  test("holds for the normal form at the zeros, where everything cancels", () => {
    const random = new SeededRandom(9);
    const at = newEvaluation();
    for (let run = 0; run < 40; run++) {
      const classes = 3 + (run % 5);
      const z = [...random.normals(classes, run % 2 === 0 ? 1 : 20)];
      const a = [...random.normals(classes)];
      const { zero } = nearestGhost(z, a);
      const sum = exponentialSum(z, a);
      const x = zero!.re * 2 ** sum.exponent;
      const y = zero!.im * 2 ** sum.exponent;
      evaluate(sum, x, y, at);
      const scale = new D(2).pow(-sum.exponent);
      const truth = precise(z, a, exactly(x, D).times(scale), exactly(y, D).times(scale));
      // The truth carries e^(centre s), of modulus e^(centre x), and its own scale: both sizes to 60 digits.
      const factor = truth.scale
        .minus(exactly(sum.shift, D))
        .minus(exactly(sum.centre, D).times(exactly(x, D)))
        .minus(exactly(at.scale, D))
        .exp();
      const size = truth.re.pow(2).plus(truth.im.pow(2)).sqrt().times(factor).toNumber();
      // sum.shift is exact here: a maximum of logits, no class merged.
      expect(Math.abs(size - Math.hypot(at.re, at.im))).toBeLessThanOrEqual(at.error);
      expect(at.error).toBeLessThan(1e-11);
    }
  });

  test("Math.cos, sin, log, expm1 and hypot of this engine err by less than the bounds assume", () => {
    const random = new SeededRandom(3);
    const W = D.clone({ precision: 60 });
    for (let i = 0; i < 400; i++) {
      // Sums of merged classes are at least 1. Two units of the last place are at most 2^-51 relatively.
      const x = 1 + 10 ** (i % 5) * random.uniform();
      const log = exactly(x, W).ln();
      expect(
        log
          .minus(exactly(Math.log(x), W))
          .abs()
          .div(log)
          .toNumber(),
      ).toBeLessThan(2 ** -51);
      const v = 0.5 + 10 * random.uniform();
      const grown = exactly(v, W).exp().minus(1);
      expect(
        grown
          .minus(exactly(Math.expm1(v), W))
          .abs()
          .div(grown)
          .toNumber(),
      ).toBeLessThan(2 ** -51);
      // Three spacings: at least 3 u relatively.
      const y = x * random.uniform() * 10 ** -(i % 4);
      const hypot = exactly(x, W).pow(2).plus(exactly(y, W).pow(2)).sqrt();
      expect(
        hypot
          .minus(exactly(Math.hypot(x, y), W))
          .abs()
          .div(hypot)
          .toNumber(),
      ).toBeLessThan(3 * 2 ** -53);
      const p = (random.uniform() - 0.5) * 10 ** (1 + (i % 7));
      // An absolute error of 2 ulp of values below 1 is at most 2^-52.
      for (const [value, truth] of [
        [Math.cos(p), exactly(p, W).cos()],
        [Math.sin(p), exactly(p, W).sin()],
      ] as const) {
        expect(truth.minus(exactly(value, W)).abs().toNumber()).toBeLessThan(2 ** -52);
      }
    }
  });
});

describe("partition", () => {
  test("neither overflows nor underflows", () => {
    for (const shift of [-1e4, 1e4]) {
      const value = partition([shift, shift - 1], [1, -1], { re: 0, im: 0 });
      expect(value.logScale).toBe(shift);
      expect(value.re).toBeCloseTo(1 + Math.exp(-1), 15);
      const log = logPartition([shift, shift - 1], [1, -1], { re: 0, im: 0 });
      expect(Math.abs(log.re - (shift + Math.log1p(Math.exp(-1))))).toBeLessThanOrEqual(
        4e-16 * 1e4,
      );
    }
    const huge = logPartition([0, 0], [-1e308, 1e308], { re: 1e-308, im: 0 });
    expect(Math.abs(huge.re - Math.log(2 * Math.cosh(1)))).toBeLessThan(1e-14);
  });

  test("log derivative is the slope of log F", () => {
    const z = [0.3, -1, 2];
    const a = [1, -0.5, 0.25];
    const t = { re: 0.4, im: 1.1 };
    const h = 1e-4;
    const d = partitionLogDerivative(z, a, t);
    const [up, down] = [1, -1].map((s) => logPartition(z, a, { re: t.re + s * h, im: t.im }));
    // Central difference: h^2 / 6 |log F'''| + rounding 1e-16 / h, with |third derivative| below 10 here.
    expect(Math.abs((up!.re - down!.re) / (2 * h) - d.re)).toBeLessThan(2e-8);
    expect(Math.abs((up!.im - down!.im) / (2 * h) - d.im)).toBeLessThan(2e-8);
    const mean = partitionLogDerivative([0, 0], [1, 3], { re: 0, im: 0 });
    expect(mean).toEqual({ re: 2, im: 0 });
  });

  test("two terms by hand, at large phases too, with the bound that is derived", () => {
    const U = 2 ** -53;
    for (const [re, im] of [
      [0.3, 0.7],
      [-0.2, -2],
      [0.1, 1000],
      [40, 3],
    ] as const) {
      const value = partition([0.5, -1], [3, 5], { re, im });
      // exp(0.5 + 3 t) + exp(-1 + 5 t), over the larger modulus.
      const sizes = [0.5 + 3 * re, -1 + 5 * re];
      const top = Math.max(...sizes);
      expect(value.logScale).toBeCloseTo(top, 12);
      const w = sizes.map((x) => Math.exp(x - top));
      const phases = [3 * im, 5 * im];
      // Phases are rounded, by u of themselves, in the plain sum.
      const slack = value.error + 8 * U * (10 + Math.abs(phases[1]!) + Math.abs(top));
      const cosine = w[0]! * Math.cos(phases[0]!) + w[1]! * Math.cos(phases[1]!);
      const sine = w[0]! * Math.sin(phases[0]!) + w[1]! * Math.sin(phases[1]!);
      expect(Math.abs(value.re - cosine)).toBeLessThan(slack);
      expect(Math.abs(value.im - sine)).toBeLessThan(slack);

      // The error of the normal form, and of its turn by centre y: 2 u of the phase and 10 u more.
      const sum = exponentialSum([0.5, -1], [3, 5]);
      const at = newEvaluation();
      evaluate(sum, re * 2 ** sum.exponent, im * 2 ** sum.exponent, at);
      const turn = Math.abs(sum.centre * at.y);
      // A rotation that is rounded lengthens the error, by far less than 2^-41.
      const size = Math.abs(at.re) + Math.abs(at.im);
      const turned = size * U * (2 * turn + 10);
      expect(value.error).toBeGreaterThanOrEqual(at.error * (1 + 2 ** -41) + turned);
      expect(value.error).toBeLessThanOrEqual(at.error * (1 + 2 ** -39) + turned);
    }
  });

  test("log F and its derivative at a complex point, in units of the slopes", () => {
    // F = e^(c + b t) (1 + e^(t / 8)): log F = c + b t + log(1 + e^(t / 8)).
    const t = { re: 0.8, im: -2.4 };
    const [c, b] = [0.25, 40];
    const [x, y] = [
      Math.exp(t.re / 8) * Math.cos(t.im / 8),
      Math.exp(t.re / 8) * Math.sin(t.im / 8),
    ];
    const square = (1 + x) ** 2 + y ** 2;
    const log = logPartition([c, c], [b, b + 1 / 8], t);
    expect(log.re).toBeCloseTo(c + b * t.re + Math.log(square) / 2, 12);
    const argument = b * t.im + Math.atan2(y, 1 + x);
    expect(log.im).toBeCloseTo(argument - 2 * Math.PI * Math.round(argument / (2 * Math.PI)), 12);
    // w / (1 + w) / 8 with w = x + i y.
    const d = partitionLogDerivative([c, c], [b, b + 1 / 8], t);
    expect(d.re).toBeCloseTo(b + (x * (1 + x) + y * y) / square / 8, 12);
    expect(d.im).toBeCloseTo(y / square / 8, 12);
    expect(logPartition([0, 0], [0, 1], { re: 0, im: 0 })).toEqual({ re: Math.LN2, im: 0 });
  });

  test("where F evaluates to 0", () => {
    // e^-it + 1 + e^it at a double whose cosine is rounded to -1/2, near 2 pi / 3 + 18 pi.
    const im = 60.73745796940267;
    expect(Math.cos(im)).toBe(-0.5);
    const at = { re: 0, im };
    expect(partition([0, 0, 0], [-1, 0, 1], at)).toMatchObject({ re: 0, im: 0 });
    expect(logPartition([0, 0, 0], [-1, 0, 1], at)).toEqual({ re: -Infinity, im: 0 });
    expect(() => partitionLogDerivative([0, 0, 0], [-1, 0, 1], at)).toThrow(
      "t = 0 + 60.73745796940267 i is a zero of F",
    );
  });

  test("bad input", () => {
    const t = { re: 0, im: 0 };
    expect(() => partition([], [], t)).toThrow(DimensionError);
    expect(() => partition([0, 1], [0, 1], { re: NaN, im: 0 })).toThrow(
      "t = NaN + 0 i is not finite",
    );
    expect(() => partition([0, 1], [0, 1], { re: 0, im: Infinity })).toThrow(
      "t = 0 + Infinity i is not finite",
    );
    // Each of the four products may be the one that overflows.
    expect(() => partition([0, 1], [1e300, 1.5e300], { re: 0, im: 1e200 })).toThrow(DomainError);
    expect(() => partition([0, 1], [-1e300, 1e300], { re: 0, im: 1e300 })).toThrow(DomainError);
    expect(() => partition([0, 1], [1e300, 1.5e300], { re: 1e200, im: 0 })).toThrow(DomainError);
    expect(() => partition([0, 1], [0, 1e300], { re: 1e300, im: 0 })).toThrow(/within the doubles/);
    expect(() => logPartition([0, NaN], [0, 1], t)).toThrow(DomainError);
  });
});
