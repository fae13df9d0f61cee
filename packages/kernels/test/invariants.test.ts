import { check } from "@xent/invariants";
import { describeInvariants } from "@xent/invariants/vitest";
import { expect, test } from "vitest";
import { type KernelMode, withKernels } from "../src/index.js";
import { type KernelsSubject, kernelsInvariants, kernelsSubject } from "../src/invariants.js";

function inMode(mode: KernelMode): KernelsSubject {
  return { expVector: (x, out) => withKernels(mode, () => kernelsSubject.expVector(x, out)) };
}

describeInvariants("kernels, plain path", kernelsInvariants(), inMode("plain"));
describeInvariants("kernels, SIMD path", kernelsInvariants(), inMode("simd"));

const wrong: [string, KernelsSubject][] = [
  // One multiplication too many: up to a unit and a half.
  [
    "kernels/exp-is-within-one-ulp",
    { expVector: (x) => x.map((v) => Math.exp(v / 3) * Math.exp(v / 3) * Math.exp(v / 3)) },
  ],
  ["kernels/exp-of-special-values", { expVector: (x) => x.map((v) => Math.exp(v) + 0 * v) }],
  [
    "kernels/exp-of-an-entry-ignores-the-others",
    {
      // Subtracts the largest and multiplies it back.
      expVector: (x, out = new Float64Array(x.length)) => {
        const top = x.reduce((m, v) => (v > m ? v : m), -700);
        x.forEach((v, i) => {
          out[i] = Math.exp(v - top) * Math.exp(top);
        });
        return out;
      },
    },
  ],
];

test.each(wrong)("%s fails for a wrong implementation", (id, subject) => {
  const invariant = kernelsInvariants().find((i) => i.id === id)!;
  expect(check(invariant, subject, { runs: 500, seed: 1 }).status).toBe("fails");
});
