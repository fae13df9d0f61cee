import { DimensionError, DomainError, dense, fromRows, norm2, SeededRandom } from "@xent/linalg";
import { type Linearization, linearHead, mlp, type StepLimit } from "@xent/models";
import { adamDirection, gradientDirection, momentumDirection, train } from "@xent/training";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bottleneckTracker,
  differenceSlopes,
  type LogitSlopes,
  nearestGhost,
  quantileRadius,
  RADIUS_MODES,
  radiusCap,
  radiusStep,
  spreadRadii,
} from "../src/index.js";
import { exactly } from "./exact-decimal.js";

/** Logits linear in two parameters: three samples of spreads 1, 4 and 0 along the first axis. */
const threeSamples: LogitSlopes = {
  logits: dense(3, 2),
  jvp: (v) =>
    fromRows([
      [0, v[0]! + v[1]!],
      [0, 4 * v[0]! + v[1]!],
      [v[0]!, v[0]!],
    ]),
};

describe("radiusCap", () => {
  test("known values", () => {
    const limited = radiusCap().limit(Float64Array.of(3, 0), threeSamples);
    expect(limited.radius).toBe(Math.PI / 4);
    expect(limited.ratio).toBe(3 / (Math.PI / 4));
    expect(limited.bottleneck).toBe(1);
    expect([...limited.radii]).toEqual([Math.PI, Math.PI / 4, Infinity]);
    expect(limited.scale * 3).toBeLessThanOrEqual(Math.PI / 4);
    expect(limited.scale * 3).toBeGreaterThan((Math.PI / 4) * (1 - 80 * 2 ** -53));
  });

  test("the capped length is within target radii in exact arithmetic too", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 2 }),
        fc.double({ min: 1e-6, max: 10, noNaN: true }),
        (p, target) => {
          const step = Float64Array.from(p);
          fc.pre(norm2(step) > 0);
          const { scale, radius } = radiusCap({ target }).limit(step, threeSamples);
          fc.pre(radius < Infinity);
          const squares = Array.from(step, (x) => exactly(scale * x).pow(2));
          const bound = exactly(target).times(exactly(radius)).pow(2);
          expect(squares[0]!.plus(squares[1]!).lte(bound)).toBe(true);
        },
      ),
    );
  });

  test("quantile, window and memory", () => {
    const step = Float64Array.of(3, 0);
    const median = radiusCap({ aggregate: "quantile", quantile: 0.5 }).limit(step, threeSamples);
    expect(median.radius).toBe(Math.PI);
    expect(median.bottleneck).toBe(0);

    const gentle: LogitSlopes = { logits: dense(1, 2), jvp: (v) => fromRows([[0, v[0]!]]) };
    const cap = radiusCap({ window: 2 });
    cap.limit(step, threeSamples);
    const remembered = cap.limit(step, gentle);
    expect([remembered.radius, remembered.batchRadius]).toEqual([Math.PI / 4, Math.PI]);
    const resumed = radiusCap({ window: 2 });
    resumed.restore(JSON.parse(JSON.stringify(cap.save())));
    for (const c of [cap, resumed]) {
      expect(c.limit(step, gentle).radius).toBe(Math.PI);
    }
    const infinite = radiusCap({ window: 3 });
    infinite.limit(step, { logits: dense(1, 1), jvp: () => dense(1, 1) });
    expect(infinite.save()).toEqual([null]);
    resumed.restore([null]);
    expect(() => resumed.restore([-1])).toThrow(/state\[0\] = -1/);
    expect(() => resumed.restore({})).toThrow(DomainError);
  });

  test("steps at the ends of the range", () => {
    for (const size of [5e-324, 1e-310, 1e-200, 1e200, Number.MAX_VALUE]) {
      const { radius } = radiusCap().limit(Float64Array.of(size, 0), threeSamples);
      expect(radius).toBe(Math.PI / 4);
    }
    // The length overflows, its direction and the capped step do not.
    const step = Float64Array.of(Number.MAX_VALUE, Number.MAX_VALUE);
    const { scale, ratio, radius } = radiusCap().limit(step, threeSamples);
    expect(ratio).toBe(Infinity);
    const capped = norm2(step.map((x) => scale * x));
    expect(capped / radius).toBeLessThanOrEqual(1);
    expect(capped / radius).toBeGreaterThan(1 - 1e-14);
  });

  test("modes grow from spread to exact, on a model", () => {
    const model = mlp({ widths: [3, 5, 4], activation: "tanh" });
    const at = model.linearize(
      model.initialize(3).map((x) => 3 * x),
      features,
    );
    const step = model.initialize(4);
    const limits = RADIUS_MODES.map((mode) => radiusCap({ mode }).limit(step, at));
    const { rows, cols } = at.logits;
    const along = at.jvp(step.map((x) => x / norm2(step)));
    const solved = Array.from({ length: rows }, (_, i) =>
      nearestGhost(
        at.logits.data.subarray(i * cols, (i + 1) * cols),
        along.data.subarray(i * cols, (i + 1) * cols),
      ),
    );
    for (let m = 1; m < limits.length; m++) {
      // Lower ends: the certificate's bracket is 1e-6 wide, the variance minimum is found to 1e-2.
      expect(limits[m]!.radius).toBeGreaterThanOrEqual(limits[m - 1]!.radius * (1 - 1e-6));
    }
    expect(limits[3]!.radius).toBeGreaterThan(1.01 * limits[0]!.radius);
    for (const { radii } of limits) {
      radii.forEach((r, i) => {
        expect(r).toBeGreaterThanOrEqual(limits[0]!.radii[i]! * (1 - 2 ** -50));
        expect(r).toBeLessThanOrEqual(solved[i]!.upper);
      });
    }
  });

  test("mode exact gives the aggregate of all samples solved, and solves few of them", () => {
    const model = mlp({ widths: [3, 5, 4], activation: "tanh" });
    const at = model.linearize(
      model.initialize(3).map((x) => 3 * x),
      features,
    );
    const step = model.initialize(4);
    const unit = step.map((x) => x / norm2(step));
    const { data } = at.jvp(unit);
    const lowers = Array.from({ length: 24 }, (_, i) => {
      const row = [4 * i, 4 * i + 4] as const;
      return nearestGhost(at.logits.data.subarray(...row), data.subarray(...row)).lower;
    });
    for (const quantile of [0, 0.1, 0.5, 1]) {
      const limited = radiusCap({ mode: "exact", aggregate: "quantile", quantile }).limit(step, at);
      const all = quantileRadius(lowers, quantile);
      // The unit directions differ by roundings, which slopes and radii take over.
      expect(Math.abs(limited.radius / all.radius - 1)).toBeLessThan(1e-12);
      expect(limited.bottleneck).toBe(all.sample);
      const exact = limited.radii.filter((r, i) => Math.abs(r / lowers[i]! - 1) < 1e-12).length;
      expect(exact).toBeGreaterThan(Math.floor(quantile * 23));
      if (quantile < 0.5) expect(exact).toBeLessThan(18);
    }
  });

  test("a mode of one's own", () => {
    const cap = radiusCap({ mode: (_z, a) => spreadRadii(a).map((r) => r / 2) });
    const { radius } = cap.limit(Float64Array.of(1, 0), threeSamples);
    expect(radius).toBe(Math.PI / 8);
    const wrong = radiusCap({ mode: () => Float64Array.of(1, -1, 1) });
    expect(() => wrong.limit(Float64Array.of(1, 0), threeSamples)).toThrow(/\[1\] = -1/);
  });

  test("bad input", () => {
    expect(() => radiusCap({ target: 0 })).toThrow(/target = 0/);
    expect(() => radiusCap({ quantile: 1.5 })).toThrow(/quantile = 1.5/);
    expect(() => radiusCap({ window: 0.5 })).toThrow(/window/);
    expect(() => radiusCap({ mode: "spred" as "spread" })).toThrow(/mode = "spred", expected one/);
    expect(() => radiusCap({ aggregate: "mean" as "minimum" })).toThrow(/aggregate = "mean"/);
    const cap = radiusCap();
    expect(() => cap.limit(Float64Array.of(NaN, 0), threeSamples)).toThrow(/step\[0\] = NaN/);
    const empty: LogitSlopes = { logits: dense(0, 2), jvp: () => dense(0, 2) };
    expect(() => cap.limit(Float64Array.of(1), empty)).toThrow(/0 samples/);
    expect(() => quantileRadius([], 0)).toThrow(DomainError);
  });
});

