import { hostname } from "node:os";
import type * as BullMQ from "bullmq";
import type { Redis } from "ioredis";
import type { AnyCampaign } from "../contract.js";
import { type CampaignError, EngineError, VersionMismatchError } from "../errors.js";
import { isPermanent, type JobMessage, parseMessage } from "../execute.js";
import type { RedisSettings } from "./address.js";
import type { Answer } from "./answer.js";
import { loadQueueClients } from "./clients.js";
import { clientOptions, connect, connectionMessage } from "./connection.js";
import { KEY_PREFIX, queueName } from "./names.js";
import { readRecord } from "./record.js";

/** Runs one job somewhere off this thread, which must stay free to keep the job's lock. */
export type Execute = (
  message: JobMessage,
  signal: AbortSignal,
) => Promise<{ readonly result: string; readonly ms: number }>;

/** What a worker tells its operator. */
export interface WorkerNotice {
  readonly kind: "done" | "failed" | "returned" | "stalled" | "warning";
  readonly text: string;
}

/** How a worker takes jobs from a queue. */
export interface QueueWorkerOptions {
  readonly campaign: AnyCampaign;
  readonly redis: RedisSettings;
  /** Name of the queue; default: that of the campaign. */
  readonly queue?: string;
  /** Jobs at one time. */
  readonly concurrency: number;
  readonly execute: Execute;
  /** Milliseconds without a sign of life after which a job counts as abandoned; default 30 s. */
  readonly lock?: number;
  /** Milliseconds between searches for abandoned jobs; default 15 s. */
  readonly stalledInterval?: number;
  /** How often a job may be abandoned before it is given up, since it may be what kills workers; default 3. */
  readonly maxStalled?: number;
  readonly onNotice?: (notice: WorkerNotice) => void;
}

/** What a worker did. */
export interface WorkerCounters {
  done: number;
  failed: number;
  /** Jobs given back because this worker cannot run them. */
  returned: number;
  /** Abandoned jobs, of any worker, that this one put back on the queue. */
  stalled: number;
  active: number;
  /** Milliseconds of work. */
  busy: number;
}

/**
 * A worker of a queue. It refuses jobs of another version of the code: such a job goes back to the
 * queue with none of its attempts used, and the worker ends, since its code will not change.
 */
export class QueueWorker {
  readonly counters: WorkerCounters = {
    done: 0,
    failed: 0,
    returned: 0,
    stalled: 0,
    active: 0,
    busy: 0,
  };
  /**
   * Resolves when the worker has ended; rejects with VersionMismatchError when it refused a job, and with
   * EngineError when it cannot run any.
   */
  readonly ended: Promise<void>;
  readonly #options: QueueWorkerOptions;
  readonly #worker: BullMQ.Worker;
  readonly #kill: AbortController = new AbortController();
  readonly #waitingError: typeof BullMQ.WaitingError;
  readonly #unrecoverableError: typeof BullMQ.UnrecoverableError;
  #unfit: CampaignError | undefined;

