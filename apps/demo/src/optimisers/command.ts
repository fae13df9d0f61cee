import type { Command } from "commander";
import {
  addCommonOptions,
  type CommonOptions,
  integerParser,
  numberListParser,
} from "../options.js";
import { jsonDocument, print } from "../output.js";
import { runTrainingJobs } from "../parallel.js";
import { textTable } from "../table.js";
import { requireWritable, writeFileWhole } from "../write-file.js";
import type { Method, RaceJob, RaceResult } from "./race.js";
import { RACE_NOTES, raceColumns, raceReport, raceRows, raceVerdict } from "./report.js";

interface Options extends CommonOptions {
  /** Absent: the whole training set. */
  readonly batch?: number;
  readonly steps: number;
  readonly adam: readonly number[];
  readonly sgd: readonly number[];
  readonly damping: readonly number[];
  readonly ratio: readonly number[];
  readonly workers: number;
}

/** Every method with every setting. */
export function methodsOf(options: Pick<Options, "adam" | "sgd" | "damping" | "ratio">): Method[] {
  const curvature = (["fgn", "ggn"] as const).flatMap((kind) =>
    options.damping.flatMap((damping) =>
      options.ratio.map((target): Method => ({ kind, damping, target })),
    ),
  );
  return [
    ...options.sgd.map((rate): Method => ({ kind: "sgd", rate })),
    ...options.sgd.map((rate): Method => ({ kind: "momentum", rate })),
    ...options.adam.map((rate): Method => ({ kind: "adam", rate })),
    ...curvature,
  ];
}

/** `xent-demo optimisers`. */
export function register(program: Command): void {
  const positive = { min: 0, exclusiveMin: true };
  addCommonOptions(
    program
      .command("optimisers")
      .description(
        "SGD, momentum, Adam, FGN and GGN on the digits to the same training loss: steps, seconds, products with the Jacobian",
      ),
    { description: "write an HTML report there as well" },
  )
    .option(
      "--batch <integer>",
      "examples of a minibatch (default: all)",
      integerParser({ min: 1 }),
    )
    .option(
      "--steps <integer>",
      "longest a run may last",
      integerParser({ min: 2, max: 1e6 }),
      1000,
    )
    .option(
      "--adam <list>",
      "learning rates of Adam",
      numberListParser(positive),
      [0.01, 0.03, 0.1, 0.3],
    )
    .option(
      "--sgd <list>",
      "learning rates of SGD and momentum",
      numberListParser(positive),
      [0.5, 2, 5],
    )
    .option("--damping <list>", "lambda of FGN and GGN", numberListParser(positive), [1e-4, 1e-3])
    .option("--ratio <list>", "r of the radius cap", numberListParser(positive), [1, 2])
    .option(
      "--workers <integer>",
      "worker threads; with more than one the times disturb each other",
      integerParser({ min: 1, max: 256 }),
      1,
    )
    .action(async (options: Options) => {
      if (options.out !== undefined) requireWritable(options.out);
      const jobs = methodsOf(options).map(
        (method): RaceJob => ({
          method,
          seed: options.seed,
          batchSize: options.batch ?? Number.MAX_SAFE_INTEGER,
          steps: options.steps,
        }),
      );
      const results = await runTrainingJobs<RaceJob, RaceResult>(
        new URL("./worker.js", import.meta.url),
        jobs,
        options,
      );
      if (options.json === true) print(jsonDocument(results));
      else {
        print(textTable(raceColumns(), raceRows(results)));
        print(`\n${raceVerdict(results)}\n${RACE_NOTES}`);
      }
      if (options.out !== undefined) writeFileWhole(options.out, raceReport(results, options.seed));
    });
}
