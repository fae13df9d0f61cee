import type * as fc from "fast-check";

/** How far a subject is from a statement on one case: it holds iff `error <= tolerance`. */
export interface Measurement {
  /** Distance from the statement, >= 0, in the unit of `tolerance`. NaN counts as a failure. */
  readonly error: number;
  /** The bound that `error` must stay under; derived from rounding, never tuned. */
  readonly tolerance: number;
}

/**
 * A statement that must hold for every case, as code that measures by how much it holds.
 *
 * `Subject` is the implementation under test: a package passes its own; anyone can pass theirs.
 * `measure` may call `fc.pre` to discard a case to which the statement does not apply.
 */
export interface Invariant<Case, Subject> {
  /** Unique, stable, `package/statement-in-kebab-case`. */
  readonly id: string;
  /** One sentence that can be true or false, with its formula. */
  readonly statement: string;
  /** Theorem, section or proof it rests on, e.g. "[G] Theorem 4.6" or "[ours] docs/theory 3.2". */
  readonly source: string;
  readonly arbitrary: fc.Arbitrary<Case>;
  /** Synchronous and deterministic: the same case and subject give the same numbers. */
  measure(this: void, testCase: Case, subject: Subject): Measurement;
}

/** An invariant whose case type nobody needs to know: what a suite is a list of. */
// biome-ignore lint/suspicious/noExplicitAny: a suite mixes case types; each is closed over its own arbitrary
export type AnyInvariant<Subject> = Invariant<any, Subject>;

/** Identity with inference: `defineInvariant<Subject>()({...})` infers the case type. */
export function defineInvariant<Subject>(): <Case>(
  invariant: Invariant<Case, Subject>,
) => Invariant<Case, Subject> {
  return (invariant) => invariant;
}

/** Half the distance from 1 to the next double: the relative error of one float64 rounding. */
export const UNIT_ROUNDOFF_FLOAT64: number = 2 ** -53;

/** A subject may declare that it computes with less than float64. */
export interface DeclaredPrecision {
  /** Unit roundoff of its arithmetic, e.g. 2^-24 for float32. Default 2^-53. */
  readonly unitRoundoff?: number;
}

/** The unit roundoff that tolerances of `subject` are built on. */
export function unitRoundoff(subject: DeclaredPrecision): number {
  return subject.unitRoundoff ?? UNIT_ROUNDOFF_FLOAT64;
}
