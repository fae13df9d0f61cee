import { describeError, exitCodeOf, UsageError } from "@xent/app-kit";
import { Command, CommanderError } from "commander";
import { commands } from "./commands/index.js";
import { addDemo } from "./demo/command.js";

const DESCRIPTION =
  "All xent packages at work on 1797 handwritten digits. Without a command: the spectral flow towards neural " +
  "collapse, then twelve training runs through a learning-rate spike, then one self-contained HTML report.";

/** The program with all its commands; nothing in it ends the process. */
export function createProgram(): Command {
  const program = new Command("xent-demo")
    .description(DESCRIPTION)
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    // The message is printed once, by runCli.
    .configureOutput({ outputError: () => undefined })
    .addHelpText(
      "after",
      "\nExit codes: 0 done, 2 bad input (one line on stderr names the value), 1 a fault of the program.",
    );
  addDemo(program);
  for (const register of commands) register(program);
  program.hook("preSubcommand", (_program, subcommand) => {
    // Each command has its own --seed and so on: one given before its name would be lost in silence.
    for (const option of program.options) {
      if (program.getOptionValueSource(option.attributeName()) === "cli") {
        throw new UsageError(
          `${option.long} belongs after the command: "${subcommand.name()} ${option.long} ..."`,
        );
      }
    }
  });
  return program;
}

/** Runs one command line and returns its exit code; every failure is one message on stderr. */
export async function runCli(args: readonly string[]): Promise<number> {
  if (!process.stdout.listeners("error").includes(tolerateClosedPipe)) {
    process.stdout.on("error", tolerateClosedPipe);
  }
  try {
    await createProgram().parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    const code = exitCodeOf(error);
    // Commander has already printed help and version, which it reports by an error of code 0.
    if (code !== 0) process.stderr.write(`${messageOf(error)}\n`);
    return code;
  }
}

/** The reader of a pipe may leave early (head); anything else is a fault. */
function tolerateClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

function messageOf(error: unknown): string {
  // Commander's own messages begin with "error: ".
  if (error instanceof CommanderError) {
    return error.message.replaceAll(/\s*\n\s*/g, " ");
  }
  return describeError(error);
}
