import {
  createProgress,
  jsonDocument,
  print,
  requireWritable,
  textTable,
  UsageError,
  writeFileWhole,
} from "@xent/app-kit";
import { type Command, Option } from "commander";
import { addCommonOptions, type CommonOptions, integerParser } from "../options.js";
import { radiusReport } from "./report.js";
import { type RadiusStudy, radiusStudy } from "./study.js";
import {
  BATCH_COLUMNS,
  batchRows,
  batchSentence,
  bendSentence,
  GAP_COLUMNS,
  gapRows,
  ghostSentence,
  headline,
  RADIUS_COLUMNS,
  radiusRows,
  TAYLOR_COLUMNS,
  taylorRows,
} from "./tables.js";
import {
  DIRECTION_KINDS,
  type DirectionKind,
  MODEL_KINDS,
  type ModelKind,
  type TrainedPoint,
} from "./trained-point.js";

interface Options extends CommonOptions {
  readonly model: ModelKind;
  readonly direction: DirectionKind;
  readonly steps: number;
  readonly batch: number;
  readonly sample?: number;
}

function printStudy(study: RadiusStudy): void {
  print(`${headline(study)}\n`);
  print(textTable(RADIUS_COLUMNS, radiusRows(study)));
  print(`${ghostSentence(study)}\n`);
  print("Partial sums of the Taylor series of the line loss, inside and outside the radius:");
  print(textTable(TAYLOR_COLUMNS, taylorRows(study)));
  print("\nThe line loss of the model itself against the linear logits that the radii refer to:");
  print(textTable(GAP_COLUMNS, gapRows(study)));
  print(`${bendSentence(study)}\n`);
  print(textTable(BATCH_COLUMNS, batchRows(study)));
  print(batchSentence(study));
}

/** `xent-demo radius`. */
export function register(program: Command): void {
  addCommonOptions(
    program
      .command("radius")
      .description(
        "how far the Taylor model of the loss holds at a trained digits model: the radii of one sample and of its batch, " +
          "the ghosts in the complex plane, partial sums on both sides of the radius",
      ),
    { description: "write an HTML report there as well" },
  )
    .addOption(new Option("--model <name>", "what is trained").choices(MODEL_KINDS).default("mlp"))
    .addOption(
      new Option("--direction <name>", "the step along which the radii are measured")
        .choices(DIRECTION_KINDS)
        .default("adam"),
    )
    .option(
      "--steps <integer>",
      "training steps of Adam",
      integerParser({ min: 1, max: 100_000 }),
      300,
    )
    .option(
      "--batch <integer>",
      "examples of a minibatch",
      integerParser({ min: 1, max: 1437 }),
      128,
    )
    .option(
      "--sample <row>",
      "row of the minibatch to look at, from 0 (default: the bottleneck)",
      integerParser({ min: 0 }),
    )
    .action((options: Options) => {
      const { model, direction, steps, batch, sample, seed } = options;
      if (sample !== undefined && sample >= batch) {
        throw new UsageError(`--sample ${sample} is not a row of the minibatch, --batch ${batch}`);
      }
      if (options.out !== undefined) requireWritable(options.out);
      const progress = createProgress({ silent: options.json === true });
      let found: { study: RadiusStudy; point: TrainedPoint };
      try {
        progress.stage(`Training, then the radii of ${batch} samples`, 1);
        found = radiusStudy({
          model,
          direction,
          steps,
          batchSize: batch,
          seed,
          ...(sample === undefined ? {} : { sample }),
        });
        progress.advance();
      } finally {
        progress.finish();
      }
      if (options.json === true) print(jsonDocument(found.study));
      else printStudy(found.study);
      if (options.out !== undefined) {
        writeFileWhole(options.out, radiusReport(found.study, found.point));
        if (options.json !== true) print(`\nReport: ${options.out}`);
      }
    });
}
