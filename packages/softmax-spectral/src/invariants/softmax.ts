import {
  type AnyInvariant,
  type DeclaredPrecision,
  defineInvariant,
  unitRoundoff,
  WorstMeasurement,
} from "@xent/invariants";
import * as fc from "fast-check";
import { logSoftmax, logSumExp, softmax } from "../log-sum-exp.js";
import {
  directionsOf,
  largestLogit,
  logitsOf,
  shifts,
  softmaxUnits,
  spread,
} from "./logit-cases.js";

/** A softmax under test, and its relatives where there are any. Logits are given as a Float64Array that stays untouched. */
export interface SoftmaxSubject extends DeclaredPrecision {
  softmax(this: void, logits: Float64Array): ArrayLike<number>;
  logSoftmax?: ((this: void, logits: Float64Array) => ArrayLike<number>) | undefined;
  logSumExp?: ((this: void, logits: Float64Array) => number) | undefined;
}

/** A softmax with both of its relatives. */
export interface CompleteSoftmaxSubject extends SoftmaxSubject {
  logSoftmax: (this: void, logits: Float64Array) => ArrayLike<number>;
  logSumExp: (this: void, logits: Float64Array) => number;
}

/** The implementation of this package. */
export const softmaxSubject: CompleteSoftmaxSubject = {
  softmax: (logits) => softmax(logits),
  logSoftmax: (logits) => logSoftmax(logits),
  logSumExp: (logits) => logSumExp(logits),
};

const source = "docs/theory 1.4";

/**
 * Compares probabilities entry by entry: each relatively, except that a probability below the unit
 * roundoff is only asked to be right to that share of the roundoff, so that formats of any exponent
 * range may underflow.
 */
function compare(
  worst: WorstMeasurement,
  found: ArrayLike<number>,
  wanted: ArrayLike<number>,
  units: number,
  u: number,
): void {
  if (found.length !== wanted.length) worst.add(Math.abs(found.length - wanted.length), 0);
  for (let i = 0; i < wanted.length; i++) {
    worst.add(Math.abs(found[i]! - wanted[i]!), units * u * Math.max(wanted[i]!, u));
  }
}

