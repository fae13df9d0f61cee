import { availableParallelism } from "node:os";
import {
  jsonDocument,
  print,
  requireWritable,
  textTable,
  UsageError,
  writeFileWhole,
} from "@xent/app-kit";
import { RADIUS_MODES } from "@xent/taylor-radius";
import type { Command } from "commander";
import {
  addCommonOptions,
  type CommonOptions,
  integerParser,
  numberListParser,
  numberParser,
} from "../options.js";
import { runTrainingJobs } from "../parallel.js";
import { SPIKE_NOTES, spikeColumns, spikeReport, spikeRows } from "./report.js";
import type { Protection, SpikeJob, SpikeResult } from "./run.js";
import { summarizeSpikes } from "./summary.js";

interface Options extends CommonOptions {
  readonly seeds: number;
  readonly rate: readonly number[];
  readonly spike: readonly number[];
  readonly at: number;
  readonly duration?: number;
  readonly steps: number;
  readonly batch: number;
  readonly ratio: number;
  readonly clip: number;
  readonly workers: number;
}

/** Every combination, seeds innermost. */
export function spikeJobs(options: Options): SpikeJob[] {
  const protections: Protection[] = [
    { kind: "none" },
    { kind: "gradient-clip", maxNorm: options.clip },
    ...RADIUS_MODES.map(
      (mode): Protection => ({ kind: "radius-cap", mode, target: options.ratio }),
    ),
  ];
  return options.rate.flatMap((baseRate) =>
    options.spike.flatMap((spike) =>
      protections.flatMap((protection) =>
        Array.from({ length: options.seeds }, (_, i) => ({
          protection,
          baseRate,
          spike,
          spikeStep: options.at,
          duration: options.duration ?? options.steps - options.at,
          steps: options.steps,
          batchSize: options.batch,
          seed: (options.seed + i) >>> 0,
        })),
      ),
    ),
  );
}

/** `xent-demo spike`. */
export function register(program: Command): void {
  const positive = { min: 0, exclusiveMin: true };
  addCommonOptions(
    program
      .command("spike")
      .description(
        "the learning-rate spike of arXiv:2603.13552 on the digits: Adam plain, with gradient clipping, and with each radius cap",
      ),
    { description: "write an HTML report there as well" },
  )
    .option(
      "--seeds <integer>",
      "runs of each combination",
      integerParser({ min: 1, max: 1000 }),
      5,
    )
    .option("--rate <list>", "base learning rates", numberListParser(positive), [1e-3, 1e-2])
    .option(
      "--spike <list>",
      "factors on the learning rate",
      numberListParser(positive),
      [10, 100, 1000, 10000],
    )
    .option("--at <step>", "first step of the spike, from 0", integerParser({ min: 1 }), 50)
    .option(
      "--duration <steps>",
      "how long it lasts (default: to the end)",
      integerParser({ min: 1 }),
    )
    .option("--steps <integer>", "steps of each run", integerParser({ min: 2, max: 1e6 }), 200)
    .option(
      "--batch <integer>",
      "examples of a minibatch",
      integerParser({ min: 1, max: 1437 }),
      128,
    )
    .option("--ratio <number>", "r of the radius caps", numberParser(positive), 1)
    .option("--clip <number>", "length for gradient clipping", numberParser(positive), 1)
    .option(
      "--workers <integer>",
      "worker threads; the results do not depend on them",
      integerParser({ min: 1, max: 256 }),
      availableParallelism(),
    )
    .action(async (options: Options) => {
      if (options.at >= options.steps) {
        throw new UsageError(
          `--at ${options.at} is not before the end of the run, --steps ${options.steps}`,
        );
      }
      if (options.out !== undefined) requireWritable(options.out);
      const jobs = spikeJobs(options);
      const results = await runTrainingJobs<SpikeJob, SpikeResult>(
        new URL("./worker.js", import.meta.url),
        jobs,
        options,
      );
      const summaries = summarizeSpikes(results);
      if (options.json === true) print(jsonDocument(summaries));
      else {
        print(textTable(spikeColumns(), spikeRows(summaries)));
        print(`\n${SPIKE_NOTES}`);
      }
      if (options.out !== undefined) {
        writeFileWhole(
          options.out,
          spikeReport(summaries, {
            spikeStep: options.at,
            duration: jobs[0]!.duration,
            seed: options.seed,
          }),
        );
      }
    });
}
