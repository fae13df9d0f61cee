import { DomainError } from "@xent/linalg";
import type { Redis } from "ioredis";
import { QUEUES_KEY, recordKey } from "./names.js";

/** Whether a coordinator is at work. */
export type RunState = "running" | "draining" | "finished" | "stopped";

/** What the coordinator of a queue says of its campaign, for workers and for `xent campaign status`. */
export interface CampaignRecord {
  readonly campaign: string;
  readonly version: string;
  readonly state: RunState;
  /** Jobs of the plan. */
  readonly total: number;
  /** Jobs with a result in the store, of earlier runs as well. */
  readonly done: number;
  /** Jobs that were given up. */
  readonly failed: number;
  /** Results a second, over the last minute. */
  readonly perSecond: number;
  /** Jobs that were missing on the server and were sent again, in this run. */
  readonly resent: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly updatedAt: number;
}

const NUMBERS = [
  "total",
  "done",
  "failed",
  "perSecond",
  "resent",
  "startedAt",
  "updatedAt",
] as const satisfies readonly (keyof CampaignRecord)[];
const STATES: readonly string[] = ["running", "draining", "finished", "stopped"];

/** Writes the record and makes the queue known to `status`. */
export async function writeRecord(
  client: Redis,
  queue: string,
  record: CampaignRecord,
): Promise<void> {
  await client.hset(recordKey(queue), { ...record });
  await client.sadd(QUEUES_KEY, queue);
}

/**
 * The record of a queue; undefined when no coordinator ever used it.
 * @throws DomainError for one that something else wrote.
 */
export async function readRecord(
  client: Redis,
  queue: string,
): Promise<CampaignRecord | undefined> {
  const fields = await client.hgetall(recordKey(queue));
  if (Object.keys(fields).length === 0) return undefined;
  const numbers = NUMBERS.map((name) => [name, Number(fields[name])] as const);
  const wrong = numbers.find(([, value]) => !Number.isFinite(value));
  const { campaign, version, state } = fields;
  if (
    wrong !== undefined ||
    campaign === undefined ||
    version === undefined ||
    state === undefined ||
    !STATES.includes(state)
  ) {
    throw new DomainError(`the record of queue ${queue} is not one of a campaign`);
  }
  return {
    campaign,
    version,
    state: state as RunState,
    ...(Object.fromEntries(numbers) as Record<(typeof NUMBERS)[number], number>),
  };
}
