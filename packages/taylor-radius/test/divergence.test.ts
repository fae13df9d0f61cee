import { DimensionError, DomainError, fromRows } from "@xent/linalg";
import { linearHead } from "@xent/models";
import { trainingPoint } from "@xent/training";
import { Decimal } from "decimal.js";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  binaryRadius,
  curvatureStep,
  EXTREMAL_PROBABILITY,
  forwardDivergence,
  fourthCumulantBound,
  reverseDivergence,
  taylorRemainderBound,
  thirdMomentBound,
  varianceBound,
} from "../src/index.js";
import { exactly } from "./exact-decimal.js";

const D = Decimal.clone({ precision: 60 });

describe("moment bounds", () => {
  test("are above the exact constants by less than 40 roundings", () => {
    for (const spread of [1, 1 / 3, 1e10, 1e-50]) {
      const s = exactly(spread, D);
      const exact = [
        [varianceBound(spread), s.pow(2).div(4)],
        [thirdMomentBound(spread), s.pow(3).div(new D(3).sqrt().times(6))],
        [fourthCumulantBound(spread), s.pow(4).div(8)],
      ] as const;
      for (const [bound, value] of exact) {
        expect(exactly(bound, D).gte(value)).toBe(true);
        expect(exactly(bound, D).div(value).minus(1).toNumber()).toBeLessThan(40 * 2 ** -53);
      }
    }
    for (const bound of [varianceBound, thirdMomentBound, fourthCumulantBound]) {
      expect(bound(0)).toBe(0);
      expect(() => bound(-1)).toThrow(/spread = -1/);
      expect(() => bound(Infinity)).toThrow(DomainError);
    }
  });

  test("remainders of Taylor's polynomials: tau^2 Delta^2 / 8, |tau Delta|^3 / (36 sqrt 3), (tau Delta)^4 / 192, rounded up", () => {
    for (const [spread, tau] of [
      [1, 1],
      [3, -0.7],
      [1e-3, 1e5],
      [1e10, 1e-12],
    ] as const) {
      const r = exactly(spread, D).times(exactly(tau, D)).abs();
      const exact = [r.pow(2).div(8), r.pow(3).div(new D(3).sqrt().times(36)), r.pow(4).div(192)];
      for (const order of [1, 2, 3] as const) {
        const bound = exactly(taylorRemainderBound(order, spread, tau), D);
        expect(bound.gte(exact[order - 1]!)).toBe(true);
        expect(
          bound
            .div(exact[order - 1]!)
            .minus(1)
            .toNumber(),
        ).toBeLessThan(44 * 2 ** -53);
      }
    }
    for (const order of [1, 2, 3] as const) {
      expect(taylorRemainderBound(order, 0, 1)).toBe(0);
      expect(taylorRemainderBound(order, 1, 0)).toBe(0);
    }
  });

  test("stay bounds where products underflow", () => {
    for (const bound of [varianceBound, thirdMomentBound, fourthCumulantBound]) {
      expect(bound(1e-170)).toBeGreaterThan(0);
    }
    for (const order of [1, 2, 3] as const) {
      expect(taylorRemainderBound(order, 1e-170, 1)).toBeGreaterThan(0);
    }
  });

  test("the spread that counts is that of classes without a mask", () => {
    const plain = forwardDivergence([0.3, 1, -1], [0.5, 2, -1], 0.4);
    const { remainderBound, upperBound } = plain;
    expect(remainderBound).toBe(taylorRemainderBound(2, 3, 0.4));
    expect(upperBound).toBe(taylorRemainderBound(1, 3, 0.4));
    const reverse = reverseDivergence([0.3, 1, -1], [0.5, 2, -1], 0.4);
    expect(reverse.remainderBound).toBe(2 * taylorRemainderBound(2, 3, 0.4));
    expect(reverse.quadratic).toBe(plain.quadratic);
    // Var of (0.5, 2, -1) under softmax, times tau^2 / 2.
    const w = [0.3, 1, -1].map(Math.exp);
    const total = w.reduce((x, y) => x + y);
    const mean = (0.5 * w[0]! + 2 * w[1]! - w[2]!) / total;
    const square = (0.25 * w[0]! + 4 * w[1]! + w[2]!) / total;
    expect(plain.quadratic).toBeCloseTo(0.08 * (square - mean * mean), 14);
    expect(forwardDivergence([0.3, 1, -Infinity, -1], [0.5, 2, 9, -1], 0.4)).toEqual(plain);
  });

  test("the fourth cumulant: fair coin, and random laws stay below", () => {
    const kappa4 = (p: number[], x: number[]) => {
      const mean = p.reduce((s, w, k) => s + w * x[k]!, 0);
      const moment = (n: number) => p.reduce((s, w, k) => s + w * (x[k]! - mean) ** n, 0);
      return moment(4) - 3 * moment(2) ** 2;
    };
    expect(kappa4([0.5, 0.5], [0, 1])).toBe(-1 / 8);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: 1e-6, max: 1 }), fc.double({ min: 0, max: 1 })), {
          minLength: 2,
          maxLength: 6,
        }),
        (law) => {
          fc.pre(law.every(([w, x]) => !Number.isNaN(w) && !Number.isNaN(x)));
          const total = law.reduce((s, [w]) => s + w, 0);
          const p = law.map(([w]) => w / total);
          const x = law.map(([, v]) => v);
          const spread = Math.max(...x) - Math.min(...x);
          // Six roundings of each of six terms below 1.
          const excess = Math.abs(kappa4(p, x)) - fourthCumulantBound(spread);
          expect(excess).toBeLessThanOrEqual(64 * 2 ** -53);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("order 3 of Taylor's polynomial is sharp at the fair coin", () => {
    // log cosh(tau / 2) = tau^2 / 8 - tau^4 / 192 + tau^6 / 2880 ...
    const tau = 0.05;
    const remainder = tau ** 2 / 8 - Math.log(Math.cosh(tau / 2));
    const ratio = remainder / taylorRemainderBound(3, 1, tau);
    // The next term is 192 / 2880 tau^2 of it; the subtraction leaves 2^-53 beside tau^4 / 192.
    const rounding = 2 ** -52 / (tau ** 4 / 192);
    expect(Math.abs(ratio - (1 - tau ** 2 / 15))).toBeLessThan(tau ** 4 + rounding);
    expect(() => taylorRemainderBound(4 as 3, 1, 1)).toThrow(/order = 4/);
  });
});