const random = new SeededRandom(7);
const features = dense(24, 3);
for (let i = 0; i < features.data.length; i++) features.data[i] = random.normal();
const labels = Int32Array.from({ length: 24 }, (_, i) => (features.data[3 * i]! > 0 ? 1 : i % 3));

describe("differenceSlopes", () => {
  test("agrees with the exact JVP, from two forward passes", () => {
    for (const activation of ["tanh", "gelu", "silu"] as const) {
      const model = mlp({ widths: [3, 5, 4], activation });
      const parameters = model.initialize(3);
      let passes = 0;
      const slopes = differenceSlopes((p) => {
        passes++;
        return model.logits(p, features);
      }, parameters);
      const v = model.initialize(4);
      const unit = v.map((x) => x / norm2(v));
      const exact = model.linearize(parameters, features).jvp(unit);
      const estimate = slopes.jvp(unit);
      expect(passes).toBe(2);
      // h = 2^-17 max(1, |theta|), |theta| < 4: truncation h^2 |z'''| / 6 with z''' of order 10, rounding
      // of logits below 8 through 20 operations over h.
      const h = 2 ** -17 * Math.max(1, norm2(parameters));
      const allowed = (h * h * 10) / 6 + (20 * 8 * 2 ** -53) / h;
      exact.data.forEach((x, i) => {
        expect(Math.abs(x - estimate.data[i]!)).toBeLessThan(allowed);
      });
    }
  });

  test("serves the cap and yields nearly its radius", () => {
    const model = mlp({ widths: [3, 5, 4], activation: "tanh" });
    const parameters = model.initialize(3);
    const step = model.initialize(4);
    const exact = radiusCap().limit(step, model.linearize(parameters, features));
    const slopes = differenceSlopes((p) => model.logits(p, features), parameters);
    const estimate = radiusCap().limit(step, slopes);
    expect(estimate.bottleneck).toBe(exact.bottleneck);
    expect(Math.abs(estimate.radius / exact.radius - 1)).toBeLessThan(1e-8);
  });

  test("zero direction, bad input", () => {
    const model = linearHead({ featureCount: 3, classCount: 2 });
    const slopes = differenceSlopes((p) => model.logits(p, features), model.initialize(1));
    expect(slopes.jvp(new Float64Array(8)).data.every((x) => x === 0)).toBe(true);
    expect(() => slopes.jvp(new Float64Array(7))).toThrow(DimensionError);
    const forward = (p: Float64Array) => model.logits(p, features);
    expect(() => differenceSlopes(forward, Float64Array.of(NaN))).toThrow(DomainError);
    expect(() => differenceSlopes(forward, new Float64Array(8), { length: 0 })).toThrow(/length/);
  });
});

