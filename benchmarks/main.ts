import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import type { BenchCase } from "./bench-case.js";
import { DOCUMENTED, writeDocs, writePlots } from "./docs.js";
import { growthOf } from "./growth.js";
import { type Row, timeTogether } from "./measure.js";
import { nativeTimes } from "./native.js";
import { htmlPage, markdownTables, type Skipped } from "./page.js";
import { suites } from "./suites.js";

interface Options {
  readonly json?: true;
  readonly native?: true;
  readonly html?: string;
  readonly markdown?: string;
  readonly plots?: string;
  readonly docs?: string;
  readonly rounds: number;
  readonly time: number;
}

function positiveInteger(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1)
    throw new InvalidArgumentError(`${text} is not an integer >= 1`);
  return n;
}

function print(r: Row): void {
  console.log(
    `${r.group.padEnd(34)} ${String(r.size).padStart(8)}  ${r.name.padEnd(28)} ${r.median.toPrecision(4).padStart(10)} ms, least ${r.least.toPrecision(4).padStart(9)}   x ${r.ratio[1].toFixed(2)} (${r.ratio[0].toFixed(2)} to ${r.ratio[2].toFixed(2)})${r.note === undefined ? "" : `   ${r.note}`}`,
  );
}

/** The C reference as a row beside those of its group; it ran apart, so its ratio is not paired. */
function nativeRow(beside: Row, time: number): Row {
  const ratio = time / beside.median;
  const { group, size, operations, bytes } = beside;
  return {
    group,
    size,
    name: "C, -Ofast -march=native",
    median: time,
    least: time,
    rounds: [time],
    ratio: [ratio, ratio, ratio],
    ...(operations === undefined ? {} : { operations }),
    ...(bytes === undefined ? {} : { bytes }),
  };
}

/** Rows of all cases wanted, and the peers that cannot do their work. */
async function measure(
  filter: string | undefined,
  options: Options,
): Promise<{ readonly rows: Row[]; readonly skipped: Skipped[] }> {
  const native = options.native ? nativeTimes() : undefined;
  if (options.native && native === undefined) console.error("no C compiler: no native reference");
  const matches = ({ group, name }: BenchCase): boolean =>
    (filter === undefined || group.includes(filter) || name.includes(filter)) &&
    (options.docs === undefined || DOCUMENTED.includes(group));
  const rows: Row[] = [];
  const skipped: Skipped[] = [];
  for (const suite of suites) {
    const all = await suite();
    const wanted = new Set<string>();
    for (const c of all.filter(matches)) {
      const { group, name, size, skip } = c;
      if (skip === undefined) wanted.add(`${group} ${size}`);
      else {
        skipped.push({ group, name, reason: skip });
        // Not on standard output, which --json owns.
        console.error(`${group}: not ${name}: ${skip}`);
      }
    }
    for (const key of wanted) {
      const together = await timeTogether(
        all.filter((c) => `${c.group} ${c.size}` === key),
        options.rounds,
        options.time,
      );
      const time = native?.get(key);
      if (time !== undefined) together.push(nativeRow(together[0]!, time));
      rows.push(...together);
      if (!options.json) together.forEach(print);
    }
  }
  return { rows, skipped };
}

const program = new Command("bench")
  .description("times our kernels beside the peers; ratios are paired within one run")
  .argument("[filter]", "only cases whose group or name contains this text")
  .option("--json", "print one JSON document")
  .option("--html <file>", "write a page with plots against size")
  .option("--markdown <file>", "write tables, with rates and exponents of growth")
  .option("--plots <folder>", "write the plots as SVG files")
  .option("--docs <folder>", "time what docs/performance.md shows, and write its plots and tables")
  .option("--native", "compile and time a C reference too, when there is a compiler")
  .option("--rounds <n>", "rounds a case, in turn with the others of its group", positiveInteger, 5)
  .option("--time <ms>", "milliseconds a case in each round", positiveInteger, 100)
  .action(async (filter: string | undefined, options: Options) => {
    const { rows, skipped } = await measure(filter, options);
    if (rows.length === 0) program.error(`no case matches "${filter ?? ""}"`, { exitCode: 2 });
    const machine = `Node ${process.versions.node}, ${cpus()[0]?.model.trim() ?? "unknown processor"}, ${new Date().toISOString().slice(0, 10)}`;
    const growth = growthOf(rows);
    if (options.json) {
      console.log(
        JSON.stringify({ node: process.version, machine, rows, growth, skipped }, null, 2),
      );
    } else {
      for (const { group, name, whole, verdict } of growth) {
        console.log(
          `${group.padEnd(34)} ${name.padEnd(28)} grows as size^${whole.exponent.toFixed(2)}, ${whole.excess.toFixed(2)} above theory: ${verdict}`,
        );
      }
    }
    if (options.html !== undefined) {
      writeFileSync(options.html, htmlPage(rows, skipped, machine));
    }
    if (options.markdown !== undefined) writeFileSync(options.markdown, markdownTables(rows));
    if (options.plots !== undefined) writePlots(options.plots, rows);
    if (options.docs !== undefined) writeDocs(options.docs, rows, machine);
  });

await program.parseAsync();
