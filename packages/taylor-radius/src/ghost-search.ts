import type { Budget, TrackingFailure } from "./argument-tracking.js";
import { above, below } from "./directed-rounding.js";
import type { DominanceInterval } from "./dominance.js";
import { type ExponentialSum, newEvaluation } from "./exponential-sum.js";
import { deflatedStep, guesses, type Hinted, polish } from "./ghost-candidates.js";
import { countUpperHalfDisk } from "./upper-half-disk.js";
import { type IsolatedZero, isolateCluster, isolateSimple } from "./zero-isolation.js";

/** What a search proved, in the units of the normal form. */
export interface SearchOutcome {
  /** No zero below; a zero not above (Infinity when none is proven). */
  lower: number;
  upper: number;
  /** The nearest zero found, proven or not. */
  nearest: { readonly x: number; readonly y: number } | undefined;
  /** Why the search stopped without an answer; undefined when lower and upper enclose one zero's disk. */
  failure: TrackingFailure | undefined;
}

const GUESSES = 4;
const ROUNDS = 60;

/**
 * Adds a zero's disk to a list of disjoint ones unless it meets one of them, or the real axis; a cluster's disk replaces
 * those that it contains whole, if it has more zeros than each. False: the list is as it was.
 */
export function addDisjoint(zeros: IsolatedZero[], zero: IsolatedZero): boolean {
  if (zero.y - zero.radius <= 0) return false;
  const gap = (other: IsolatedZero): number => Math.hypot(zero.x - other.x, zero.y - other.y);
  const met = zeros.filter((other) => gap(other) <= zero.radius + other.radius);
  const replaces = (other: IsolatedZero): boolean =>
    gap(other) + other.radius < zero.radius && other.multiplicity < zero.multiplicity;
  if (!met.every(replaces)) return false;
  for (const other of met) zeros.splice(zeros.indexOf(other), 1);
  zeros.push(zero);
  return true;
}

/** Multiplicities of disjoint disks within the circle of a radius about 0; undefined when one straddles it. */
export function multiplicityBelow(
  zeros: readonly IsolatedZero[],
  radius: number,
): number | undefined {
  let total = 0;
  for (const zero of zeros) {
    const modulus = Math.hypot(zero.x, zero.y);
    if (modulus + zero.radius < radius * (1 - 1e-13)) total += zero.multiplicity;
    else if (modulus - zero.radius <= radius * (1 + 1e-13)) return undefined;
  }
  return total;
}

/** State of one search: zeros isolated so far and the radii proven so far. */
class Search {
  readonly zeros: IsolatedZero[] = [];
  readonly outcome: SearchOutcome;
  private readonly sum: ExponentialSum;
  private readonly dominance: DominanceInterval;
  private readonly budget: Budget;
  private readonly tolerance: number;
  private hints: Hinted[] = [];
  private readonly at = newEvaluation();

  constructor(
    sum: ExponentialSum,
    dominance: DominanceInterval,
    lower: number,
    tolerance: number,
    budget: Budget,
  ) {
    this.sum = sum;
    this.dominance = dominance;
    this.budget = budget;
    this.tolerance = tolerance;
    this.outcome = { lower, upper: Infinity, nearest: undefined, failure: undefined };
  }

  /** Modulus of the nearest isolated zero; Infinity when there is none. */
  nearestModulus(): number {
    let nearest = Infinity;
    for (const zero of this.zeros) nearest = Math.min(nearest, Math.hypot(zero.x, zero.y));
    return nearest;
  }

  /** Tries to isolate a zero at the last evaluated point; true when it is a new one. */
  private add(): boolean {
    const { at, zeros } = this;
    const modulus = Math.hypot(at.x, at.y);
    if (zeros.some((zero) => Math.hypot(zero.x - at.x, zero.y - at.y) <= 2 * zero.radius)) {
      return false;
    }
    const nearest = this.outcome.nearest;
    if (nearest === undefined || modulus < Math.hypot(nearest.x, nearest.y)) {
      this.outcome.nearest = { x: at.x, y: at.y };
    }
    const simple = isolateSimple(this.sum, at);
    if (simple !== undefined) return this.keep(simple);
    const cluster = isolateCluster(this.sum, at.x, at.y, this.budget);
    if (cluster === undefined) return false;
    if (cluster.separable && this.split(cluster)) return true;
    return this.keep(cluster);
  }

