import { DomainError } from "@xent/linalg";
import { type CampaignDefinition, defineCampaign, executeJob } from "../../src/index.ts";
import type { RedisSettings } from "../../src/queue/address.ts";
import { QueueWorker, type QueueWorkerOptions } from "../../src/queue/worker.ts";

/** Payload of {@link squares}. */
export interface Square {
  readonly x: number;
  readonly priority?: number;
}

/** A campaign whose jobs square a number, for workers on the test's own thread. */
export const squares: CampaignDefinition<number, Square, number> = defineCampaign({
  name: "squares",
  version: "squares@1",
  description: "squares",
  settings: {},
  parseSettings: Number,
  size: (n: number) => n,
  *plan(n: number): Iterable<Square> {
    for (let x = 0; x < n; x++) yield { x };
  },
  parsePayload: (value: unknown) => value as Square,
  parseResult(value: unknown) {
    if (typeof value !== "number") throw new DomainError("a square is no number");
    return value;
  },
  priority: (payload: Square) => payload.priority ?? 0,
  run: ({ x }: Square) => x * x,
  report: (_n: number, entries) => ({ json: [...entries], text: "", ok: true }),
});

/** A worker of {@link squares} in this process. */
export function squareWorker(
  redis: RedisSettings,
  options: Partial<QueueWorkerOptions> = {},
): Promise<QueueWorker> {
  const campaign = options.campaign ?? squares;
  return QueueWorker.start({
    campaign,
    redis,
    concurrency: 1,
    execute: async (message, signal) => ({
      result: await executeJob(campaign, message, { signal }),
      ms: 1,
    }),
    ...options,
  });
}
