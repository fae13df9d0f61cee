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
