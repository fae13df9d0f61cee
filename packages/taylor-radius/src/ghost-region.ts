import { DomainError, requireInteger, requirePositive } from "@xent/linalg";
import {
  arc,
  type Budget,
  type ContourPiece,
  segment,
  type TrackingFailure,
  trackArgument,
} from "./argument-tracking.js";
import { scaleByPower } from "./directed-rounding.js";
import {
  type ExponentialSum,
  exponentialSum,
  newEvaluation,
  requireClasses,
} from "./exponential-sum.js";
import { deflatedStep, type Hinted, polish } from "./ghost-candidates.js";
import type { ComplexPoint } from "./nearest-ghost.js";
import { type IsolatedZero, isolateCluster, isolateSimple } from "./zero-isolation.js";

/** One zero of F, or a cluster that double precision does not separate. */
export interface Ghost extends ComplexPoint {
  /** Number of zeros, with multiplicity, that the disk of radius `error` about the point is proven to hold. */
  readonly multiplicity: number;
  readonly error: number;
}

/** Options of {@link ghostsInRectangle} and {@link ghostsInDisk}. */
export interface GhostRegionOptions {
  /** Evaluations of F over all classes that may be spent. Default 200000. */
  readonly maxEvaluations?: number;
}

/** All zeros in a region. */
export interface GhostRegion {
  /** Zeros found, by ascending modulus, each proven. */
  readonly ghosts: readonly Ghost[];
  /** Zeros in the region with multiplicity, by the argument principle: proven. Undefined when the boundary could not be followed. */
  readonly count: number | undefined;
  /** Whether the zeros found are all of them. */
  readonly complete: boolean;
  readonly evaluations: number;
}

/** A rectangle left <= Re t <= right, bottom <= Im t <= top. */
export interface Rectangle {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

function boundary(r: Rectangle): ContourPiece[] {
  return [
    segment(r.left, r.bottom, r.right, r.bottom),
    segment(r.right, r.bottom, r.right, r.top),
    segment(r.right, r.top, r.left, r.top),
    segment(r.left, r.top, r.left, r.bottom),
  ];
}

const SPLITS = [0.5, 0.47, 0.54, 0.41, 0.6, 0.36, 0.65];
const DEEPEST = 40;

/** Zeros with positive imaginary part, gathered over rectangles in the units of a normal form. */
class Gathering {
  readonly zeros: IsolatedZero[] = [];
  private readonly sum: ExponentialSum;
  private readonly budget: Budget;
  private readonly hints: Hinted[] = [];
  private readonly at = newEvaluation();

  constructor(sum: ExponentialSum, budget: Budget) {
    this.sum = sum;
    this.budget = budget;
  }

  /** Zeros inside a closed contour, or why they could not be counted. */
  count(pieces: readonly ContourPiece[]): number | TrackingFailure {
    let turned = 0;
    for (const piece of pieces) {
      const tracked = trackArgument(this.sum, piece, this.budget, (x, y, stepRe, stepIm) =>
        this.hints.push({ x, y, stepRe, stepIm }),
      );
      if ("failure" in tracked) return tracked.failure;
      turned += tracked.change;
    }
    const turns = turned / (2 * Math.PI);
    const count = Math.round(turns) + 0; // + 0: no negative zero
    return Math.abs(turns - count) < 0.05 && count >= 0 ? count : "cancellation";
  }

  private known(r: Rectangle): number {
    let total = 0;
    for (const zero of this.zeros) {
      const inside =
        zero.x - zero.radius > r.left &&
        zero.x + zero.radius < r.right &&
        zero.y - zero.radius > r.bottom &&
        zero.y + zero.radius < r.top;
      if (inside) total += zero.multiplicity;
    }
    return total;
  }

  private add(): void {
    const { at, zeros } = this;
    const zero = isolateSimple(this.sum, at) ?? isolateCluster(this.sum, at.x, at.y, this.budget);
    if (zero === undefined) return;
    const met = zeros.some(
      (other) => Math.hypot(zero.x - other.x, zero.y - other.y) <= zero.radius + other.radius,
    );
    if (!met) zeros.push(zero);
  }

