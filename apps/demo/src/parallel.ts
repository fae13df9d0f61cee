import { createProgress } from "@xent/app-kit";
import { Piscina } from "piscina";

/**
 * Runs every job on worker threads and returns the results in the order of the jobs, whatever the number
 * of workers and the order in which they end.
 *
 * @param worker - URL of the built module whose default export takes a job and returns its result.
 * @param onDone - called with each result as it comes.
 */
export async function runOnWorkers<Job, Result>(
  worker: URL,
  jobs: readonly Job[],
  workers: number,
  onDone: (result: Result) => void = () => undefined,
): Promise<Result[]> {
  const threads = Math.max(1, Math.min(workers, jobs.length));
  const pool = new Piscina<Job, Result>({
    filename: worker.href,
    minThreads: threads,
    maxThreads: threads,
  });
  try {
    return await Promise.all(
      jobs.map(async (job) => {
        const result = await pool.run(job);
        onDone(result);
        return result;
      }),
    );
  } finally {
    await pool.destroy();
  }
}

/** {@link runOnWorkers} for a command whose whole work is one list of training runs, with its progress shown. */
export async function runTrainingJobs<Job, Result>(
  worker: URL,
  jobs: readonly Job[],
  options: { readonly workers: number; readonly json?: boolean },
): Promise<Result[]> {
  const progress = createProgress({ silent: options.json === true });
  progress.stage(`${jobs.length} training runs`, jobs.length);
  try {
    return await runOnWorkers<Job, Result>(worker, jobs, options.workers, () => progress.advance());
  } finally {
    progress.finish();
  }
}
