import type { Progress } from "@xent/app-kit";
import type { AnyExperiment, Budget, Drawing, Finding } from "./contract.js";
import type { StateFiles } from "./state-file.js";

/** An experiment with what it found. */
export interface Outcome {
  readonly experiment: AnyExperiment;
  readonly seeds: readonly number[];
  readonly findings: readonly Finding[];
  readonly drawings: readonly Drawing[];
}

/** Runs the seeds that are not stored yet, stores each, and compares them all. */
export async function runExperiment(
  experiment: AnyExperiment,
  options: {
    readonly budget: Budget;
    readonly fresh: boolean;
    readonly states: StateFiles;
    readonly progress: Progress;
  },
): Promise<Outcome> {
  const { budget, states, progress } = options;
  const settings = experiment.settings[budget];
  const seeds = experiment.seeds[budget];
  const runs: unknown[] = [];
  for (const seed of seeds) {
    const stored = options.fresh ? undefined : states.read(experiment.name, budget, seed, settings);
    if (stored !== undefined) {
      progress.note(`${experiment.name}, seed ${seed}: stored`);
      runs.push(stored);
      continue;
    }
    const began = performance.now();
    const run = await experiment.run(settings, seed, progress);
    states.write(experiment.name, budget, seed, settings, run);
    const seconds = (performance.now() - began) / 1000;
    progress.note(`${experiment.name}, seed ${seed}: ${seconds.toFixed(1)} s`);
    // What is compared is what a resumed run would compare.
    runs.push(JSON.parse(JSON.stringify(run)));
  }
  return {
    experiment,
    seeds,
    findings: experiment.compare(runs, settings),
    drawings: experiment.plot(runs, settings),
  };
}
