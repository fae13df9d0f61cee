import type { Measurement } from "./invariant.js";

/**
 * Of many errors with their tolerances, the one that is worst in proportion: what a case with many entries
 * reports. NaN in either place, or a negative tolerance, is as bad as can be, and later entries do not hide it.
 */
export class WorstMeasurement {
  #worst: Measurement = { error: 0, tolerance: 0 };
  #ratio = 0;

  /** The worst of a list; error 0, tolerance 0 for none. */
  static of(measurements: Iterable<Measurement>): Measurement {
    const worst = new WorstMeasurement();
    for (const { error, tolerance } of measurements) worst.add(error, tolerance);
    return worst.measurement;
  }

  /** Takes one more; 0 of 0 is no error. */
  add(error: number, tolerance: number): void {
    const quotient = error === 0 ? 0 : error / tolerance;
    const ratio = Number.isNaN(quotient) || tolerance < 0 ? Infinity : quotient;
    if (ratio > this.#ratio) {
      this.#ratio = ratio;
      this.#worst = { error, tolerance };
    }
  }

  /** The worst so far; error 0 when none was above. */
  get measurement(): Measurement {
    return this.#worst;
  }
}

/**
 * Largest |difference| / bound over pairs: the error of a statement whose tolerance is a number of roundings.
 * 0 of 0 counts as 0, NaN as Infinity.
 */
export function worstQuotientOf(
  pairs: Iterable<readonly [difference: number, bound: number]>,
): number {
  let worst = 0;
  for (const [difference, bound] of pairs) {
    if (difference === 0) continue;
    const quotient = Math.abs(difference) / bound;
    // Number.isNaN asked first: a comparison with NaN would let the next entry replace it.
    if (Number.isNaN(quotient)) return Infinity;
    if (quotient > worst) worst = quotient;
  }
  return worst;
}

/** {@link worstQuotientOf} of two arrays, entry by entry; an entry without a bound counts as Infinity. */
export function worstQuotient(differences: ArrayLike<number>, bounds: ArrayLike<number>): number {
  return worstQuotientOf(
    Array.from(differences, (difference, i) => [difference, bounds[i] ?? Number.NaN]),
  );
}

/**
 * How many entries differ in a bit, the sign of zero included: the error of a statement that holds exactly.
 * NaN differs from everything, itself too; arrays of other lengths differ in the longer one's entries.
 */
export function entriesThatDiffer(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Math.max(a.length, b.length);
  let count = 0;
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(a[i]!) || !Object.is(a[i], b[i])) count++;
  }
  return count;
}
