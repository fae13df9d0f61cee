import { dot, multiplyVector, norm2 } from "@xent/linalg";
import { linearHead } from "@xent/models";
import { crossEntropy } from "@xent/softmax-spectral";
import { expect, test } from "vitest";
import { explainStep, fgnStep, ggnStep } from "../src/index.js";
import { dampedSolve, oracle, randomDense, randomLabels } from "./dense-oracle.js";

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
