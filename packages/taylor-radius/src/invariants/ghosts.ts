import {
  type AnyInvariant,
  type DeclaredPrecision,
  defineInvariant,
  type Measurement,
  unitRoundoff,
} from "@xent/invariants";
import * as fc from "fast-check";
import {
  binaryRadius,
  type ComplexPoint,
  dominanceRadius,
  type GhostRegion,
  ghostsInDisk,
  logPartition,
  type NearestGhost,
  nearestGhost,
  type PartitionValue,
  partition,
  provenRadius,
  spreadRadius,
  varianceRadius,
  varianceRadiusClosedForm,
} from "../index.js";

/** The bounds and zeros under test. */
export interface GhostSubject extends DeclaredPrecision {
  spreadRadius(this: void, slopes: ArrayLike<number>): number;
  binaryRadius(this: void, logits: ArrayLike<number>, slopes: ArrayLike<number>): number;
  dominanceRadius(this: void, logits: ArrayLike<number>, slopes: ArrayLike<number>): number;
  varianceRadius(this: void, logits: ArrayLike<number>, slopes: ArrayLike<number>): number;
  varianceRadiusClosedForm(
    this: void,
    logits: ArrayLike<number>,
    slopes: ArrayLike<number>,
  ): number;
  provenRadius(this: void, logits: ArrayLike<number>, slopes: ArrayLike<number>): number;
  nearestGhost(this: void, logits: ArrayLike<number>, slopes: ArrayLike<number>): NearestGhost;
  partition(
    this: void,
    logits: ArrayLike<number>,
    slopes: ArrayLike<number>,
    t: ComplexPoint,
  ): PartitionValue;
  logPartition(
    this: void,
    logits: ArrayLike<number>,
    slopes: ArrayLike<number>,
    t: ComplexPoint,
  ): ComplexPoint;
  ghostsInDisk(
    this: void,
    logits: ArrayLike<number>,
    slopes: ArrayLike<number>,
    centre: ComplexPoint,
    radius: number,
  ): GhostRegion;
}

/** The implementation of this package. */
export const ghostSubject: GhostSubject = {
  spreadRadius,
  binaryRadius,
  dominanceRadius,
  varianceRadius,
  varianceRadiusClosedForm,
  provenRadius,
  nearestGhost,
  partition,
  logPartition,
  ghostsInDisk,
};

interface Sample {
  readonly z: readonly number[];
  readonly a: readonly number[];
}

const logit = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: -4, max: 4, noNaN: true }) },
  { weight: 1, arbitrary: fc.double({ min: -60, max: 60, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, -1e3, 1e3, -Infinity) },
);
const slope = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: -2, max: 2, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 1, -1, 1 + 2 ** -40) },
);

/** Multiples of 2^-20: shifts, powers of two and temperatures neither round nor lose them. */
const coarseSlope = fc.integer({ min: -(2 ** 21), max: 2 ** 21 }).map((k) => k * 2 ** -20);

function samples(
  minimum: number,
  maximum: number,
  slopes: fc.Arbitrary<number> = slope,
): fc.Arbitrary<Sample> {
  return fc
    .integer({ min: minimum, max: maximum })
    .chain((n) =>
      fc.record({
        z: fc.array(logit, { minLength: n, maxLength: n }),
        a: fc.array(slopes, { minLength: n, maxLength: n }),
      }),
    )
    .filter(({ z }) => z.some((v) => v > -Infinity));
}

/** Relative amount by which `low` exceeds `high`; infinities that agree do not. */
function excess(low: number, high: number): number {
  return low <= high ? 0 : low / high - 1;
}

/** Relative distance of the brackets of two answers to the same question: 0 when they meet. */
function gap(p: NearestGhost, q: NearestGhost, factor: number): number {
  return Math.max(excess(p.lower * factor, q.upper), excess(q.lower, p.upper * factor));
}

const must = (error: number): Measurement => ({ error, tolerance: 0 });

/**
 * How far relative changes by one rounding of logits and slopes move the nearest zero, relatively. At a zero
 * of multiplicity m the map is only Hoelder continuous of order 1 / m, so that comparisons of two
 * rounded problems are made only where the zero is well apart: its bracket is a measure.
 */
