import {
  type AnyInvariant,
  type DeclaredPrecision,
  defineInvariant,
  unitRoundoff,
} from "@xent/invariants";
import { type Dense, dense, SeededRandom } from "@xent/linalg";
import {
  ACTIVATION_NAMES,
  type ActivationName,
  linearHead,
  type PreActivations,
} from "@xent/models";
import * as fc from "fast-check";
import {
  type ActivationRadius,
  activationRadius,
  bendingLengths,
  correctedGhost,
  type KinkDistances,
  lineLossGap,
  nearestGhost,
  reluKinkDistances,
  type SecondOrderLine,
  secondOrderLine,
} from "../index.js";

/** What looks beyond logits that are linear in the step. */
export interface NonlinearSubject extends DeclaredPrecision {
  activationRadius(
    this: void,
    layers: readonly PreActivations[],
    name: ActivationName,
  ): ActivationRadius;
  reluKinkDistances(this: void, layers: readonly PreActivations[]): KinkDistances;
  secondOrderLine: typeof secondOrderLine;
  lineLossGap: typeof lineLossGap;
  bendingLengths(this: void, line: SecondOrderLine): Float64Array;
  correctedGhost: typeof correctedGhost;
}

/** The implementation of this package. */
export const nonlinearSubject: NonlinearSubject = {
  activationRadius,
  reluKinkDistances,
  secondOrderLine,
  lineLossGap,
  bendingLengths,
  correctedGhost,
};

type Units = readonly (readonly [number, number])[];

const scales = fc.constantFrom(1, 1, 1e-3, 1e3, 1e-100, 1e100);
const units: fc.Arbitrary<Units> = fc
  .record({
    values: scales,
    slopes: scales,
    pairs: fc.array(
      fc.tuple(
        fc.oneof(fc.double({ min: -4, max: 4, noNaN: true }), fc.constantFrom(0, 1, -1)),
        fc.oneof(fc.double({ min: -4, max: 4, noNaN: true }), fc.constantFrom(0, 1, -1)),
      ),
      { minLength: 1, maxLength: 8 },
    ),
  })
  .map(({ values, slopes, pairs }) =>
    pairs.map(([x, s]) => [tame(x) * values, tame(s) * slopes] as const),
  );

/** Quotients of numbers beyond 1e-60 of each other's scale would leave the doubles, which is not the subject here. */
const tame = (x: number): number => (Math.abs(x) < 1e-60 ? 0 : x);

function layerOf(pairs: Units): PreActivations {
  const row = (k: 0 | 1): Dense => ({
    rows: 1,
    cols: pairs.length,
    data: Float64Array.from(pairs, (p) => p[k]),
  });
  return { layer: 1, values: row(0), slopes: row(1) };
}

/** Singularities nearest to the real axis, in the upper half-plane: 0 or poles and branch points on the imaginary axis. */
const singularities: Readonly<Record<ActivationName, readonly number[]>> = {
  tanh: [0.5, 1.5, 2.5].map((k) => k * Math.PI),
  relu: [0],
  silu: [1, 3].map((k) => k * Math.PI),
  gelu: [],
  softplus: [1, 3].map((k) => k * Math.PI),
};

interface Bent {
  readonly seed: number;
  readonly samples: number;
  readonly classes: number;
  readonly bend: number;
  readonly t: number;
}

const bent: fc.Arbitrary<Bent> = fc.record({
  seed: fc.integer(),
  samples: fc.integer({ min: 1, max: 4 }),
  classes: fc.integer({ min: 1, max: 6 }),
  bend: fc.constantFrom(0, 1, 1e-3, 30),
  t: fc.oneof(fc.double({ min: -3, max: 3, noNaN: true }), fc.constantFrom(0, 1e-6, 20)),
});

function spreadOfRow(m: Dense, i: number): number {
  const row = m.data.subarray(i * m.cols, (i + 1) * m.cols);
  return Math.max(...row) - Math.min(...row);
}

/** Logits that are quadratic in the step. */
function quadratic({ seed, samples, classes, bend }: Bent): {
  readonly line: SecondOrderLine;
  readonly labels: Int32Array;
  at(this: void, t: number): Dense;
} {
  const random = new SeededRandom(seed);
  const draw = (scale: number): Dense => {
    const data = random.normals(samples * classes).map((x) => x * scale);
    return { rows: samples, cols: classes, data };
  };
  const line = { logits: draw(2), slopes: draw(1), seconds: draw(bend) };
  const { logits, slopes, seconds } = line;
  return {
    line,
    labels: Int32Array.from({ length: samples }, () => random.integer(classes)),
    at(t) {
      const out = dense(samples, classes);
      for (let k = 0; k < out.data.length; k++) {
        out.data[k] = logits.data[k]! + slopes.data[k]! * t + (seconds.data[k]! * t * t) / 2;
      }
      return out;
    },
  };
}

