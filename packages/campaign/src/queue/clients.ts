import type * as BullMQ from "bullmq";
import type * as IORedis from "ioredis";
import { EngineError } from "../errors.js";

/** The two packages that the queue needs and threads do not: optional peers, loaded on first use. */
export interface QueueClients {
  readonly bullmq: typeof BullMQ;
  readonly ioredis: Pick<typeof IORedis, "Redis">;
}

/** @throws EngineError that says what to install. */
export async function loadQueueClients(): Promise<QueueClients> {
  try {
    const [bullmq, ioredis] = await Promise.all([import("bullmq"), import("ioredis")]);
    return { bullmq, ioredis };
  } catch (cause) {
    throw new EngineError(
      "the queue engine needs two packages that are not installed: npm install bullmq@6 ioredis@5",
      { cause },
    );
  }
}