describe("radiusStep", () => {
  const model = linearHead({ featureCount: 3, classCount: 3 });
  const point = {
    parameters: model.initialize(5),
    linearization: model.linearize(model.initialize(5), features),
    labels,
    loss: 0,
    gradient: model.initialize(6),
  };

  test("the step has length r rho along the direction", () => {
    for (const target of [1, 0.3, 2]) {
      for (const size of [1, 1e-200, 1e200]) {
        const tiny = { ...point, gradient: point.gradient.map((x) => x * size) };
        const step = radiusStep(gradientDirection(), { target }).propose(tiny);
        const { radius, ratio } = radiusCap({ target }).limit(step, point.linearization);
        expect(norm2(step) / radius).toBeLessThanOrEqual(target * (1 + 40 * 2 ** -53));
        // P = 12: slack of scaleToLength is 2 (P + 16) roundings, and directions carry P more.
        expect(Math.abs(ratio / target - 1)).toBeLessThan(160 * 2 ** -53);
        step.forEach((x, i) => {
          expect(Math.sign(x)).toBe(-Math.sign(point.gradient[i]!));
        });
      }
    }
  });

  test("longest step, zero and unlimited directions", () => {
    const short = radiusStep(gradientDirection(), { maximumLength: 1e-3 }).propose(point);
    expect(norm2(short)).toBeLessThanOrEqual(1e-3);
    expect(norm2(short)).toBeGreaterThan(1e-3 * (1 - 1e-13));
    const still = { ...point, gradient: new Float64Array(12) };
    expect(norm2(radiusStep(gradientDirection()).propose(still))).toBe(0);
    // The same change of every bias moves no probability.
    const shift = { ...point, gradient: Float64Array.from({ length: 12 }, (_, i) => +(i >= 9)) };
    expect(norm2(radiusStep(gradientDirection()).propose(shift))).toBe(0);
    expect(() => radiusStep(gradientDirection(), { maximumLength: 0 })).toThrow(/maximumLength/);
  });

  test("state of the direction passes through", () => {
    const inner = momentumDirection();
    const outer = radiusStep(inner);
    outer.propose(point);
    expect(outer.save?.()).toEqual(inner.save?.());
    const again = radiusStep(momentumDirection());
    again.restore?.(outer.save?.());
    expect([...again.propose(point)]).toEqual([...outer.propose(point)]);
    expect("save" in radiusStep(gradientDirection())).toBe(false);
  });
});

