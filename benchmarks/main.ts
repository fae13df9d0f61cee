import { Command, InvalidArgumentError } from "commander";
import { Bench } from "tinybench";
import type { BenchCase } from "./bench-case.js";
import { suites } from "./suites.js";

interface Row {
  readonly group: string;
  readonly name: string;
  readonly size: number;
  /** Milliseconds a run: median over all rounds. */
  readonly median: number;
  /** time / time of the first case of the same group and size, paired by round: least, median, greatest. */
  readonly ratio: readonly [number, number, number];
  readonly note?: string;
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

/** Times the cases of one group and size in turn, round after round, so that ratios are paired. */
async function timeTogether(
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
  for (let round = 0; round < rounds; round++) {
    for (const [i, c] of cases.entries()) {
      if (c.once) {
        if (round > 0) continue;
        const began = performance.now();
        notes[i] = String(await c.run());
        medians[i]!.push(performance.now() - began);
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
    }
  }
  return cases.map((c, i) => {
    const ratios = ascending(medians[i]!.map((t, round) => t / medians[0]![round]!));
    return {
      group: c.group,
      name: c.name,
      size: c.size,
      median: quantile(ascending(medians[i]!), 0.5),
      ratio: [ratios[0]!, quantile(ratios, 0.5), ratios.at(-1)!],
      ...(notes[i] === undefined ? {} : { note: notes[i] }),
    };
  });
}

function positiveInteger(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1)
    throw new InvalidArgumentError(`${text} is not an integer >= 1`);
  return n;
}

const program = new Command("bench")
  .description("times our kernels beside the peers; ratios are paired within one run")
  .argument("[filter]", "only cases whose group or name contains this text")
  .option("--json", "print one JSON document")
  .option("--rounds <n>", "rounds a case, in turn with the others of its group", positiveInteger, 5)
  .option("--time <ms>", "milliseconds a case in each round", positiveInteger, 100)
  .action(
    async (filter: string | undefined, options: { json?: true; rounds: number; time: number }) => {
      const rows: Row[] = [];
      for (const suite of suites) {
        const all = await suite();
        const wanted = new Set(
          all
            .filter(
              (c) => filter === undefined || c.group.includes(filter) || c.name.includes(filter),
            )
            .map((c) => `${c.group} ${c.size}`),
        );
        for (const key of wanted) {
          const together = await timeTogether(
            all.filter((c) => `${c.group} ${c.size}` === key),
            options.rounds,
            options.time,
          );
          rows.push(...together);
          if (options.json) continue;
          for (const r of together) {
            console.log(
              `${r.group.padEnd(34)} ${String(r.size).padStart(8)}  ${r.name.padEnd(28)} ${r.median.toPrecision(4).padStart(10)} ms   x ${r.ratio[1].toFixed(2)} (${r.ratio[0].toFixed(2)} to ${r.ratio[2].toFixed(2)})${r.note === undefined ? "" : `   ${r.note}`}`,
            );
          }
        }
      }
      if (rows.length === 0) {
        program.error(`no case matches "${filter ?? ""}"`, { exitCode: 2 });
      }
      if (options.json) console.log(JSON.stringify({ node: process.version, rows }, null, 2));
    },
  );

await program.parseAsync();
