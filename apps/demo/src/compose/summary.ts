import { groupBy, leastMedianGreatest } from "@xent/app-kit";
import { type CellResult, GOALS, type LimitChoice } from "./grid.js";

/** All seeds of one combination. */
export interface GroupSummary {
  readonly curvature: string;
  readonly damping: number;
  readonly limit: string;
  readonly runs: number;
  readonly diverged: number;
  readonly goals: readonly GoalSummary[];
  /** Over all runs, least and greatest. */
  readonly largestRatio: readonly [number, number];
  /** Mean over the runs that did not diverge; null when all did. */
  readonly testAccuracy: number | null;
}

/** How the runs of a group got to one loss. */
export interface GoalSummary {
  readonly loss: number;
  readonly reached: number;
  /** Least, median and greatest over the runs that reached it; null when none did. */
  readonly steps: readonly [number, number, number] | null;
  /** Median over the runs that reached it. */
  readonly seconds: number | null;
}

/** "none", "norm <= 1", "spread r <= 1". */
export function limitName(limit: LimitChoice): string {
  switch (limit.kind) {
    case "none":
      return "none";
    case "norm-clip":
      return `norm <= ${limit.maxNorm}`;
    case "radius-cap":
      return `${limit.mode} r <= ${limit.target}`;
  }
}

const spread = (values: readonly number[]): [number, number, number] | null =>
  values.length === 0 ? null : leastMedianGreatest(values);

const present = (values: readonly (number | null)[]): number[] =>
  values.filter((value) => value !== null);

/** One row a combination, in the order in which they first occur. */
export function summarize(results: readonly CellResult[]): GroupSummary[] {
  const groups = groupBy(
    results,
    ({ cell }) => `${cell.curvature} ${cell.damping} ${limitName(cell.limit)}`,
  );
  return groups.map((runs) => {
    const { curvature, damping, limit } = runs[0]!.cell;
    const ratios = leastMedianGreatest(runs.map((run) => run.largestRatio));
    const surviving = runs.filter((run) => run.status !== "diverged");
    return {
      curvature: curvature.toUpperCase(),
      damping,
      limit: limitName(limit),
      runs: runs.length,
      diverged: runs.length - surviving.length,
      goals: GOALS.map((loss, i) => {
        const steps = present(runs.map((run) => run.steps[i]!));
        return {
          loss,
          reached: steps.length,
          steps: spread(steps),
          seconds: spread(present(runs.map((run) => run.seconds[i]!)))?.[1] ?? null,
        };
      }),
      largestRatio: [ratios[0], ratios[2]],
      testAccuracy:
        surviving.length === 0
          ? null
          : surviving.reduce((sum, run) => sum + run.testAccuracy, 0) / surviving.length,
    };
  });
}