const ofSoftmax: readonly AnyInvariant<SoftmaxSubject>[] = [
  defineInvariant<SoftmaxSubject>()({
    id: "softmax-spectral/distribution",
    statement: "softmax(z)_i >= 0 and sum_i softmax(z)_i = 1",
    source: "definition",
    arbitrary: logitsOf(40),
    measure: (z, subject) => {
      const p = Array.from(subject.softmax(Float64Array.from(z)));
      const n = z.length;
      const worst = new WorstMeasurement();
      for (const v of p) worst.add(Math.max(0, -v), 0);
      const sum = p.reduce((a, b) => a + b, 0);
      // The sum here rounds n times more.
      const units = softmaxUnits(n, largestLogit(z)) + n;
      worst.add(Math.abs(sum - 1), units * unitRoundoff(subject));
      return worst.measurement;
    },
  }),
  defineInvariant<SoftmaxSubject>()({
    id: "softmax-spectral/shift-invariance",
    statement: "softmax(z + c) = softmax(z)",
    source,
    arbitrary: fc.record({ z: logitsOf(40), shift: shifts }),
    measure: ({ z, shift }, subject) => {
      const moved = subject.softmax(Float64Array.from(z, (v) => v + shift));
      const p = subject.softmax(Float64Array.from(z));
      const worst = new WorstMeasurement();
      const size = largestLogit(z) + Math.abs(shift);
      // Both sides carry their error; the addition of the shift rounds once more, which the 4 size covers.
      compare(worst, moved, p, 2 * softmaxUnits(z.length, size), unitRoundoff(subject));
      return worst.measurement;
    },
  }),
  defineInvariant<SoftmaxSubject>()({
    id: "softmax-spectral/permutation-equivariance",
    statement: "permuting the logits permutes the probabilities",
    source: "definition",
    arbitrary: logitsOf(40).chain((z) =>
      fc.record({
        z: fc.constant(z),
        order: fc.shuffledSubarray([...z.keys()], { minLength: z.length, maxLength: z.length }),
      }),
    ),
    measure: ({ z, order }, subject) => {
      const p = subject.softmax(Float64Array.from(z));
      const found = subject.softmax(Float64Array.from(order, (i) => z[i]!));
      const worst = new WorstMeasurement();
      const wanted = order.map((i) => p[i]!);
      compare(
        worst,
        found,
        wanted,
        2 * softmaxUnits(z.length, largestLogit(z)),
        unitRoundoff(subject),
      );
      return worst.measurement;
    },
  }),
  defineInvariant<SoftmaxSubject>()({
    id: "softmax-spectral/monotone",
    statement:
      "z_i <= z_j implies softmax(z)_i <= softmax(z)_j; equal logits have equal probabilities",
    source: "docs/theory 2.3 (softmax is increasing)",
    arbitrary: logitsOf(40),
    measure: (z, subject) => {
      const p = subject.softmax(Float64Array.from(z));
      const worst = new WorstMeasurement();
      const u = unitRoundoff(subject);
      const order = [...z.keys()].sort((i, j) => z[i]! - z[j]!);
      let highest = 0;
      let lastOfEqual = 0;
      for (const [at, i] of order.entries()) {
        // Storing the logit, subtracting and dividing keep the order; the exponential may err by two roundings.
        worst.add(Math.max(0, highest - p[i]!), 4 * u * highest);
        if (at > 0 && z[order[at - 1]!] === z[i])
          worst.add(Math.abs(p[i]! - lastOfEqual), 4 * u * p[i]!);
        highest = Math.max(highest, p[i]!);
        lastOfEqual = p[i]!;
      }
      return worst.measurement;
    },
  }),
  defineInvariant<SoftmaxSubject>()({
    id: "softmax-spectral/ratio",
    statement: "softmax(z)_i / softmax(z)_j = exp(z_i - z_j), j the largest",
    source: "definition",
    arbitrary: logitsOf(40),
    measure: (z, subject) => {
      const p = Array.from(subject.softmax(Float64Array.from(z)));
      const worst = new WorstMeasurement();
      const top = z.indexOf(Math.max(...z));
      const wanted = z.map((v) => p[top]! * Math.exp(v - z[top]!));
      compare(worst, p, wanted, 2 * softmaxUnits(z.length, largestLogit(z)), unitRoundoff(subject));
      return worst.measurement;
    },
  }),
  defineInvariant<SoftmaxSubject>()({
    id: "softmax-spectral/masked-classes",
    statement: "a class with logit -Infinity has probability 0 and leaves the others alone",
    source,
    arbitrary: logitsOf(20).chain((z) =>
      fc.record({
        z: fc.constant(z),
        places: fc.array(fc.nat(z.length), { minLength: 1, maxLength: 5 }),
      }),
    ),
    measure: ({ z, places }, subject) => {
      const masked = z.slice();
      for (const place of places) masked.splice(place, 0, -Infinity);
      const found = subject.softmax(Float64Array.from(masked));
      const p = subject.softmax(Float64Array.from(z));
      const worst = new WorstMeasurement();
      const kept: number[] = [];
      for (const [i, v] of masked.entries()) {
        if (v === -Infinity) worst.add(Math.abs(found[i]!), 0);
        else kept.push(found[i]!);
      }
      compare(
        worst,
        kept,
        p,
        2 * softmaxUnits(masked.length, largestLogit(z)),
        unitRoundoff(subject),
      );
      return worst.measurement;
    },
  }),
];

/** Two logit vectors of one length. */
const pairs = logitsOf(40).chain((z) =>
  fc.record({
    z: fc.constant(z),
    w: fc.oneof(
      fc.array(fc.double({ min: -30, max: 30, noNaN: true }), {
        minLength: z.length,
        maxLength: z.length,
      }),
      directionsOf(z.length).map((v) => z.map((x, i) => x + v[i]!)),
    ),
  }),
);

/** Error of one logSumExp in units of u: sum, logarithm, and the roundings of size max |z| + log n. */
function logSumExpUnits(n: number, size: number): number {
  return n + 10 + 2 * (size + Math.log(n));
}

