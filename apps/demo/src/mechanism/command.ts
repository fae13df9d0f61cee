import {
  createProgress,
  jsonDocument,
  print,
  requireWritable,
  textTable,
  writeFileWhole,
} from "@xent/app-kit";
import type { Command } from "commander";
import { methodsOf } from "../optimisers/command.js";
import type { RaceJob, RaceResult } from "../optimisers/race.js";
import { raceColumns, raceRows, raceVerdict } from "../optimisers/report.js";
import {
  addCommonOptions,
  type CommonOptions,
  integerParser,
  numberListParser,
} from "../options.js";
import { runOnWorkers } from "../parallel.js";
import { type ClosenessCase, closeness } from "./closeness.js";
import {
  CLOSENESS_NOTES,
  closenessColumns,
  closenessRows,
  HEAD_NOTES,
  type Mechanism,
  mechanismReport,
  SHARE_NOTES,
  shareColumns,
  shareRows,
  uniqueAscending,
} from "./report.js";
import { shareDuringTraining } from "./share.js";

interface Options extends CommonOptions {
  readonly classes: readonly number[];
  readonly damping: readonly number[];
  readonly steps: number;
}

/** The grid of closeness: diffuse to concentrated, two levels of confidence. */
export function closenessGrid(
  options: Pick<Options, "classes" | "damping" | "seed">,
): ClosenessCase[] {
  // Each value once: with three classes the diffuse case is that of 0.5.
  return uniqueAscending(options.classes).flatMap((classCount) =>
    [0.1, 0.9].flatMap((probability) =>
      uniqueAscending([1 / (classCount - 1), 0.5, 0.8, 0.9, 0.99, 0.999])
        .filter((q) => q >= 1 / (classCount - 1))
        .flatMap((concentration) =>
          uniqueAscending(options.damping).map((damping) => ({
            classCount,
            probability,
            concentration,
            damping,
            seed: options.seed,
          })),
        ),
    ),
  );
}

/** `xent-demo fgn`. */
export function register(program: Command): void {
  addCommonOptions(
    program
      .command("fgn")
      .description(
        "when FGN stands for the full GGN: closeness against competitor concentration, classes and damping; what it drops " +
          "during training; a head on fixed features",
      ),
    { description: "write an HTML report there as well" },
  )
    .option(
      "--classes <list>",
      "numbers of classes",
      (text: string) => numberListParser({ min: 3, max: 1000 })(text).map(Math.round),
      [3, 10, 100],
    )
    .option(
      "--damping <list>",
      "lambda",
      numberListParser({ min: 0, exclusiveMin: true }),
      [1e-4, 1e-2, 1],
    )
    .option("--steps <integer>", "longest run on fixed features", integerParser({ min: 2 }), 1000)
    .action(async (options: Options) => {
      if (options.out !== undefined) requireWritable(options.out);
      const progress = createProgress({ silent: options.json === true });
      let result: Mechanism;
      try {
        const cases = closenessGrid(options);
        progress.stage(`Closeness to the full GGN: ${cases.length} cases`, cases.length);
        const close = cases.map((one) => {
          progress.advance();
          return closeness(one);
        });
        progress.stage("What FGN drops during training", 1);
        const share = shareDuringTraining(options.seed, 200, 20);
        const jobs = methodsOf({
          adam: [0.003, 0.01, 0.03, 0.1],
          sgd: [0.1, 0.5],
          damping: [1e-4, 1e-3],
          ratio: [2],
          momentum: [0, 0.4],
          tolerance: 0.1,
        }).map(
          (method): RaceJob => ({
            method,
            seed: options.seed,
            batchSize: Number.MAX_SAFE_INTEGER,
            steps: options.steps,
            data: "hidden",
          }),
        );
        progress.stage(`A head on fixed features: ${jobs.length} training runs`, jobs.length);
        const race = await runOnWorkers<RaceJob, RaceResult>(
          new URL("../optimisers/worker.js", import.meta.url),
          jobs,
          1,
          () => progress.advance(),
        );
        result = { closeness: close, share, race };
      } finally {
        progress.finish();
      }
      if (options.json === true) print(jsonDocument(result));
      else {
        print(textTable(closenessColumns(result.closeness), closenessRows(result.closeness)));
        print(`\n${CLOSENESS_NOTES}\n`);
        print(textTable(shareColumns(), shareRows(result.share)));
        print(`\n${SHARE_NOTES}\n`);
        print(textTable(raceColumns(), raceRows(result.race)));
        print(`\n${raceVerdict(result.race)}\n${HEAD_NOTES}`);
      }
      if (options.out !== undefined) {
        writeFileWhole(options.out, mechanismReport(result, options.seed));
      }
    });
}
