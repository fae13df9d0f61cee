import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { growthOf } from "./growth.js";
import { type Row, timeTogether } from "./measure.js";
import { nativeTimes } from "./native.js";
import { byGroup, htmlPage, markdownTables } from "./page.js";
import { growthPlot } from "./plot.js";
import { suites } from "./suites.js";

interface Options {
  readonly json?: true;
  readonly native?: true;
  readonly html?: string;
  readonly markdown?: string;
  readonly plots?: string;
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
    ratio: [ratio, ratio, ratio],
    ...(operations === undefined ? {} : { operations }),
    ...(bytes === undefined ? {} : { bytes }),
  };
}

async function measure(filter: string | undefined, options: Options): Promise<Row[]> {
  const native = options.native ? nativeTimes() : undefined;
  if (options.native && native === undefined) console.error("no C compiler: no native reference");
  const rows: Row[] = [];
  for (const suite of suites) {
    const all = await suite();
    const wanted = new Set(
      all
        .filter((c) => filter === undefined || c.group.includes(filter) || c.name.includes(filter))
        .map((c) => `${c.group} ${c.size}`),
    );
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
  return rows;
}

/** One SVG for each group that was timed at several sizes. */
function writePlots(folder: string, rows: readonly Row[]): void {
  mkdirSync(folder, { recursive: true });
  for (const [group, of] of byGroup(rows)) {
    if (new Set(of.map((r) => r.size)).size < 2) continue;
    const name = group.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
    writeFileSync(join(folder, `${name}.svg`), growthPlot(group, of));
  }
}

const program = new Command("bench")
  .description("times our kernels beside the peers; ratios are paired within one run")
  .argument("[filter]", "only cases whose group or name contains this text")
  .option("--json", "print one JSON document")
  .option("--html <file>", "write a page with plots against size")
  .option("--markdown <file>", "write tables, with rates and exponents of growth")
  .option("--plots <folder>", "write the plots as SVG files")
  .option("--native", "compile and time a C reference too, when there is a compiler")
  .option("--rounds <n>", "rounds a case, in turn with the others of its group", positiveInteger, 5)
  .option("--time <ms>", "milliseconds a case in each round", positiveInteger, 100)
  .action(async (filter: string | undefined, options: Options) => {
    const rows = await measure(filter, options);
    if (rows.length === 0) program.error(`no case matches "${filter ?? ""}"`, { exitCode: 2 });
    if (options.json) {
      console.log(JSON.stringify({ node: process.version, rows, growth: growthOf(rows) }, null, 2));
    }
    if (options.html !== undefined) writeFileSync(options.html, htmlPage(rows, "xent benchmarks"));
    if (options.markdown !== undefined) writeFileSync(options.markdown, markdownTables(rows));
    if (options.plots !== undefined) writePlots(options.plots, rows);
  });

await program.parseAsync();
