import { DimensionError, DomainError, SeededRandom } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import {
  type Evaluation,
  type ExponentialSum,
  evaluate,
  exponentialSum,
  NEGLIGIBLE,
  NEGLIGIBLE_WEIGHT,
  newEvaluation,
  requireClasses,
} from "../src/exponential-sum.js";
import { Exact, exactly } from "./exact-decimal.js";

const U = 2 ** -53;
/** Wide enough to see a thousandth of a rounding of numbers up to 1e6. */
const D = Exact.clone({ precision: 34 });

function evaluated(sum: ExponentialSum, x: number, y: number): Evaluation {
  const at = newEvaluation();
  evaluate(sum, x, y, at);
  return at;
}

/** F, its derivative and moments over e^scale at s, from the doubles w and d of the normal form, in 34 digits. */
function precise(sum: ExponentialSum, x: number, y: number, scale: number) {
  const out = { re: new D(0), im: new D(0), dRe: new D(0), dIm: new D(0), moments: [0, 0, 0] };
  for (let k = 0; k < sum.classes; k++) {
    const d = exactly(sum.slopes[k]!, D);
    const e = exactly(sum.logWeights[k]!, D).plus(d.times(exactly(x, D)));
    const size = e.minus(exactly(scale, D)).exp();
    const phase = d.times(exactly(y, D));
    const re = size.times(phase.cos());
    const im = size.times(phase.sin());
    out.re = out.re.plus(re);
    out.im = out.im.plus(im);
    out.dRe = out.dRe.plus(re.times(d));
    out.dIm = out.dIm.plus(im.times(d));
    for (const j of [0, 1, 2]) out.moments[j]! += size.times(d.pow(j)).toNumber();
  }
  return out;
}

/**
 * The error of F as the docstring of `evaluate` derives it, term by term: err(w) + u (2 |d x| + |w + d x| + |E|) +
 * 2 u |P| + 10 u of each term, and u |F| + n^2 u^2 sum |T| of the sum.
 */
function derivedError(sum: ExponentialSum, at: Evaluation): number {
  let terms = 0;
  let total = 0;
  for (let k = 0; k < sum.classes; k++) {
    const p = Math.abs(sum.slopes[k]! * at.x);
    const raw = sum.logWeights[k]! + sum.slopes[k]! * at.x;
    const size = Math.exp(raw - at.scale);
    const phase = Math.abs(sum.slopes[k]! * at.y);
    const exponent =
      sum.logWeightErrors[k]! + U * (2 * p + Math.abs(raw) + Math.abs(raw - at.scale));
    terms += size * (exponent + U * (2 * phase + 10));
    total += size;
  }
  return terms + U * Math.hypot(at.re, at.im) + sum.classes ** 2 * U * U * total;
}

