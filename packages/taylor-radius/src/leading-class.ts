import { exp } from "@xent/kernels";
import { classWeights, WEIGHT_ERROR } from "./class-weights.js";
import { type Competitors, newCompetitors } from "./competitors.js";
import { exponentOf, U } from "./directed-rounding.js";
import { SlopeBins } from "./slope-bins.js";
import { halfSpreadUp } from "./spread.js";

/** Below so many competitors a pass over all of them is cheaper than the bins. */
export const BINNED_FROM = 64;

/** A row of logits and slopes: entries `start`..`start + classes - 1` of each. */
export interface Row {
  readonly logits: Float64Array;
  readonly slopes: Float64Array;
  readonly start: number;
  readonly classes: number;
}

/** Range of the slopes of a row, over its classes that are not masked. */
export interface SlopeRange {
  minimum: number;
  maximum: number;
  /** 1, 2, or 3 for more. */
  distinct: number;
  /** Largest logit, and the slope of the first class that has it. */
  top: number;
  topSlope: number;
}

export function newSlopeRange(): SlopeRange {
  return { minimum: 0, maximum: 0, distinct: 1, top: 0, topSlope: 0 };
}

/** One pass over the row. */
export function slopeRange(row: Row, out: SlopeRange): void {
  const { logits, slopes, start, classes } = row;
  let minimum = Infinity;
  let maximum = -Infinity;
  let top = -Infinity;
  let topSlope = 0;
  for (let k = start; k < start + classes; k++) {
    const z = logits[k]!;
    if (z === -Infinity) continue;
    const a = slopes[k]!;
    if (a < minimum) minimum = a;
    if (a > maximum) maximum = a;
    if (z > top) {
      top = z;
      topSlope = a;
    }
  }
  out.minimum = minimum;
  out.maximum = maximum;
  out.top = top;
  out.topSlope = topSlope;
  out.distinct = minimum === maximum ? 1 : 2;
  for (let k = start; k < start + classes && out.distinct === 2; k++) {
    const a = slopes[k]!;
    if (a !== minimum && a !== maximum && logits[k]! > -Infinity) out.distinct = 3;
  }
}

/** Memory of the search for a leading class, for rows of up to so many classes as it has met. */
export class LeadingClass {
  /** Relative to the leader. Valid after {@link relate}. */
  competitors: Competitors = newCompetitors(0);
  /** The same terms in bins, with the leader's weight; undefined for few classes. */
  bins: SlopeBins | undefined;
  /** Slope of the leader, and its weight. Valid after {@link find} was true. */
  leader = 0;
  leaderWeight = 0;
  /** a = 2^exponent times the slopes of `competitors`, from that of the leader. */
  exponent = 0;
  /** Of all classes after {@link find}, e^(z - top); after {@link relate} those of the competitors. */
  weights: Float64Array = new Float64Array(0);
  private readonly allBins = new SlopeBins();

  /**
   * Whether the classes of one slope may outweigh all others together; fills in leader and weights.
   * Equal slopes act as one class: their weights e^z add. The class of largest logit is tried first, then the
   * winner of a majority vote by weight (Boyer and Moore), which is the only slope that can have a majority.
   * Weights round: false is wrong only for majorities of a relative 1e-9, whose interval is so short
   * that no digit of a radius sees it.
   */
  find(row: Row, range: SlopeRange): boolean {
    const { slopes, start, classes } = row;
    if (this.weights.length < classes) {
      this.weights = new Float64Array(classes);
      this.competitors = newCompetitors(classes);
    }
    const { weights } = this;
    let total = 0;
    let own = 0;
    let leader = range.topSlope;
    classWeights(row, range.top, weights);
    for (let j = 0; j < classes; j++) {
      const w = weights[j]!;
      total += w;
      if (slopes[start + j] === leader) own += w;
    }
    const needed = (total / 2) * (1 - 4 * WEIGHT_ERROR);
    if (!(own > needed)) {
      leader = this.vote(row);
      own = 0;
      for (let j = 0; j < classes; j++) if (slopes[start + j] === leader) own += weights[j]!;
      if (!(own > needed)) return false;
    }
    this.leader = leader;
    this.leaderWeight = own;
    return true;
  }

  private vote({ slopes, start, classes }: Row): number {
    const { weights } = this;
    let winner = slopes[start]!;
    let lead = 0;
    for (let j = 0; j < classes; j++) {
      const w = weights[j]!;
      const a = slopes[start + j]!;
      if (a === winner) lead += w;
      else if (lead >= w) lead -= w;
      else {
        winner = a;
        lead = w - lead;
      }
    }
    return winner;
  }

  /** Competitors of the leader, with errors; their slopes in units of 2^exponent, which puts the spread in 1..2. */
  relate(row: Row, { minimum, maximum }: SlopeRange): void {
    const { logits, slopes, start, classes } = row;
    const { weights, competitors: of, leader } = this;
    this.exponent = exponentOf(halfSpreadUp(minimum, maximum)) + 1;
    // Two factors: 2^-exponent itself may overflow.
    const one = 2 ** -Math.trunc(this.exponent / 2);
    const two = 2 ** -(this.exponent - Math.trunc(this.exponent / 2));
    const centre = leader * one * two;
    const low = minimum * one * two - centre;
    const high = maximum * one * two - centre;
    const { top, log, error } = mergedLogit(row, leader);
    let count = 0;
    const { b, c, errors } = of;
    for (let j = 0; j < classes; j++) {
      const a = slopes[start + j]!;
      const z = logits[start + j]!;
      if (a === leader || z === -Infinity) continue;
      // The difference may overflow to -Infinity: the class then weighs nothing.
      const gap = Math.max(z - top, -Number.MAX_VALUE);
      const relative = gap - log;
      b[count] = relative;
      c[count] = a * one * two - centre;
      errors[count] = error + U * (Math.abs(gap) + Math.abs(relative));
      weights[count++] = weights[j]!;
    }
    of.count = count;
    // Scaling is exact, down to subnormals.
    of.slopeError = 2 ** -1000;
    of.reach = Math.max(-low, high) * (1 + 4 * U);
    this.bins = undefined;
    if (count >= BINNED_FROM) {
      this.allBins.fill(c, weights, count, low, high);
      this.bins = this.allBins;
    }
  }
}

/** Logit of all classes of one slope together: top + log, `error` bounding that of log. */
export function mergedLogit(
  { logits, slopes, start, classes }: Row,
  slope: number,
): { readonly top: number; readonly log: number; readonly error: number } {
  let top = -Infinity;
  let equals = 0;
  for (let k = start; k < start + classes; k++) {
    if (slopes[k] !== slope) continue;
    equals++;
    top = Math.max(top, logits[k]!);
  }
  if (equals === 1) return { top, log: 0, error: 0 };
  let sum = 0;
  let weighted = 0;
  for (let k = start; k < start + classes; k++) {
    if (slopes[k] !== slope) continue;
    const gap = logits[k]! - top;
    const e = exp(gap);
    sum += e;
    weighted += gap > -800 ? e * -gap : 0;
  }
  const log = Math.log(sum);
  // Rounded gaps (weighted / sum <= 800), exp, additions, and log itself. The sum is at least 1: beside it the
  // 2^-1074 by which a subnormal exp may be off is nothing.
  return { top, log, error: U * (weighted / sum + 8 + equals + 4 * log) };
}