describe("in training", () => {
  const model = mlp({ widths: [3, 6, 3], activation: "tanh" });
  const directions = { gradientDirection, momentumDirection, adamDirection };

  test.each(Object.entries(directions))(
    "%s with a huge learning rate stays within r",
    (_, make) => {
      const tracker = bottleneckTracker();
      let batch = new Int32Array(0);
      const ratios: number[] = [];
      const inner = radiusCap({
        target: 0.5,
        onLimit: (limited) => {
          tracker.record(batch, limited);
        },
      });
      const limit: StepLimit = {
        name: inner.name,
        limit(step: Float64Array, linearization: Linearization) {
          const limited = inner.limit(step, linearization);
          ratios.push(norm2(step.map((x) => limited.scale * x)) / limited.radius);
          return limited;
        },
      };
      const result = train({
        model,
        parameters: model.initialize(1),
        features: (indices) => {
          batch = indices.slice();
          return fromRows(
            Array.from(indices, (i) => [...features.data.subarray(3 * i, 3 * i + 3)]),
          );
        },
        labels,
        batchSize: 8,
        steps: 12,
        seed: 1,
        direction: make(),
        limit,
        learningRate: 1e3,
      });
      expect(result.status).toBe("completed");
      expect(ratios).toHaveLength(12);
      for (const r of ratios) expect(r).toBeLessThanOrEqual(0.5);
      const ranking = tracker.ranking();
      expect(ranking.reduce((sum, b) => sum + b.count, 0)).toBe(12);
      for (const b of ranking) {
        expect(b.count).toBeLessThanOrEqual(b.seen);
        expect(tracker.of(b.sample)).toEqual(b);
      }
      expect(tracker.of(99)).toBeUndefined();
    },
  );
});

describe("bottleneckTracker", () => {
  test("ranks by count, then radius, then index", () => {
    const tracker = bottleneckTracker();
    const limited = (radii: number[]) =>
      radiusCap({ mode: () => Float64Array.from(radii) }).limit(Float64Array.of(1), {
        logits: dense(radii.length, 1),
        jvp: () => dense(radii.length, 1),
      });
    tracker.record([4, 9], limited([2, 3]));
    tracker.record([9, 5], limited([1, 3]));
    tracker.record([4, 5], limited([2, 3]));
    tracker.record([7, 6], limited([Infinity, Infinity]));
    expect(tracker.ranking()).toEqual([
      { sample: 4, count: 2, seen: 2, smallestRadius: 2 },
      { sample: 9, count: 1, seen: 2, smallestRadius: 1 },
    ]);
    expect(tracker.ranking(1)).toHaveLength(1);
    expect(tracker.of(7)).toEqual({ sample: 7, count: 0, seen: 1, smallestRadius: Infinity });
    expect(() => tracker.record([1], limited([1, 2]))).toThrow(DimensionError);
    expect(() => tracker.ranking(-1)).toThrow(DomainError);
  });
});
