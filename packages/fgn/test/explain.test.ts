import { dense, dot, multiplyVector, norm2, symmetricEigen } from "@xent/linalg";
import { type Linearization, linearHead } from "@xent/models";
import { crossEntropy } from "@xent/softmax-spectral";
import { describe, expect, test } from "vitest";
import { curvatureTraces, explainStep, fgnStep, ggnStep } from "../src/index.js";
import { dampedSolve, oracle, randomDense, randomLabels } from "./dense-oracle.js";
import { testHead } from "./linear-head.js";

const B = 12;
const C = 4;
const model = linearHead({ featureCount: 3, classCount: C });
const theta = model.initialize(2);
const x = randomDense(B, 3, 1);
const labels = randomLabels(B, C, 2);
const lin = model.linearize(theta, x);
const truth = oracle(lin, labels);
const P = theta.length;

test("explains an FGN step by what the dense matrices say", () => {
  const damping = 0.01;
  const step = fgnStep(lin, labels, { damping, tolerance: 1e-12 });
  const scale = 0.5;
  const after = model.logits(
    theta.map((t, k) => t + scale * step.step[k]!),
    x,
  );
  const why = explainStep(lin, labels, step, {
    damping,
    tolerance: 1e-12,
    logitsAfter: after,
    limited: { scale, radius: 2, ratio: 1.5 },
  });
  const d = step.step;
  const bend = dot(d, multiplyVector(truth.fgn, d));
  const predicted = -(scale * dot(truth.gradient, d) + (scale ** 2 * bend) / 2);
  const close = (got: number | undefined, wanted: number): void => {
    // Steps agree to 1e-12 / damping; the rest are sums of some hundred terms.
    expect(Math.abs(got! - wanted)).toBeLessThan(1e-9 * Math.abs(wanted));
  };
  close(why.predictedDecrease, predicted);
  const actual = crossEntropy(lin.logits, labels) - crossEntropy(after, labels);
  close(why.actualDecrease, actual);
  close(why.trustRatio, actual / predicted);
  close(why.cosineToGradient, -dot(truth.gradient, d) / norm2(truth.gradient) / norm2(d));
  const ggn = dampedSolve(truth.ggn, new Float64Array(P).fill(damping), truth.gradient);
  close(why.cosineToOther, dot(ggn, d) / norm2(ggn) / norm2(d));
  const trace = (m: { data: Float64Array }): number =>
    Array.from({ length: P }, (_, k) => m.data[k * P + k]!).reduce((a, b) => a + b);
  close(why.droppedShare, trace(truth.within) / trace(truth.ggn));
  expect([why.scale, why.radiusRatio, why.droppedShareExact]).toEqual([scale, 1.5, true]);
  // B (one row each) < P = 16: the smallest eigenvalue is lambda, the largest by power iteration, to 1 %.
  let v: Float64Array = new Float64Array(P).fill(1);
  for (let k = 0; k < 500; k++) {
    v = multiplyVector(truth.fgn, v);
    const n = norm2(v);
    v = v.map((a) => a / n);
  }
  const largest = dot(v, multiplyVector(truth.fgn, v));
  expect(Math.abs(why.condition / ((largest + damping) / damping) - 1)).toBeLessThan(0.02);
});

test("with weight decay the objective is the penalised one", () => {
  const options = { damping: 0.01, weightDecay: 0.3, parameters: theta };
  const step = ggnStep(lin, labels, options);
  const moved = theta.map((t, k) => t + step.step[k]!);
  const why = explainStep(lin, labels, step, {
    ...options,
    method: "ggn",
    logitsAfter: model.logits(moved, x),
  });
  const objective = (p: Float64Array): number =>
    crossEntropy(model.logits(p, x), labels) + 0.15 * norm2(p) ** 2;
  const actual = objective(theta) - objective(moved);
  expect(Math.abs(why.actualDecrease! - actual)).toBeLessThan(1e-13);
  expect(why.cosineToOther).toBeGreaterThan(0.5);
  expect(why.cosineToGradient).toBeGreaterThan(0);
  expect(Math.abs(why.trustRatio! - 1)).toBeLessThan(0.5);
});

