import {
  type AnyInvariant,
  type DeclaredPrecision,
  defineInvariant,
  unitRoundoff,
} from "@xent/invariants";
import { type Dense, dense, norm2, SeededRandom } from "@xent/linalg";
import * as fc from "fast-check";
import type { LogitSlopes, RadiusCap, RadiusCapOptions } from "../index.js";
import { quantileRadius, radiusCap } from "../index.js";

/** The controllers under test. */
export interface ControlSubject extends DeclaredPrecision {
  radiusCap(this: void, options?: RadiusCapOptions): RadiusCap;
  quantileRadius(
    this: void,
    radii: ArrayLike<number>,
    quantile: number,
  ): { readonly radius: number; readonly sample: number };
}

/** The implementation of this package. */
export const controlSubject: ControlSubject = { radiusCap, quantileRadius };

/** A model whose logits are linear in the parameters, with a step. */
interface LinearCase {
  readonly seed: number;
  readonly parameters: number;
  readonly samples: number;
  readonly classes: number;
  /** Size of the slopes. */
  readonly slopeScale: number;
  /** Size of the step. */
  readonly stepScale: number;
  readonly target: number;
  /** How the first sample differs: its slopes all equal, or a thousand times larger. */
  readonly first: "usual" | "equal" | "steep";
}

const linearCase: fc.Arbitrary<LinearCase> = fc.record({
  seed: fc.integer(),
  parameters: fc.integer({ min: 1, max: 12 }),
  samples: fc.integer({ min: 1, max: 5 }),
  classes: fc.integer({ min: 1, max: 6 }),
  slopeScale: fc.constantFrom(1, 1, 1e-3, 1e3, 1e-100, 1e100),
  stepScale: fc.constantFrom(1, 1, 1e-2, 1e2, 1e-150, 1e150, 1e-310, 1e300),
  target: fc.constantFrom(1, 0.5, 1 / 3, 0.1, 1e-9, 3, Math.PI),
  first: fc.constantFrom("usual", "equal", "steep"),
});

/** The model and the step of a case. */
function build(c: LinearCase): { slopes: LogitSlopes; step: Float64Array } {
  const random = new SeededRandom(c.seed);
  const rows = c.samples * c.classes;
  const jacobian = dense(rows, c.parameters);
  for (let i = 0; i < jacobian.data.length; i++) jacobian.data[i] = random.normal() * c.slopeScale;
  for (let k = 0; k < c.classes; k++) {
    for (let j = 0; j < c.parameters; j++) {
      const at = k * c.parameters + j;
      if (c.first === "equal") jacobian.data[at] = jacobian.data[j]!;
      if (c.first === "steep") jacobian.data[at]! *= 1e3;
    }
  }
  const step = Float64Array.from({ length: c.parameters }, () => random.normal() * c.stepScale);
  const logits = dense(c.samples, c.classes);
  for (let i = 0; i < rows; i++) logits.data[i] = random.normal();
  return { step, slopes: { logits, jvp: (v) => apply(jacobian, v, c.samples, c.classes) } };
}

function apply(jacobian: Dense, v: Float64Array, samples: number, classes: number): Dense {
  const out = dense(samples, classes);
  for (let i = 0; i < out.data.length; i++) {
    let s = 0;
    for (let j = 0; j < v.length; j++) s += jacobian.data[i * v.length + j]! * v[j]!;
    out.data[i] = s;
  }
  return out;
}

/** max - min of row i. */
function spreadOfRow(slopes: Dense, i: number): number {
  const row = slopes.data.subarray(i * slopes.cols, (i + 1) * slopes.cols);
  return Math.max(...row) - Math.min(...row);
}

