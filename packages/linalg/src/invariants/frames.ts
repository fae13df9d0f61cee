import { type AnyInvariant, defineInvariant, unitRoundoff } from "@xent/invariants";
import * as fc from "fast-check";
import { dense } from "../dense.js";
import { length2, naiveProduct, naiveTranspose, orthogonalityDefect, seed, size } from "./cases.js";
import type { LinalgSubject } from "./subject.js";

const define = defineInvariant<LinalgSubject>();

const HADAMARD_ORDERS = [
  1, 2, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 56, 60, 64, 72, 80, 84,
] as const;
const PALEY = [
  [4, "I"],
  [8, "I"],
  [12, "I"],
  [20, "I"],
  [24, "I"],
  [60, "I"],
  [12, "II"],
  [28, "II"],
  [36, "II"],
  [60, "II"],
] as const;

/** Hadamard matrices, simplex frames, orthonormal bases. */
export function frameInvariants(): AnyInvariant<LinalgSubject>[] {
  return [
    define({
      id: "linalg/hadamard-orthogonality",
      statement: "H H^T = n I exactly, with entries 1 and -1, for Sylvester's and Paley's matrices",
      source: "Sylvester 1867; Paley 1933",
      arbitrary: fc.oneof(
        fc.constantFrom(...HADAMARD_ORDERS).map((order) => ({ order, paley: "any" as const })),
        fc.constantFrom(...PALEY).map(([order, paley]) => ({ order, paley })),
      ),
      measure: ({ order, paley }, subject) => {
        const h =
          paley === "any" ? subject.hadamardMatrix(order) : subject.paleyHadamard(order, paley);
        const signs = h.rows === order && h.data.every((v) => Math.abs(v) === 1);
        const gram = naiveProduct(h, naiveTranspose(h));
        for (let i = 0; i < order; i++) gram.data[i * (order + 1)]! -= order;
        return { error: signs ? length2(gram.data) : Infinity, tolerance: 0 };
      },
    }),
    define({
      id: "linalg/paley-symmetry",
      statement: "Paley I is I + S with S skew; Paley II is symmetric",
      source: "Paley 1933: chi(-1) = -1 for q = 3 mod 4, 1 for q = 1 mod 4",
      arbitrary: fc.constantFrom(...PALEY),
      measure: ([order, type], subject) => {
        const h = subject.paleyHadamard(order, type);
        let wrong = 0;
        for (let i = 0; i < order; i++) {
          for (let j = 0; j < order; j++) {
            const mirrored = h.data[j * order + i]!;
            const expected = type === "II" ? mirrored : i === j ? 1 : -mirrored;
            if (h.data[i * order + j] !== expected) wrong++;
          }
        }
        return { error: wrong, tolerance: 0 };
      },
    }),
    define({
      id: "linalg/simplex-etf-gram",
      statement: "E^T E = k/(k - 1) (I - 11^T / k) and E 1 = 0, in every dimension d >= k - 1",
      source: "definition of a simplex equiangular tight frame",
      arbitrary: fc.record({
        k: size(2, 40),
        excess: fc.oneof(fc.constantFrom(-1, 0), size(1, 5)),
      }),
      measure: ({ k, excess }, subject) => {
        const d = k + excess;
        const e = subject.simplexEtf(k, d);
        const gram = naiveProduct(naiveTranspose(e), e).data;
        let worst = 0;
        for (let i = 0; i < k; i++) {
          for (let j = 0; j < k; j++) {
            worst = Math.max(worst, Math.abs(gram[i * k + j]! - (i === j ? 1 : -1 / (k - 1))));
          }
        }
        const ones = dense(k, 1, new Float64Array(k).fill(1));
        for (const v of naiveProduct(e, ones).data) worst = Math.max(worst, Math.abs(v));
        return {
          error: worst,
          // d products of unit columns, each entry with four roundings; a row sum has k terms of at most 1.
          tolerance: (Math.max(d, k) + 10) * unitRoundoff(subject) * Math.SQRT2,
        };
      },
    }),
    define({
      id: "linalg/orthonormal-completion",
      statement: "[Q, completion(Q)] is orthogonal",
      source: "Householder reflections",
      arbitrary: fc.record({
        n: size(0, 14),
        part: size(0, 14),
        seed,
        kind: fc.constantFrom("haar", "unit vectors"),
      }),
      measure: (c, subject) => {
        const m = Math.min(c.part, c.n);
        const random = new subject.SeededRandom(c.seed);
        const q = subject.randomOrthonormal(c.n, m, random);
        if (c.kind === "unit vectors") {
          // Reflections of axes are the degenerate case: nothing to eliminate.
          q.data.fill(0);
          random
            .permutation(c.n)
            .subarray(0, m)
            .forEach((i, j) => {
              q.data[i * m + j] = random.uniform() < 0.5 ? 1 : -1;
            });
        }
        const rest = subject.orthonormalCompletion(q);
        const both = dense(c.n, c.n);
        for (let i = 0; i < c.n; i++) {
          for (let j = 0; j < m; j++) both.data[i * c.n + j] = q.data[i * m + j]!;
          for (let j = m; j < c.n; j++) {
            both.data[i * c.n + j] = rest.data[i * (c.n - m) + j - m]!;
          }
        }
        return {
          error: rest.cols === c.n - m ? orthogonalityDefect(both) : Infinity,
          // Higham, Lemma 19.3: m reflections of n + 8 roundings each, on n columns; Q itself likewise, once more
          // (to make it, and to reflect it), and what the Gram matrix rounds.
          tolerance: 4 * (m + 1) * (c.n + 8) * Math.sqrt(c.n + 1) * unitRoundoff(subject),
        };
      },
    }),
  ];
}
