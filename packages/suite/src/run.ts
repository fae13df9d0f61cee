import { Piscina } from "piscina";
import { SHARD_SIZE, type ShardJob, type ShardResult } from "./shard.js";

/** What to run, and on how many threads. */
export interface RunOptions {
  readonly ids: readonly string[];
  /** Cases for each invariant; Infinity runs until `deadline` or `signal`. */
  readonly runs: number;
  readonly seed: number;
  readonly workers: number;
  /** No shard is started after this time (milliseconds since the epoch). */
  readonly deadline?: number;
  readonly signal?: AbortSignal;
  /** A module that exports the suites; default: those of the xent packages. */
  readonly modulePath?: string;
  /** Shards of an earlier run with the same seed and runs: they are not run again. */
  readonly done?: readonly ShardResult[];
  readonly onShard?: (result: ShardResult) => void;
}

/** Shards of all invariants, one of each in turn, so that an interrupted run knows something of all. */
export function* jobsOf(ids: readonly string[], runs: number, seed: number): Generator<ShardJob> {
  for (let index = 0; index * SHARD_SIZE < runs; index++) {
    const size = Math.min(SHARD_SIZE, runs - index * SHARD_SIZE);
    for (const id of ids) yield { id, index, runs: size, seed };
  }
}

/**
 * Runs shards on worker threads until all are done, the deadline passed, or the signal fired.
 * @returns every shard known, those of `done` included; the order is not defined.
 *
 * @example
 * ```ts
 * const chosen = select(await loadSuites(), { package: "linalg" });
 * const ids = chosen.map((s) => s.invariant.id);
 * const shards = await runSuites({ ids, runs: 1000, seed: 1, workers: 2 });
 * console.log(formatTable(chosen.map((s) => summarize(s, shards))));
 * ```
 */
export async function runSuites(options: RunOptions): Promise<readonly ShardResult[]> {
  const results: ShardResult[] = [...(options.done ?? [])];
  const known = new Set(results.map((r) => `${r.index} ${r.id}`));
  const jobs = jobsOf(options.ids, options.runs, options.seed);
  const pool = new Piscina<ShardJob, ShardResult>({
    filename: new URL("./worker.js", import.meta.url).href,
    maxThreads: options.workers,
    minThreads: options.workers,
    workerData: options.modulePath === undefined ? {} : { modulePath: options.modulePath },
  });
  const stopped = (): boolean =>
    options.signal?.aborted === true ||
    (options.deadline !== undefined && Date.now() >= options.deadline);

  // Each lane pulls the next job by hand: leaving a `for of` early would close the shared generator.
  const lane = async (): Promise<void> => {
    for (let next = jobs.next(); next.done !== true; next = jobs.next()) {
      if (stopped()) return;
      if (known.has(`${next.value.index} ${next.value.id}`)) continue;
      try {
        const result = await pool.run(
          next.value,
          options.signal === undefined ? {} : { signal: options.signal },
        );
        results.push(result);
        options.onShard?.(result);
      } catch (error) {
        if (options.signal?.aborted === true) return;
        throw error;
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: options.workers }, lane));
  } finally {
    await pool.destroy();
  }
  return results;
}