test("a zero step and missing information", () => {
  const zero = { step: new Float64Array(P), slope: 0, curvature: 0 };
  const why = explainStep(lin, labels, zero, { damping: 1, compare: false });
  expect([why.predictedDecrease, why.cosineToGradient, why.norm]).toEqual([0, 0, 0]);
  expect([why.actualDecrease, why.cosineToOther, why.radiusRatio]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(() => explainStep(lin, labels, zero, { damping: 1, method: "newton" as never })).toThrow(
    'method = "newton"',
  );
});

describe("the condition of the damped system, to 1 % of its largest eigenvalue", () => {
  const extremes = (m: typeof truth.fgn): [number, number] => {
    const { values } = symmetricEigen(m);
    return [Math.max(...values), Math.min(...values)];
  };
  const conditionOf = (options: Parameters<typeof explainStep>[3]): number =>
    explainStep(
      lin,
      labels,
      { step: new Float64Array(P), slope: 0, curvature: 0 },
      {
        compare: false,
        ...options,
      },
    ).condition;

  test("fgn: fewer rows than parameters, so that the smallest is 0", () => {
    const [largest] = extremes(truth.fgn);
    const got = conditionOf({ damping: 1e-3 });
    expect(Math.abs(got / ((largest + 1e-3) / 1e-3) - 1)).toBeLessThan(0.02);
  });

  /** Two classes' logits are x times a parameter, the third is 0: no direction of parameters shifts all logits alike. */
  const two = (count: number): Linearization => ({
    logits: dense(
      count,
      3,
      Float64Array.from({ length: 3 * count }, (_, k) => (k % 4) / 4),
    ),
    parameterCount: 2,
    jvp: (v, out = dense(count, 3)) => {
      for (let i = 0; i < count; i++) {
        out.data.set([x.data[i]! * v[0]!, x.data[i]! * v[1]!, 0], 3 * i);
      }
      return out;
    },
    vjp: (u, out = new Float64Array(2)) => {
      out.fill(0);
      for (let i = 0; i < count; i++) {
        for (const c of [0, 1]) out[c]! += x.data[i]! * u.data[3 * i + c]!;
      }
      return out;
    },
  });

  // With two examples and three classes the ranks are 2 and 4 of 2, and 1 if competitors were taken off.
  test.each([
    ["fgn", 12, {}],
    ["ggn", 12, {}],
    ["ggn", 2, {}],
    ["fgn", 2, {}],
    ["fgn", 2, { competitors: 1 }],
  ] as const)(
    "%s of %i examples: its own two ends, and those of a weight decay",
    (method, count, more) => {
      const small = two(count);
      const classes = labels.slice(0, count).map((y) => Math.min(y, 2));
      // With its one further competitor FGN is the GGN of three classes.
      const [largest, smallest] = extremes(
        oracle(small, classes)["competitors" in more ? "ggn" : method],
      );
      expect(smallest).toBeGreaterThan(1e-3);
      const step = { step: new Float64Array(2), slope: 0, curvature: 0 };
      for (const decay of [0, 0.5, Float64Array.of(0.25, 0.5), Float64Array.of(0.5, 0.25)]) {
        const [least, most] = typeof decay === "number" ? [decay, decay] : [0.25, 0.5];
        const got = explainStep(small, classes, step, {
          method,
          ...more,
          compare: false,
          damping: 1e-4,
          weightDecay: decay,
          parameters: Float64Array.of(0, 0),
        }).condition;
        // Two dimensions: Lanczos is exact.
        const want = (largest + 1e-4 + most) / (smallest + 1e-4 + least);
        expect(Math.abs(got / want - 1)).toBeLessThan(1e-9);
      }
    },
  );
});

describe("the dropped share", () => {
  const zero = (length: number) => ({ step: new Float64Array(length), slope: 0, curvature: 0 });

  test("with the weights of the examples", () => {
    const exampleWeights = Array.from({ length: B }, (_, i) => i);
    const why = explainStep(lin, labels, zero(P), { damping: 1, compare: false, exampleWeights });
    expect(why.droppedShare).toBe(curvatureTraces(lin, labels, { exampleWeights }).droppedShare);
    expect(why.droppedShare).not.toBe(curvatureTraces(lin, labels).droppedShare);
  });

  test("exact up to 1000 parameters, or from as many directions as asked for", () => {
    const exactOf = (D: number, probes?: number): boolean => {
      const wide = testHead(randomDense(2, D, 1), randomDense(2, D, 2));
      return explainStep(wide, [0, 1], zero(2 * D), {
        damping: 1,
        compare: false,
        ...(probes === undefined ? {} : { probes }),
      }).droppedShareExact;
    };
    expect([exactOf(500), exactOf(501), exactOf(3, 4)]).toEqual([true, false, false]);
    const probed = explainStep(lin, labels, zero(P), { damping: 1, compare: false, probes: 3 });
    expect(probed.droppedShare).toBe(curvatureTraces(lin, labels, { probes: 3 }).droppedShare);
  });
});

test("a GGN step is compared with FGN's", () => {
  const options = { damping: 0.01, tolerance: 1e-12 };
  const step = ggnStep(lin, labels, options);
  const other = fgnStep(lin, labels, options).step;
  const why = explainStep(lin, labels, step, { ...options, method: "ggn" });
  const want = dot(other, step.step) / norm2(other) / norm2(step.step);
  expect(want).toBeLessThan(0.9999);
  expect(Math.abs(why.cosineToOther! - want)).toBeLessThan(1e-9);
  expect(why.trustRatio).toBe(undefined);
});

test("a step that is none is named", () => {
  const run = (step: Float64Array) => () =>
    explainStep(lin, labels, { step, slope: 0, curvature: 0 }, { damping: 1 });
  expect(run(new Float64Array(1))).toThrow("step has length 1");
  expect(run(new Float64Array(P).fill(NaN, 1, 2))).toThrow("step[1] = NaN");
});
