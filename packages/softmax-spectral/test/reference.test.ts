import { dense, fromRows } from "@xent/linalg";
import { loadReference } from "@xent/testkit";
import { describe, expect, test } from "vitest";
import {
  crossEntropyGradient,
  crossEntropyRows,
  entropy,
  klDivergence,
  logSoftmax,
  logSumExp,
  softmax,
  softmaxCovariance,
} from "../src/index.js";

type Logit = number | "-Infinity";
interface Case {
  name: string;
  logits: Logit[];
  logSumExp: number;
  softmax: number[];
  logSoftmax: Logit[];
  entropy: number;
  labels: number[];
  losses: number[];
  trueClassGradient: number[];
  near: Logit[];
  klNear: number;
  far: Logit[];
  klFar: number;
  vector: number[];
  covarianceVector: number[];
}

const u = 2 ** -53;
/** A few terms that underflow to a multiple of 2^-1074, each times a factor of at most 750. */
const UNDERFLOW = 4 * 750 * 2 ** -1074;
const numbers = (values: Logit[]): number[] => values.map(Number);

/** Asserts |got - want| <= relative |want| + absolute (plus what underflow may cost). */
function near(got: number, want: number, relative: number, absolute = 0): void {
  if (got === want) return;
  const tolerance = relative * Math.abs(want) + absolute + UNDERFLOW;
  expect(Math.abs(got - want)).toBeLessThanOrEqual(tolerance);
}

const { cases } = loadReference<{ cases: Case[] }>("./reference/softmax.json", import.meta.url);

describe.each(cases)("against 420-digit decimals: $name", (c) => {
  const z = numbers(c.logits);
  const finite = z.filter((v) => v > -Infinity);
  const top = Math.max(...finite);
  const spread = Math.min(top - Math.min(...finite), 750);
  // One rounding in z_i - max z, amplified by the size of the exponent where the exponential has
  // not underflowed (so at most 750); the exponential and the sums (at most 300 terms, errors of
  // one sign at worst) on top.
  const entry = (4 + spread + finite.length) * u;

  test("logSumExp", () => {
    near(logSumExp(z), c.logSumExp, 0, entry * 1 + 2 * u * Math.abs(top));
  });

  test("softmax", () => {
    const p = softmax(z);
    for (let i = 0; i < z.length; i++) near(p[i]!, c.softmax[i]!, entry);
  });

  test("logSoftmax, to full relative accuracy", () => {
    const lp = logSoftmax(z);
    const want = numbers(c.logSoftmax);
    for (let i = 0; i < z.length; i++) near(lp[i]!, want[i]!, entry);
  });

  test("entropy", () => {
    near(entropy(z), c.entropy, 2 * entry);
  });

  test("cross-entropy and its gradient at the true class, to full relative accuracy", () => {
    const rows = dense(c.labels.length, z.length);
    for (let i = 0; i < c.labels.length; i++) rows.data.set(z, i * z.length);
    const losses = crossEntropyRows(rows, c.labels);
    const gradient = crossEntropyGradient(rows, c.labels, { reduction: "sum" });
    for (const [i, y] of c.labels.entries()) {
      near(losses[i]!, c.losses[i]!, entry);
      near(gradient.data[i * z.length + y]!, c.trueClassGradient[i]!, 2 * entry);
    }
  });

  test("KL divergence, near and far", () => {
    // Rounding moves the centred difference c of a class by about 4 u of its distance from the top
    // (at most 40 where p matters) plus the input's own rounding, which both routes share. As
    // KL = Var_p(c) / 2 to leading order, that moves it by at most du sqrt(2 KL) + du^2.
    const du = 4 * u * Math.min(spread, 40);
    const closeTo = entry * 4;
    near(
      klDivergence(z, numbers(c.near)),
      c.klNear,
      closeTo,
      2 * du * Math.sqrt(c.klNear) + du * du,
    );
    // The direct sum: cancels at most 16-fold, on terms of relative error `entry`.
    near(klDivergence(z, numbers(c.far)), c.klFar, 32 * entry);
  });

  test("covariance times a vector of mean 100", () => {
    const p = softmax(z);
    const q = softmaxCovariance(p).apply(Float64Array.from(c.vector));
    // q_i = p_i (v_i - mean): the probabilities carry `entry`, which moves the centred mean by
    // entry * (spread of v); the vector itself enters exactly.
    const range = Math.max(...c.vector) - Math.min(...c.vector);
    for (let i = 0; i < z.length; i++) {
      near(q[i]!, c.covarianceVector[i]!, 2 * entry, 3 * entry * p[i]! * range);
    }
  });
});

test("a batch of one row equals the vector form", () => {
  const z = [0.5, -3, 2];
  expect([...crossEntropyRows(fromRows([z]), [1])]).toEqual([-logSoftmax(z)[1]!]);
});