  private keep(zero: IsolatedZero): boolean {
    if (!addDisjoint(this.zeros, zero)) return false;
    const upper = above(above(Math.hypot(zero.x, zero.y), 4) + zero.radius);
    this.outcome.upper = Math.min(this.outcome.upper, upper);
    return true;
  }

  /** Looks for the single zeros of a cluster; true when all are isolated. */
  private split(cluster: IsolatedZero): boolean {
    const before = this.zeros.length;
    const { x, y, radius, multiplicity } = cluster;
    for (let i = 0; i < 2 * multiplicity; i++) {
      // No symmetry axis: on one, Newton can only move along it.
      const angle = 0.3 + (Math.PI * i) / multiplicity;
      const startX = x + 0.7 * radius * Math.cos(angle);
      const startY = y + 0.7 * radius * Math.sin(angle);
      if (!polish(this.sum, startX, startY, Infinity, this.zeros, this.budget, this.at)) continue;
      const simple = isolateSimple(this.sum, this.at);
      const inside =
        simple !== undefined &&
        Math.hypot(simple.x - x, simple.y - y) + simple.radius < radius * (1 - 1e-9);
      if (inside) this.keep(simple);
      if (this.zeros.length === before + multiplicity) return true;
    }
    return false;
  }

  private find(x: number, y: number, limit: number, deflate: boolean): boolean {
    const known = deflate ? this.zeros : [];
    if (!polish(this.sum, x, y, limit, known, this.budget, this.at)) return false;
    return this.add();
  }

  /** Newton from a few guesses, nearest first. */
  start(): void {
    for (const guess of guesses(this.sum, GUESSES)) {
      const best = this.nearestModulus();
      if (Math.hypot(guess.x, guess.y) > 1.5 * best) continue;
      this.find(guess.x, guess.y, 1.3 * best, false);
    }
  }

  /** Newton from the best stops of the last count, away from known zeros. */
  private hunt(limit: number): boolean {
    let found = false;
    const starts = this.hints
      .map((hint) => deflatedStep(hint, this.zeros))
      .sort((s, t) => s.step - t.step);
    for (const start of starts.slice(0, 6)) {
      if (this.find(start.x, start.y, 1.5 * limit, true)) {
        found = true;
        if (this.nearestModulus() < 0.98 * limit) break;
      }
    }
    return found;
  }

  /** Counts zeros below `radius`; updates the proven radii. */
  private count(radius: number): number | TrackingFailure {
    this.hints = [];
    const counted = countUpperHalfDisk(
      this.sum,
      this.dominance,
      radius,
      this.budget,
      (x, y, stepRe, stepIm) => this.hints.push({ x, y, stepRe, stepIm }),
    );
    if ("failure" in counted) return counted.failure;
    // The contour follows the circle to a relative 2^-50.
    if (counted.count === 0) {
      this.outcome.lower = Math.max(this.outcome.lower, radius * (1 - 2 ** -49));
    } else {
      this.outcome.upper = Math.min(this.outcome.upper, radius * (1 + 2 ** -49));
    }
    return counted.count;
  }

  /** A radius above the nearest zeros, in the widest gap between the moduli at hand. */
  private outerRadius(share: number): number {
    let first: IsolatedZero | undefined;
    let nearest = Infinity;
    for (const zero of this.zeros) {
      const modulus = Math.hypot(zero.x, zero.y);
      if (modulus < nearest) {
        nearest = modulus;
        first = zero;
      }
    }
    // Two terms alone have zeros 2 pi / |d_i - d_j| apart: the next one is guessed not to be nearer.
    const next = Math.hypot(first!.x, first!.y + Math.PI / this.sum.halfWidth);
    const end = Math.min(1.2 * nearest, next);
    const moduli = this.zeros
      .map((zero) => Math.hypot(zero.x, zero.y) + zero.radius)
      .filter((modulus) => modulus < end)
      .sort((a, b) => a - b);
    moduli.push(end);
    let best = 0;
    for (let i = 1; i + 1 < moduli.length; i++) {
      if (moduli[i + 1]! - moduli[i]! > moduli[best + 1]! - moduli[best]!) best = i;
    }
    const low = moduli[best] ?? nearest;
    const high = moduli[best + 1] ?? end;
    return low + share * (high - low);
  }

