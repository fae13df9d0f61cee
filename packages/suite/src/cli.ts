#!/usr/bin/env node
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { DomainError, XentError } from "@xent/linalg";
import { Command, InvalidArgumentError } from "commander";
import { htmlReport } from "./html.js";
import { loadSuites, suiteFile } from "./load-suites.js";
import { replay } from "./replay.js";
import { runSuites } from "./run.js";
import { DEFAULT_SEED, SHARD_SIZE } from "./shard.js";
import { StateFile } from "./state-file.js";
import { select } from "./suite.js";
import { summarize } from "./summary.js";
import { formatTable } from "./table.js";

interface Flags {
  readonly package?: string;
  readonly id?: string;
  readonly source?: string;
  readonly runs?: number;
  readonly time?: number;
  readonly seed?: number;
  readonly workers: number;
  readonly suite?: string;
  readonly replay?: readonly string[];
  readonly state?: string;
  readonly json?: true;
  readonly html?: string;
  readonly list?: true;
}

function count(text: string): number {
  const n = Number(text);
  if (!Number.isSafeInteger(n) || n < 1)
    throw new InvalidArgumentError(`"${text}" is not an integer >= 1`);
  return n;
}

function seedOf(text: string): number {
  const n = Number(text);
  if (text.trim() === "" || !Number.isInteger(n) || Math.abs(n) > 0x7fffffff) {
    throw new InvalidArgumentError(`"${text}" is not a 32-bit integer`);
  }
  return n;
}

function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  if (match === null)
    throw new InvalidArgumentError(`"${text}" is not a duration such as 30s, 10m or 2h`);
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match[2] as "ms" | "s" | "m" | "h"];
  return Number(match[1]) * unit;
}

function writeWhole(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new DomainError(`cannot write ${path}: ${(error as Error).message}`);
  }
}

async function main(flags: Flags): Promise<number> {
  const modulePath = flags.suite === undefined ? undefined : suiteFile(flags.suite, process.cwd());
  if (flags.replay !== undefined) {
    const replayed = replay(await loadSuites(modulePath), flags.replay);
    console.log(replayed.text);
    return replayed.holds ? 0 : 1;
  }
  const selected = select(await loadSuites(modulePath), flags);
  if (selected.length === 0)
    throw new DomainError("no invariant matches --package, --id and --source (see --list)");
  if (flags.list) {
    for (const s of selected)
      console.log(`${s.invariant.id}  ${s.invariant.statement}  ${s.invariant.source}`);
    return 0;
  }
  if (flags.html !== undefined) writeWhole(flags.html, ""); // fails now rather than after the work
  const state =
    flags.state === undefined ? undefined : new StateFile(flags.state, flags.seed, DEFAULT_SEED);
  const seed = state?.header.seed ?? flags.seed ?? DEFAULT_SEED;
  const runs = flags.runs ?? (flags.time === undefined ? 1000 : Infinity);
  const total = Number.isFinite(runs) ? selected.length * Math.ceil(runs / SHARD_SIZE) : undefined;

  const interrupt = new AbortController();
  process.once("SIGINT", () => {
    process.stderr.write("\ninterrupted: this is what is known so far\n");
    interrupt.abort();
  });
  let finished = state?.done.length ?? 0;
  const started = Date.now();
  const progress = (): void => {
    const part = total === undefined ? "" : ` of ${total}`;
    process.stderr.write(
      `\r${finished}${part} shards, ${((Date.now() - started) / 1000).toFixed(0)} s `,
    );
  };
  const results = await runSuites({
    ids: selected.map((s) => s.invariant.id),
    runs,
    seed,
    workers: flags.workers,
    signal: interrupt.signal,
    ...(flags.time === undefined ? {} : { deadline: started + flags.time }),
    ...(modulePath === undefined ? {} : { modulePath }),
    ...(state === undefined ? {} : { done: state.done }),
    onShard: (result) => {
      state?.append(result);
      finished++;
      if (process.stderr.isTTY) progress();
    },
  });
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  const summaries = selected.map((s) => summarize(s, results));
  if (flags.html !== undefined) writeWhole(flags.html, htmlReport(summaries, seed));
  console.log(
    flags.json
      ? JSON.stringify({ seed, shardSize: SHARD_SIZE, invariants: summaries }, null, 2)
      : `${formatTable(summaries, process.stdout.columns)}; seed ${seed}`,
  );
  if (interrupt.signal.aborted) return 130;
  return summaries.every((s) => s.status === "holds") ? 0 : 1;
}

const program = new Command("xent-invariants")
  .description("Measures every invariant of the xent packages, or of a suite of your own.")
  .option("--package <name>", "only this package, e.g. linalg")
  .option("--id <text>", "only ids that contain this text")
  .option("--source <text>", 'only sources that contain this text, e.g. "[G]"')
  .option("--runs <n>", "cases for each invariant (default: 1000, or no limit with --time)", count)
  .option("--time <duration>", "start no new work after this time: 30s, 10m, 2h", duration)
  .option("--seed <n>", `seed of the cases (default: ${DEFAULT_SEED})`, seedOf)
  .option("--workers <n>", "worker threads", count, availableParallelism())
  .option(
    "--suite <module>",
    "file, or name of an installed module, that exports suites by default, e.g. @xent/jax/suite",
  )
  .option("--state <file>", "keep finished work in this file, and resume from it")
  .option("--replay <id seed:path...>", "measure one case again, as a report names it")
  .option("--json", "print one JSON document")
  .option("--html <file>", "write a self-contained page as well")
  .option("--list", "list the invariants and stop")
  .addHelpText("after", "\nExit code: 0 all hold, 1 one fails, 2 bad arguments, 130 interrupted.")
  .exitOverride()
  .allowExcessArguments(false);

program.action(async (flags: Flags) => {
  process.exitCode = await main(flags);
});
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof XentError) {
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 2;
  } else if (error instanceof Error && "exitCode" in error) {
    process.exitCode = error.exitCode === 0 ? 0 : 2; // commander has printed its message
  } else {
    throw error;
  }
}
