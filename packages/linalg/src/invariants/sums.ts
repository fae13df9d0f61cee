import { type AnyInvariant, defineInvariant, unitRoundoff } from "@xent/invariants";
import * as fc from "fast-check";
import { exponent, gamma, length1, scaleOf, seed, size, vectorOf } from "./cases.js";
import { againstExactDot } from "./exact-sum.js";
import type { LinalgSubject } from "./subject.js";

const define = defineInvariant<LinalgSubject>();

/** A double as a 24-bit integer times a power of two: exact in single precision as well. */
const term = fc
  .record({
    mantissa: fc.integer({ min: -(2 ** 24), max: 2 ** 24 }),
    power: fc.oneof(fc.constant(0), fc.integer({ min: -36, max: 36 })),
  })
  .map(({ mantissa, power }) => mantissa * 2 ** power);

/** Terms followed by their negatives in another order and a few more: sums far below their parts. */
const cancelling = fc
  .record({
    terms: fc.array(term, { maxLength: 30 }),
    rest: fc.array(term, { maxLength: 4 }),
    cancels: fc.boolean(),
  })
  .map(({ terms, rest, cancels }) => [
    ...terms,
    ...rest,
    ...(cancels ? terms.map((t) => -t).reverse() : []),
  ]);

/** Vector norms and sums. */
export function sumInvariants(): AnyInvariant<LinalgSubject>[] {
  return [
    define({
      id: "linalg/norm2-scales-without-overflow",
      statement: "norm2(2^e x) = 2^e norm2(x) while both are representable",
      source: "homogeneity of a norm",
      arbitrary: fc.record({
        x: fc.array(term, { maxLength: 40 }),
        // x reaches from 2^-36 to 2^60: up to 2^1010 the norm of 40 such entries does not overflow.
        e: fc.oneof(fc.constantFrom(-980, 950), fc.integer({ min: -980, max: 950 })),
      }),
      measure: ({ x, e }, subject) => {
        const scale = unitRoundoff(subject) > 2 ** -53 ? 2 ** Math.trunc(e / 20) : 2 ** e;
        const plain = subject.norm2(Float64Array.from(x));
        const scaled = subject.norm2(Float64Array.from(x, (v) => v * scale));
        return {
          // Scaled back exactly, so the comparison itself neither over- nor underflows.
          error: plain === 0 ? Math.abs(scaled) : Math.abs(scaled / scale - plain) / plain,
          // Each norm: n squares and additions under a root that halves, and a scaling of three roundings.
          tolerance: gamma(x.length + 10, subject),
        };
      },
    }),
    define({
      id: "linalg/norm2-of-any-doubles",
      statement: "norm2(x) = sqrt(sum x_i^2), for subnormal and huge entries too",
      source: "definition; Math.hypot as the other route",
      arbitrary: fc.array(
        fc.oneof(
          fc.double({ min: -1e307, max: 1e307, noNaN: true }),
          fc.constantFrom(0, -0, 5e-324, 1e-310, 1e-160, 1e160, 1e307),
          term,
        ),
        { maxLength: 20 },
      ),
      measure: (x, subject) => {
        const single = unitRoundoff(subject) > 2 ** -53;
        const y = single ? x.map((v) => Math.fround(v % 1e30)) : x;
        const exact = Math.hypot(...y);
        return {
          error: Math.abs(subject.norm2(Float64Array.from(y)) - exact),
          // As above for either route, and a result below the normal range is rounded to its grid.
          tolerance:
            gamma(y.length + 10, subject) * exact + 4 * (single ? 2 ** -149 : Number.MIN_VALUE),
        };
      },
    }),
    define({
      id: "linalg/cauchy-schwarz",
      statement: "|<x, y>| <= norm2(x) norm2(y)",
      source: "Cauchy 1821; equality for parallel vectors, drawn on purpose",
      arbitrary: fc.record({
        n: size(0, 60),
        x: seed,
        y: seed,
        parallel: fc.boolean(),
        scale: exponent,
      }),
      measure: (c, subject) => {
        const x = vectorOf(c.n, c.x, scaleOf(subject, c.scale));
        const y = c.parallel ? x.map((v) => -3 * v) : vectorOf(c.n, c.y);
        const bound = subject.norm2(x) * subject.norm2(y);
        const product = Math.abs(subject.dot(x, y));
        return {
          error: bound === 0 ? product : Math.max(0, product / bound - 1),
          // The dot product: n roundings a term at most; each norm: half of n + 10 (see above).
          tolerance: gamma(2 * c.n + 16, subject),
        };
      },
    }),
    define({
      id: "linalg/compensated-sum-error-bound",
      statement: "|compensatedSum(x) - sum x_i| <= u |sum x_i| + gamma_n^2 sum |x_i|",
      source: "Ogita, Rump, Oishi 2005, Proposition 4.5",
      arbitrary: fc.record({ x: cancelling, scale: exponent }),
      measure: (c, subject) => {
        const scale = scaleOf(subject, c.scale);
        const x = c.x.map((v) => v * scale);
        const ones = x.map(() => 1);
        const { exact, error } = againstExactDot(x, ones, subject.compensatedSum(x));
        return {
          error,
          // `exact` and the sum of sizes are rounded themselves: the factor 1 + 2^-40.
          tolerance:
            (1 + 2 ** -40) *
            (unitRoundoff(subject) * Math.abs(exact) + gamma(x.length, subject) ** 2 * length1(x)),
        };
      },
    }),
    define({
      id: "linalg/compensated-dot-error-bound",
      statement: "|compensatedDot(x, y) - <x, y>| <= u |<x, y>| + gamma_n^2 |x| . |y|",
      source: "Ogita, Rump, Oishi 2005, Proposition 5.5",
      arbitrary: fc.record({
        x: cancelling,
        y: seed,
        repeat: fc.boolean(),
        scale: exponent,
      }),
      measure: (c, subject) => {
        const scale = scaleOf(subject, c.scale);
        const n = c.x.length;
        const drawn = vectorOf(n, c.y).map(Math.fround);
        const x = c.x.map((v) => v * scale);
        // Mirrored factors meet the mirrored terms of x: the products cancel exactly.
        const y = c.x.map((_, i) => (c.repeat ? drawn[Math.min(i, n - 1 - i)]! : drawn[i]!));
        const { exact, error } = againstExactDot(x, y, subject.compensatedDot(x, y));
        const sizes = length1(x.map((v, i) => v * y[i]!));
        return {
          error,
          tolerance:
            (1 + 2 ** -40) *
            (unitRoundoff(subject) * Math.abs(exact) + gamma(n, subject) ** 2 * sizes),
        };
      },
    }),
    define({
      id: "linalg/random-stream-resumes",
      statement:
        "a generator made from save() continues the stream exactly; equal seeds, equal streams",
      source: "definition of a seeded generator",
      arbitrary: fc.record({ seed: fc.integer(), before: size(0, 9), after: size(1, 9) }),
      measure: (c, { SeededRandom }) => {
        const one = new SeededRandom(c.seed);
        const two = new SeededRandom(c.seed);
        const draw = (r: InstanceType<typeof SeededRandom>): number[] => [
          r.normal(),
          r.uniform(),
          r.integer(7),
          ...r.permutation(5),
        ];
        for (let i = 0; i < c.before; i++)
          if (String(draw(one)) !== String(draw(two))) return { error: 1, tolerance: 0 };
        one.normal();
        two.normal();
        // Through text, as a checkpoint would.
        const three = new SeededRandom(JSON.parse(JSON.stringify(one.save())) as number[]);
        for (let i = 0; i < c.after; i++) {
          const drawn = draw(three);
          const distinct = new Set(drawn.slice(3)).size;
          if (distinct !== 5 || String(drawn) !== String(draw(two)))
            return { error: 1, tolerance: 0 };
        }
        return { error: 0, tolerance: 0 };
      },
    }),
  ];
}
