import { DomainError, requireInteger, scaleToLength } from "@xent/linalg";
import type { LimitedStep, StepLimit } from "@xent/models";
import { polarStep, type RadiusOptions, radiusPlan } from "./direction-radius.js";
import type { LogitSlopes } from "./logit-slopes.js";

/** Options of {@link radiusCap}. */
export interface RadiusCapOptions extends RadiusOptions {
  /**
   * Number of steps, this one included, whose smallest batch radius counts: more than 1 remembers a
   * sample with a near ghost when the next batch lacks it. Integer >= 1. Default 1: no memory.
   */
  readonly window?: number;
  /** Called with every decision, for records such as `bottleneckTracker`. */
  readonly onLimit?: (limited: RadiusLimitedStep) => void;
}

/** What a {@link RadiusCap} decided, and because of which sample. */
export interface RadiusLimitedStep extends LimitedStep {
  /** Radius of this batch alone; `radius` is the smallest of the window. */
  readonly batchRadius: number;
  /** Row of the batch that set `batchRadius`; undefined when nothing limits (Infinity, or a zero step). */
  readonly bottleneck: number | undefined;
  /**
   * Per sample, length B; empty for a zero step, which has no direction. In mode "exact", which solves few
   * samples, a proven lower bound: the exact radius for the bottleneck and all below it.
   */
  readonly radii: Float64Array;
}

/** A {@link StepLimit} from the distance to the nearest ghost. */
export interface RadiusCap extends StepLimit {
  limit(step: Float64Array, slopes: LogitSlopes): RadiusLimitedStep;
  /** The radii in the window as JSON data; Infinity as null. */
  save(): readonly (number | null)[];
  /** Continues from what {@link RadiusCap.save} returned. */
  restore(state: unknown): void;
}

/**
 * Caps any update p at r radii: scale = min(1, r rho / |p|), with rho the radius along p / |p| of the
 * samples of the batch at hand. The capped update satisfies `|scale p| <= r rho`, and the quotient of
 * the two is at most r, to the last bit; see `scaleToLength` of `@xent/linalg`. No epsilon: equal
 * slopes give Infinity, and scale 1.
 *
 * Costs one jvp and the radii of B samples. With `window` > 1 it keeps state: one object a run.
 *
 * @throws DomainError for options out of range; its `limit` for a step or slopes that are not finite
 *   and for an empty batch.
 * @see [G] arXiv:2603.13552, docs/theory 3.5.
 */
export function radiusCap(options: RadiusCapOptions = {}): RadiusCap {
  const { window = 1, onLimit } = options;
  requireInteger("window", window, 1);
  const plan = radiusPlan(options);
  let recent: number[] = [];
  const decide = (step: Float64Array, slopes: LogitSlopes): RadiusLimitedStep => {
    const polar = polarStep(step);
    if (polar === undefined) {
      const radii = new Float64Array(0);
      return {
        scale: 1,
        radius: Infinity,
        ratio: 0,
        batchRadius: Infinity,
        bottleneck: undefined,
        radii,
      };
    }
    const { radius: batchRadius, sample, radii } = plan.radiusAlong(polar.unit, slopes);
    recent.push(batchRadius);
    if (recent.length > window) recent.shift();
    const radius = recent.reduce((x, y) => Math.min(x, y));
    return {
      scale: scaleToLength(step, lengthWithin(plan.target, radius)),
      radius,
      ratio: radius === Infinity ? 0 : polar.length / radius,
      batchRadius,
      bottleneck: batchRadius === Infinity ? undefined : sample,
      radii,
    };
  };
  return {
    name: `radius-cap(${typeof options.mode === "function" ? "own" : (options.mode ?? "spread")})`,
    limit(step, slopes) {
      const limited = decide(step, slopes);
      onLimit?.(limited);
      return limited;
    },
    save: () => recent.map((r) => (r === Infinity ? null : r)),
    restore(state) {
      if (!Array.isArray(state))
        throw new DomainError(`state = ${JSON.stringify(state)}, expected radii`);
      recent = state.map((r: unknown, i) => {
        if (r === null) return Infinity;
        if (typeof r === "number" && r > 0) return r;
        throw new DomainError(`state[${i}] = ${JSON.stringify(r)}, expected a radius > 0, or null`);
      });
      recent = recent.slice(-window);
    },
  };
}

/** The largest double L found with L <= target radius and fl(L / radius) <= target. */
export function lengthWithin(target: number, radius: number): number {
  const product = target * radius;
  if (product === Infinity) return radius === Infinity ? Infinity : Number.MAX_VALUE;
  // One spacing below is under the exact product, whichever way it was rounded; the quotient of two
  // doubles with exact value <= target rounds to at most target.
  return Math.max(0, product - (product * 2 ** -52 + Number.MIN_VALUE));
}