describe("normal form", () => {
  test.each([
    [1, 12],
    [30, 4],
    [700, 2],
  ])(
    "log weights of classes merged, of size %f, err by no more than they say: what roundings of exp, sum and log add up to",
    (size, most) => {
      const random = new SeededRandom(5);
      for (let run = 0; run < 5; run++) {
        const copies = 1 + random.integer(most);
        const [z, a]: [number[], number[]] = [[], []];
        for (const slope of [0, 0.7, 1]) {
          for (let c = 0; c < copies; c++) {
            z.push(size * random.normal());
            a.push(slope);
          }
        }
        const sum = exponentialSum(z, a);
        expect(sum.classes).toBe(3);
        for (const [j, slope] of [0, 0.7, 1].entries()) {
          const group = z.filter((_, k) => a[k] === slope);
          const top = Math.max(...group);
          const weights = group.map((v) => exactly(v, D).minus(exactly(top, D)));
          const exact = weights
            .reduce((s, w) => s.plus(w.exp()), new D(0))
            .ln()
            .plus(exactly(top, D))
            .minus(exactly(sum.shift, D));
          // The shift itself may be rounded, alike for all classes: differences to the top class count.
          const [error, topError] = [sum.logWeightErrors[j]!, sum.logWeightErrors[sum.top]!];
          const off = exact.minus(exactly(sum.logWeights[j]!, D)).abs().toNumber();
          expect(off).toBeLessThanOrEqual(error + topError + 2 * U * Math.abs(sum.shift));
          // Rounded gaps weighted by their exponentials, exp and 7 more, n additions, the logarithm four times (2 ulp of
          // 2 u each), the outer additions.
          const gaps = weights.map((w) => w.toNumber());
          const mass = gaps.reduce((s, g) => s + Math.exp(g), 0);
          const weighted = gaps.reduce((s, g) => s + (g > -700 ? -g * Math.exp(g) : 0), 0) / mass;
          const shift = Math.max(...z);
          const outer = 2 * Math.abs(top - shift) + Math.abs(top - shift + Math.log(mass));
          const needed =
            copies === 1
              ? U * Math.abs(top - shift)
              : U * (weighted + 8 + copies + 4 * Math.log(mass) + outer);
          expect(error).toBeGreaterThanOrEqual(needed * (1 - 1e-9));
          // Moving the maximum back to 0 is one rounding more.
          const moved = U * Math.abs(sum.logWeights[j]!);
          expect(error).toBeLessThanOrEqual((needed + moved) * (1 + 1e-9));
          const merged = sum.shift !== shift;
          if (merged) expect(error).toBeGreaterThanOrEqual((needed + moved) * (1 - 1e-9));
        }
      }
    },
  );

  test("slopes are centred, each to a rounding, of spread in [1, 2], ascending; weights have maximum 0 at the top", () => {
    const random = new SeededRandom(6);
    for (let run = 0; run < 30; run++) {
      const n = 2 + random.integer(6);
      const unit = 2 ** (random.integer(600) - 300);
      const offset = run % 3 === 0 ? 1e3 : 0;
      const a = Array.from({ length: n }, () => (random.normal() + offset) * unit);
      const z = Array.from(random.normals(n, 5));
      const sum = exponentialSum(z, a);
      const order = a.map((_, k) => k).sort((i, j) => a[i]! - a[j]!);
      const scale = new D(2).pow(-sum.exponent);
      order.forEach((k, j) => {
        const exact = exactly(a[k]!, D).times(scale).minus(exactly(sum.centre, D));
        const off = exact.minus(exactly(sum.slopes[j]!, D)).abs();
        expect(off.lte(exact.abs().times(U))).toBe(true);
        expect(sum.logWeights[j]).toBe(z[k]! - Math.max(...z));
        // The difference to the maximum is one rounding.
        expect(sum.logWeightErrors[j]).toBe(U * Math.abs(sum.logWeights[j]!));
      });
      const spread = sum.slopes[n - 1]! - sum.slopes[0]!;
      expect(spread).toBeGreaterThanOrEqual(1 - 2 * U);
      expect(spread).toBeLessThanOrEqual(2 + 4 * U);
      const reach = Math.max(...sum.slopes.map(Math.abs));
      expect(sum.halfWidth).toBeGreaterThan(reach);
      expect(sum.halfWidth).toBeLessThanOrEqual(reach * (1 + 8 * U));
      // The centre is the middle: both ends are as far from it, up to the rounding of the centre.
      const lopsided = Math.abs(sum.slopes[0]! + sum.slopes[n - 1]!);
      expect(lopsided).toBeLessThanOrEqual(8 * U * (1 + Math.abs(sum.centre)));
      expect(sum.logWeights[sum.top]).toBe(0);
      expect(Math.max(...sum.logWeights)).toBe(0);
      expect(sum.shift).toBe(Math.max(...z));
    }
  });

  test("by hand: masks dropped, equal slopes merged, the first of equal weights on top", () => {
    const sum = exponentialSum([1, 7, -Infinity, 1, 3], [4, -2, 50, 4, -2]);
    expect(sum).toMatchObject({ classes: 2, exponent: 2, centre: 0.25, halfSpread: 3, top: 0 });
    expect([...sum.slopes]).toEqual([-0.75, 0.75]);
    expect(sum.logWeights[0]).toBe(0);
    // log(e^7 + e^3) = 7 + log1p(e^-4); log(2 e) = 1 + log 2.
    expect(sum.shift).toBeCloseTo(7 + Math.log1p(Math.exp(-4)), 14);
    expect(sum.logWeights[1]).toBeCloseTo(1 + Math.LN2 - 7 - Math.log1p(Math.exp(-4)), 14);
    expect(exponentialSum([2, 2], [0, 1]).top).toBe(0);
    expect(exponentialSum([5], [3])).toMatchObject({
      classes: 1,
      halfSpread: 0,
      exponent: 0,
      centre: 3,
      shift: 5,
      top: 0,
    });
    // Differences that overflow are held at the largest double.
    const far = exponentialSum([-1e308, 1.7e308], [0, 1]);
    expect(far.logWeights[0]).toBe(-Number.MAX_VALUE);
  });

  test("classes far below the one they merge with add nothing, and no NaN", () => {
    const sum = exponentialSum([0, -1e308, 1], [0, 0, 1]);
    expect(sum.logWeights[0]).toBe(-1);
    expect(sum.logWeightErrors[0]).toBeLessThan(20 * U);
    // exp of a gap below -800 is 0: times the gap, which may overflow, it is left out.
    const beyond = exponentialSum([1e308, -1e308, 1], [0, 0, 1]);
    expect(beyond.logWeightErrors[0]).toBeLessThan(20 * U);
    const edge = exponentialSum([0, -800, -900, 1], [0, 0, 0, 1]);
    expect(edge.logWeightErrors[0]).toBeLessThan(20 * U);
  });

  test("what is refused, and how it is named", () => {
    expect(() => requireClasses([], [])).toThrow(DimensionError);
    expect(() => requireClasses([], [])).toThrow("logits has no classes");
    expect(() => requireClasses([1, 2], [1])).toThrow("slopes has length 1, expected 2");
    expect(() => requireClasses([1, NaN], [1, 2])).toThrow("logits[1] = NaN");
    expect(() => requireClasses([1, 2], [1, Infinity])).toThrow("slopes[1] = Infinity");
    expect(() => requireClasses([-Infinity, -Infinity], [1, 2])).toThrow(DomainError);
    expect(() => requireClasses([-Infinity, -Infinity], [1, 2])).toThrow(
      "logits are all -Infinity, expected a class that is not masked",
    );
    expect(() => requireClasses([-Infinity, 1], [1, 2])).not.toThrow();
    expect(() => requireClasses([1, -Infinity], [1, 2])).not.toThrow();
  });
});