  /** Finds the `count` zeros of a rectangle by Newton from its surroundings, then by halving it. */
  gather(r: Rectangle, count: number, depth: number): void {
    const width = r.right - r.left;
    const height = r.top - r.bottom;
    const x = r.left + width / 2;
    const y = r.bottom + height / 2;
    const near = this.hints.filter(
      (h) => Math.abs(h.x - x) < 0.6 * width && Math.abs(h.y - y) < 0.6 * height,
    );
    const size = Math.hypot(width, height);
    for (let tries = 0; tries < 2 + count && this.known(r) < count; tries++) {
      if (this.budget.left <= 0) return;
      let start: { x: number; y: number } = { x, y };
      if (tries > 0) {
        const steps = near.map((hint) => deflatedStep(hint, this.zeros));
        if (steps.length === 0) break;
        const best = steps.reduce((m, s, i) => (s.step < steps[m]!.step ? i : m), 0);
        start = steps[best]!;
        near.splice(best, 1);
      }
      if (Math.hypot(start.x - x, start.y - y) > size) continue;
      const limit = Math.hypot(x, y) + 2 * size;
      if (polish(this.sum, start.x, start.y, limit, this.zeros, this.budget, this.at)) this.add();
    }
    if (this.known(r) >= count || depth >= DEEPEST) return;
    for (const share of SPLITS) {
      const wide = width > height;
      const cutX = r.left + share * width;
      const cutY = r.bottom + share * height;
      const first = wide ? { ...r, right: cutX } : { ...r, top: cutY };
      const second = wide ? { ...r, left: cutX } : { ...r, bottom: cutY };
      const inFirst = this.count(boundary(first));
      if (typeof inFirst === "string") {
        if (this.budget.left <= 0) return;
        continue;
      }
      if (inFirst > 0) this.gather(first, inFirst, depth + 1);
      if (count > inFirst) this.gather(second, count - inFirst, depth + 1);
      return;
    }
  }
}

function setUp(
  logits: ArrayLike<number>,
  slopes: ArrayLike<number>,
  options: GhostRegionOptions,
): { sum: ExponentialSum; budget: Budget; maximum: number } {
  requireClasses(logits, slopes);
  const { maxEvaluations = 200_000 } = options;
  requireInteger("options.maxEvaluations", maxEvaluations, 1);
  return {
    sum: exponentialSum(logits, slopes),
    budget: { left: maxEvaluations },
    maximum: maxEvaluations,
  };
}

/** Parts of a rectangle above the strip without zeros: of its upper half, and of its lower half mirrored. */
function upperParts(sum: ExponentialSum, r: Rectangle): { part: Rectangle; mirrored: boolean }[] {
  // All terms lie in the right half-plane below pi / (2 max |d|); 0.9 keeps the edge away from zeros.
  const strip = (0.9 * Math.PI) / 2 / sum.halfWidth;
  const parts: { part: Rectangle; mirrored: boolean }[] = [];
  const upper = { ...r, bottom: Math.max(r.bottom, strip) };
  if (upper.top > upper.bottom) parts.push({ part: upper, mirrored: false });
  const lower = { ...r, bottom: Math.max(-r.top, strip), top: -r.bottom };
  if (lower.top > lower.bottom) parts.push({ part: lower, mirrored: true });
  return parts;
}

function ghostOf(sum: ExponentialSum, zero: IsolatedZero, mirrored: boolean): Ghost {
  const scaled = (s: number): number => scaleByPower(s, -sum.exponent);
  return {
    re: scaled(zero.x),
    im: scaled(mirrored ? -zero.y : zero.y),
    multiplicity: zero.multiplicity,
    error: scaled(zero.radius),
  };
}

function byModulus(ghosts: Ghost[]): Ghost[] {
  return ghosts.sort((a, b) => Math.hypot(a.re, a.im) - Math.hypot(b.re, b.im));
}

/**
 * All zeros of F(t) = sum_k exp(z_k + a_k t) in a rectangle, with multiplicity: counted by the argument
 * principle in proven steps, found by Newton from the boundary, and where some still hide, by halving.
 *
 * @param logits - `z`, length C >= 1; -Infinity masks a class.
 * @param slopes - `a`, length C, finite.
 * @returns `complete` when the zeros found, each proven to lie in its disk, are as many as were counted.
 *   A zero closer to the boundary than rounding separates leaves `count` undefined.
 * @throws DimensionError, DomainError for bad input, an empty or unbounded rectangle.
 */
export function ghostsInRectangle(
  logits: ArrayLike<number>,
  slopes: ArrayLike<number>,
  rectangle: Rectangle,
  options: GhostRegionOptions = {},
): GhostRegion {
  const { left, right, bottom, top } = rectangle;
  if (!(left < right && bottom < top && Number.isFinite(right - left + (top - bottom)))) {
    throw new DomainError(
      `rectangle = [${left}, ${right}] x [${bottom}, ${top}], expected a bounded one that is not empty`,
    );
  }
  const { sum, budget, maximum } = setUp(logits, slopes, options);
  if (sum.classes === 1) return { ghosts: [], count: 0, complete: true, evaluations: 0 };
  const scaled = (t: number): number => scaleByPower(t, sum.exponent);
  const inUnits = {
    left: scaled(left),
    right: scaled(right),
    bottom: scaled(bottom),
    top: scaled(top),
  };
  const ghosts: Ghost[] = [];
  let total: number | undefined = 0;
  for (const { part, mirrored } of upperParts(sum, inUnits)) {
    const gathering = new Gathering(sum, budget);
    const count = gathering.count(boundary(part));
    if (typeof count === "string") total = undefined;
    else if (total !== undefined) total += count;
    if (typeof count === "number" && count > 0) gathering.gather(part, count, 0);
    for (const zero of gathering.zeros) {
      const inside =
        zero.x > part.left && zero.x < part.right && zero.y > part.bottom && zero.y < part.top;
      if (inside) ghosts.push(ghostOf(sum, zero, mirrored));
    }
  }
  return finished(ghosts, total, maximum - budget.left);
}

/**
 * All zeros of F in a disk; see {@link ghostsInRectangle}.
 *
 * @param centre - of the disk.
 * @param radius - > 0.
 */
export function ghostsInDisk(
  logits: ArrayLike<number>,
  slopes: ArrayLike<number>,
  centre: ComplexPoint,
  radius: number,
  options: GhostRegionOptions = {},
): GhostRegion {
  requirePositive("radius", radius);
  if (!Number.isFinite(centre.re + centre.im)) {
    throw new DomainError(`centre = ${centre.re} + ${centre.im} i is not finite`);
  }
  const { sum, budget, maximum } = setUp(logits, slopes, options);
  if (sum.classes === 1) return { ghosts: [], count: 0, complete: true, evaluations: 0 };
  const x = scaleByPower(centre.re, sum.exponent);
  const y = scaleByPower(centre.im, sum.exponent);
  const r = scaleByPower(radius, sum.exponent);
  const whole = new Gathering(sum, budget);
  const counted = whole.count([arc(r, 0, Math.PI, x, y), arc(r, Math.PI, 2 * Math.PI, x, y)]);
  const total = typeof counted === "number" ? counted : undefined;
  const ghosts: Ghost[] = [];
  if (total !== undefined && total > 0) {
    // A little more than the bounding square, so that zeros on its sides are unlikely.
    const reach = 1.0123 * r;
    const square = { left: x - reach, right: x + reach, bottom: y - reach, top: y + reach };
    for (const { part, mirrored } of upperParts(sum, square)) {
      const gathering = new Gathering(sum, budget);
      const count = gathering.count(boundary(part));
      // Where the square's own boundary cannot be followed, what Newton finds is checked against the disk's count.
      gathering.gather(part, typeof count === "number" ? count : total, 0);
      for (const zero of gathering.zeros) {
        const gap = Math.hypot(zero.x - x, (mirrored ? -zero.y : zero.y) - y);
        if (gap + zero.radius < r) ghosts.push(ghostOf(sum, zero, mirrored));
      }
    }
  }
  return finished(ghosts, total, maximum - budget.left);
}

function finished(ghosts: Ghost[], count: number | undefined, evaluations: number): GhostRegion {
  const found = ghosts.reduce((n, ghost) => n + ghost.multiplicity, 0);
  return { ghosts: byModulus(ghosts), count, complete: found === count, evaluations };
}