  private constructor(options: QueueWorkerOptions, bullmq: typeof BullMQ) {
    this.#options = options;
    this.#waitingError = bullmq.WaitingError;
    this.#unrecoverableError = bullmq.UnrecoverableError;
    const lock = options.lock ?? 30_000;
    this.#worker = new bullmq.Worker(
      queueName(options.campaign.name, options.queue),
      (job, token) => this.#process(job, token!),
      {
        prefix: KEY_PREFIX,
        connection: clientOptions(options.redis),
        name: `${hostname()}:${process.pid}`,
        concurrency: options.concurrency,
        lockDuration: lock,
        stalledInterval: options.stalledInterval ?? 15_000,
        maxStalledCount: options.maxStalled ?? 3,
        // A blocked read outlives an outage of the server by up to this many seconds.
        drainDelay: 2,
        metrics: { maxDataPoints: 60 },
        autorun: false,
      },
    );
    const notice = options.onNotice ?? ((): void => undefined);
    this.#worker.on("error", (error) => {
      notice({ kind: "warning", text: connectionMessage(options.redis, error) });
    });
    this.#worker.on("stalled", (id) => {
      this.counters.stalled++;
      notice({ kind: "stalled", text: `job ${id} was abandoned by its worker: back on the queue` });
    });
    this.#worker.on("failed", (job, error) => {
      this.counters.failed++;
      const attempt = job === undefined ? "" : `, attempt ${job.attemptsMade}`;
      notice({ kind: "failed", text: `job ${job?.id ?? "?"}${attempt}: ${error.message}` });
    });
    this.#worker.on("completed", (job) => {
      this.counters.done++;
      notice({ kind: "done", text: `job ${job.id}` });
    });
    this.ended = this.#run();
    // Whoever awaits `ended` hears of it; nobody has to.
    this.ended.catch(() => undefined);
  }

  /**
   * Connects, and starts to take jobs.
   * @throws EngineError when the server cannot be reached.
   * @throws VersionMismatchError when the campaign on the queue runs another version of the code.
   */
  static async start(options: QueueWorkerOptions): Promise<QueueWorker> {
    const clients = await loadQueueClients();
    const client = await connect(clients, options.redis);
    try {
      await refuseOtherVersion(client, options);
    } finally {
      client.disconnect();
    }
    return new QueueWorker(options, clients.bullmq);
  }

  /** Takes no further job, finishes those that run, and ends. Idempotent. */
  async drain(): Promise<void> {
    await this.#worker.close();
  }

  /** Ends at once: jobs that run are abandoned, and others take them when their locks run out. */
  async kill(): Promise<void> {
    this.#kill.abort();
    await this.#worker.close(true);
    await this.#worker.disconnect();
  }

  async #run(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#worker.once("closed", () => {
        resolve();
      });
    });
    await Promise.race([this.#worker.run(), closed]);
    await closed;
    if (this.#unfit !== undefined) throw this.#unfit;
  }

  async #process(job: BullMQ.Job, token: string): Promise<Answer> {
    this.counters.active++;
    try {
      const message = parseMessage(job.data);
      this.#refuse(message);
      const { result, ms } = await this.#options.execute(message, this.#kill.signal);
      this.counters.busy += ms;
      return { result: JSON.parse(result) as unknown, ms };
    } catch (error) {
      // The fault is this worker's (its code is of another version, its threads cannot start), not the job's.
      if (error instanceof VersionMismatchError || error instanceof EngineError) {
        return await this.#giveBack(job, token, error);
      }
      // A bad payload or result stays bad wherever it is tried.
      if (isPermanent(error)) throw new this.#unrecoverableError((error as Error).message);
      throw error;
    } finally {
      this.counters.active--;
    }
  }

  #refuse(message: JobMessage): void {
    const { campaign } = this.#options;
    if (message.campaign === campaign.name && message.version === campaign.version) return;
    throw new VersionMismatchError(
      `this worker has version ${campaign.version} of campaign "${campaign.name}"; the queue holds a job of version ${message.version} of "${message.campaign}": update the worker's code`,
    );
  }

  async #giveBack(job: BullMQ.Job, token: string, error: CampaignError): Promise<never> {
    if (this.#unfit === undefined) {
      this.#unfit = error;
      // Not awaited: closing waits for the jobs that run, and this is one of them.
      void this.#worker.close();
    }
    await job.moveToWait(token);
    this.counters.returned++;
    this.#options.onNotice?.({ kind: "returned", text: error.message });
    throw new this.#waitingError();
  }
}

async function refuseOtherVersion(client: Redis, options: QueueWorkerOptions): Promise<void> {
  const { campaign } = options;
  const queue = queueName(campaign.name, options.queue);
  const record = await readRecord(client, queue);
  if (record === undefined || (record.state !== "running" && record.state !== "draining")) return;
  if (record.campaign !== campaign.name) {
    throw new VersionMismatchError(
      `queue ${queue} runs campaign "${record.campaign}", not "${campaign.name}"`,
    );
  }
  if (record.version !== campaign.version) {
    throw new VersionMismatchError(
      `this worker has version ${campaign.version} of campaign "${campaign.name}"; queue ${queue} runs version ${record.version}: update the worker's code`,
    );
  }
}
