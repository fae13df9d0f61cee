import { availableParallelism } from "node:os";
import { XentError } from "@xent/linalg";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { reportCommand, statusCommand } from "./cli-look.js";
import { queueOf, queueStatusCommand, workerCommand } from "./cli-queue.js";
import { type RunFlags, runCommand, threadsOf } from "./cli-run.js";
import { addSettings, type Named, namedCampaign } from "./cli-settings.js";
import { CampaignError } from "./errors.js";
import type { QueueRunFlags } from "./queue/flags.js";
import { addQueueRunFlags, addRedisFlags, refuseQueueFlags } from "./queue/flags.js";
import type { StatusFlags } from "./queue/status-command.js";
import type { WorkerFlags } from "./queue/worker-command.js";

function count(text: string): number {
  const n = Number(text);
  if (!Number.isSafeInteger(n) || n < 1) {
    throw new InvalidArgumentError(`"${text}" is not an integer >= 1`);
  }
  return n;
}

function countOrNone(text: string): number {
  return text === "0" ? 0 : count(text);
}

function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  if (match === null) {
    throw new InvalidArgumentError(`"${text}" is not a duration such as 30s, 10m or 2h`);
  }
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match[2] as "ms" | "s" | "m" | "h"];
  return Number(match[1]) * unit;
}

const CODES = `
Exit code: 0 all is done and holds, 1 a statement fails or a job was given up, 2 bad arguments, 3 the store or the
engine failed (what was stored is kept), 130 or 143 after SIGINT or SIGTERM.`;

function createProgram(named: Named | undefined, setCode: (code: number) => void): Command {
  const program = new Command("xent").description("Campaigns of verified numerical experiments.");
  const group = program
    .command("campaign")
    .description("Many independent, deterministic jobs: run them, stop them, go on, report.");

  const run = group
    .command("run")
    .description("Runs a campaign, or goes on with one, and prints its report.")
    .argument("<campaign>", "invariants, a module that exports `campaign`, or a package")
    .option("--settings <file>", "JSON object of the campaign's settings; options override it")
    .option("--store <folder>", "where results are kept (default: .campaign/<name>)")
    .option("--workers <n>", "worker threads", count, availableParallelism())
    .option("--retries <n>", "further tries of a job that throws (default 2)", countOrNone)
    .option("--job-timeout <time>", "end a job that takes longer: 30s, 10m", duration)
    .option("--time <time>", "start no new jobs after this time: 30s, 10m, 2h", duration)
    .option("--retry-failed", "try again what was given up before")
    .option("--json", "print one JSON document")
    .option("--html <file>", "write a self-contained page as well")
    .addHelpText("after", CODES);
  addQueueRunFlags(run);
  if (named !== undefined) addSettings(run, named.campaign);
  else
    run.addHelpText("after", "\nThe campaign's own options: xent campaign run <campaign> --help");
  run.action(
    async (_name: string, flags: RunFlags & QueueRunFlags & Readonly<Record<string, unknown>>) => {
      // Commander has refused a missing name, and an option before the name, whose campaign is not loaded.
      if (named === undefined) throw new InvalidArgumentError("the campaign's name comes first");
      refuseQueueFlags(flags);
      const engine = (flags.redis === undefined ? threadsOf : queueOf)(named, flags);
      setCode(await runCommand(named, flags, engine));
    },
  );

  const worker = group
    .command("worker")
    .description(
      "Takes jobs of `run --redis` from the queue, on any machine, until a signal comes.",
    )
    .argument("<campaign>", "invariants, a module that exports `campaign`, or a package")
    .option("--workers <n>", "worker threads", count, availableParallelism())
    .option("--job-timeout <time>", "end a job that takes longer: 30s, 10m", duration)
    .option(
      "--lock <time>",
      "silence after which a job counts as abandoned (default 30s)",
      duration,
    )
    .option("--metrics <address>", "serve Prometheus metrics at [host:]port/metrics")
    .option("--verbose", "print each job that is done")
    .addHelpText("after", CODES);
  addRedisFlags(worker);
  worker.action(async (_name: string, flags: WorkerFlags & { jobTimeout?: number }) => {
    if (named === undefined) throw new InvalidArgumentError("the campaign's name comes first");
    setCode(await workerCommand(named, flags));
  });

  const status = group
    .command("status")
    .description(
      "Says how far a campaign is: from any terminal of this machine, or with --redis of any machine.",
    )
    .argument("[folder]", "the campaign's store", ".campaign/invariants")
    .option("--json", "print one JSON document, failed jobs of a store included")
    .option("--watch [seconds]", "with --redis: look again and again (default 2)", count)
    .option("--metrics <address>", "with --redis: serve Prometheus metrics at [host:]port/metrics");
  addRedisFlags(status);
  status.action(async (folder: string, flags: StatusFlags) => {
    if (flags.redis !== undefined) setCode(await queueStatusCommand(flags));
    else {
      refuseQueueFlags(flags);
      setCode(await statusCommand(folder, flags));
    }
  });

  group
    .command("report")
    .description("Prints what is known, as `run` does at its end.")
    .argument("[folder]", "the campaign's store", ".campaign/invariants")
    .option("--json", "print one JSON document")
    .option("--html <file>", "write a self-contained page as well")
    .addHelpText("after", CODES)
    .action(async (folder: string, flags: { json?: true; html?: string }) => {
      setCode(await reportCommand(folder, flags));
    });

  const everything = [program, group, ...group.commands];
  for (const command of everything) command.exitOverride().allowExcessArguments(false);
  return program;
}

/** Runs one command line and returns its exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  let code = 0;
  try {
    const named = await namedCampaign(args, ["run", "worker"]);
    const program = createProgram(named, (c) => {
      code = c;
    });
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed its message, except for those thrown in an action.
      if (error instanceof InvalidArgumentError) process.stderr.write(`error: ${error.message}\n`);
      return error.exitCode === 0 ? 0 : 2;
    }
    if (error instanceof CampaignError || error instanceof XentError) {
      process.stderr.write(`error: ${error.message.replaceAll(/\s*\n\s*/g, " ")}\n`);
      return error instanceof CampaignError ? 3 : 2;
    }
    throw error;
  }
}
