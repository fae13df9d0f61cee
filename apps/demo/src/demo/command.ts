import type { Command } from "commander";
import { UsageError } from "../errors.js";
import { addCommonOptions, integerParser, numberParser } from "../options.js";
import { requireWritable } from "../write-file.js";

/** Makes the full demo the action of the program itself, run when no command is named. */
export function addDemo(program: Command): void {
  addCommonOptions(program, { description: "where the HTML report goes", default: "report.html" })
    // An unknown command would else be reported as "too many arguments", without its name.
    .allowExcessArguments()
    .option(
      "--steps <integer>",
      "training steps of each run",
      integerParser({ min: 2, max: 100_000 }),
      200,
    )
    .option(
      "--until <time>",
      "end of the spectral flow",
      numberParser({ min: 0, exclusiveMin: true }),
      1e8,
    )
    .action((options: { out: string }) => {
      const command = program.args[0];
      if (command !== undefined) {
        const known = program.commands.map((one) => one.name()).join(", ");
        throw new UsageError(`unknown command "${command}"; the commands are: ${known}`);
      }
      requireWritable(options.out);
    });
}
