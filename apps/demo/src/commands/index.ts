import type { Command } from "commander";
import { register as registerCompose } from "../compose/command.js";
import { register as registerFgn } from "../mechanism/command.js";
import { register as registerOptimisers } from "../optimisers/command.js";
import { register as registerRadius } from "../radius/command.js";
import { register as registerSpectral } from "../spectral/command.js";
import { register as registerSpike } from "../spike/command.js";

/** What each command exports: it adds one subcommand to the program. */
export type Register = (program: Command) => void;

/**
 * Every subcommand, in the order of --help. To add one: write src/<name>/command.ts that exports
 * `register(program: Command): void`, import it here as `registerName`, and add it to the list. Start from
 * `program.command(name)`, so that the exit codes and the one-line errors are inherited, and use
 * `addCommonOptions` for --seed, --json and --out.
 */
export const commands: readonly Register[] = [
  registerSpectral,
  registerRadius,
  registerSpike,
  registerOptimisers,
  registerFgn,
  registerCompose,
];
