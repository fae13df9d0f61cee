import { joinCells } from "./cells.js";
import type { AnyExperiment, Budget, Drawing, Finding } from "./contract.js";

/** An experiment with what it found. */
export interface Outcome {
  readonly experiment: AnyExperiment;
  readonly seeds: readonly number[];
  readonly findings: readonly Finding[];
  readonly drawings: readonly Drawing[];
}

/** Compares the seeds of an experiment; `runsOf` gives the runs of a seed's cells, in the order of the parts. */
export function outcomeOf(
  experiment: AnyExperiment,
  budget: Budget,
  seeds: readonly number[],
  runsOf: (seed: number) => readonly unknown[],
): Outcome {
  const settings = experiment.settings[budget];
  const whole = seeds.map((seed) => joinCells(experiment, runsOf(seed)));
  return {
    experiment,
    seeds,
    findings: experiment.compare(whole, settings),
    drawings: experiment.plot(whole, settings),
  };
}
