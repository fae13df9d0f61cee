import { DomainError, fromRows, SeededRandom } from "@xent/linalg";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classWeights, WEIGHT_ERROR } from "../src/class-weights.js";
import { type Competitors, newCompetitors, outweighedUpTo } from "../src/competitors.js";
import { dominanceRadii, dominanceRadius, spreadRadius } from "../src/index.js";
import { exactly } from "./exact-decimal.js";
import { D } from "./polynomial-oracle.js";

/** Slopes and logits of a row by kind of trouble; class 0 leads with gap `lead` to the logsumexp of the rest. */
function row(random: SeededRandom, classes: number, lead: number, kind: string) {
  const z = random.normals(classes);
  const a = random.normals(classes);
  if (kind === "heavy tail") a[1] = 40;
  if (kind === "leader at an end") a[0] = Math.max(...a) + 1;
  if (kind === "offset slopes") a.set(a.map((v) => v + 1e6));
  if (kind === "tiny slopes") a.set(a.map((v) => v * 2 ** -900));
  if (kind === "huge logits") z.set(z.map((v) => v * 1e3));
  if (kind === "masked") for (let k = 1; k < classes; k += 3) z[k] = -Infinity;
  let rest = -Infinity;
  for (let k = 1; k < classes; k++) {
    const top = Math.max(rest, z[k]!);
    if (z[k]! > -Infinity) rest = top + Math.log(Math.exp(rest - top) + Math.exp(z[k]! - top));
  }
  z[0] = rest + lead;
  if (kind === "shared lead") {
    // Two classes of one slope, neither of which has a majority.
    z[0] -= Math.log(2);
    z[classes - 1] = z[0]!;
    a[classes - 1] = a[0]!;
  }
  return { z, a };
}

function logSum(values: readonly number[]): number {
  const top = Math.max(...values);
  return top + Math.log(values.reduce((s, v) => s + Math.exp(v - top), 0));
}

/** hypot(u0, pi / spread) by bisection of log S on either side. */
function bisected(z: Float64Array, a: Float64Array): number {
  const kept = [...z.keys()].filter((k) => z[k]! > -Infinity);
  const strip = spreadRadius(kept.map((k) => a[k]!));
  const weight = (slope: number): number =>
    logSum(kept.filter((k) => a[k] === slope).map((k) => z[k]!));
  const slope = kept.map((k) => a[k]!).reduce((p, q) => (weight(q) > weight(p) ? q : p));
  const own = weight(slope);
  const rivals = kept.filter((k) => a[k] !== slope);
  const logRivals = (x: number): number =>
    logSum(rivals.map((k) => z[k]! + (a[k]! - slope) * x)) - own;
  if (logRivals(0) >= 0) return strip;
  let u0 = Infinity;
  for (const sign of [1, -1]) {
    let high = strip;
    while (logRivals(sign * high) < 0 && high < 1e9 * strip) high *= 2;
    let low = 0;
    for (let i = 0; i < 80; i++) {
      const middle = (low + high) / 2;
      if (logRivals(sign * middle) < 0) low = middle;
      else high = middle;
    }
    u0 = Math.min(u0, low);
  }
  return Math.hypot(u0, strip);
}

const kinds = [
  "plain",
  "heavy tail",
  "leader at an end",
  "offset slopes",
  "tiny slopes",
  "huge logits",
  "masked",
  "shared lead",
];

describe.each([3, 10, 63, 66, 130, 1000])("C = %i, against bisection", (classes) => {
  test.each(kinds)("%s", (kind) => {
    const random = new SeededRandom(classes);
    for (const lead of classes > 100 ? [1e-3, 9, 200] : [-1, -1e-3, 1e-3, 0.5, 3, 9, 30, 200]) {
      for (let run = 0; run < (classes > 60 ? 1 : 4); run++) {
        const { z, a } = row(random, classes, lead, kind);
        const bound = dominanceRadius(z, a);
        const plain = bisected(z, a);
        // log S is known to (|z| + |a u0| + C) u on either route, ours stays below by a few times that, and
        // u0 follows by at most that over the slope of log S, which is at least |log S(0)| / u0.
        const size = Math.max(...z.filter((v) => v > -Infinity).map(Math.abs)) + lead + classes;
        const tolerance = (40 * size * 2 ** -53 * (kind === "offset slopes" ? 2 : 1)) / 1e-3;
        expect(Math.abs(bound / plain - 1), `lead ${lead}`).toBeLessThan(tolerance);
        const batch = dominanceRadii(fromRows([[...z], [...z]]), fromRows([[...a], [...a]]));
        expect([...batch]).toEqual([bound, bound]);
      }
    }
  });
});

