import {
  type AnyInvariant,
  type DeclaredPrecision,
  defineInvariant,
  unitRoundoff,
} from "@xent/invariants";
import { type Dense, fromRows, norm2, SeededRandom } from "@xent/linalg";
import type { Direction } from "@xent/models";
import * as fc from "fast-check";
import {
  type BatchMode,
  type BatchRadius,
  type BatchRadiusOptions,
  type BottleneckTracker,
  batchRadius,
  bottleneckTracker,
  dominanceRadii,
  dominanceRadius,
  nearestGhost,
  provenRadii,
  provenRadius,
  type RadiusHistogram,
  type RadiusStepOptions,
  radiusHistogram,
  radiusStep,
  spreadRadii,
  spreadRadius,
  varianceRadii,
  varianceRadiiClosedForm,
  varianceRadius,
  varianceRadiusClosedForm,
} from "../index.js";

/** Radii of many samples, and what follows them over a run. */
export interface BatchSubject extends DeclaredPrecision {
  spreadRadii(this: void, slopes: Dense): Float64Array;
  dominanceRadii(this: void, logits: Dense, slopes: Dense): Float64Array;
  provenRadii(this: void, logits: Dense, slopes: Dense): Float64Array;
  varianceRadii(this: void, logits: Dense, slopes: Dense): Float64Array;
  varianceRadiiClosedForm(this: void, logits: Dense, slopes: Dense): Float64Array;
  batchRadius(this: void, logits: Dense, slopes: Dense, options?: BatchRadiusOptions): BatchRadius;
  radiusHistogram(this: void, radii: ArrayLike<number>, bins: number): RadiusHistogram;
  radiusStep(this: void, direction: Direction, options?: RadiusStepOptions): Direction;
  bottleneckTracker(this: void): BottleneckTracker;
}

/** The implementation of this package. */
export const batchSubject: BatchSubject = {
  spreadRadii,
  dominanceRadii,
  provenRadii,
  varianceRadii,
  varianceRadiiClosedForm,
  batchRadius,
  radiusHistogram,
  radiusStep,
  bottleneckTracker,
};

interface Batch {
  readonly logits: Dense;
  readonly slopes: Dense;
}

interface BatchCase {
  readonly seed: number;
  readonly rows: number;
  readonly classes: number;
  /** How far class 0 of each row leads, times a uniform number. */
  readonly lead: number;
  /** Of the slopes. */
  readonly scale: number;
  readonly kind: "plain" | "shared lead" | "masked" | "equal rows" | "equal slopes";
}

function batches(rows: number, classes: fc.Arbitrary<number>): fc.Arbitrary<BatchCase> {
  return fc.record({
    seed: fc.integer(),
    rows: fc.integer({ min: 1, max: rows }),
    classes,
    lead: fc.constantFrom(0, 5, 15, 40, 300),
    scale: fc.constantFrom(1, 1, 1e-3, 1e3, 1e-100, 1e100),
    kind: fc.constantFrom("plain", "plain", "shared lead", "masked", "equal rows", "equal slopes"),
  });
}

function build({ seed, rows, classes, lead, scale, kind }: BatchCase): Batch {
  const random = new SeededRandom(seed);
  const draws = Array.from({ length: rows }, () => {
    const z = random.normals(classes);
    const a = random.normals(classes).map((x) => x * scale);
    z[0]! += lead * random.uniform();
    if (kind === "masked") for (let k = 1; k < classes; k += 2) z[k] = -Infinity;
    if (kind === "shared lead") {
      z[classes - 1] = z[0]!;
      a[classes - 1] = a[0]!;
    }
    return { z, a };
  });
  if (kind === "equal slopes") draws[0]!.a.fill(scale);
  if (kind === "equal rows") draws.fill(draws[0]!);
  return {
    logits: fromRows(draws.map(({ z }) => [...z])),
    slopes: fromRows(draws.map(({ a }) => [...a])),
  };
}

function row(m: Dense, i: number): Float64Array {
  return m.data.subarray(i * m.cols, (i + 1) * m.cols);
}

