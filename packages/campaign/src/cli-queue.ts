import type { EngineOf } from "./cli-run.js";
import type { Named } from "./cli-settings.js";
import type { Engine } from "./contract.js";
import { ThreadPool } from "./node/thread-pool.js";
import { type QueueRunFlags, settingsOf } from "./queue/flags.js";
import type { StatusFlags } from "./queue/status-command.js";
import type { WorkerFlags } from "./queue/worker-command.js";

const print = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** The engine of `run --redis`. The client of the queue is loaded here and not before. */
export function queueOf(
  named: Named,
  flags: QueueRunFlags & { readonly retries?: number },
): EngineOf {
  return async (progress) => {
    const redis = settingsOf(flags, process.env);
    if (redis.warning !== undefined) print(`warning: ${redis.warning}`);
    const { QueueEngine } = await import("./queue/engine.js");
    const engine = new QueueEngine({
      campaign: named.campaign,
      redis,
      progress,
      onWarning: (text) => {
        print(`warning: ${text}`);
      },
      ...(flags.queue === undefined ? {} : { queue: flags.queue }),
      ...(flags.retries === undefined ? {} : { attempts: 1 + flags.retries }),
      ...(flags.backoff === undefined ? {} : { backoff: flags.backoff }),
      ...(flags.window === undefined ? {} : { window: flags.window }),
      ...(flags.rate === undefined ? {} : { rate: flags.rate }),
    });
    if (flags.metrics === undefined) return engine;
    const { engineMetrics, formatMetrics, MetricsServer } = await import("./queue/metrics.js");
    const metrics = await MetricsServer.start(
      flags.metrics,
      async () => formatMetrics(engineMetrics(engine)) + (await engine.queueMetrics()),
    );
    print(`metrics at ${metrics.url}`);
    const measured: Engine = {
      run: (jobs, events, signals) => engine.run(jobs, events, signals),
      async close() {
        await metrics.close();
        await engine.close();
      },
    };
    return measured;
  };
}

/** `worker`: runs jobs of a queue on threads until a signal comes. Returns the exit code. */
export async function workerCommand(
  { campaign, module }: Named,
  flags: WorkerFlags & { readonly jobTimeout?: number },
): Promise<number> {
  const { runWorker } = await import("./queue/worker-command.js");
  const threads = new ThreadPool({
    module,
    workers: flags.workers,
    ...(flags.jobTimeout === undefined ? {} : { timeout: flags.jobTimeout }),
  });
  const execute = threads.execute.bind(threads);
  return await runWorker(
    campaign,
    { execute, close: () => threads.close() },
    flags,
    process.env,
    print,
  );
}

/** `status --redis`. Returns the exit code. */
export async function queueStatusCommand(flags: StatusFlags): Promise<number> {
  const { runStatus } = await import("./queue/status-command.js");
  const write = (text: string): void => {
    process.stdout.write(text);
  };
  return await runStatus(flags, process.env, write, process.stdout.isTTY);
}
