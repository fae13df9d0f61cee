import type { Row } from "./measure.js";

/** How far an exponent may be from theory. */
export const TOLERANCE = 0.1;

/** Exponents over some neighbouring sizes. */
export interface Fit {
  /** From and to this size, at how many sizes. */
  readonly from: number;
  readonly to: number;
  readonly sizes: number;
  /** Least-squares slope of log time over log size, of the fastest runs. */
  readonly exponent: number;
  /**
   * The same slope after dividing the times by the law: 0 is growth just as theory says. Of the fastest runs, and
   * the least and greatest over the rounds.
   */
  readonly excess: number;
  readonly excessOfRounds: readonly [number, number];
}

/** How the time of one case grows. */
export interface Growth {
  readonly group: string;
  readonly name: string;
  readonly whole: Fit;
  /** Excess from each size to the next: where it changes, a cache does, or a fixed cost fades. */
  readonly steps: readonly number[];
  /** The longest run of sizes within which every step is within the tolerance, where that is not all. */
  readonly regime?: Fit;
  /** "as theory": the whole range is within the tolerance; "in a range": `regime` is, over three sizes or more. */
  readonly verdict: "as theory" | "in a range" | "off";
}

function slope(x: readonly number[], y: readonly number[]): number {
  const mean = (v: readonly number[]): number => v.reduce((s, e) => s + e, 0) / v.length;
  const [mx, my] = [mean(x), mean(y)];
  let [sxy, sxx] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    sxy += (x[i]! - mx) * (y[i]! - my);
    sxx += (x[i]! - mx) ** 2;
  }
  return sxy / sxx;
}

/** What a row's time is proportional to, as a theory of it says. */
const lawOf = (row: Row): number | undefined => row.law ?? row.operations;

function fit(rows: readonly Row[]): Fit {
  const sizes = rows.map((r) => Math.log(r.size));
  const over = (times: readonly number[]): number =>
    slope(
      sizes,
      rows.map((r, i) => Math.log(times[i]! / lawOf(r)!)),
    );
  const rounds = Math.min(...rows.map((r) => r.rounds.length));
  const each = Array.from({ length: rounds }, (_, k) => over(rows.map((r) => r.rounds[k]!)));
  return {
    from: rows[0]!.size,
    to: rows.at(-1)!.size,
    sizes: rows.length,
    exponent: slope(
      sizes,
      rows.map((r) => Math.log(r.least)),
    ),
    excess: over(rows.map((r) => r.least)),
    excessOfRounds: [Math.min(...each), Math.max(...each)],
  };
}

/** The longest run of neighbouring rows whose steps all keep the tolerance; the first of equals. */
function longestRegime(rows: readonly Row[], steps: readonly number[]): readonly Row[] {
  let best = [0, 0];
  let start = 0;
  steps.forEach((step, i) => {
    if (Math.abs(step) > TOLERANCE) start = i + 1;
    else if (i + 1 - start > best[1]! - best[0]!) best = [start, i + 1];
  });
  return rows.slice(best[0], best[1]! + 1);
}

function growthOfCase(unordered: readonly Row[]): Growth {
  const rows = [...unordered].sort((a, b) => a.size - b.size);
  const whole = fit(rows);
  const steps = rows.slice(1).map((row, i) => fit([rows[i]!, row]).excess);
  const { group, name } = rows[0]!;
  if (Math.abs(whole.excess) <= TOLERANCE) {
    return { group, name, whole, steps, verdict: "as theory" };
  }
  const regime = longestRegime(rows, steps);
  if (regime.length < 3) return { group, name, whole, steps, verdict: "off" };
  return { group, name, whole, steps, regime: fit(regime), verdict: "in a range" };
}

/** Growth of every case that was timed at three sizes or more and has a law, judged against it. */
export function growthOf(rows: readonly Row[]): Growth[] {
  const byCase = new Map<string, Row[]>();
  for (const row of rows) {
    const key = `${row.group} ${row.name}`;
    byCase.set(key, [...(byCase.get(key) ?? []), row]);
  }
  return [...byCase.values()]
    .filter((of) => of.length >= 3 && of.every((r) => lawOf(r) !== undefined))
    .map(growthOfCase);
}
