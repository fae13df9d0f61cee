import { jsonDocument, print, requireWritable, textTable, writeFileWhole } from "@xent/app-kit";
import type { Command } from "commander";
import {
  addCommonOptions,
  type CommonOptions,
  integerParser,
  numberListParser,
  numberParser,
} from "../options.js";
import { runTrainingJobs } from "../parallel.js";
import type { Method, RaceJob, RaceResult } from "./race.js";
import { RACE_NOTES, raceColumns, raceReport, raceRows, raceVerdict } from "./report.js";
import {
  SWEEP_NOTES,
  summarizeSweep,
  sweepColumns,
  sweepJobs,
  sweepRows,
  sweepVerdict,
} from "./sweep.js";

interface Options extends CommonOptions {
  /** Absent: the whole training set. */
  readonly batch?: number;
  readonly steps: number;
  readonly adam: readonly number[];
  readonly sgd: readonly number[];
  readonly damping: readonly number[];
  readonly ratio: readonly number[];
  readonly momentum: readonly number[];
  readonly tolerance: number;
  readonly repeats: number;
  readonly sweep: boolean;
  readonly workers: number;
}

/** Settings of a race that `demo fgn` chooses itself. */
export type MethodOptions = Pick<
  Options,
  "adam" | "sgd" | "damping" | "ratio" | "momentum" | "tolerance"
>;

/** Every method with every setting. */
export function methodsOf(options: MethodOptions): Method[] {
  const { tolerance } = options;
  const curvature = (["fgn", "ggn"] as const).flatMap((kind) =>
    options.damping.flatMap((damping) =>
      options.ratio.flatMap((target) =>
        options.momentum.map(
          (momentum): Method => ({ kind, damping, target, tolerance, momentum }),
        ),
      ),
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
      [0.03, 0.1, 0.3, 1, 3],
    )
    .option(
      "--sgd <list>",
      "learning rates of SGD and momentum",
      numberListParser(positive),
      [2, 5],
    )
    .option("--damping <list>", "lambda of FGN and GGN", numberListParser(positive), [1e-5, 1e-4])
    .option("--ratio <list>", "r of the radius cap", numberListParser(positive), [3])
    .option(
      "--momentum <list>",
      "momentum of FGN and GGN",
      numberListParser({ min: 0, max: 0.99 }),
      [0, 0.4],
    )
    .option(
      "--tolerance <number>",
      "relative residual at which FGN and GGN stop conjugate gradients",
      numberParser(positive),
      0.1,
    )
    .option(
      "--repeats <integer>",
      "times a run that arrives is timed; the least time counts",
      integerParser({ min: 1, max: 100 }),
      2,
    )
    .option("--no-sweep", "leave out the sweep over batch sizes and numbers of classes")
    .option(
      "--workers <integer>",
      "worker threads; with more than one the times disturb each other",
      integerParser({ min: 1, max: 256 }),
      1,
    )
    .action(async (options: Options) => {
      if (options.out !== undefined) requireWritable(options.out);
      const methods = methodsOf(options);
      const { seed, steps, repeats } = options;
      const race = methods.map(
        (method): RaceJob => ({
          method,
          seed,
          batchSize: options.batch ?? Number.MAX_SAFE_INTEGER,
          steps,
          repeats,
        }),
      );
      const jobs = [
        ...race,
        ...(options.sweep ? sweepJobs(methods, { seed, steps, repeats }) : []),
      ];
      const all = await runTrainingJobs<RaceJob, RaceResult>(
        new URL("./worker.js", import.meta.url),
        jobs,
        options,
      );
      const results = all.slice(0, race.length);
      const sweep = options.sweep ? summarizeSweep(all.slice(race.length)) : [];
      if (options.json === true) print(jsonDocument({ race: results, sweep }));
      else {
        print(textTable(raceColumns(), raceRows(results)));
        print(`\n${raceVerdict(results)}\n${RACE_NOTES}`);
        if (options.sweep) {
          print(`\n${textTable(sweepColumns(), sweepRows(sweep))}`);
          print(`\n${sweepVerdict(sweep)}\n${SWEEP_NOTES}`);
        }
      }
      if (options.out !== undefined) {
        writeFileWhole(options.out, raceReport(results, sweep, options.seed));
      }
    });
}
