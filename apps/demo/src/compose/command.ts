import { availableParallelism } from "node:os";
import { jsonDocument, print, requireWritable, textTable, writeFileWhole } from "@xent/app-kit";
import type { Command } from "commander";
import {
  addCommonOptions,
  type CommonOptions,
  integerParser,
  numberListParser,
} from "../options.js";
import { runTrainingJobs } from "../parallel.js";
import type { Cell, CellResult, CurvatureName, LimitChoice } from "./grid.js";
import { composeColumns, composeReport, composeRows, NOTES } from "./report.js";
import { summarize } from "./summary.js";

interface Options extends CommonOptions {
  readonly seeds: number;
  readonly damping: readonly number[];
  readonly ratio: readonly number[];
  readonly clip: readonly number[];
  readonly epochs: number;
  readonly batch: number;
  readonly workers: number;
}

/** Every combination, seeds innermost. */
export function gridOf(options: Omit<Options, "workers">): Cell[] {
  const limits: LimitChoice[] = [
    { kind: "none" },
    ...options.clip.map((maxNorm): LimitChoice => ({ kind: "norm-clip", maxNorm })),
    ...(["spread", "dominance", "exact"] as const).flatMap((mode) =>
      options.ratio.map((target): LimitChoice => ({ kind: "radius-cap", mode, target })),
    ),
  ];
  return (["fgn", "ggn"] as const).flatMap((curvature: CurvatureName) =>
    options.damping.flatMap((damping) =>
      limits.flatMap((limit) =>
        Array.from({ length: options.seeds }, (_, i) => ({
          curvature,
          damping,
          limit,
          seed: (options.seed + i) >>> 0,
          batchSize: options.batch,
          epochs: options.epochs,
        })),
      ),
    ),
  );
}

/** `xent-demo compose`. */
export function register(program: Command): void {
  addCommonOptions(
    program
      .command("compose")
      .description(
        "FGN and GGN on the digits in minibatches, over damping and seeds: without a limit, with norm clipping, " +
          "and with the spread, dominance and exact radius caps",
      ),
    { description: "write an HTML report there as well" },
  )
    .option(
      "--seeds <integer>",
      "runs of each combination",
      integerParser({ min: 1, max: 1000 }),
      10,
    )
    .option(
      "--damping <list>",
      "lambda, comma-separated",
      numberListParser({ min: 0, exclusiveMin: true }),
      [1e-4, 1e-3],
    )
    .option(
      "--ratio <list>",
      "r of the radius caps, comma-separated",
      numberListParser({ min: 0, exclusiveMin: true }),
      [0.5, 1, 2],
    )
    .option(
      "--clip <list>",
      "lengths for norm clipping, comma-separated",
      numberListParser({ min: 0, exclusiveMin: true }),
      [1, 10],
    )
    .option(
      "--epochs <integer>",
      "longest a run may last",
      integerParser({ min: 1, max: 10_000 }),
      20,
    )
    .option(
      "--batch <integer>",
      "examples of a minibatch",
      integerParser({ min: 1, max: 1437 }),
      256,
    )
    .option(
      "--workers <integer>",
      "worker threads; the results, times apart, do not depend on them",
      integerParser({ min: 1, max: 256 }),
      availableParallelism(),
    )
    .action(async (options: Options) => {
      if (options.out !== undefined) requireWritable(options.out);
      const cells = gridOf(options);
      const results = await runTrainingJobs<Cell, CellResult>(
        new URL("./worker.js", import.meta.url),
        cells,
        options,
      );
      const groups = summarize(results);
      if (options.json === true) print(jsonDocument({ groups, runs: results }));
      else {
        print(textTable(composeColumns(), composeRows(groups)));
        print(`\n${NOTES}`);
      }
      if (options.out !== undefined)
        writeFileWhole(options.out, composeReport(groups, options.seed));
    });
}
