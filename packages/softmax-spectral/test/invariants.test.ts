import { check } from "@xent/invariants";
import { describeInvariants } from "@xent/invariants/vitest";
import { useKernels } from "@xent/kernels";
import { dense, SeededRandom } from "@xent/linalg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  abelianGroups,
  crossEntropyGradient,
  crossEntropyRows,
  entropy,
  evenEigenvalues,
  groupEigenbasis,
  groupMatrix,
  groupSoftmax,
  hadamardInitialization,
  logSoftmax,
  schemeMatrix,
  softmax,
  softmaxCovariance,
} from "../src/index.js";
import {
  groupDiagonalisation,
  type SoftmaxSpectralSubject,
  softmaxSpectralInvariants,
  softmaxSpectralSubject,
} from "../src/invariants.js";

const invariants = softmaxSpectralInvariants();

// At every size that it can take, the SIMD path too: what "auto" does lies between the two.
describe.each(["plain", "simd"] as const)("%s kernels", (mode) => {
  beforeAll(() => void useKernels(mode));
  afterAll(() => void useKernels("auto"));
  describeInvariants("@xent/softmax-spectral", invariants, softmaxSpectralSubject);
});

test("ids are unique and belong to this package", () => {
  const ids = invariants.map((i) => i.id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^softmax-spectral\/[a-z-]+$/);
});

test("every abelian group up to order 64 diagonalises the softmax", () => {
  const random = new SeededRandom(64);
  let groups = 0;
  for (let k = 1; k <= 64; k++) {
    for (const orders of abelianGroups(k)) {
      const { negation } = groupMatrix(orders, new Float64Array(k)).group;
      const raw = random.normals(k, 3);
      const symbol = raw.map((v, g) => v + raw[negation[g]!]!);
      const { error, tolerance } = groupDiagonalisation.measure(
        { orders, symbol },
        softmaxSpectralSubject,
      );
      expect(error, orders.join(" x ")).toBeLessThanOrEqual(tolerance);
      groups++;
    }
  }
  // Sum over k <= 64 of the products of partition numbers of the exponents of k (OEIS A000688).
  expect(groups).toBe(
    Array.from({ length: 64 }, (_, i) => groupCount(i + 1)).reduce((a, b) => a + b),
  );
});

/** A000688 by its own definition, apart from abelianGroups. */
function groupCount(k: number): number {
  const partitionNumbers = [1, 1, 2, 3, 5, 7, 11];
  let count = 1;
  for (let p = 2; p <= k; p++) {
    let exponent = 0;
    for (; k % p === 0; k /= p) exponent++;
    count *= partitionNumbers[exponent]!;
  }
  return count;
}

