import { planGroupTransform } from "@xent/linalg";
import * as fc from "fast-check";

/** A two-layer spectral start. */
export interface Start {
  readonly group: number[];
  readonly s1: number[];
  readonly s2: number[];
}

const GROUPS = [[2], [3], [2, 2], [5], [6], [2, 2, 2], [7], [2, 5], [3, 4], [2, 6]];

/** Small groups: powers of two, primes, and products in which orders share a factor. */
const groups = (): fc.Arbitrary<number[]> => fc.constantFrom(...GROUPS).map((g) => [...g]);

/** One value a mode, conjugate characters alike. */
function evenValues(group: number[], entry: fc.Arbitrary<number>): fc.Arbitrary<number[]> {
  const { size, negation } = planGroupTransform(group);
  return fc
    .array(entry, { minLength: size, maxLength: size })
    .map((values) => values.map((_, c) => values[Math.min(c, negation[c]!)]!));
}

/** Ties, tiny modes beside large ones, and the plain middle. */
const strength = (): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.double({ min: 0.01, max: 2, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(1e-8, 1e-3, 1, 1, 8) },
  );

/** Balanced, every mode positive. */
export const balancedStarts = (): fc.Arbitrary<Start> =>
  groups().chain((group) =>
    evenValues(group, strength()).map((s) => ({
      group,
      s1: s.map(Math.sqrt),
      s2: s.map(Math.sqrt),
    })),
  );

/** Any signs, dead modes, layers far from balance, or all balanced. */
export const anyStarts = (): fc.Arbitrary<Start> => {
  const mode = fc.oneof(
    { weight: 4, arbitrary: fc.double({ min: -1.5, max: 1.5, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(0, 0, 1e-6, -1, 1, 3) },
  );
  const unbalanced = groups().chain((group) =>
    fc.record({
      group: fc.constant(group),
      s1: evenValues(group, mode),
      s2: evenValues(group, mode),
    }),
  );
  return fc.oneof(unbalanced, balancedStarts());
};

/** The largest entry in size. */
export function largest(...arrays: ArrayLike<number>[]): number {
  let out = 0;
  for (const values of arrays) {
    for (let i = 0; i < values.length; i++) out = Math.max(out, Math.abs(values[i]!));
  }
  return out;
}

/** The largest difference in size. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let out = 0;
  // Math.max keeps a NaN, which a comparison would pass over.
  for (let i = 0; i < a.length; i++) out = Math.max(out, Math.abs(a[i]! - b[i]!));
  return out;
}
