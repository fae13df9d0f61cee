import type { Row } from "./measure.js";

/** How the time of one case grows. */
export interface Growth {
  readonly group: string;
  readonly name: string;
  readonly sizes: number;
  /** Least-squares slope of log (least time) over log size. */
  readonly exponent: number;
  /** The same slope of the counted operations: what theory says; undefined where none are counted. */
  readonly expected?: number;
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

/** Exponents of every case that was timed at three sizes or more. */
export function growthOf(rows: readonly Row[]): Growth[] {
  const byCase = new Map<string, Row[]>();
  for (const row of rows) {
    const key = `${row.group} ${row.name}`;
    byCase.set(key, [...(byCase.get(key) ?? []), row]);
  }
  return [...byCase.values()]
    .filter((of) => of.length >= 3)
    .map((of): Growth => {
      const sizes = of.map((r) => Math.log(r.size));
      const counted = of.flatMap((r) =>
        r.operations === undefined ? [] : [Math.log(r.operations)],
      );
      return {
        group: of[0]!.group,
        name: of[0]!.name,
        sizes: of.length,
        exponent: slope(
          sizes,
          of.map((r) => Math.log(r.least)),
        ),
        ...(counted.length === of.length ? { expected: slope(sizes, counted) } : {}),
      };
    });
}