function conditioned(ghost: NearestGhost): boolean {
  const width = ghost.upper - ghost.lower;
  // NaN is not an excuse: it goes on to the comparison, and fails there.
  return ghost.certified && ghost.upper !== Infinity && !(width >= 1e-12 * ghost.upper);
}

/** What must hold of bounds and zeros. */
export const ghostInvariants: readonly AnyInvariant<GhostSubject>[] = [
  defineInvariant<GhostSubject>()({
    id: "taylor-radius/bounds-in-order",
    statement:
      "pi / Delta <= dominance <= exact, and pi / Delta <= dominance <= variance, its closed form, proven <= exact",
    source: "[G] arXiv:2603.13552; dominance strip and tilted variance, README",
    arbitrary: samples(1, 12),
    // Every bound is rounded to its safe side: no tolerance.
    measure: ({ z, a }, subject) => {
      const spread = subject.spreadRadius(a);
      const dominance = subject.dominanceRadius(z, a);
      const others = [
        subject.varianceRadius(z, a),
        subject.varianceRadiusClosedForm(z, a),
        subject.provenRadius(z, a),
      ];
      const { lower, upper } = subject.nearestGhost(z, a);
      return must(
        Math.max(
          excess(spread, dominance),
          excess(lower, upper),
          ...others.map((bound) => Math.max(excess(dominance, bound), excess(bound, upper))),
        ),
      );
    },
  }),
  defineInvariant<GhostSubject>()({
    id: "taylor-radius/two-classes-in-closed-form",
    statement:
      "for two classes dominance = variance = exact = sqrt(delta^2 + pi^2) / Delta, also when classes are split",
    source: "[G] arXiv:2603.13552",
    arbitrary: fc.record({
      gap: fc.constantFrom(0, 1e-9, 1, -3, 1e3, 1e4),
      a: fc.tuple(
        fc.double({ min: -1e3, max: 1e3, noNaN: true }),
        fc.double({ min: -1e3, max: 1e3, noNaN: true }),
      ),
      split: fc.boolean(),
    }),
    measure: ({ gap: delta, a, split }, subject) => {
      const exact = subject.binaryRadius([delta, 0], a);
      const z = split ? [delta, 0, delta, 0] : [delta, 0];
      const slopes = split ? [...a, ...a] : a;
      const values = [
        subject.dominanceRadius(z, slopes),
        subject.varianceRadius(z, slopes),
        subject.nearestGhost(z, slopes).radius,
      ];
      const errors = values.map((v) => (v === exact ? 0 : Math.abs(v / exact - 1)));
      return {
        error: Math.max(...errors),
        // 8 roundings of the closed form, 12 spacings of the safe side, log 2 rounded on either logit
        // when split (its error over the distance, at least pi, is below its own relative one).
        tolerance: 48 * unitRoundoff(subject),
      };
    },
  }),
  defineInvariant<GhostSubject>()({
    id: "taylor-radius/shift-of-logits-and-slopes",
    statement: "z + c and a + c leave the nearest ghost where it is",
    source: "F gains a factor without zeros",
    arbitrary: fc.record({
      sample: samples(2, 8, coarseSlope),
      c: fc.constantFrom(1, -3.5, 1e3),
      d: fc.constantFrom(0.5, -2, 7),
    }),
    measure: ({ sample: { z, a }, c, d }, subject) => {
      const first = subject.nearestGhost(z, a);
      if (!conditioned(first)) return must(0);
      const shifted = subject.nearestGhost(
        z.map((v) => v + c),
        a.map((v) => v + d),
      );
      // The shift rounds logits by u 2e3 (slopes are multiples of 2^-20: exact), which moves F relatively
      // by as much, and the zero by that over |F'|: the first bracket, from errors of the same kind of
      // at least 10 u, measures 1 / |F'|.
      const kind = 2e3 / 10;
      const width = first.upper / first.lower - 1;
      return { error: gap(first, shifted, 1), tolerance: kind * width };
    },
  }),
  defineInvariant<GhostSubject>()({
    id: "taylor-radius/scale-and-sign-of-slopes",
    statement: "rho(z, c a) = rho(z, a) / |c|, exactly for powers of two",
    source: "F(z, c a; t) = F(z, a; c t)",
    arbitrary: fc.record({
      sample: samples(1, 8, coarseSlope),
      e: fc.integer({ min: -300, max: 300 }),
      sign: fc.constantFrom(1, -1),
    }),
    measure: ({ sample: { z, a }, e, sign }, subject) => {
      const c = sign * 2 ** e;
      const scaled = a.map((v) => v * c);
      const factor = 2 ** -e;
      const first = subject.nearestGhost(z, a);
      const second = subject.nearestGhost(z, scaled);
      const bounds = [
        [subject.spreadRadius(a), subject.spreadRadius(scaled)],
        [subject.dominanceRadius(z, a), subject.dominanceRadius(z, scaled)],
        [subject.varianceRadius(z, a), subject.varianceRadius(z, scaled)],
      ] as const;
      // A change of sign reverses the order of summation and lets branch and bound take the mirrored
      // side first: the variance bound agrees to 4e-3 (its tolerance is 1e-3), dominance to 4e-13 (the error of
      // log S, u 1e3 for these logits, is what its proof gives away).
      const off = bounds.map(([p, q]) => (p * factor === q ? 0 : Math.abs((p * factor) / q - 1)));
      return {
        error: Math.max(gap(first, second, factor), off[0]!, off[1]! / 1e3, off[2]! / 1e13),
        tolerance: 4 * unitRoundoff(subject),
      };
    },
  }),
  defineInvariant<GhostSubject>()({
    id: "taylor-radius/temperature",
    statement: "rho_a(T) = T rho_a(1), and it bounds the exact radius at temperature T",
    source: "[G] arXiv:2603.13552: rho_a(T) = T rho_a(1)",
    arbitrary: fc.record({
      sample: samples(2, 6, coarseSlope),
      log2T: fc.integer({ min: -6, max: 6 }),
    }),
    measure: ({ sample: { z, a }, log2T }, subject) => {
      const T = 2 ** log2T;
      const hot = a.map((v) => v / T);
      const spread = subject.spreadRadius(a);
      const error =
        spread === Infinity ? 0 : Math.abs(subject.spreadRadius(hot) / (T * spread) - 1);
      const { upper } = subject.nearestGhost(
        z.map((v) => v / T),
        hot,
      );
      return {
        error: Math.max(error, excess(T * spread, upper)),
        // Powers of two: the bound scales exactly.
        tolerance: 0,
      };
    },
  }),
  defineInvariant<GhostSubject>()({
    id: "taylor-radius/merging-duplicates",
    statement: "classes with equal slopes act as one of their summed weight",
    source: "F is a sum",
    arbitrary: fc.record({ sample: samples(2, 6), copies: fc.integer({ min: 2, max: 5 }) }),
    measure: ({ sample: { z, a }, copies }, subject) => {
      const first = subject.nearestGhost(z, a);
      if (!conditioned(first)) return must(0);
      const repeat = <T>(values: readonly T[]): T[] =>
        Array.from({ length: copies }, () => values).flat();
      const second = subject.nearestGhost(repeat(z), repeat(a));
      // All weights are multiplied alike; the logarithm of the sum rounds as its stated error says,
      // which the second bracket contains. Meeting brackets is all that is asked.
      return { error: gap(first, second, 1), tolerance: 0 };
    },
  }),
  defineInvariant<GhostSubject>()({
    id: "taylor-radius/vanishing-class",
    statement:
      "a class of weight e^-w that cannot reach the zero's rounding error leaves the nearest ghost there",
    source: "Rouche: |added term| < |F| on a circle about the zero",
    arbitrary: fc.record({
      sample: samples(3, 6),
      at: fc.double({ min: -1, max: 1, noNaN: true }),
    }),
    measure: ({ sample: { z, a }, at }, subject) => {
      const first = subject.nearestGhost(z, a);
      if (!conditioned(first) || first.zero === undefined) return must(0);
      const low = Math.min(...a);
      const high = Math.max(...a);
      // A slope within the range, so that the added term is below e^-200 times the largest wherever
      // |Re t| <= 2 rho, in spite of all logits' differences.
      const reach = 2 * first.radius * (high - low);
      const finite = z.filter((v) => v > -Infinity);
      const weight = Math.min(...finite) - reach - 200;
      const added = low + ((at + 1) / 2) * (high - low);
      const second = subject.nearestGhost([...z, weight], [...a, added]);
      // Weight e^-200 moves a zero whose bracket is 1e-12 wide by less than 1e-80: the brackets meet.
      return { error: gap(first, second, 1), tolerance: 0 };
    },
  }),
  defineInvariant<GhostSubject>()({
    id: "taylor-radius/conjugate-symmetry",
    statement: "F(conj t) = conj F(t)",
    source: "real coefficients",
    arbitrary: fc.record({
      sample: samples(1, 8),
      x: fc.double({ min: -5, max: 5, noNaN: true }),
      y: fc.double({ min: 0, max: 50, noNaN: true }),
    }),
    measure: ({ sample: { z, a }, x, y }, subject) => {
      const up = subject.partition(z, a, { re: x, im: y });
      const down = subject.partition(z, a, { re: x, im: -y });
      // Sines are odd and every sum runs in the same order: equal to the bit.
      return must(
        Math.abs(up.re - down.re) +
          Math.abs(up.im + down.im) +
          Math.abs(up.logScale - down.logScale),
      );
    },
  }),
  defineInvariant<GhostSubject>()({
    id: "taylor-radius/tilted-cosine",
    statement: "|F(x + i y)| / F(x) >= cos(y sigma_x) for y sigma_x <= pi / 2",
    source: "Mandelstam and Tamm 1945, as an inequality on characteristic functions",
    arbitrary: fc.record({
      sample: samples(1, 8),
      x: fc.double({ min: -5, max: 5, noNaN: true }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    measure: ({ sample: { z, a }, x, share }, subject) => {
      const kept = z.map((_, k) => k).filter((k) => z[k]! > -Infinity);
      const top = Math.max(...kept.map((k) => z[k]! + a[k]! * x));
      const w = kept.map((k) => Math.exp(z[k]! + a[k]! * x - top));
      const total = w.reduce((s, v) => s + v, 0);
      const mean = w.reduce((s, v, i) => s + (v / total) * a[kept[i]!]!, 0);
      const variance = w.reduce((s, v, i) => s + (v / total) * (a[kept[i]!]! - mean) ** 2, 0);
      const sigma = Math.sqrt(variance);
      const y = sigma > 1e-6 ? (share * (Math.PI / 2)) / sigma : share;
      const value = subject.partition(z, a, { re: x, im: y });
      const real = subject.partition(z, a, { re: x, im: 0 });
      const ratio =
        (Math.hypot(value.re, value.im) / Math.hypot(real.re, real.im)) *
        Math.exp(value.logScale - real.logScale);
      // Values err by what they say; exponents of both sides by u (|z| + |a x|) <= 2e3 u for each class;
      // cos(y sigma) by the relative error of sigma, at most the same, times y sigma <= pi / 2.
      const u = unitRoundoff(subject);
      const tolerance = value.error + real.error + 4 * (2e3 + 4 * z.length + 20) * u;
      return { error: Math.max(0, Math.cos(y * sigma) - ratio), tolerance };
    },
  }),
  defineInvariant<GhostSubject>()({
    id: "taylor-radius/empty-inside-zero-on-the-circle",
    statement:
      "no zero below `lower`, one pair or more up to `upper`, and F at the zero within its rounding error",
    source: "argument principle",
    arbitrary: samples(3, 8),
    measure: ({ z, a }, subject) => {
      const ghost = subject.nearestGhost(z, a);
      if (!conditioned(ghost) || ghost.zero === undefined) return must(0);
      const centre = { re: 0, im: 0 };
      // Away from the zero itself, where a circle cannot be followed.
      const inside = subject.ghostsInDisk(z, a, centre, 0.999 * ghost.lower);
      const outside = subject.ghostsInDisk(z, a, centre, 1.001 * ghost.upper);
      const wrong =
        (inside.count !== undefined && inside.count !== 0) ||
        (outside.count !== undefined && outside.count < 2);
      const value = subject.partition(z, a, ghost.zero);
      // The zero is known to half the bracket: |F| <= |F'| times that, |F'| <= spread times C.
      const spread = Math.max(...a) - Math.min(...a);
      const slack = value.error + 2 * (ghost.upper - ghost.lower) * spread * z.length;
      return {
        error: wrong ? Infinity : Math.hypot(value.re, value.im),
        // The bracket is radial, the zero's own disk has about its half width: factor 2 above; the
        // coordinates of the zero are rounded, by u |t| each.
        tolerance: slack + 4 * unitRoundoff(subject) * ghost.radius * spread * z.length,
      };
    },
  }),
];
