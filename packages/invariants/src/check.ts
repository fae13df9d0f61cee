import * as fc from "fast-check";
import type { Invariant, Measurement } from "./invariant.js";

/** Options of {@link check}. */
export interface CheckOptions<Case = unknown> {
  /** Cases to try. Default 100. */
  readonly runs?: number;
  /** Seed of the case generator; the same seed tries the same cases. Default: drawn from the clock, and reported. */
  readonly seed?: number;
  /** Path of one case (or of a shrunk one), as reported in {@link CheckResult.path}: tries that case alone. */
  readonly path?: string;
  /** Stop after this many milliseconds, keeping what is known so far. Default: no limit. */
  readonly timeLimit?: number;
  /** Cases tried before the random ones (regressions). */
  readonly examples?: readonly Case[];
  /** Called with error / tolerance of every case measured (not of shrinking attempts), in order. */
  readonly onRatio?: (ratio: number) => void;
}

/** What {@link check} found. */
export interface CheckResult<Case = unknown> {
  readonly id: string;
  readonly statement: string;
  readonly source: string;
  readonly status: "holds" | "fails" | "interrupted" | "too-many-discards";
  /** Cases measured; shrinking attempts are not counted. */
  readonly cases: number;
  /** Cases to which the statement did not apply. */
  readonly discarded: number;
  /** Largest error / tolerance over the cases measured: at most 1 when it holds. 0 / 0 counts as 0. */
  readonly worstRatio: number;
  /**
   * The measurement behind `worstRatio`, its case, and the path that replays it with `seed` (undefined for
   * one of `examples`); undefined when no case was measured.
   */
  readonly worst:
    | (Measurement & { readonly case: Case; readonly path: string | undefined })
    | undefined;
  /** When it fails: the shrunk counterexample with its measurement or the error that was thrown. */
  readonly counterexample:
    | { readonly case: Case; readonly measurement: Measurement | undefined; readonly error: string }
    | undefined;
  /** Replays this run. */
  readonly seed: number;
  /** With `seed`, replays the counterexample; undefined when it holds. */
  readonly path: string | undefined;
  /** Milliseconds. */
  readonly time: number;
}

function ratio(m: Measurement): number {
  if (m.error === 0) return 0;
  const r = m.error / m.tolerance;
  return Number.isNaN(r) || m.tolerance < 0 ? Infinity : r;
}

function holds(m: Measurement): boolean {
  // Written so that a NaN in either place fails.
  return m.error <= m.tolerance;
}

function requireOption(name: string, value: number | undefined, least: number): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= 0xffffffff)) {
    throw new RangeError(`${name} = ${value}, expected an integer in ${least}..${0xffffffff}`);
  }
}

/**
 * Tries `invariant` on random cases against `subject`, and reports the worst error with its case.
 * Never throws for a failing invariant; an exception of the subject is a failure of the invariant.
 *
 * @throws RangeError when `runs`, `seed` or `timeLimit` is no integer, or out of range.
 */
export function check<Case, Subject>(
  invariant: Invariant<Case, Subject>,
  subject: Subject,
  options: CheckOptions<Case> = {},
): CheckResult<Case> {
  requireOption("runs", options.runs, 1);
  requireOption("seed", options.seed, -0x80000000);
  requireOption("timeLimit", options.timeLimit, 0);
  const started = Date.now();
  const exampleCount = options.examples?.length ?? 0;
  let worst: CheckResult<Case>["worst"];
  let worstRatio = 0;
  let cases = 0;
  let tries = 0;
  let failing = false;

  const property = fc.property(invariant.arbitrary, (testCase) => {
    const index = tries++;
    let m: Measurement;
    try {
      m = invariant.measure(testCase, subject);
    } catch (error) {
      if (!fc.PreconditionFailure.isFailure(error)) {
        if (!failing) cases++;
        failing = true;
      }
      throw error;
    }
    const r = ratio(m);
    // After the first failure fast-check shrinks: those tries are not part of the sample.
    if (!failing) {
      cases++;
      options.onRatio?.(r);
      if (worst === undefined || r > worstRatio) {
        const path =
          options.path ?? (index < exampleCount ? undefined : String(index - exampleCount));
        worst = { error: m.error, tolerance: m.tolerance, case: testCase, path };
        worstRatio = r;
      }
    }
    if (!holds(m)) {
      failing = true;
      throw new Error(`error ${m.error} exceeds tolerance ${m.tolerance}`);
    }
  });

  const details = fc.check(property, {
    numRuns: options.path === undefined ? (options.runs ?? 100) : 1,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.path === undefined ? {} : { path: options.path, endOnFailure: true }),
    ...(options.timeLimit === undefined
      ? {}
      : { interruptAfterTimeLimit: options.timeLimit, markInterruptAsFailure: false }),
    ...(options.examples === undefined
      ? {}
      : { examples: options.examples.map((e): [Case] => [e]) }),
  });

  let counterexample: CheckResult<Case>["counterexample"];
  if (details.counterexample !== null) {
    const testCase = details.counterexample[0];
    let measurement: Measurement | undefined;
    let error = "";
    try {
      measurement = invariant.measure(testCase, subject);
      error = `error ${measurement.error} exceeds tolerance ${measurement.tolerance}`;
    } catch (thrown) {
      error = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
    }
    counterexample = { case: testCase, measurement, error };
  }
  const status =
    counterexample !== undefined
      ? "fails"
      : details.failed
        ? "too-many-discards"
        : details.interrupted
          ? "interrupted"
          : "holds";
  return {
    id: invariant.id,
    statement: invariant.statement,
    source: invariant.source,
    status,
    cases,
    discarded: details.numSkips,
    worstRatio: status === "fails" && worstRatio <= 1 ? Infinity : worstRatio,
    worst,
    counterexample,
    seed: details.seed,
    path: details.counterexamplePath ?? undefined,
    time: Date.now() - started,
  };
}
