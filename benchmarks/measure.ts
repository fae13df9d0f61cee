import { Bench } from "tinybench";
import type { BenchCase } from "./bench-case.js";

/** What was measured of one case. */
export interface Row {
  readonly group: string;
  readonly name: string;
  readonly size: number;
  /** Milliseconds a run: median over all rounds. */
  readonly median: number;
  /** Milliseconds of the fastest run of all: what the machine can do when others leave it alone. */
  readonly least: number;
  /** time / time of the first case of the same group and size, paired by round: least, median, greatest. */
  readonly ratio: readonly [number, number, number];
  /** Milliseconds a run in each round, medians: their spread is that of the machine. */
  readonly rounds: readonly number[];
  readonly operations?: number;
  readonly law?: number;
  readonly bytes?: number;
  readonly note?: string;
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

/** Times the cases of one group and size in turn, round after round, so that ratios are paired. */
export async function timeTogether(
  cases: readonly BenchCase[],
  rounds: number,
  time: number,
): Promise<Row[]> {
  const notes: (string | undefined)[] = [];
  for (const c of cases) {
    await c.check?.();
    notes.push(c.note?.());
  }
  const medians = cases.map((): number[] => []);
  const least = cases.map(() => Infinity);
  for (let round = 0; round < rounds; round++) {
    for (const [i, c] of cases.entries()) {
      if (c.once) {
        if (round > 0) continue;
        const began = performance.now();
        notes[i] = String(await c.run());
        least[i] = performance.now() - began;
        medians[i]!.push(least[i]);
        continue;
      }
      const bench = new Bench({
        time,
        warmupTime: round === 0 ? time : 0,
        warmup: round === 0,
        iterations: 1,
        warmupIterations: 1,
      });
      bench.add(c.name, () => c.run());
      await bench.run();
      const result = bench.tasks[0]!.result;
      if (!("latency" in result))
        throw new Error(
          `${c.group} ${c.name}: ${String("error" in result ? result.error : result.state)}`,
        );
      medians[i]!.push(result.latency.p50);
      least[i] = Math.min(least[i]!, result.latency.min);
    }
  }
  return cases.map((c, i) => {
    const ratios = ascending(medians[i]!.map((t, round) => t / medians[0]![round]!));
    return {
      group: c.group,
      name: c.name,
      size: c.size,
      median: quantile(ascending(medians[i]!), 0.5),
      least: least[i]!,
      rounds: medians[i]!,
      ratio: [ratios[0]!, quantile(ratios, 0.5), ratios.at(-1)!],
      ...(c.operations === undefined ? {} : { operations: c.operations }),
      ...(c.law === undefined ? {} : { law: c.law }),
      ...(c.bytes === undefined ? {} : { bytes: c.bytes }),
      ...(notes[i] === undefined ? {} : { note: notes[i] }),
    };
  });
}
