import { check } from "@xent/invariants";
import { describeInvariants } from "@xent/invariants/vitest";
import { useKernels } from "@xent/kernels";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LinalgSubject, linalgInvariants, linalgSubject } from "../src/invariants.js";

// At every size that it can take, the SIMD path too: what "auto" does lies between the two.
describe.each(["plain", "simd"] as const)("%s kernels", (mode) => {
  beforeAll(() => void useKernels(mode));
  afterAll(() => void useKernels("auto"));
  describeInvariants("linalg", linalgInvariants(), linalgSubject);
});

// Each invariant must be able to fail: implementations that are wrong in a way that people get wrong.
const wrong: [string, Partial<LinalgSubject>][] = [
  [
    "linalg/norm2-scales-without-overflow",
    { norm2: (x) => Math.sqrt(Array.from(x).reduce((s, v) => s + v * v, 0)) },
  ],
  [
    "linalg/compensated-sum-error-bound",
    { compensatedSum: (x) => Array.from(x).reduce((s, v) => s + v, 0) },
  ],
  ["linalg/compensated-dot-error-bound", { compensatedDot: linalgSubject.dot }],
  // Rounded apart above and below the diagonal.
  [
    "linalg/gram-is-product-with-own-transpose",
    {
      gramMatrix: (a) => {
        const g = linalgSubject.gramMatrix(a);
        return {
          ...g,
          data: g.data.map((v, k) => (k % g.cols > k / g.cols ? v * (1 + 2 ** -52) : v)),
        };
      },
    },
  ],
  [
    "linalg/transposed-products-agree",
    { multiplyTransposeB: (a, b) => linalgSubject.multiplyTransposeB(b, a) },
  ],
  [
    "linalg/walsh-hadamard-parseval",
    { walshHadamard: (x) => linalgSubject.walshHadamard(x, 1 / Math.sqrt(x.length)) },
  ],
  [
    "linalg/group-transform-is-character-sum",
    {
      // The other sign in the exponent.
      planGroupTransform: (orders) => {
        const plan = linalgSubject.planGroupTransform(orders);
        return { ...plan, forward: (re, im) => plan.forward(im, re) };
      },
    },
  ],
  [
    "linalg/qr-reconstructs",
    {
      // Right to nine digits, as Gram-Schmidt is on an ordinary matrix.
      qr: (a) => {
        const { q, r, status } = linalgSubject.qr(a);
        const tilted = q.data.map((v) => v * (1 + 1e-9));
        return { q: { ...q, data: tilted }, r, status };
      },
    },
  ],
  [
    "linalg/cholesky-detects-indefinite",
    { cholesky: () => linalgSubject.cholesky({ rows: 1, cols: 1, data: Float64Array.of(1) }) },
  ],
  [
    "linalg/operator-adjoint-identity",
    {
      composeOperators: (...operators) => ({
        ...linalgSubject.composeOperators(...operators),
        applyTranspose: (y) =>
          linalgSubject.composeOperators(...operators).applyTranspose!(
            y.map((v) => v * (1 + 1e-12)),
          ),
      }),
    },
  ],
  [
    "linalg/conjugate-gradient-reports-the-truth",
    {
      // Trusts its recurrence.
      conjugateGradient: (options) => {
        const result = linalgSubject.conjugateGradient(options);
        return { ...result, residualNorm: result.residualHistory[result.iterations]! };
      },
    },
  ],
  [
    "linalg/conjugate-gradient-energy-falls",
    {
      // Iterates that overshoot.
      conjugateGradient: ({ callback, ...options }) =>
        linalgSubject.conjugateGradient({
          ...options,
          ...(callback && {
            callback: ({ x, ...rest }) => callback({ ...rest, x: x.map((v) => 2.5 * v) }),
          }),
        }),
    },
  ],
  ["linalg/minres-residual-falls", { minres: linalgSubject.conjugateGradient }],
  [
    "linalg/lanczos-finds-the-extremes",
    {
      lanczosExtremes: (options) =>
        linalgSubject.lanczosExtremes({ ...options, which: "largest", maxIterations: 6 }),
    },
  ],
];

test.each(wrong)("%s fails for a wrong implementation", (id, functions) => {
  const invariant = linalgInvariants().find((i) => i.id === id)!;
  const result = check(invariant, { ...linalgSubject, ...functions }, { runs: 500, seed: 1 });
  expect(result.status).toBe("fails");
});
