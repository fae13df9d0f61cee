import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import {
  createProgress,
  describeError,
  exitCodeOf,
  jsonDocument,
  print,
  requireWritable,
  UsageError,
  writeFileWhole,
} from "@xent/app-kit";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { type AnyExperiment, BUDGETS, type Budget } from "./contract.js";
import { experiments, notRun } from "./experiments/index.js";
import { findingTable } from "./finding-table.js";
import { page } from "./page.js";
import { resultsOf } from "./results.js";
import { runExperiments } from "./run-experiment.js";
import { StateFiles } from "./state-file.js";

interface Options {
  readonly budget: Budget;
  readonly json?: boolean;
  readonly fresh?: boolean;
  readonly folder: string;
  readonly workers: number;
}

function count(text: string): number {
  const n = Number(text);
  if (!Number.isSafeInteger(n) || n < 1) {
    throw new InvalidArgumentError(`"${text}" is not an integer >= 1`);
  }
  return n;
}

function chosen(name: string): readonly AnyExperiment[] {
  if (name === "all") return experiments;
  const found = experiments.filter((e) => e.name === name);
  if (found.length === 0) {
    const names = experiments.map((e) => e.name).join(", ");
    throw new UsageError(`"${name}" is no experiment: all, ${names}`);
  }
  return found;
}

function createProgram(): Command {
  const list = experiments.map((e) => `  ${e.name.padEnd(22)} ${e.paper}  ${e.title}`).join("\n");
  const missing = notRun.map(
    (n) => `  ${n.title} (${n.paper}): needs ${n.needs}\n    ${n.command}`,
  );
  return new Command("xent-reproduce")
    .description(
      "Repeats the claims of the three papers and sets the paper's value beside ours, with the spread over seeds.",
    )
    .argument("<name>", "an experiment, or all")
    .addOption(
      new Option("--budget <budget>", "smoke: under a minute, quick: under 15, full: hours")
        .choices(BUDGETS)
        .default("quick"),
    )
    .option("--folder <path>", "where states, results.json and report.html go", ".reproduce")
    .option(
      "--workers <n>",
      "threads to spread the work over; changes no number",
      count,
      availableParallelism(),
    )
    .option("--fresh", "run again what is already stored")
    .option("--json", "print the findings as one JSON document on stdout and nothing else")
    .addHelpText(
      "after",
      `\nExperiments:\n${list}\n\nNot run here:\n${missing.join("\n")}\n\nA run that was interrupted goes on where it stopped.`,
    )
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .action(async (name: string, options: Options) => {
      const progress = createProgress({ silent: options.json === true });
      const picked = chosen(name);
      mkdirSync(options.folder, { recursive: true });
      const [report, results] = ["report.html", "results.json"].map((f) => join(options.folder, f));
      requireWritable(report!);
      const states = new StateFiles(join(options.folder, "state"));
      const { budget, fresh = false, workers } = options;
      const run = { budget, fresh, states, progress, workers };
      const outcomes = await runExperiments(picked, run).finally(() => progress.finish());
      const document = jsonDocument(resultsOf(outcomes, options.budget));
      writeFileWhole(results!, document);
      writeFileWhole(report!, page(outcomes, notRun, options.budget));
      if (options.json === true) print(document);
      else {
        for (const outcome of outcomes) print(`${findingTable(outcome)}\n`);
        print(`${results}\n${report}`);
      }
    });
}

/** Runs one command line and returns its exit code: 0 done, 2 bad input, 1 a fault of the program. */
export async function runCli(args: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    const code = exitCodeOf(error);
    if (code !== 0) {
      const text = error instanceof CommanderError ? error.message : describeError(error);
      process.stderr.write(`${text}\n`);
    }
    return code;
  }
}