describe("divergences along a line", () => {
  test("agree with 60 digits", () => {
    const [z, a] = [
      [0.5, -1, 2, 2],
      [1, -2, 0.25, 3],
    ];
    for (const tau of [1e-3, 0.7, -4]) {
      const p = (t: number) => {
        const w = z.map((x, k) =>
          exactly(x, D)
            .plus(exactly(a[k]!, D).times(exactly(t, D)))
            .exp(),
        );
        const sum = w.reduce((s, x) => s.plus(x));
        return w.map((x) => x.div(sum));
      };
      const [p0, p1] = [p(0), p(tau)];
      const kl = (p: Decimal[], q: Decimal[]) =>
        p.reduce((s, x, k) => s.plus(x.times(x.div(q[k]!).ln())), new D(0)).toNumber();
      const size = 8 * 2 ** -53 * (2 + 6 * Math.abs(tau)); // moved logits round
      expect(Math.abs(forwardDivergence(z, a, tau).value - kl(p0, p1))).toBeLessThan(size);
      expect(Math.abs(reverseDivergence(z, a, tau).value - kl(p1, p0))).toBeLessThan(size);
    }
  });

  test("the extremal coin comes within 1e-5 of both bounds", () => {
    const logits = [Math.log(1 - EXTREMAL_PROBABILITY), Math.log(EXTREMAL_PROBABILITY)];
    for (const divergence of [forwardDivergence, reverseDivergence]) {
      const d = divergence(logits, [0, 1], 0.01);
      const ratio = Math.abs(d.value - d.quadratic) / d.remainderBound;
      expect(ratio).toBeLessThanOrEqual(1 + 1e-9);
      expect(ratio).toBeGreaterThan(1 - 2e-5);
    }
  });

  test("masked classes do not count; bad input", () => {
    const plain = forwardDivergence([0, 1], [0, 1], 0.5);
    expect(forwardDivergence([0, 1, -Infinity], [0, 1, 100], 0.5)).toEqual(plain);
    // Even one whose logit would move by an overflow.
    const wild = forwardDivergence([0, 1, -Infinity], [1e-300, 2e-300, 1e300], 1e300);
    expect(wild).toEqual(forwardDivergence([0, 1], [1e-300, 2e-300], 1e300));
    expect(forwardDivergence([0, 1], [3, 3], 2)).toMatchObject({
      value: 0,
      quadratic: 0,
      remainderBound: 0,
    });
    expect(() => forwardDivergence([0, 1], [0], 1)).toThrow(DimensionError);
    expect(() => forwardDivergence([0, 1], [0, 1], NaN)).toThrow(DomainError);
    expect(() => forwardDivergence([0, 1], [0, 1e300], 1e300)).toThrow(DomainError);
  });
});

