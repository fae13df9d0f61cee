import { availableParallelism } from "node:os";
import {
  createProgress,
  jsonDocument,
  type Progress,
  print,
  requireWritable,
  textTable,
  UsageError,
  writeFileWhole,
} from "@xent/app-kit";
import type { Command } from "commander";
import { addCommonOptions, type CommonOptions, integerParser, numberParser } from "../options.js";
import { runOnWorkers } from "../parallel.js";
import { type DemoOutcome, demoReport } from "./report.js";
import { runSpectral } from "./spectral.js";
import {
  SPECTRAL_COLUMNS,
  spectralRows,
  spectralSentence,
  TRAINING_COLUMNS,
  trainingRow,
  trainingSentence,
} from "./tables.js";
import { RUN_PLANS, SPIKE_FACTOR, SPIKE_STEP } from "./training-plan.js";
import { type RunOutcome, runTraining, SURVIVAL_RULE, type TrainingJob } from "./training-run.js";

interface DemoOptions extends CommonOptions {
  readonly out: string;
  readonly steps: number;
  readonly until: number;
  readonly workers: number;
}

/** Makes the full demo the action of the program itself, run when no command is named. */
export function addDemo(program: Command): void {
  addCommonOptions(program, { description: "where the HTML report goes", default: "report.html" })
    // An unknown command would else be reported as "too many arguments", without its name.
    .allowExcessArguments()
    .option(
      "--steps <integer>",
      `training steps of each run; the spike is at step ${SPIKE_STEP}`,
      integerParser({ min: 2, max: 100_000 }),
      200,
    )
    .option("--until <time>", "end of the spectral flow", numberParser({ min: 1, max: 1e100 }), 1e8)
    .option(
      "--workers <integer>",
      "worker threads, 1 for none; the numbers do not depend on them",
      integerParser({ min: 1, max: 256 }),
      Math.min(availableParallelism(), RUN_PLANS.length),
    )
    .action(async (options: DemoOptions) => {
      const command = program.args[0];
      if (command !== undefined) {
        const known = program.commands.map((one) => one.name()).join(", ");
        throw new UsageError(`unknown command "${command}"; the commands are: ${known}`);
      }
      requireWritable(options.out);
      await runDemo(options);
    });
}

async function runDemo(options: DemoOptions): Promise<void> {
  const { seed, steps, until } = options;
  const json = options.json === true;
  const say = (text: string): void => {
    if (!json) print(text);
  };
  const started = performance.now();
  const progress = createProgress({ silent: json });
  try {
    progress.stage("Spectral flow of 10 classes", 1);
    const spectral = runSpectral(seed, until);
    progress.finish();
    say("Spectral flow towards neural collapse: 10 classes, cyclic group of order 10\n\n");
    say(textTable(SPECTRAL_COLUMNS, spectralRows(spectral)));
    say(`\n${spectralSentence(spectral)}\n\n`);

    progress.stage(`${RUN_PLANS.length} training runs of ${steps} steps`, RUN_PLANS.length);
    const jobs = RUN_PLANS.map((plan): TrainingJob => ({ plan, seed, steps }));
    const training = await trainAll(jobs, options.workers, progress);
    progress.finish();
    say(`Training on the digits, learning rate times ${SPIKE_FACTOR} at step ${SPIKE_STEP}\n\n`);
    say(textTable(TRAINING_COLUMNS, training.map(trainingRow)));
    say(`\n${trainingSentence(training)} ${SURVIVAL_RULE}`);
    say("r: length of a step over the distance to which the loss can be trusted along it.");

    const outcome: DemoOutcome = { seed, steps, spectral, training };
    writeFileWhole(options.out, demoReport(outcome));
    if (json) print(jsonDocument(outcome));
    say(`\nReport: ${options.out}`);
    progress.note(`Done in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
    if (spectral.rises > 0) {
      throw new Error(`V did not fall ${spectral.rises} times, which the theorem rules out`);
    }
  } finally {
    progress.finish();
  }
}

/** One worker means this thread: nothing to start, and the sources run as they are. */
async function trainAll(
  jobs: readonly TrainingJob[],
  workers: number,
  progress: Progress,
): Promise<RunOutcome[]> {
  if (workers > 1) {
    return runOnWorkers<TrainingJob, RunOutcome>(
      new URL("./worker.js", import.meta.url),
      jobs,
      workers,
      () => progress.advance(),
    );
  }
  return jobs.map((job) => {
    const outcome = runTraining(job);
    progress.advance();
    return outcome;
  });
}
