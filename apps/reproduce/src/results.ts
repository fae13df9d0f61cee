import type { Budget } from "./contract.js";
import { notRun } from "./experiments/index.js";
import type { Outcome } from "./outcome.js";

/** What results.json holds, and what `--json` prints. */
export function resultsOf(outcomes: readonly Outcome[], budget: Budget): object {
  return {
    budget,
    experiments: outcomes.map(({ experiment, findings, seeds }) => ({
      name: experiment.name,
      paper: experiment.paper,
      claims: experiment.claims,
      settings: experiment.settings[budget],
      seeds,
      findings,
    })),
    notRun,
  };
}