const ofLogSumExp: readonly AnyInvariant<CompleteSoftmaxSubject>[] = [
  defineInvariant<CompleteSoftmaxSubject>()({
    id: "softmax-spectral/log-sum-exp-bounds",
    statement: "max z <= logSumExp(z) <= max z + log n, the upper bound attained by equal logits",
    source: "definition",
    arbitrary: logitsOf(40),
    measure: (z, subject) => {
      const value = subject.logSumExp(Float64Array.from(z));
      const n = z.length;
      const top = Math.max(...z);
      const above = Math.max(top - value, value - top - Math.log(n));
      const equal = z.every((v) => v === z[0]);
      return {
        error: equal ? Math.abs(value - top - Math.log(n)) : Math.max(0, above) + 0 * value,
        tolerance: logSumExpUnits(n, largestLogit(z)) * unitRoundoff(subject),
      };
    },
  }),
  defineInvariant<CompleteSoftmaxSubject>()({
    id: "softmax-spectral/log-sum-exp-shift",
    statement: "logSumExp(z + c) = logSumExp(z) + c",
    source,
    arbitrary: fc.record({ z: logitsOf(40), shift: shifts }),
    measure: ({ z, shift }, subject) => {
      const moved = subject.logSumExp(Float64Array.from(z, (v) => v + shift));
      const size = largestLogit(z) + Math.abs(shift);
      return {
        error: Math.abs(moved - (subject.logSumExp(Float64Array.from(z)) + shift)),
        tolerance: 2 * logSumExpUnits(z.length, size) * unitRoundoff(subject),
      };
    },
  }),
  defineInvariant<CompleteSoftmaxSubject>()({
    id: "softmax-spectral/log-sum-exp-lipschitz",
    statement: "|logSumExp(z) - logSumExp(w)| <= max_i |z_i - w_i|",
    source: "docs/theory 1.3",
    arbitrary: pairs,
    measure: ({ z, w }, subject) => {
      const a = subject.logSumExp(Float64Array.from(z));
      const b = subject.logSumExp(Float64Array.from(w));
      const distance = z.reduce((m, v, i) => Math.max(m, Math.abs(v - w[i]!)), 0);
      const size = largestLogit(z) + largestLogit(w);
      return {
        error: Math.abs(a - b) <= distance ? 0 : Math.abs(a - b) - distance,
        tolerance: 2 * logSumExpUnits(z.length, size) * unitRoundoff(subject),
      };
    },
  }),
  defineInvariant<CompleteSoftmaxSubject>()({
    id: "softmax-spectral/log-sum-exp-convex",
    statement: "logSumExp(w) >= logSumExp(z) + softmax(z) . (w - z): convex, with gradient softmax",
    source: "docs/theory 1.3",
    arbitrary: pairs,
    measure: ({ z, w }, subject) => {
      const p = subject.softmax(Float64Array.from(z));
      const a = subject.logSumExp(Float64Array.from(z));
      const b = subject.logSumExp(Float64Array.from(w));
      const n = z.length;
      const slope = z.reduce((s, v, i) => s + p[i]! * (w[i]! - v), 0);
      const size = largestLogit(z) + largestLogit(w);
      const below = a + slope - b;
      return {
        error: below <= 0 ? 0 : below,
        // Two logSumExp, and the slope: probabilities with their error times |w - z| <= size.
        tolerance:
          (2 * logSumExpUnits(n, size) + (softmaxUnits(n, largestLogit(z)) + n) * size) *
          unitRoundoff(subject),
      };
    },
  }),
  defineInvariant<CompleteSoftmaxSubject>()({
    id: "softmax-spectral/log-sum-exp-gradient",
    statement: "d/dh logSumExp(z + h v) at 0 is softmax(z) . v (central differences)",
    source: "docs/theory 1.3; remainder by [G] appendix: |E (X - EX)^3| <= spread^3 / (6 sqrt 3)",
    arbitrary: logitsOf(40).chain((z) =>
      fc.record({
        z: fc.constant(z),
        v: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
          minLength: z.length,
          maxLength: z.length,
        }),
      }),
    ),
    measure: ({ z, v }, subject) => {
      const u = unitRoundoff(subject);
      const n = z.length;
      // The power of two next to the cube root of u: balances remainder and rounding at logits of size one.
      const h = 2 ** Math.round(Math.log2(u) / 3);
      const at = (s: number): number =>
        subject.logSumExp(Float64Array.from(z, (x, i) => x + s * h * v[i]!));
      const p = subject.softmax(Float64Array.from(z));
      const slope = v.reduce((s, x, i) => s + p[i]! * x, 0);
      const remainder = (h ** 2 * spread(v) ** 3) / (36 * Math.sqrt(3));
      const size = largestLogit(z) + 1;
      return {
        error: Math.abs((at(1) - at(-1)) / (2 * h) - slope),
        // The logits z + h v round too, which moves logSumExp by at most u size (Lipschitz).
        tolerance:
          remainder + ((logSumExpUnits(n, size) + size) * u) / h + (softmaxUnits(n, size) + n) * u,
      };
    },
  }),
];

