import type { AnyCampaign, Engine, EngineEvents, EngineSignals, Job } from "./contract.js";
import { executeJob, isPermanent, messageOf } from "./execute.js";

/** One line of what a job threw. */
export function errorLine(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.replaceAll(/\s*\n\s*/g, " ");
}

/**
 * Runs one job after the other on this thread, in the order of the plan; a job that throws is tried
 * `retries` times more. Needs nothing: for tests, for browsers, for a look into a campaign with a debugger.
 *
 * @example
 * ```ts
 * const { done } = await runCampaign({ campaign, settings, store: new MemoryStore(), engine: inlineEngine(campaign) });
 * ```
 */
export function inlineEngine(
  campaign: AnyCampaign,
  options: { readonly retries?: number } = {},
): Engine {
  const limit = 1 + (options.retries ?? 2);

  async function one(job: Job, events: EngineEvents, { kill }: EngineSignals): Promise<void> {
    for (let attempts = 1; ; attempts++) {
      const began = performance.now();
      let result: string;
      try {
        result = await executeJob(campaign, messageOf(campaign, job), { signal: kill });
      } catch (error) {
        if (kill.aborted) return;
        if (attempts < limit && !isPermanent(error)) continue;
        events.onFailed(job, { error: errorLine(error), attempts });
        return;
      }
      events.onDone(job, result, { ms: Math.round(performance.now() - began), attempts });
      return;
    }
  }

  return {
    async run(jobs, events, signals) {
      for (const job of jobs) {
        if (signals.drain.aborted || signals.kill.aborted) return;
        await one(job, events, signals);
        if (signals.drain.aborted || signals.kill.aborted) return;
      }
    },
    close: () => Promise.resolve(),
  };
}
