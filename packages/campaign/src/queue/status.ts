import type * as BullMQ from "bullmq";
import type { Redis } from "ioredis";
import type { RedisSettings } from "./address.js";
import { loadQueueClients } from "./clients.js";
import { clientOptions, connect } from "./connection.js";
import { type Holder, parseHolder } from "./lease.js";
import { KEY_PREFIX, leaseKey, QUEUES_KEY } from "./names.js";
import { type CampaignRecord, readRecord } from "./record.js";

/** A queue as any terminal sees it; plain data. */
export interface QueueStatus extends CampaignRecord {
  readonly queue: string;
  /** Who coordinates it now; null when nobody does, whatever `state` was last written. */
  readonly coordinator: Pick<Holder, "host" | "pid" | "since"> | null;
  /** Connected workers. */
  readonly workers: number;
  /** Jobs on the server by their state there. */
  readonly jobs: {
    readonly waiting: number;
    readonly active: number;
    readonly retrying: number;
    readonly finished: number;
    readonly failed: number;
  };
  /** Seconds until the plan is done at the present rate; null when that cannot be said. */
  readonly eta: number | null;
}

/** Reads queues without touching them. */
export class StatusReader {
  readonly #client: Redis;
  readonly #bullmq: typeof BullMQ;
  readonly #redis: RedisSettings;

  private constructor(client: Redis, bullmq: typeof BullMQ, redis: RedisSettings) {
    this.#client = client;
    this.#bullmq = bullmq;
    this.#redis = redis;
  }

  /** @throws EngineError when the server cannot be reached. */
  static async open(redis: RedisSettings): Promise<StatusReader> {
    const clients = await loadQueueClients();
    const client = await connect(clients, redis);
    // Without a listener an outage would end the process; commands wait for the server to come back.
    client.on("error", () => undefined);
    return new StatusReader(client, clients.bullmq, redis);
  }

  /** Names of all queues that ever had a coordinator, sorted. */
  async queues(): Promise<string[]> {
    return (await this.#client.smembers(QUEUES_KEY)).sort();
  }

  /** The status of a queue; undefined when no coordinator ever used it. */
  async read(queue: string): Promise<QueueStatus | undefined> {
    const record = await readRecord(this.#client, queue);
    if (record === undefined) return undefined;
    const holder = parseHolder(await this.#client.get(leaseKey(queue)));
    const [states, workers] = await this.#withQueue(queue, (q) =>
      Promise.all([
        q.getJobCounts("wait", "prioritized", "active", "delayed", "completed", "failed"),
        q.getWorkersCount(),
      ]),
    );
    const count = (state: string): number => states[state] ?? 0;
    const left = record.total - record.done - record.failed;
    return {
      queue,
      ...record,
      coordinator:
        holder === undefined ? null : { host: holder.host, pid: holder.pid, since: holder.since },
      workers,
      jobs: {
        waiting: count("wait") + count("prioritized"),
        active: count("active"),
        retrying: count("delayed"),
        finished: count("completed"),
        failed: count("failed"),
      },
      eta: holder === undefined || record.perSecond === 0 ? null : left / record.perSecond,
    };
  }

  /** BullMQ's own metrics of a queue, in the text format of Prometheus. */
  async metrics(queue: string): Promise<string> {
    return `${await this.#withQueue(queue, (q) => q.exportPrometheusMetrics())}\n`;
  }

  close(): void {
    this.#client.disconnect();
  }

  async #withQueue<T>(name: string, use: (queue: BullMQ.Queue) => Promise<T>): Promise<T> {
    const queue = new this.#bullmq.Queue(name, {
      prefix: KEY_PREFIX,
      connection: clientOptions(this.#redis),
      // A reader leaves no trace on the server.
      skipMetasUpdate: true,
    });
    queue.on("error", () => undefined);
    try {
      return await use(queue);
    } finally {
      await queue.close();
    }
  }
}

/** "3 s", "12 min", "4.5 h", "6.2 days". */
export function formatSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${(seconds / 3600).toFixed(1)} h`;
  return `${(seconds / 86_400).toFixed(1)} days`;
}

/** One status as lines for a terminal. */
export function formatStatus(status: QueueStatus, now: number): string {
  const known = status.done + status.failed;
  const percent = status.total === 0 ? 100 : (100 * known) / status.total;
  const who =
    status.coordinator === null
      ? `none (last word ${formatSeconds(Math.max(0, now - status.updatedAt) / 1000)} ago, ${status.state})`
      : `process ${status.coordinator.pid} on ${status.coordinator.host}, ${status.state}`;
  const { jobs } = status;
  return [
    `queue ${status.queue}: campaign ${status.campaign}, version ${status.version}`,
    `  ${status.done} of ${status.total} done, ${status.failed} given up (${percent.toFixed(1)} %)`,
    `  ${status.perSecond.toFixed(1)} jobs a second, ${status.eta === null ? "time left unknown" : `${formatSeconds(status.eta)} left`}`,
    `  on the server: ${jobs.waiting} waiting, ${jobs.active} running, ${jobs.retrying} to be tried again, ${jobs.finished} finished; ${status.resent} sent again`,
    `  workers: ${status.workers}; coordinator: ${who}`,
  ].join("\n");
}