/** What must hold of controllers. */
export const controlInvariants: readonly AnyInvariant<ControlSubject>[] = [
  defineInvariant<ControlSubject>()({
    id: "taylor-radius/capped-step-within-target",
    statement: "|scale p| / rho <= r to the last bit, and scale = 1 where |p| <= r rho already",
    source: "[G] arXiv:2603.13552; docs/theory 3.5",
    arbitrary: linearCase,
    measure: (c, subject) => {
      const { slopes, step } = build(c);
      const { scale, radius, ratio } = subject.radiusCap({ target: c.target }).limit(step, slopes);
      const capped = norm2(step.map((x) => scale * x));
      const excess = radius === Infinity ? 0 : Math.max(0, capped / radius - c.target);
      // A proposal shorter by more than all the roundings must not be touched.
      const short = ratio < c.target * (1 - 1e-12) && scale !== 1;
      const valid = scale >= 0 && scale <= 1 && radius > 0;
      return { error: short || !valid ? Infinity : excess, tolerance: 0 };
    },
  }),
  defineInvariant<ControlSubject>()({
    id: "taylor-radius/cap-keeps-every-sample-inside",
    statement: "after the cap, pi / spread of J (scale p) is at least 1 / r for every sample",
    source: "[G] arXiv:2603.13552; docs/theory 3.1, 3.5",
    arbitrary: linearCase.filter((c) => c.stepScale > 1e-300 && c.stepScale < 1e200),
    measure: (c, subject) => {
      const { slopes, step } = build(c);
      const { scale } = subject.radiusCap({ target: c.target }).limit(step, slopes);
      const capped = step.map((x) => scale * x);
      const moved = slopes.jvp(capped);
      // The model's own roundings: n + 2 of each sum of n products, relative to sum |J_ij| |p_j|, which
      // the steep sample bounds for all.
      const size = norm2(capped) * c.slopeScale * 1e3 * 6 * Math.sqrt(c.parameters);
      let error = 0;
      for (let i = 0; i < moved.rows; i++) {
        error = Math.max(error, spreadOfRow(moved, i) - c.target * Math.PI);
      }
      const u = unitRoundoff(subject);
      return { error, tolerance: u * ((4 * c.parameters + 40) * size + 8 * c.target * Math.PI) };
    },
  }),
  defineInvariant<ControlSubject>()({
    id: "taylor-radius/cap-depends-on-direction-only",
    statement: "rho of 2^k p and of -p is rho of p, exactly, and so is the capped length",
    source: "docs/theory 3.1: rho(z, c a) = rho(z, a) / |c|",
    arbitrary: fc.record({
      base: linearCase.filter((c) => c.stepScale > 1e-200 && c.stepScale < 1e200),
      power: fc.integer({ min: -60, max: 60 }),
    }),
    measure: ({ base, power }, subject) => {
      const { slopes, step } = build(base);
      const of = (s: Float64Array) => {
        const limited = subject.radiusCap({ target: base.target }).limit(s, slopes);
        return { ...limited, length: norm2(s.map((x) => limited.scale * x)) };
      };
      const one = of(step);
      const other = of(step.map((x) => x * -(2 ** power)));
      const radiusDiffers = one.radius !== other.radius;
      const bothCut = one.scale < 1 && other.scale < 1;
      const length = bothCut ? Math.abs(one.length / other.length - 1) : 0;
      // Exact scaling leaves the roundings of scale, products and norms.
      const tolerance = 4 * (base.parameters + 16) * unitRoundoff(subject);
      return { error: radiusDiffers ? Infinity : length, tolerance };
    },
  }),
  defineInvariant<ControlSubject>()({
    id: "taylor-radius/cap-infinite-for-equal-slopes",
    statement:
      "slopes equal in every sample, and a zero step, give radius Infinity, ratio 0, scale 1",
    source: "docs/theory 3.1: no epsilon anywhere",
    arbitrary: fc.record({
      base: linearCase.map((c) => ({ ...c, samples: 1, first: "equal" as const })),
      zero: fc.boolean(),
    }),
    measure: ({ base, zero }, subject) => {
      const { slopes, step } = build(base);
      const proposed = zero ? new Float64Array(step.length) : step;
      const { radius, ratio, scale, bottleneck } = subject.radiusCap().limit(proposed, slopes);
      const right = radius === Infinity && ratio === 0 && scale === 1 && bottleneck === undefined;
      return { error: right ? 0 : 1, tolerance: 0 };
    },
  }),
  defineInvariant<ControlSubject>()({
    id: "taylor-radius/quantile-counts-samples",
    statement:
      "at most a share q of the radii lies below the q-quantile radius, which is one of them; q = 0 gives the minimum",
    source: "[ours] definition: entry floor(q (B - 1)) in ascending order",
    arbitrary: fc.record({
      radii: fc.array(
        fc.oneof(
          fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
          fc.constantFrom(1, 1, Infinity, Number.MIN_VALUE),
        ),
        { minLength: 1, maxLength: 20 },
      ),
      quantile: fc.oneof(fc.constantFrom(0, 0.5, 1), fc.double({ min: 0, max: 1, noNaN: true })),
    }),
    measure: ({ radii, quantile }, subject) => {
      const { radius, sample } = subject.quantileRadius(radii, quantile);
      const below = radii.filter((r) => r < radius).length;
      const upTo = radii.filter((r) => r <= radius).length;
      const index = Math.floor(quantile * (radii.length - 1));
      const right = radii[sample] === radius && below <= index && index < upTo;
      return { error: right ? 0 : 1, tolerance: 0 };
    },
  }),
];
