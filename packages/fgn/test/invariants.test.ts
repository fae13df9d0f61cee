import { check } from "@xent/invariants";
import { describeInvariants } from "@xent/invariants/vitest";
import { describe, expect, test } from "vitest";
import { type FgnSubject, fgnInvariants, fgnSubject } from "../src/invariants.js";

describeInvariants("fgn", fgnInvariants(), fgnSubject);

/** Mistakes that people make, each with an invariant that finds it. */
const mistakes: Record<string, { readonly finder: string; readonly subject: FgnSubject }> = {
  "the GGN passed off as FGN": {
    finder: "fgn/fgn-is-a-cholesky-step",
    subject: { ...fgnSubject, fgnOperator: fgnSubject.ggnOperator },
  },
  "the right-hand side sqrt((1 - p) / p) of the row system formed as it is written": {
    finder: "fgn/far-examples-in-closed-form",
    subject: {
      ...fgnSubject,
      fgnStep: (linearization, labels, options) => {
        const { margins } = fgnSubject.trueVsRest(linearization.logits, labels);
        const result = fgnSubject.fgnStep(linearization, labels, options);
        const overflow = margins.some((m) => Math.exp(-m / 2) === Infinity);
        return overflow ? { ...result, step: result.step.map(() => Number.NaN) } : result;
      },
    },
  },
  "a solve that ignores the weights": {
    finder: "fgn/ignored-and-repeated-examples",
    subject: {
      ...fgnSubject,
      fgnStep: (linearization, labels, options) =>
        fgnSubject.fgnStep(linearization, labels, {
          ...options,
          exampleWeights: Array.from(labels, () => 1),
        }),
    },
  },
  "an iteration stopped at three digits": {
    finder: "fgn/every-solver-solves",
    subject: {
      ...fgnSubject,
      fgnStep: (linearization, labels, options) =>
        fgnSubject.fgnStep(linearization, labels, { ...options, tolerance: 1e-3 }),
    },
  },
  "weight decay after the solve": {
    finder: "fgn/weight-decay-in-the-system",
    subject: {
      ...fgnSubject,
      fgnStep: (linearization, labels, { weightDecay = 0, ...options }) => {
        const result = fgnSubject.fgnStep(linearization, labels, options);
        const step = result.step.map(
          (d, k) => d - (weightDecay as number) * (options.parameters?.[k] ?? 0),
        );
        return { ...result, step };
      },
    },
  },
  "a direction that forgets its damping": {
    finder: "fgn/resume-equals-uninterrupted",
    subject: {
      ...fgnSubject,
      fgnDirection: (options) => ({
        ...fgnSubject.fgnDirection(options),
        restore: () => undefined,
      }),
    },
  },
};

describe("mistakes are found", () => {
  for (const [name, { finder, subject }] of Object.entries(mistakes)) {
    test(name, () => {
      const invariant = fgnInvariants().find((i) => i.id === finder)!;
      expect(check(invariant, subject, { seed: 20261124 }).status).toBe("fails");
    });
  }
});
