import {
  type AnyInvariant,
  type DeclaredPrecision,
  defineInvariant,
  unitRoundoff,
} from "@xent/invariants";
import * as fc from "fast-check";
import { expVector } from "./index.js";
import { expErrorInUlp } from "./invariants/exact-exp.js";

/** What is measured: pass your own implementation to check it. */
export interface KernelsSubject extends DeclaredPrecision {
  expVector(this: void, x: Float64Array, out?: Float64Array): Float64Array;
}

/** The implementation of this package, in the mode that `useKernels` chose. */
export const kernelsSubject: KernelsSubject = { expVector };

const STEP = Math.LN2 / 256;

/**
 * Arguments of every kind: moderate, any double, subnormal and overflowing results, and the neighbourhoods of the
 * points where the reduced argument is largest.
 */
export const expArgument: fc.Arbitrary<number> = fc.oneof(
  fc.double({ min: -40, max: 40, noNaN: true }),
  fc.double({ min: -760, max: 720, noNaN: true }),
  fc.double({ min: -746, max: -707, noNaN: true }),
  fc.double({ min: 709, max: 710, noNaN: true }),
  fc
    .tuple(fc.integer({ min: -2200, max: 2200 }), fc.integer({ min: -4, max: 4 }))
    .map(([n, ulps]) => (n + 0.5) * STEP * (1 + ulps * 2 ** -52)),
  fc.double({ min: -1e-300, max: 1e-300, noNaN: true }),
  fc.constantFrom(
    0,
    -0,
    1,
    -1,
    660,
    -660,
    708,
    -708,
    709.782712893384,
    -745.1332191019411,
    -745.1332191019412,
  ),
);

const anyDouble = fc.oneof(expArgument, fc.double(), fc.constantFrom(NaN, Infinity, -Infinity));

const define = defineInvariant<KernelsSubject>();

/** What must always hold of exp over vectors. Cost of one measurement: O(n), in integers of 300 bits for the first. */
export function kernelsInvariants(): AnyInvariant<KernelsSubject>[] {
  return [
    define({
      id: "kernels/exp-is-within-one-ulp",
      statement: "|expVector(x)_i - e^(x_i)| < 1 ulp for every double, subnormal results included",
      source: "[ours] docs/exp.md of this package; Tang, ACM TOMS 15 (1989) 144",
      arbitrary: fc.array(expArgument, { minLength: 1, maxLength: 24 }),
      measure: (values, subject) => {
        const x = Float64Array.from(values);
        const y = subject.expVector(x);
        return {
          // 800 and -800 overflow and vanish as everything beyond them does.
          error: x.reduce(
            (worst, v, i) =>
              Math.max(worst, expErrorInUlp(Math.max(-800, Math.min(800, v)), y[i]!)),
            0,
          ),
          // In units of 2^-52 relative: one of them for float64.
          tolerance: unitRoundoff(subject) * 2 ** 53,
        };
      },
    }),
    define({
      id: "kernels/exp-of-special-values",
      statement:
        "exp(0) = 1, exp(-Infinity) = 0, exp(Infinity) = Infinity and exp(NaN) = NaN, at any position",
      source: "IEEE 754-2019, 9.2.1",
      arbitrary: fc.record({
        before: fc.integer({ min: 0, max: 9 }),
        after: fc.integer({ min: 0, max: 9 }),
      }),
      measure: ({ before, after }, subject) => {
        const special = [0, -0, -Infinity, Infinity, NaN];
        const expected = [1, 1, 0, Infinity, NaN];
        const wrong = special.filter((v, i) => {
          const x = new Float64Array(before + 1 + after).fill(0.5);
          x[before] = v;
          return !Object.is(subject.expVector(x)[before], expected[i]);
        });
        return { error: wrong.length, tolerance: 0 };
      },
    }),
    define({
      id: "kernels/exp-of-an-entry-ignores-the-others",
      statement: "an entry of expVector(x) depends on that entry alone, in place or not",
      source: "definition of a map over entries",
      arbitrary: fc.array(anyDouble, { minLength: 1, maxLength: 40 }),
      measure: (values, subject) => {
        const x = Float64Array.from(values);
        const together = subject.expVector(x);
        const inPlace = x.slice();
        subject.expVector(inPlace, inPlace);
        const wrong = values.filter((v, i) => {
          const alone = subject.expVector(Float64Array.of(v))[0];
          // NaN where the entry is none cannot be told from the others' doing.
          if (Number.isNaN(alone) !== Number.isNaN(v)) return true;
          return !Object.is(alone, together[i]) || !Object.is(alone, inPlace[i]);
        });
        return { error: wrong.length, tolerance: 0 };
      },
    }),
  ];
}