describe("curvatureStep", () => {
  test("slope and curvature of the loss along the line, by differences", () => {
    const model = linearHead({ featureCount: 2, classCount: 3 });
    const x = fromRows([
      [1, 0.5],
      [-0.3, 2],
      [0.1, -1],
    ]);
    const labels = [0, 2, 1];
    const theta = model.initialize(1);
    const v = model.initialize(2);
    const { linearization } = trainingPoint(model, theta, x, labels);
    const { slope, curvature, newtonStep, stabilityStep } = curvatureStep(
      linearization.logits,
      linearization.jvp(v),
      labels,
    );
    const h = 1e-4;
    const at = (t: number) =>
      trainingPoint(
        model,
        theta.map((p, i) => p + t * v[i]!),
        x,
        labels,
      ).loss;
    const [ahead, here, behind] = [at(h), at(0), at(-h)];
    // Differences: h^2 times derivatives of order one, and 2^-52 / h, 2^-50 / h^2 of rounding.
    expect(Math.abs(slope - (ahead - behind) / (2 * h))).toBeLessThan(1e-7);
    expect(Math.abs(curvature - (ahead - 2 * here + behind) / (h * h))).toBeLessThan(1e-6);
    if (slope < 0) {
      expect(newtonStep).toBe(-slope / curvature);
      expect(stabilityStep).toBe((-2 * slope) / curvature);
    } else {
      expect(stabilityStep).toBe(0);
    }
  });

  test("by hand: means over the batch, and the step of either sign", () => {
    // p = 1/2 and a = (1, -1): slope of sample 0 is E a - a_0 = -1, of sample 1 with label 1 is +1; variance 1.
    const z = fromRows([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    const a = fromRows([
      [1, -1],
      [1, -1],
      [2, -2],
    ]);
    expect(curvatureStep(z, a, [0, 0, 0])).toEqual({
      slope: -1 / 3 - 1 / 3 - 2 / 3,
      curvature: 1 / 3 + 1 / 3 + 4 / 3,
      newtonStep: (1 / 3 + 1 / 3 + 2 / 3) / 2,
      stabilityStep: (2 * (1 / 3 + 1 / 3 + 2 / 3)) / 2,
    });
    expect(curvatureStep(z, a, [1, 1, 0])).toMatchObject({
      slope: 0,
      newtonStep: 0,
      stabilityStep: 0,
    });
    expect(curvatureStep(z, a, [1, 1, 1])).toMatchObject({ newtonStep: 0, stabilityStep: 0 });
  });

  test("parts from the radius where the model is confidently wrong", () => {
    const wrong = curvatureStep(fromRows([[20, 0]]), fromRows([[-1, 1]]), [1]);
    const radius = binaryRadius([20, 0], [-1, 1]);
    expect(radius).toBeLessThan(10.2);
    expect(wrong.stabilityStep).toBeGreaterThan(1e8); // slope -2, curvature 4 e^-20: 4 / (4 e^-20) = 4.9e8
    const ascent = curvatureStep(fromRows([[20, 0]]), fromRows([[-1, 1]]), [0]);
    expect(ascent.stabilityStep).toBe(0);
    const flat = curvatureStep(fromRows([[1e4, 0]]), fromRows([[-1, 1]]), [1]);
    expect(flat.stabilityStep).toBe(Infinity);
  });

  test("bad input", () => {
    const one = fromRows([[0, 1]]);
    expect(() => curvatureStep(one, fromRows([[0]]), [0])).toThrow(DimensionError);
    expect(() => curvatureStep(one, one, [2])).toThrow(/labels\[0\] = 2/);
    expect(() => curvatureStep(fromRows([[-Infinity, 1]]), one, [0])).toThrow(/masked/);
  });
});