/** Plausible mistakes, and the statement that finds each. */
const mistakes: [string, string, Partial<SoftmaxSpectralSubject>][] = [
  [
    "the loss as the logarithm of a probability",
    "cross-entropy-is-log-probability",
    {
      crossEntropyRows: (z, labels) =>
        Array.from(labels as ArrayLike<number>, (y, i) => {
          const row = z.data.subarray(i * z.cols, (i + 1) * z.cols);
          return -Math.log(softmax(row)[y]!);
        }),
    },
  ],
  [
    "a gradient that forgets the temperature",
    "gradient-of-cross-entropy",
    {
      crossEntropyGradient: (z, labels, options) => {
        const t = options?.temperature ?? 1;
        const g = crossEntropyGradient(z, labels, options);
        return dense(
          g.rows,
          g.cols,
          g.data.map((v) => v * t),
        );
      },
    },
  ],
  [
    "a gradient p - e_y by subtraction",
    "gradient-rows-sum-to-zero",
    {
      crossEntropyGradient: (z, labels, options) => {
        const g = crossEntropyGradient(z, labels, options);
        // What 1 - p_y loses when p_y is close to 1.
        return dense(
          g.rows,
          g.cols,
          g.data.map((v) => (v < 0 ? v + 1 - 1 : v)),
        );
      },
    },
  ],
  [
    "label smoothing that leaves the true class at 1 - eps",
    "label-smoothing-is-soft-targets",
    {
      crossEntropy: (z, labels, options) => {
        const value = softmaxSpectralSubject.crossEntropy(z, labels, options);
        const eps = options?.labelSmoothing ?? 0;
        return "data" in labels || eps === 0 ? value : value * (1 - eps / z.cols);
      },
    },
  ],
  [
    "a mean over the batch size",
    "mean-and-sum",
    {
      crossEntropy: (z, labels, options) =>
        softmaxSpectralSubject.crossEntropy(z, labels, { ...options, reduction: "sum" }) /
        (options?.reduction === "sum" ? 1 : z.rows),
    },
  ],
  ["entropy in bits", "entropy-bounds", { entropy: (z) => entropy(z) / Math.LN2 }],
  [
    "divergence from rounded probabilities",
    "divergence-second-order",
    {
      klDivergence: (a, b) => {
        const [p, q] = [softmax(a), softmax(b)];
        return p.reduce((s, v, i) => s + (v > 0 ? v * Math.log(v / q[i]!) : 0), 0);
      },
    },
  ],
  [
    "a divergence with its arguments exchanged",
    "cross-entropy-is-entropy-plus-divergence",
    { klDivergence: (a, b) => softmaxSpectralSubject.klDivergence(b, a) },
  ],
  [
    "diag(p) without - p p^T",
    "covariance-null-vector",
    {
      softmaxCovariance: (p) => ({
        ...softmaxCovariance(p),
        apply: (x) => x.map((v, i) => v * p[i]!),
      }),
    },
  ],
  [
    "variance as the second moment",
    "covariance-variance",
    { softmaxVariance: (p, v) => Array.from(v).reduce((s, x, i) => s + p[i]! * x * x, 0) },
  ],
  [
    "probabilities for eigenvalues",
    "covariance-eigenvalues",
    {
      softmaxCovarianceEigenvalues: (p) => {
        const sorted = Float64Array.from(p).sort();
        sorted[0] = 0;
        return sorted;
      },
    },
  ],
  [
    "diag(1 / p) for the pseudo-inverse",
    "covariance-pseudo-inverse",
    {
      softmaxCovariancePseudoInverse: (p) => ({
        rows: p.length,
        cols: p.length,
        apply: (x) => x.map((v, i) => v / p[i]!),
      }),
    },
  ],
  [
    "1 - phat by subtraction",
    "group-eigenvalue-gaps",
    {
      softmaxEigenvalueGaps: (group, symbol) =>
        evenEigenvalues(groupSoftmax(groupMatrix(group, symbol))).map((v, c) =>
          c === 0 ? 0 : 1 - v,
        ),
    },
  ],
  [
    "the basis of the cyclic group for every group",
    "group-diagonalisation",
    {
      groupEigenbasis: (group) =>
        groupEigenbasis([(group as readonly number[]).reduce((a, b) => a * b, 1)]),
    },
  ],
  [
    "a softmax over the spectrum in place of the symbol",
    "group-diagonalisation",
    {
      groupSoftmax: ({ group, symbol }) => ({
        group,
        symbol: group.evenSymbol(softmax(group.evenSpectrum(symbol))),
      }),
    },
  ],
  [
    "the covariance of one column for the mean",
    "group-mean-covariance",
    {
      groupSoftmaxMeanCovariance: (m) => {
        const pi = softmax(m.symbol);
        const unit = new Float64Array(pi.length);
        unit[0] = 1;
        return { group: m.group, symbol: softmaxCovariance(pi).apply(unit) };
      },
    },
  ],
  [
    "an initialisation on the default group whatever is asked",
    "hadamard-initialization",
    {
      hadamardInitialization: (options) =>
        hadamardInitialization({ ...options, group: [options.classCount] }),
    },
  ],
  [
    "class values exponentiated without their valencies",
    "scheme-closure",
    { schemeSoftmax: ({ scheme, values }) => schemeMatrix(scheme, softmax(values)) },
  ],
];

describe("plausible mistakes are found", () => {
  test.each(mistakes)("%s: %s", (_, id, part) => {
    const invariant = invariants.find((i) => i.id === `softmax-spectral/${id}`)!;
    const result = check(invariant, { ...softmaxSpectralSubject, ...part }, { seed: 1 });
    expect(result.status).toBe("fails");
  });
});

test("the reference values of the loss: three equal logits, and a confident row", () => {
  expect([...crossEntropyRows(dense(1, 3), [1])]).toEqual([Math.log(3)]);
  expect(-logSoftmax([0, 800])[0]!).toBe(800);
});
