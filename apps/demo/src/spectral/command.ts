import {
  createProgress,
  jsonDocument,
  print,
  requireWritable,
  textTable,
  UsageError,
  writeFileWhole,
} from "@xent/app-kit";
import { planGroupTransform } from "@xent/linalg";
import { defaultGroup } from "@xent/softmax-spectral";
import { type Command, Option } from "commander";
import { addCommonOptions, type CommonOptions, integerParser, numberParser } from "../options.js";
import { groupName } from "./group-name.js";
import { spectralReport } from "./report.js";
import { flowSummary } from "./sentences.js";
import { runStudy, type Study } from "./study.js";
import { TABLE_COLUMNS, tableRows } from "./table-rows.js";

interface Options extends CommonOptions {
  readonly classes?: number;
  readonly group?: readonly number[];
  readonly layers: number;
  readonly loss: "cross-entropy" | "squared";
  readonly tMax: number;
  readonly out: string;
}

const MOST_CLASSES = 2 ** 20;
const DEFAULT_CLASSES = 8;

const orderParser = integerParser({ min: 1, max: MOST_CLASSES });

/** The group that the options ask for. */
export function groupOf(options: Pick<Options, "classes" | "group">): number[] {
  const { classes, group } = options;
  if (group === undefined) return defaultGroup(classes ?? DEFAULT_CLASSES);
  const order = group.reduce((product, n) => product * n, 1);
  if (order < 2 || order > MOST_CLASSES) {
    throw new UsageError(
      `--group ${group.join(",")} has order ${order}, expected 2..${MOST_CLASSES}`,
    );
  }
  if (classes !== undefined && classes !== order) {
    throw new UsageError(
      `--group ${group.join(",")} has order ${order}, but --classes is ${classes}`,
    );
  }
  return [...planGroupTransform(group).orders];
}

function printStudy(study: Study): void {
  const { settings, classes } = study;
  print(
    `${classes} classes, group ${groupName(settings.group)}, ${settings.layers} layers, ${settings.loss}, ` +
      `random start, seed ${settings.seed}\n\n`,
  );
  print(textTable(TABLE_COLUMNS, tableRows(study.table)));
  print(`\n${flowSummary(study.starts[0]!.trajectory)}`);
}

/** `xent-demo spectral`. */
export function register(program: Command): void {
  addCommonOptions(
    program
      .command("spectral")
      .description(
        "gradient flow of a deep linear network on unconstrained features, one equation a singular value: a table " +
          "over time, and a report with the figures of arXiv:2512.04006 and what goes beyond them",
      ),
    { description: "where the HTML report goes", default: "spectral.html" },
  )
    .option(
      "-k, --classes <integer>",
      `number of classes, 2..${MOST_CLASSES} (default: ${DEFAULT_CLASSES}, or the order of --group)`,
      integerParser({ min: 2, max: MOST_CLASSES }),
    )
    .option(
      "--group <list>",
      "orders of the cyclic factors, comma-separated (default: 2,2,... for a power of two, else one factor)",
      (text) => text.split(",").map((part) => orderParser(part.trim())),
    )
    .option("--layers <integer>", "layers of the network", integerParser({ min: 1, max: 64 }), 2)
    .addOption(
      new Option("--loss <name>", "what is minimised")
        .choices(["cross-entropy", "squared"])
        .default("cross-entropy"),
    )
    .option(
      "--t-max <time>",
      "end of the flow; with the cross-entropy its cost hardly depends on it",
      numberParser({ min: 1e-300, max: 1e300 }),
      1e8,
    )
    .action((options: Options) => {
      const group = groupOf(options);
      requireWritable(options.out);
      const { layers, loss, tMax, seed } = options;
      const progress = createProgress({ silent: options.json === true });
      let study: Study;
      try {
        study = runStudy({ group, layers, loss, tMax, seed }, progress);
      } finally {
        progress.finish();
      }
      writeFileWhole(options.out, spectralReport(study));
      if (options.json === true) print(jsonDocument(study));
      else {
        printStudy(study);
        print(`\nReport: ${options.out}`);
      }
    });
}