  run(): void {
    this.start();
    let share = 0.5;
    let ring = 1.25;
    for (let round = 0; round < ROUNDS && this.budget.left > 0; round++) {
      const { lower, upper } = this.outcome;
      const nearest = this.nearestModulus();
      if (nearest === Infinity) {
        // Nothing isolated yet: grow from the bound, or halve the bracket, hunting from the contour.
        const radius = upper < Infinity ? Math.sqrt(lower) * Math.sqrt(upper) : lower * ring;
        if (this.narrow()) break;
        const counted = this.count(radius);
        if (typeof counted === "string") {
          this.outcome.failure = counted;
          if (counted === "range" || upper < Infinity || ring < 1.01) break;
          ring = 1 + (ring - 1) * 0.7;
        }
        if (counted !== 0) this.hunt(radius);
        continue;
      }
      // While excess zeros hide, alternate between a circle just outside and one well inside.
      const outer = this.outerRadius(share);
      const expected = multiplicityBelow(this.zeros, outer);
      const counted = expected === undefined ? "zero-near-contour" : this.count(outer);
      if (counted === expected) {
        this.conclude();
        return;
      }
      if (typeof counted === "string") this.outcome.failure = counted;
      const found = counted !== 0 && this.hunt(outer);
      if (found) {
        share = 0.5;
        continue;
      }
      if (share > 1e-3) {
        share *= 0.3;
        continue;
      }
      if (this.narrow()) break;
      const inner = this.count(Math.sqrt(this.outcome.lower) * Math.sqrt(this.outcome.upper));
      if (typeof inner === "string") {
        this.outcome.failure = inner;
        this.raiseLower(nearest);
        break;
      }
      if (inner > 0 && this.hunt(nearest)) share = 0.5;
    }
    if (this.budget.left <= 0) this.outcome.failure = "budget";
    else this.outcome.failure ??= "zero-near-contour";
  }

  private narrow(): boolean {
    return this.outcome.upper <= this.outcome.lower * (1 + this.tolerance);
  }

  /** Circles inside the nearest zero found, at growing distances, until one is proven empty. */
  private raiseLower(nearest: number): void {
    for (let gap = 1e-9; gap < 0.3; gap *= 10) {
      const radius = nearest * (1 - gap);
      if (radius <= this.outcome.lower || typeof this.count(radius) === "number") return;
    }
  }

  /** All zeros below the outer circle are isolated: the nearest one is among them. */
  private conclude(): void {
    let lower = Infinity;
    let upper = Infinity;
    for (const zero of this.zeros) {
      const modulus = Math.hypot(zero.x, zero.y);
      lower = Math.min(lower, below(below(modulus, 4) - zero.radius));
      const high = above(above(modulus, 4) + zero.radius);
      if (high < upper) {
        upper = high;
        this.outcome.nearest = { x: zero.x, y: zero.y };
      }
    }
    this.outcome.lower = Math.max(this.outcome.lower, lower);
    this.outcome.upper = upper;
    this.outcome.failure = undefined;
  }
}

/**
 * Brackets the smallest modulus of a zero of F.
 *
 * @param lower - a bound proven before, > 0.
 * @param tolerance - relative width of a bracket that need not be narrowed by counting alone.
 */
export function searchNearest(
  sum: ExponentialSum,
  dominance: DominanceInterval,
  lower: number,
  tolerance: number,
  budget: Budget,
): SearchOutcome {
  const search = new Search(sum, dominance, lower, tolerance, budget);
  search.run();
  return search.outcome;
}
