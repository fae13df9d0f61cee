import type { Progress } from "@xent/app-kit";
import { type Cell, cellLabel, cellsOf, runCell } from "./cells.js";
import type { AnyExperiment, Budget } from "./contract.js";
import { type Outcome, outcomeOf } from "./outcome.js";
import type { StateFiles } from "./state-file.js";

/** Options of {@link runExperiments}. */
export interface RunOptions {
  readonly budget: Budget;
  readonly fresh: boolean;
  readonly states: StateFiles;
  readonly progress: Progress;
  /** Threads over which the cells of all experiments are spread. Default 1: this thread. Changes no number. */
  readonly workers?: number;
}

/** Runs the cells that are not stored yet, stores each, and compares the seeds of each experiment. */
export async function runExperiments(
  experiments: readonly AnyExperiment[],
  options: RunOptions,
): Promise<Outcome[]> {
  const { budget, fresh, states, progress, workers = 1 } = options;
  const cells = experiments.map((e) => cellsOf(e, budget));
  const runs = new Map<Cell, unknown>();
  const left: Cell[] = [];
  for (const cell of cells.flat()) {
    const stored = fresh ? undefined : states.read(cell);
    if (stored === undefined) left.push(cell);
    else {
      progress.note(`${cellLabel(cell)}: stored`);
      runs.set(cell, stored);
    }
  }
  const done = (cell: Cell, run: unknown): void => {
    states.write(cell, run);
    runs.set(cell, run);
  };
  const spentInAll = stopwatch();
  if (workers > 1 && left.length > 1) {
    let finished = 0;
    progress.stage(
      `${left.length} cells on ${Math.min(workers, left.length)} threads`,
      left.length,
    );
    // Only where threads are wanted: it brings the campaign, which hashes the code to name its version.
    const { runOnThreads } = await import("./cell-pool.js");
    await runOnThreads(left, workers, (cell, run) => {
      done(cell, run);
      finished++;
      progress.stage(`${finished} of ${left.length} done: ${cellLabel(cell)}`, left.length);
      progress.advance(finished);
    });
  } else {
    for (const cell of left) {
      const spent = stopwatch();
      done(cell, await runCell(cell, progress));
      progress.note(`${cellLabel(cell)}: ${spent()}`);
    }
  }
  if (left.length > 1) {
    progress.note(`${left.length} cells: ${spentInAll()}`);
  }
  return experiments.map((experiment, i) =>
    outcomeOf(experiment, budget, experiment.seeds[budget], (seed) =>
      cells[i]!.filter((c) => c.seed === seed).map((c) => runs.get(c)),
    ),
  );
}

/** Says what has been spent since: by the clock, and by this process on its processors. */
function stopwatch(): () => string {
  const [began, before] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(before);
    const wall = (performance.now() - began) / 1e3;
    return `${wall.toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s of processor time`;
  };
}