/** Rounding of a loss: that of its logits, up to 10 each way, and of the sums over classes and samples. */
function lossTolerance({ samples, classes, bend, t }: Bent, u: number): number {
  // Normals are below 8: |z| <= 16 + 8 |t| + 4 bend t^2.
  const size = 16 + 8 * Math.abs(t) + 4 * bend * t * t;
  return 2 * u * (20 + classes + samples) * size;
}

/** What must hold beyond logits that are linear in the step. */
export const nonlinearInvariants: readonly AnyInvariant<NonlinearSubject>[] = [
  defineInvariant<NonlinearSubject>()({
    id: "taylor-radius/activation-radius-reaches-a-singularity",
    statement:
      "the radius of an affine layer is min |w - x| / |s| over units that move and singularities w of the activation",
    source:
      "[G] arXiv:2603.13552; tanh: poles i pi (k + 1/2), SiLU and softplus: i pi (2 k + 1), GELU: entire",
    arbitrary: fc.record({ pairs: units, name: fc.constantFrom(...ACTIVATION_NAMES) }),
    measure: ({ pairs, name }, subject) => {
      const found = subject.activationRadius([layerOf(pairs)], name);
      let least = Infinity;
      for (const [x, s] of pairs) {
        for (const w of s === 0 ? [] : singularities[name]) {
          // Scaled by hand: a route that does not share hypot.
          const m = Math.max(Math.abs(x), w);
          const length = m === 0 ? 0 : m * Math.sqrt((x / m) ** 2 + (w / m) ** 2);
          least = Math.min(least, length / Math.abs(s));
        }
      }
      const placed = (found.at === undefined) === (least === Infinity);
      if (!placed) return { error: Infinity, tolerance: 0 };
      if (found.radius === least) return { error: 0, tolerance: 0 };
      // Two quotients, two squares, sum, root, product and quotient here; 4 roundings there.
      return { error: Math.abs(found.radius / least - 1), tolerance: 14 * unitRoundoff(subject) };
    },
  }),
  defineInvariant<NonlinearSubject>()({
    id: "taylor-radius/no-kink-before-the-kink-distance",
    statement:
      "x + s t keeps its sign for all units on -behind < t < ahead; at either finite end one of them is 0; units with x = 0 that move are counted",
    source: "definition, for arguments linear in t",
    arbitrary: units,
    // 2^-20 to either side dwarfs the rounding of the quotient and of x + s t.
    measure: (pairs, subject) => {
      const { ahead, behind, touching } = subject.reluKinkDistances([layerOf(pairs)]);
      const moving = pairs.filter(([x, s]) => x !== 0 && s !== 0);
      const flips = (t: number): number =>
        moving.filter(([x, s]) => Math.sign(x + s * t) !== Math.sign(x)).length;
      let wrong = touching === pairs.filter(([x, s]) => x === 0 && s !== 0).length ? 0 : 1;
      for (const [sign, end] of [
        [1, ahead],
        [-1, behind],
      ] as const) {
        if (end === Infinity) {
          // Every moving unit runs away from its kink.
          wrong += moving.filter(([x, s]) => x > 0 !== sign * s > 0).length;
          continue;
        }
        if (flips(sign * end * (1 - 2 ** -20)) > 0) wrong++;
        if (flips(sign * end * (1 + 2 ** -20)) === 0) wrong++;
      }
      return { error: wrong, tolerance: 0 };
    },
  }),
  defineInvariant<NonlinearSubject>()({
    id: "taylor-radius/kink-distances-follow-the-direction",
    statement:
      "along c v, c = +-2^k, kinks and singularities are at 1 / |c| of their distance, exactly; c < 0 swaps the sides",
    source: "x + s (c t) = x + (c s) t",
    arbitrary: fc.record({
      pairs: units,
      k: fc.integer({ min: -100, max: 100 }),
      sign: fc.constantFrom(1, -1),
    }),
    measure: ({ pairs, k, sign }, subject) => {
      const c = sign * 2 ** k;
      const one = layerOf(pairs);
      const other = layerOf(pairs.map(([x, s]) => [x, c * s] as const));
      const p = subject.reluKinkDistances([one]);
      const q = subject.reluKinkDistances([other]);
      const [ahead, behind] = sign > 0 ? [q.ahead, q.behind] : [q.behind, q.ahead];
      const tanh = subject.activationRadius([one], "tanh").radius;
      const scaled = subject.activationRadius([other], "tanh").radius;
      const right =
        ahead * 2 ** k === p.ahead && behind * 2 ** k === p.behind && scaled * 2 ** k === tanh;
      return { error: right ? 0 : 1, tolerance: 0 };
    },
  }),
  defineInvariant<NonlinearSubject>()({
    id: "taylor-radius/gap-below-bending",
    statement:
      "for logits z + a t + b t^2 / 2 the loss is off the linearised one by at most the mean of spread(b) t^2 / 2, off the second-order one by 0; at the bending length, spread(b) t^2 / 2 = t spread(a)",
    source: "[ours] cross-entropy changes by at most max - min of a change of the logits",
    arbitrary: bent,
    measure: (c, subject) => {
      const { line, labels, at } = quadratic(c);
      const [gap] = subject.lineLossGap(line, at, labels, [c.t]);
      const lengths = subject.bendingLengths(line);
      const u = unitRoundoff(subject);
      let allowed = 0;
      let wrong = 0;
      for (let i = 0; i < c.samples; i++) {
        const bend = (spreadOfRow(line.seconds, i) * c.t * c.t) / 2;
        allowed += bend / c.samples;
        // At its bending length a row is bent as much as it has moved: a product and quotients, 8 u.
        const straight = spreadOfRow(line.slopes, i);
        const bentThere = (spreadOfRow(line.seconds, i) * lengths[i]!) / 2;
        const still = spreadOfRow(line.seconds, i) === 0;
        if (still !== (lengths[i] === Infinity)) wrong++;
        if (!still && Math.abs(bentThere - straight) > 8 * u * straight) wrong++;
      }
      const excess = Math.max(Math.abs(gap!.gap) - allowed, Math.abs(gap!.secondOrderGap));
      return {
        error: wrong > 0 ? Infinity : Math.max(0, excess),
        tolerance: lossTolerance(c, u),
      };
    },
  }),
  defineInvariant<NonlinearSubject>()({
    id: "taylor-radius/no-gap-for-a-linear-head",
    statement: "a model linear in its parameters has second derivative 0 and no gap, at any step",
    source: "definition",
    arbitrary: bent,
    measure: (c, subject) => {
      const featureCount = 3;
      const model = linearHead({ featureCount, classCount: c.classes });
      const random = new SeededRandom(c.seed);
      const theta = random.normals(model.parameterCount);
      const v = random.normals(model.parameterCount);
      const batch = { rows: c.samples, cols: featureCount, data: random.normals(3 * c.samples) };
      const labels = Int32Array.from({ length: c.samples }, () => random.integer(c.classes));
      const line = subject.secondOrderLine(model.linearize(theta, batch), v);
      const logitsAt = (t: number): Dense =>
        model.logits(
          theta.map((p, i) => p + t * v[i]!),
          batch,
        );
      const [gap] = subject.lineLossGap(line, logitsAt, labels, [c.t]);
      const bends = subject.bendingLengths(line);
      if (line.seconds.data.some((b) => b !== 0) || bends.some((l) => l !== Infinity)) {
        return { error: Infinity, tolerance: 0 };
      }
      // Logits are sums of 4 products of numbers below 8, and 8 (1 + |t|).
      const size = 4 * 64 * (1 + Math.abs(c.t));
      const u = unitRoundoff(subject);
      return { error: Math.abs(gap!.gap), tolerance: 2 * u * (20 + c.classes + c.samples) * size };
    },
  }),
  defineInvariant<NonlinearSubject>()({
    id: "taylor-radius/corrected-ghost-is-a-zero",
    statement:
      "where Newton converged, sum_k exp(z_k + a_k t + b_k t^2 / 2) is 0 to its rounding; with b = 0 the ghost stays where it is",
    source: "definition",
    arbitrary: fc.record({
      seed: fc.integer(),
      classes: fc.integer({ min: 2, max: 6 }),
      bend: fc.constantFrom(0, 1e-2, 0.3),
    }),
    measure: ({ seed, classes, bend }, subject) => {
      const random = new SeededRandom(seed);
      const z = random.normals(classes);
      const a = random.normals(classes);
      const b = random.normals(classes).map((x) => x * bend);
      const ghost = nearestGhost(z, a);
      if (ghost.zero === undefined) return { error: 0, tolerance: 0 };
      const { zero, status } = subject.correctedGhost(z, a, b, ghost.zero);
      if (status !== "converged") return { error: 0, tolerance: 0 };
      const { re, im } = zero;
      let [gRe, gIm, slope, size, phases] = [0, 0, 0, 0, 0];
      for (let k = 0; k < classes; k++) {
        const exponent = z[k]! + a[k]! * re + (b[k]! * (re * re - im * im)) / 2;
        const phase = a[k]! * im + b[k]! * re * im;
        const term = Math.exp(exponent);
        gRe += term * Math.cos(phase);
        gIm += term * Math.sin(phase);
        slope += term * Math.hypot(a[k]! + b[k]! * re, b[k]! * im);
        size += term;
        phases += term * (Math.abs(phase) + Math.abs(exponent) + 10);
      }
      const u = unitRoundoff(subject);
      const moved = Math.hypot(re - ghost.zero.re, im - ghost.zero.im);
      if (bend === 0 && ghost.certified && moved > 2 ** -20 * ghost.radius) {
        return { error: Infinity, tolerance: 0 };
      }
      // Newton ends with a step of 2^-44 |t|, which moves F by that times sum |F'|; terms and sums round.
      return {
        error: Math.hypot(gRe, gIm) / size,
        tolerance: (2 ** -43 * ghost.radius * 4 * slope + 8 * u * (phases + classes * size)) / size,
      };
    },
  }),
];