describe("evaluate", () => {
  /** Sums and points at which one part each of the error rules. */
  function hostile(): [string, ExponentialSum, number, number][] {
    const random = new SeededRandom(8);
    const cases: [string, ExponentialSum, number, number][] = [];
    for (let run = 0; run < 6; run++) {
      const n = 2 + run;
      const z = Array.from(random.normals(n, 3));
      const a = Array.from(random.normals(n));
      const sum = exponentialSum(z, a);
      const merged = exponentialSum([...z, ...z, ...z], [...a, ...a, ...a]);
      cases.push(["plain", sum, random.normal(), 3 * random.normal()]);
      cases.push(["large real part", sum, 1e5 * random.normal(), 1]);
      cases.push(["large imaginary part", sum, 0.3, 1e5 * random.normal()]);
      cases.push(["merged", merged, random.normal(), random.normal()]);
    }
    // The terms are largest where products and weights cancel: |w + d x| is small beside |d x|.
    const opposed = exponentialSum([0, 4e4, 0], [-1, 0, 1]);
    cases.push(
      ["weights against products", opposed, 4e4, 2],
      ["and the other side", opposed, -4e4, 2],
    );
    // Terms that lie below the largest: the rounding of that difference shows.
    const lower = exponentialSum(
      [0, ...new Array<number>(50).fill(-1)],
      Array.from({ length: 51 }, (_, k) => k),
    );
    cases.push(["below the largest", lower, 0, 0]);
    // The same where they cancel, so that the part of |F| does not hide it.
    const cancelling = exponentialSum(
      [0, ...new Array<number>(200).fill(-3)],
      Array.from({ length: 201 }, (_, k) => k),
    );
    cases.push(["below the largest, cancelling", cancelling, 0, (256 * Math.PI) / 201]);
    // 4000 terms, so that the second order of their sum shows.
    const many = exponentialSum(
      new Float64Array(4000),
      Float64Array.from({ length: 4000 }, (_, k) => k),
    );
    cases.push(["many", many, 0.1, 0.01]);
    return cases;
  }

  test("values, derivative and moments agree with 34 digits within the bounds stated", () => {
    for (const [name, sum, x, y] of hostile()) {
      if (sum.classes > 5) continue;
      const at = evaluated(sum, x, y);
      const truth = precise(sum, x, y, at.scale);
      const off = Math.hypot(
        truth.re.minus(exactly(at.re, D)).toNumber(),
        truth.im.minus(exactly(at.im, D)).toNumber(),
      );
      expect(off, name).toBeLessThanOrEqual(at.error);
      const slopeOff = Math.hypot(
        truth.dRe.minus(exactly(at.derivativeRe, D)).toNumber(),
        truth.dIm.minus(exactly(at.derivativeIm, D)).toNumber(),
      );
      expect(slopeOff, name).toBeLessThanOrEqual(at.derivativeError);
      // Each moment has the errors of its terms, times |d|^j <= halfWidth^j.
      [at.moment0, at.moment1, at.moment2].forEach((m, j) => {
        expect(Math.abs(m - truth.moments[j]!), name).toBeLessThanOrEqual(
          at.error * sum.halfWidth ** j,
        );
      });
      expect(at).toMatchObject({ x, y });
    }
  });

  test("the bounds are those derived: not less, and hardly more", () => {
    for (const [name, sum, x, y] of hostile()) {
      const at = evaluated(sum, x, y);
      const needed = derivedError(sum, at);
      expect(at.error, name).toBeGreaterThanOrEqual(needed);
      // 1 % for the second order, n^2 u^2 four times, u |F| in the sum of moduli and three times.
      const slack = 3 * U * Math.SQRT2 * at.moment0 + 4 * sum.classes ** 2 * U * U * at.moment0;
      expect(at.error, name).toBeLessThanOrEqual(1.0101 * needed + slack + 1e-20 * at.moment0);
      // The derivative is a plain sum: n + 4 roundings more, twice.
      const plain = 2 * (sum.classes + 4) * U * at.moment0;
      expect(at.derivativeError, name).toBeGreaterThanOrEqual(sum.halfWidth * (needed + plain));
      expect(at.derivativeError, name).toBeLessThanOrEqual(
        1.0001 * sum.halfWidth * (at.error + plain),
      );
    }
  });

  test("what single additions would lose is kept: a thousand terms below half an ulp of the first", () => {
    // Slopes next to each other, and one far off that weighs nothing but sets the unit.
    const small = Math.log(0.9 * U);
    const z = [0, ...new Array<number>(1000).fill(small), -100];
    const a = z.map((_, k) => (k > 1000 ? 0 : 1 + k * 1e-9));
    const sum = exponentialSum(z, a);
    const quarter = Math.PI / 2 / sum.slopes[sum.top]!;
    // Terms along the four half-axes: sums of all real, or of all imaginary, parts.
    for (let turn = 0; turn < 4; turn++) {
      const at = evaluated(sum, 0, turn * quarter);
      const along = [at.re, at.im, -at.re, -at.im][turn]!;
      // Phases differ by 1e-6 relatively, their sines and cosines by 1e-12 and less.
      expect(Math.abs(along - 1 - 900 * U)).toBeLessThanOrEqual(at.error);
      // 900 u were lost otherwise; the bound is 10 u of the first term, its phase, and little more.
      expect(at.error).toBeLessThan(40 * U);
    }
  });

  test("what does not count, and what cannot be said", () => {
    expect(NEGLIGIBLE_WEIGHT).toBeGreaterThanOrEqual(Math.exp(NEGLIGIBLE));
    expect(NEGLIGIBLE_WEIGHT).toBeLessThan(1.001 * Math.exp(NEGLIGIBLE));
    // Only the top term is left: its sum is 1 to the bit, and the others are in the bound.
    const alone = evaluated(exponentialSum([0, -61], [0, 1]), 0, 0);
    expect([alone.re, alone.moment0]).toEqual([1, 1]);
    // A top term of slope 0 leaves the first moment to the others.
    const moment = (w: number): number =>
      evaluated(exponentialSum([w, 0, -100], [-1, 0, 1]), 0, 0).moment1;
    expect(moment(-59) / (-0.5 * Math.exp(-59))).toBeCloseTo(1, 12);
    expect(Math.abs(moment(-61))).toBe(0);
    // u (2 |p| + |w + p| + |E|) with p = 4e12 is 1e-3: below it there is a bound, above there is none.
    const sum = exponentialSum([0, 0], [-1, 1]);
    expect(sum.slopes[1]).toBe(0.5);
    expect(evaluated(sum, 5.9e12, 0).error).toBeLessThan(2e-3);
    const lost = evaluated(sum, 6.1e12, 0);
    expect([lost.error, lost.derivativeError]).toEqual([Infinity, Infinity]);
  });
});
