import { check, formatFailure } from "@xent/invariants";
import { describeInvariants } from "@xent/invariants/vitest";
import { describe, expect, test } from "vitest";
import { type SoftmaxSubject, softmaxInvariants } from "../src/invariants.js";

const f = Math.fround;

/** Stable softmax in float32: every operation rounded. */
const float32: SoftmaxSubject = {
  unitRoundoff: 2 ** -24,
  softmax: (logits) => {
    const z = Float32Array.from(logits);
    const m = z.reduce((a, b) => Math.max(a, b));
    const e = z.map((v) => f(Math.exp(f(v - m))));
    const sum = e.reduce((a, b) => f(a + b));
    return e.map((v) => f(v / sum));
  },
  logSumExp: (logits) => {
    const z = Float32Array.from(logits);
    const m = z.reduce((a, b) => Math.max(a, b));
    const sum = z.reduce((a, v) => f(a + f(Math.exp(f(v - m)))), 0);
    return f(m + f(Math.log(sum)));
  },
  logSoftmax: (logits) => {
    const z = Float32Array.from(logits);
    const total = float32.logSumExp!(logits);
    return z.map((v) => f(v - total));
  },
};

/** The textbook formula. */
const naive: SoftmaxSubject = {
  softmax: (logits) => {
    const e = logits.map((v) => Math.exp(v));
    const sum = e.reduce((a, b) => a + b);
    return e.map((v) => v / sum);
  },
};

describeInvariants("a float32 softmax", softmaxInvariants(float32), float32);

/** Stable too, through logSumExp: another order of roundings. */
const throughLogSumExp: SoftmaxSubject = {
  softmax: (logits) => {
    const m = logits.reduce((a, b) => Math.max(a, b));
    const total = m + Math.log(logits.reduce((s, v) => s + Math.exp(v - m), 0));
    return logits.map((v) => Math.exp(v - total));
  },
};

describeInvariants("exp(z - logSumExp)", softmaxInvariants(throughLogSumExp), throughLogSumExp);

describe("what fails", () => {
  const shift = softmaxInvariants(naive).find((i) => i.id.endsWith("/shift-invariance"))!;

  test("exp over sum of exp: shift invariance, with a shrunk counterexample", () => {
    const result = check(shift, naive, { seed: 1 });
    expect(result.status).toBe("fails");
    const found = result.counterexample!.case as { z: number[]; shift: number };
    // Two classes and a shift that overflows, or underflows, every exponential.
    expect(found.z.length).toBeLessThanOrEqual(2);
    expect(Math.abs(found.shift)).toBeGreaterThanOrEqual(745);
    expect(formatFailure(result)).toContain("softmax-spectral/shift-invariance");
  });

  test("a float32 softmax that claims to be float64", () => {
    const claims: SoftmaxSubject = { softmax: float32.softmax };
    const failing = softmaxInvariants(claims).filter(
      (i) => check(i, claims, { seed: 1 }).status === "fails",
    );
    expect(failing.map((i) => i.id)).toContain("softmax-spectral/ratio");
  });

  test("a softmax with an epsilon in its denominator", () => {
    const epsilon: SoftmaxSubject = {
      softmax: (logits) => {
        const m = logits.reduce((a, b) => Math.max(a, b));
        const e = logits.map((v) => Math.exp(v - m));
        const sum = e.reduce((a, b) => a + b) + 1e-8;
        return e.map((v) => v / sum);
      },
    };
    const distribution = softmaxInvariants(epsilon)[0]!;
    expect(check(distribution, epsilon, { seed: 1 }).status).toBe("fails");
  });

  test("a logSoftmax through the logarithm of a probability", () => {
    const subject: SoftmaxSubject = {
      softmax: throughLogSumExp.softmax,
      logSoftmax: (logits) => Array.from(throughLogSumExp.softmax(logits), Math.log),
    };
    const statuses = new Map(
      softmaxInvariants(subject).map((i) => [i.id, check(i, subject, { seed: 1 }).status]),
    );
    expect(statuses.get("softmax-spectral/log-softmax-differences")).toBe("fails");
    expect(statuses.get("softmax-spectral/log-softmax-masked")).toBe("fails");
  });
});

test("only statements about the functions that are there", () => {
  const ids = softmaxInvariants(naive).map((i) => i.id);
  expect(ids).toHaveLength(6);
  expect(softmaxInvariants().length).toBeGreaterThan(12);
  expect(new Set(softmaxInvariants().map((i) => i.id)).size).toBe(softmaxInvariants().length);
});
