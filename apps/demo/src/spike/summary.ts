import { groupBy, leastMedianGreatest, median } from "@xent/app-kit";
import { protectionName, type SpikeResult } from "./run.js";

/** All seeds of one protection, base rate and spike. */
export interface SpikeSummary {
  readonly protection: string;
  readonly baseRate: number;
  readonly spike: number;
  readonly runs: number;
  readonly diverged: number;
  /** Test accuracy right before the spike: median. */
  readonly before: number;
  /** Lowest test accuracy from the spike on: median. A diverged run counts as 0. */
  readonly lowest: number;
  /** Test accuracy at the end: median, least, greatest. A diverged run counts as 0. */
  readonly final: readonly [number, number, number];
  /** Minibatch loss at the last step: median; Infinity where the median run diverged. */
  readonly finalLoss: number;
  /** Longest step taken over pi / Delta from the spike on: median. */
  readonly largestRatio: number;
  /** Median test accuracy after each step. */
  readonly curve: readonly number[];
}

/** One row a combination, in the order in which they first occur. */
export function summarizeSpikes(results: readonly SpikeResult[]): SpikeSummary[] {
  const groups = groupBy(
    results,
    ({ job }) => `${job.baseRate} ${job.spike} ${protectionName(job.protection)}`,
  );
  return groups.map((runs) => {
    const { protection, baseRate, spike, spikeStep, steps } = runs[0]!.job;
    const accuracyAt = (run: SpikeResult, step: number): number => run.testAccuracies[step] ?? 0;
    const after = (run: SpikeResult): number[] =>
      Array.from({ length: steps - spikeStep }, (_, i) => accuracyAt(run, spikeStep + i));
    const [leastFinal, medianFinal, greatestFinal] = leastMedianGreatest(
      runs.map((run) => accuracyAt(run, steps - 1)),
    );
    return {
      protection: protectionName(protection),
      baseRate,
      spike,
      runs: runs.length,
      diverged: runs.filter((run) => run.status === "diverged").length,
      before: median(runs.map((run) => accuracyAt(run, spikeStep - 1))),
      lowest: median(runs.map((run) => Math.min(...after(run)))),
      final: [medianFinal, leastFinal, greatestFinal],
      finalLoss: median(
        runs.map((run) => (run.status === "diverged" ? Infinity : run.losses.at(-1)!)),
      ),
      largestRatio: median(runs.map((run) => Math.max(...run.ratios.slice(spikeStep)))),
      curve: Array.from({ length: steps }, (_, i) => median(runs.map((run) => accuracyAt(run, i)))),
    };
  });
}
