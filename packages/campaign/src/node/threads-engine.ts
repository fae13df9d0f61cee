import type { AnyCampaign, Engine, EngineEvents, EngineSignals, Job } from "../contract.js";
import { errorLine } from "../engine-inline.js";
import { EngineError } from "../errors.js";
import { isPermanent, JobError, messageOf } from "../execute.js";
import { ThreadPool, type ThreadPoolOptions } from "./thread-pool.js";

/** How jobs are run on this machine. */
export interface ThreadsEngineOptions extends ThreadPoolOptions {
  readonly campaign: AnyCampaign;
  /** How often a job that threw, or brought its thread down, is tried again; default 2. */
  readonly retries?: number;
}

/**
 * The default engine: worker threads of this process, no server. A job that throws is tried again on the
 * spot, at most `retries` times, and then given up; a DomainError is final at once, because jobs are deterministic.
 */
export function threadsEngine(options: ThreadsEngineOptions): Engine {
  const { campaign, workers } = options;
  const limit = 1 + (options.retries ?? 2);
  const pool = new ThreadPool(options);

  async function one(job: Job, events: EngineEvents, { kill }: EngineSignals): Promise<void> {
    for (let attempts = 1; ; attempts++) {
      let done: { readonly result: string; readonly ms: number };
      try {
        done = await pool.execute(messageOf(campaign, job), kill);
      } catch (error) {
        if (kill.aborted) return;
        if (error instanceof EngineError) throw error;
        // Threads load the code when they start: it was changed since this process did.
        if (error instanceof JobError && error.name === "VersionMismatchError") {
          throw new EngineError(`the code was changed while the campaign ran: ${error.message}`);
        }
        if (attempts < limit && !isPermanent(error)) continue;
        events.onFailed(job, { error: errorLine(error), attempts });
        return;
      }
      events.onDone(job, done.result, { ms: done.ms, attempts });
      return;
    }
  }

  return {
    async run(jobs, events, signals) {
      const next = jobs[Symbol.iterator]();
      let broken = false;
      const stopped = (): boolean => broken || signals.drain.aborted || signals.kill.aborted;
      // Each lane pulls its next job by hand: leaving a `for of` early would close the shared iterator.
      const lane = async (): Promise<void> => {
        try {
          while (!stopped()) {
            const pulled = next.next();
            if (pulled.done === true) return;
            await one(pulled.value, events, signals);
          }
        } catch (error) {
          broken = true;
          throw error;
        }
      };
      const lanes = await Promise.allSettled(Array.from({ length: workers }, lane));
      const failed = lanes.find((l) => l.status === "rejected");
      if (failed !== undefined) throw failed.reason;
    },
    close: () => pool.close(),
  };
}