/** Weight e^(z + a x) of the slope that weighs most at 0, over that of all others, at x. */
function leadAt(z: Float64Array, a: Float64Array, x: number): number {
  const weigh = (slope: number, at: number): number => {
    let s = 0;
    for (let k = 0; k < z.length; k++) {
      if (a[k] === slope) s += Math.exp(z[k]! - z[0]! + (a[k]! - a[0]!) * at);
    }
    return s;
  };
  const leader = a.reduce((p, q) => (weigh(q, 0) > weigh(p, 0) ? q : p));
  let others = 0;
  for (const slope of new Set(a)) if (slope !== leader) others += weigh(slope, x);
  return weigh(leader, x) / others;
}

/** What must hold of batches. */
export const batchInvariants: readonly AnyInvariant<BatchSubject>[] = [
  defineInvariant<BatchSubject>()({
    id: "taylor-radius/rows-are-samples",
    statement: "radii of a batch are those of its rows alone, bit for bit",
    source: "definition",
    arbitrary: batches(5, fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(65, 130))),
    measure: (c, subject) => {
      const { logits, slopes } = build(c);
      const spread = subject.spreadRadii(slopes);
      const dominance = subject.dominanceRadii(logits, slopes);
      const proven = subject.provenRadii(logits, slopes);
      const variance = subject.varianceRadii(logits, slopes);
      const closed = subject.varianceRadiiClosedForm(logits, slopes);
      let wrong = 0;
      for (let i = 0; i < c.rows; i++) {
        const [z, a] = [row(logits, i), row(slopes, i)];
        if (spread[i] !== spreadRadius(a)) wrong++;
        if (dominance[i] !== dominanceRadius(z, a)) wrong++;
        if (proven[i] !== provenRadius(z, a)) wrong++;
        if (variance[i] !== varianceRadius(z, a)) wrong++;
        if (closed[i] !== varianceRadiusClosedForm(z, a)) wrong++;
      }
      return { error: wrong, tolerance: 0 };
    },
  }),
  defineInvariant<BatchSubject>()({
    id: "taylor-radius/one-slope-outweighs-the-rest",
    statement:
      "with u0^2 = dominance^2 - (pi / Delta)^2 > 0 the classes of one slope outweigh all others together at x = +-u0, and no longer at one of +-(1 + 1e-3) u0",
    source: "[ours] dominance strip, README; equal slopes act as one class",
    arbitrary: batches(
      1,
      fc.oneof(fc.integer({ min: 3, max: 12 }), fc.constantFrom(65, 130)),
    ).filter(({ kind, lead }) => kind !== "masked" && lead < 100),
    // u0 is the difference of squares: where it is at least the strip's tenth, to 2e-14 of itself.
    measure: (c, subject) => {
      const { logits, slopes } = build(c);
      const [z, a] = [row(logits, 0), row(slopes, 0)];
      const distinct = new Set(a).size;
      const bound = subject.dominanceRadii(logits, slopes)[0]!;
      const strip = spreadRadius(a);
      const ratio = bound / strip;
      if (distinct < 3 || ratio <= 1.005) return { error: 0, tolerance: 0 };
      const u0 = strip * Math.sqrt((ratio - 1) * (ratio + 1));
      const inside = [1, -1].every((s) => leadAt(z, a, s * u0 * (1 - 1e-9)) > 1);
      const beyond = [1, -1].some((s) => leadAt(z, a, s * u0 * (1 + 1e-3)) < 1);
      return { error: inside && beyond ? 0 : 1, tolerance: 0 };
    },
  }),
  defineInvariant<BatchSubject>()({
    id: "taylor-radius/many-classes-bounded-as-few",
    statement:
      "with many classes too pi / Delta <= dominance <= proven, variance <= exact, whose tolerances of 1e-2 and 1e-3 are kept",
    source: "[ours] tilted variance on a grid of slopes, docstring of src/slope-grid.ts",
    arbitrary: fc.record({
      base: batches(2, fc.constantFrom(64, 65, 100, 256, 300)),
      // Slopes as they are, near a few places, or on a few.
      round: fc.constantFrom(0, 0, 0.999, 1),
    }),
    measure: ({ base, round }, subject) => {
      const { logits, slopes } = build(base);
      for (let k = 0; k < slopes.data.length && round > 0; k++) {
        const near = Math.round(slopes.data[k]! / base.scale) * base.scale;
        slopes.data[k] = slopes.data[k]! + round * (near - slopes.data[k]!);
      }
      const proven = subject.provenRadii(logits, slopes);
      const variance = subject.varianceRadii(logits, slopes);
      let error = 0;
      for (let i = 0; i < base.rows; i++) {
        const [z, a] = [row(logits, i), row(slopes, i)];
        const low = dominanceRadius(z, a);
        // Not more of it: rows of few slopes may need many evaluations, and any upper end will do.
        const { upper } = nearestGhost(z, a, { maxEvaluations: 500 });
        const fine = varianceRadius(z, a, { tolerance: 1e-5 });
        for (const [bound, tolerance] of [
          [proven[i]!, 1e-2],
          [variance[i]!, 1e-3],
        ] as const) {
          if (!(bound >= low && low >= spreadRadius(a) && bound <= upper)) error = Infinity;
          // `fine` is not above the minimum.
          if (bound < Infinity) error = Math.max(error, (1 - bound / fine) / tolerance);
        }
      }
      return { error, tolerance: 1 };
    },
  }),
  defineInvariant<BatchSubject>()({
    id: "taylor-radius/best-first-finds-the-smallest",
    statement:
      "the quantile of exact radii found best-first is that of all samples solved, and its sample the first that has it; cheaper modes stay below",
    source:
      "branch and bound: a sample is dropped only while a proven lower bound exceeds the answer",
    arbitrary: fc.record({
      base: batches(6, fc.integer({ min: 1, max: 6 })),
      quantile: fc.constantFrom(0, 0, 0.5, 1),
    }),
    measure: ({ base, quantile }, subject) => {
      const { logits, slopes } = build(base);
      const solved = Array.from({ length: base.rows }, (_, i) =>
        nearestGhost(row(logits, i), row(slopes, i)),
      );
      const rank = Math.floor(quantile * (base.rows - 1));
      const lowers = solved.map((g, i) =>
        Math.max(g.lower, provenRadius(row(logits, i), row(slopes, i))),
      );
      const order = lowers
        .map((_, i) => i)
        .sort((i, j) => (lowers[i]! < lowers[j]! ? -1 : lowers[i]! > lowers[j]! ? 1 : i - j));
      const of = (mode: BatchMode): BatchRadius =>
        subject.batchRadius(logits, slopes, { mode, aggregate: quantile });
      const found = of("exact");
      const right =
        found.sample === order[rank] &&
        found.radius === lowers[order[rank]] &&
        found.upper >= found.radius &&
        found.solved <= base.rows;
      const below = (["spread", "dominance", "proven"] as const).every(
        (mode) => of(mode).radius <= found.upper,
      );
      return { error: right && below ? 0 : 1, tolerance: 0 };
    },
  }),
  defineInvariant<BatchSubject>()({
    id: "taylor-radius/histogram-counts-all",
    statement:
      "the bins of a histogram, [edge, next edge) with the last one closed, hold each finite radius once; the infinite ones are counted apart",
    source: "definition",
    arbitrary: fc.record({
      radii: fc.array(
        fc.oneof(
          fc.double({ min: 1e-300, max: 1e300, noNaN: true }),
          fc.constantFrom(1, 2, 2, Infinity),
        ),
        { maxLength: 20 },
      ),
      bins: fc.integer({ min: 1, max: 9 }),
    }),
    measure: ({ radii, bins }, subject) => {
      const { edges, counts, infinite } = subject.radiusHistogram(radii, bins);
      let wrong = infinite === radii.filter((r) => r === Infinity).length ? 0 : 1;
      counts.forEach((count, i) => {
        const last = i === counts.length - 1;
        const inside = radii.filter(
          (r) => r >= edges[i]! && (r < edges[i + 1]! || (last && r === edges[i + 1])),
        );
        if (inside.length !== count) wrong++;
      });
      if (counts.reduce((s, n) => s + n, infinite) !== radii.length) wrong++;
      return { error: wrong, tolerance: 0 };
    },
  }),
  defineInvariant<BatchSubject>()({
    id: "taylor-radius/radius-step-has-length-r-rho",
    statement:
      "radiusStep goes along the direction of the method that it wraps, with length r rho, and stays where nothing limits",
    source: "[G] arXiv:2603.13552; docs/theory 3.5: eta = r rho / |v|",
    arbitrary: fc.record({
      seed: fc.integer(),
      parameters: fc.integer({ min: 1, max: 10 }),
      samples: fc.integer({ min: 1, max: 4 }),
      classes: fc.integer({ min: 1, max: 5 }),
      size: fc.constantFrom(1, 1e-3, 1e3, 1e-300, 1e300, 0),
      target: fc.constantFrom(1, 0.5, 3, 1e-6),
    }),
    measure: (c, subject) => {
      const random = new SeededRandom(c.seed);
      const v = random.normals(c.parameters).map((x) => x * c.size);
      const jacobian = Array.from({ length: c.samples * c.classes }, () =>
        random.normals(c.parameters),
      );
      const apply = (p: Float64Array): Dense => ({
        rows: c.samples,
        cols: c.classes,
        data: Float64Array.from(jacobian, (j) => j.reduce((s, x, i) => s + x * p[i]!, 0)),
      });
      const zeros = new Float64Array(c.parameters);
      const linearization = {
        logits: apply(zeros),
        parameterCount: c.parameters,
        jvp: apply,
        vjp: () => zeros.slice(),
      };
      const step = subject
        .radiusStep({ name: "given", propose: () => v.slice() }, { target: c.target })
        .propose({
          parameters: zeros,
          linearization,
          labels: new Int32Array(c.samples),
          loss: 0,
          gradient: v,
          logitsAt: apply,
        });
      const length = norm2(step);
      const largest = Math.max(...v.map(Math.abs));
      if (largest === 0 || c.classes === 1) return { error: length, tolerance: 0 };
      const unit = v.map((x) => x / largest);
      const size = norm2(unit);
      const slopes = apply(unit);
      let widest = 0;
      for (let i = 0; i < c.samples; i++) {
        const a = row(slopes, i);
        widest = Math.max(widest, Math.max(...a) - Math.min(...a));
      }
      const rho = (Math.PI * size) / widest;
      const off = unit.reduce((m, x, i) => Math.max(m, Math.abs(step[i]! / length - x / size)), 0);
      // Slopes are sums of P products below 8 |unit|, on either route; norms add P + 16 more.
      const condition = (8 * Math.sqrt(c.parameters) * size) / widest;
      const tolerance = 4 * (c.parameters + 16) * (1 + condition) * unitRoundoff(subject);
      return { error: Math.max(Math.abs(length / (c.target * rho) - 1), off), tolerance };
    },
  }),
  defineInvariant<BatchSubject>()({
    id: "taylor-radius/tracker-counts-bottlenecks",
    statement:
      "each batch with a limit counts one bottleneck; seen and smallest radius are those of the batches in which a sample was; ranking descends by count, then ascends by radius and index",
    source: "definition",
    arbitrary: fc.array(
      fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 5 }).chain((ids) =>
        fc.record({
          ids: fc.constant(ids),
          radii: fc.array(fc.constantFrom(0.5, 1, 2, 2, Infinity), {
            minLength: ids.length,
            maxLength: ids.length,
          }),
        }),
      ),
      { maxLength: 12 },
    ),
    measure: (records, subject) => {
      const tracker = subject.bottleneckTracker();
      const expected = new Map<number, { count: number; seen: number; smallest: number }>();
      for (const { ids, radii } of records) {
        const batchRadius = Math.min(...radii);
        const bottleneck = batchRadius === Infinity ? undefined : radii.indexOf(batchRadius);
        tracker.record(ids, {
          scale: 1,
          ratio: 0,
          radius: batchRadius,
          batchRadius,
          bottleneck,
          radii: Float64Array.from(radii),
        });
        for (const [i, id] of ids.entries()) {
          const old = expected.get(id) ?? { count: 0, seen: 0, smallest: Infinity };
          expected.set(id, {
            count: old.count + (i === bottleneck ? 1 : 0),
            seen: old.seen + 1,
            smallest: Math.min(old.smallest, radii[i]!),
          });
        }
      }
      let wrong = 0;
      for (let id = 0; id < 10; id++) {
        const got = tracker.of(id);
        const want = expected.get(id);
        if (
          got?.count !== want?.count ||
          got?.seen !== want?.seen ||
          got?.smallestRadius !== want?.smallest
        ) {
          wrong++;
        }
      }
      const ranking = tracker.ranking(100);
      const limited = [...expected.values()].filter((e) => e.count > 0).length;
      if (ranking.length !== limited) wrong++;
      for (let i = 1; i < ranking.length; i++) {
        const [p, q] = [ranking[i - 1]!, ranking[i]!];
        const order =
          q.count - p.count || p.smallestRadius - q.smallestRadius || p.sample - q.sample;
        if (order >= 0) wrong++;
      }
      return { error: wrong, tolerance: 0 };
    },
  }),
];
