import { createProgress } from "@xent/app-kit";
import { type CampaignDefinition, defineCampaign } from "@xent/campaign";
import { codeVersion } from "@xent/campaign/node";
import { DomainError } from "@xent/linalg";
import { type Cell, type CellKey, cellOf, cellsOf, keyOf, runCell } from "./cells.js";
import { BUDGETS, type Budget } from "./contract.js";
import { experiments, notRun } from "./experiments/index.js";
import { findingTable } from "./finding-table.js";
import { type Outcome, outcomeOf } from "./outcome.js";
import { page } from "./page.js";
import { resultsOf } from "./results.js";

/** Which cells. */
export interface ReproduceSettings {
  readonly budget: Budget;
  /** Names, in the order of the list. */
  readonly experiments: readonly string[];
}

function parseSettings(value: unknown): ReproduceSettings {
  const { budget = "quick", experiment = "all" } = value as Record<
    "budget" | "experiment",
    unknown
  >;
  if (!BUDGETS.includes(budget as Budget)) {
    throw new DomainError(`budget = ${String(budget)} is none of ${BUDGETS.join(", ")}`);
  }
  const names = experiments.map((e) => e.name);
  const chosen = names.filter((name) => experiment === "all" || experiment === name);
  if (chosen.length === 0) {
    throw new DomainError(`"${String(experiment)}" is no experiment: all, ${names.join(", ")}`);
  }
  return { budget: budget as Budget, experiments: chosen };
}

function cells({ budget, experiments: names }: ReproduceSettings): Cell[] {
  return experiments.filter((e) => names.includes(e.name)).flatMap((e) => cellsOf(e, budget));
}

/** A cell found by its key, or a DomainError, with which a queue gives a job up at once. */
function cellOfKey(key: CellKey): Cell {
  try {
    return cellOf(key);
  } catch (error) {
    throw new DomainError((error as Error).message);
  }
}

/** The experiments of which at least one seed is whole, over the seeds that are. */
function outcomes(settings: ReproduceSettings, known: ReadonlyMap<string, unknown>): Outcome[] {
  const { budget, experiments: names } = settings;
  return experiments.flatMap((experiment) => {
    if (!names.includes(experiment.name)) return [];
    const all = cellsOf(experiment, budget);
    const runsOf = (seed: number): unknown[] =>
      all.filter((c) => c.seed === seed).map((c) => known.get(JSON.stringify(keyOf(c))));
    const seeds = experiment.seeds[budget].filter((seed) =>
      runsOf(seed).every((run) => run !== undefined),
    );
    return seeds.length === 0 ? [] : [outcomeOf(experiment, budget, seeds, runsOf)];
  });
}

/**
 * The experiments as a campaign: a job is a cell (one part of one seed), the report is that of `xent-reproduce`.
 *
 *     npm run campaign -- run apps/reproduce/dist/campaign.js --budget full --workers 8
 */
export const campaign: CampaignDefinition<ReproduceSettings, CellKey, unknown> = defineCampaign({
  name: "reproduce",
  version: codeVersion(import.meta.url),
  description: "the claims of the three papers, repeated: one job a seed and part",
  settings: {
    budget: "smoke, quick or full (default quick)",
    experiment: "one by its name, or all (default all)",
  },
  parseSettings,
  size: (settings) => cells(settings).length,
  plan: (settings) => cells(settings).map(keyOf),
  parsePayload: (value) => keyOf(cellOfKey(value as CellKey)),
  parseResult: (value) => value,
  run: (key) => runCell(cellOfKey(key), createProgress({ silent: true })),
  report(settings, entries) {
    const known = new Map<string, unknown>();
    for (const { payload, result } of entries) known.set(JSON.stringify(payload), result);
    const found = outcomes(settings, known);
    return {
      json: resultsOf(found, settings.budget),
      text: found.map(findingTable).join("\n\n"),
      html: page(found, notRun, settings.budget),
      // A claim that differs is a finding, not a failure of the program.
      ok: true,
    };
  },
});