test("S < 1 holds at the point returned, in 60-digit arithmetic, and hardly beyond it", () => {
  const value = fc.double({ min: -2, max: 2, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.double({ min: -40, max: -3, noNaN: true }), value), {
        minLength: 1,
        maxLength: 9,
      }),
      fc.constantFrom(1 as const, -1 as const),
      (terms, sign) => {
        const start = Math.min(...terms.map(([b, c]) => (sign * c > 1e-3 ? -b / (sign * c) : 1e9)));
        fc.pre(start < 1e9);
        const of: Competitors = newCompetitors(terms.length);
        of.count = terms.length;
        for (const [j, [b, c]] of terms.entries()) {
          of.b[j] = b;
          of.c[j] = c;
        }
        of.reach = 2;
        const sum = (v: InstanceType<typeof D>) =>
          terms.reduce(
            (s, [b, c]) => s.plus(exactly(b, D).plus(exactly(c, D).times(v)).exp()),
            new D(0),
          );
        const v = outweighedUpTo(of, sign, start);
        expect(v).toBeGreaterThan(0);
        expect(sum(exactly(sign * v, D)).lt(1)).toBe(true);
        // Errors of 40 + |c v| + n roundings in log S, four times, over its slope of at least 3 / v.
        const share = (4 * (100 + terms.length + 2 * v) * 2 ** -53) / 3;
        expect(sum(exactly(sign * v, D).times(1 + 10 * share)).gt(1 - 2 ** -40)).toBe(true);
      },
    ),
    { numRuns: 40 },
  );
});

test.each([3, 12, 80])(
  "rows of %i classes with two slopes: the closed form, from below, in 60 digits",
  (classes) => {
    const random = new SeededRandom(classes);
    for (let run = 0; run < 9; run++) {
      const a = Float64Array.from({ length: classes }, () => (random.uniform() < 0.7 ? 0.3 : -1.1));
      a[0] = 0.3;
      a[1] = -1.1;
      const z = random.normals(classes).map((v) => v * [1, 30, 1e3][run % 3]!);
      if (run % 4 === 0) for (let k = 2; k < classes; k += 2) z[k] = -Infinity;
      const logOf = (slope: number) => {
        const own = Array.from(z).filter((_, k) => a[k] === slope);
        const top = Math.max(...own);
        // Below e^-200 of the largest a term is beyond the 60 digits.
        return own
          .filter((v) => v > top - 200)
          .reduce((sum, v) => sum.plus(new D(v).minus(top).exp()), new D(0))
          .ln()
          .plus(top);
      };
      const gap = logOf(0.3).minus(logOf(-1.1));
      const spread = new D(0.3).plus(1.1);
      const exact = gap.pow(2).plus(D.acos(-1).pow(2)).sqrt().div(spread);
      const bound = dominanceRadius(z, a);
      expect(exact.gte(exactly(bound))).toBe(true);
      // Logits' difference and sums of C terms round by (|z| + C + 20) u beside a distance of at least pi; 24 spacings are
      // stepped back.
      const size = z.reduce((m, v) => (v > -Infinity ? Math.max(m, Math.abs(v)) : m), 0);
      const room = 4 * (size + classes + 60) * 2 ** -53;
      expect(exact.minus(exactly(bound)).div(exact).toNumber()).toBeLessThan(room);
    }
  },
);

test("weights of classes and their sums keep their bound", () => {
  const random = new SeededRandom(2);
  const classes = 20_000;
  // Below -708 the result is subnormal.
  const z = Float64Array.from({ length: classes + 1 }, () => 3 - 708 * random.uniform() ** 3);
  const w = new Float64Array(classes);
  classWeights({ logits: z, slopes: z, start: 1, classes }, 3, w);
  let sum = 0;
  let exact = new D(0);
  for (let k = 0; k < classes; k++) {
    sum += w[k]!;
    const of = new D(z[k + 1]!).minus(3).exp();
    exact = exact.plus(of);
    if (k < 500) expect(of.div(w[k]!).minus(1).abs().toNumber()).toBeLessThan(1e-12);
  }
  // A million terms more would still fit.
  expect(exact.div(sum).minus(1).abs().toNumber()).toBeLessThan(WEIGHT_ERROR / 50);
});

test("a batch with a row of masks is refused", () => {
  const logits = fromRows([
    [0, 1, 2],
    [-Infinity, -Infinity, -Infinity],
  ]);
  expect(() =>
    dominanceRadii(
      logits,
      fromRows([
        [0, 1, 2],
        [0, 1, 2],
      ]),
    ),
  ).toThrow(DomainError);
});

test("logits that differ by subnormal numbers end the search, and leave the strip", () => {
  const slopes = [0.9342517852783203, -1.7449712753295898, 1.999990463256836];
  for (const tiny of [5e-324, 9e-323, 1e-310]) {
    const radius = dominanceRadius([0, -tiny, -1000], slopes);
    expect(radius).toBe(spreadRadius(slopes));
  }
});
