import type { AnyCampaign } from "../contract.js";
import type { RedisEnvironment } from "./address.js";
import { type RedisFlags, settingsOf } from "./flags.js";
import { formatMetrics, MetricsServer, workerMetrics } from "./metrics.js";
import { type Execute, QueueWorker, type WorkerNotice } from "./worker.js";

/** Options of `xent campaign worker`. */
export interface WorkerFlags extends RedisFlags {
  readonly workers: number;
  /** Milliseconds. */
  readonly lock?: number;
  readonly metrics?: string;
  readonly verbose?: true;
}

/** Threads that run jobs of one campaign. */
export interface JobThreads {
  readonly execute: Execute;
  close(): Promise<void>;
}

/**
 * Works on a queue until SIGTERM or SIGINT, which finishes the jobs that run; a second one abandons
 * them to other workers.
 *
 * @param print - takes lines for the operator.
 * @returns the exit code: 0 after a drain, 1 after jobs were abandoned.
 * @throws VersionMismatchError when the queue holds jobs of another version of the code; EngineError
 *   when the server cannot be reached.
 */
export async function runWorker(
  campaign: AnyCampaign,
  threads: JobThreads,
  flags: WorkerFlags,
  env: RedisEnvironment,
  print: (line: string) => void,
): Promise<number> {
  const redis = settingsOf(flags, env);
  if (redis.warning !== undefined) print(`warning: ${redis.warning}`);
  let code = 0;
  let warned = "";
  const notice = ({ kind, text }: WorkerNotice): void => {
    if (kind === "done" && flags.verbose !== true) return;
    // An outage makes many errors of one text.
    if (kind === "warning" && text === warned) return;
    warned = kind === "warning" ? text : "";
    print(`${kind}: ${text}`);
  };
  const worker = await QueueWorker.start({
    campaign,
    redis,
    concurrency: flags.workers,
    execute: threads.execute,
    onNotice: notice,
    ...(flags.queue === undefined ? {} : { queue: flags.queue }),
    ...(flags.lock === undefined
      ? {}
      : { lock: flags.lock, stalledInterval: Math.max(1000, flags.lock / 2) }),
  });
  let signals = 0;
  const stop = (signal: NodeJS.Signals): void => {
    signals++;
    if (signals === 1) {
      print(`${signal}: finishing ${worker.counters.active} jobs (again to abandon them)`);
      void worker.drain();
    } else {
      print(
        `${signal}: abandoned ${worker.counters.active} jobs; others take them when their locks run out`,
      );
      code = 1;
      void worker.kill();
    }
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  let metrics: MetricsServer | undefined;
  try {
    if (flags.metrics !== undefined) {
      metrics = await MetricsServer.start(flags.metrics, () =>
        Promise.resolve(formatMetrics(workerMetrics(worker.counters))),
      );
      print(`metrics at ${metrics.url}`);
    }
    print(
      `ready: ${flags.workers} at a time of campaign ${campaign.name}, version ${campaign.version}, from ${redis.shown}`,
    );
    await worker.ended;
  } finally {
    await worker.drain();
    process.off("SIGTERM", stop);
    process.off("SIGINT", stop);
    await metrics?.close();
    await threads.close();
  }
  const { done, failed } = worker.counters;
  print(`ended: ${done} jobs done, ${failed} failed attempts`);
  return code;
}