const ofLogSoftmax: readonly AnyInvariant<CompleteSoftmaxSubject>[] = [
  defineInvariant<CompleteSoftmaxSubject>()({
    id: "softmax-spectral/log-softmax-exponential",
    statement: "exp(logSoftmax(z)) = softmax(z)",
    source: "definition",
    arbitrary: logitsOf(40),
    measure: (z, subject) => {
      const found = Array.from(subject.logSoftmax(Float64Array.from(z)), Math.exp);
      const p = subject.softmax(Float64Array.from(z));
      const worst = new WorstMeasurement();
      compare(worst, found, p, 2 * softmaxUnits(z.length, largestLogit(z)), unitRoundoff(subject));
      return worst.measurement;
    },
  }),
  defineInvariant<CompleteSoftmaxSubject>()({
    id: "softmax-spectral/log-softmax-differences",
    statement: "logSoftmax(z)_i - logSoftmax(z)_j = z_i - z_j, also where the softmax underflows",
    source,
    arbitrary: fc.record({ z: logitsOf(40), shift: shifts }),
    measure: ({ z, shift }, subject) => {
      const moved = Float64Array.from(z, (v) => v + shift);
      const found = subject.logSoftmax(moved);
      const worst = new WorstMeasurement();
      const top = moved.indexOf(Math.max(...moved));
      const size = largestLogit(moved) + Math.log(z.length);
      for (let i = 0; i < z.length; i++) {
        const difference = moved[i]! - moved[top]!;
        // Each logit is stored and has logSumExp subtracted: two roundings of size at most 2 size each.
        worst.add(
          Math.abs(found[i]! - found[top]! - difference),
          (8 * size + 4) * unitRoundoff(subject),
        );
        worst.add(Math.max(0, found[i]!), 0);
      }
      return worst.measurement;
    },
  }),
  defineInvariant<CompleteSoftmaxSubject>()({
    id: "softmax-spectral/log-softmax-masked",
    statement: "a masked class has log-probability -Infinity, every other a finite one",
    source,
    arbitrary: fc.record({ z: logitsOf(20), place: fc.nat(20) }),
    measure: ({ z, place }, subject) => {
      const masked = z.slice();
      masked.splice(place, 0, -Infinity);
      const found = subject.logSoftmax(Float64Array.from(masked));
      let wrong = 0;
      for (const [i, v] of masked.entries()) {
        const right = v === -Infinity ? found[i] === -Infinity : Number.isFinite(found[i]);
        if (!right) wrong++;
      }
      return { error: wrong, tolerance: 0 };
    },
  }),
];

/**
 * What any softmax must satisfy, as statements about the functions that `subject` has. Tolerances scale with the
 * unit roundoff that it declares: 2^-24 for float32.
 */
export function softmaxInvariants(
  subject: SoftmaxSubject = softmaxSubject,
): AnyInvariant<SoftmaxSubject>[] {
  const list: AnyInvariant<SoftmaxSubject>[] = [...ofSoftmax];
  // Only statements whose functions are there: their subject is this one.
  if (subject.logSumExp !== undefined) list.push(...(ofLogSumExp as typeof ofSoftmax));
  if (subject.logSoftmax !== undefined) list.push(...(ofLogSoftmax as typeof ofSoftmax));
  return list;
}
