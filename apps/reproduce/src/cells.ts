import type { Progress } from "@xent/app-kit";
import { type AnyExperiment, BUDGETS, type Budget } from "./contract.js";
import { experiments } from "./experiments/index.js";

/** One part of one seed: what is run, stored and handed to threads as a whole. */
export interface Cell {
  readonly experiment: AnyExperiment;
  readonly budget: Budget;
  readonly seed: number;
  /** Index among the parts of the experiment's settings. */
  readonly part: number;
  /** How many parts there are. */
  readonly parts: number;
  /** Those of this part. */
  readonly settings: unknown;
}

/** A cell in words that cross threads and files. */
export interface CellKey {
  readonly name: string;
  readonly budget: Budget;
  readonly seed: number;
  readonly part: number;
}

/** All cells of an experiment, seed by seed, the parts of each in order. */
export function cellsOf(experiment: AnyExperiment, budget: Budget): Cell[] {
  const whole = experiment.settings[budget];
  const parts = experiment.parts?.split(whole) ?? [whole];
  return experiment.seeds[budget].flatMap((seed) =>
    parts.map((settings, part) => ({
      experiment,
      budget,
      seed,
      part,
      parts: parts.length,
      settings,
    })),
  );
}

/** The run of a cell as it reads from a file: plain JSON, which is what is compared. */
export async function runCell(
  { experiment, settings, seed }: Cell,
  progress: Progress,
): Promise<unknown> {
  return JSON.parse(JSON.stringify(await experiment.run(settings, seed, progress))) as unknown;
}

/** The run of a seed from those of its cells, in the order of the parts. */
export function joinCells(experiment: AnyExperiment, runs: readonly unknown[]): unknown {
  return experiment.parts === undefined ? runs[0] : experiment.parts.join(runs);
}

/** How a cell is called where people read it. */
export function cellLabel({ experiment, seed, part, parts }: Cell): string {
  const which = parts === 1 ? "" : `, part ${part + 1} of ${parts}`;
  return `${experiment.name}, seed ${seed}${which}`;
}

export function keyOf({ experiment, budget, seed, part }: Cell): CellKey {
  return { name: experiment.name, budget, seed, part };
}

/** The cell of a key. @throws Error for one that names none. */
export function cellOf({ name, budget, seed, part }: CellKey): Cell {
  const experiment = experiments.find((e) => e.name === name);
  const cell =
    experiment !== undefined && BUDGETS.includes(budget)
      ? cellsOf(experiment, budget).find((c) => c.seed === seed && c.part === part)
      : undefined;
  if (cell === undefined) throw new Error(`no cell ${name}, ${budget}, seed ${seed}, part ${part}`);
  return cell;
}
