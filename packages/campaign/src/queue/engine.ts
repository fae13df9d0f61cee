import { DomainError } from "@xent/linalg";
import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import type { AnyCampaign, Engine, EngineEvents, EngineSignals, Job } from "../contract.js";
import { CampaignError } from "../errors.js";
import { messageOf } from "../execute.js";
import { parseAnswer } from "./answer.js";
import { loadQueueClients } from "./clients.js";
import { clientOptions, connect, connectionMessage } from "./connection.js";
import type { QueueCounters, QueueEngineOptions } from "./engine-options.js";
import { Lease } from "./lease.js";
import { jobKey, KEY_PREFIX, leaseKey, queueName } from "./names.js";
import { Outstanding } from "./outstanding.js";
import { Patience, Stopped } from "./patience.js";
import { SlidingRate } from "./rate.js";
import { type RunState, writeRecord } from "./record.js";

const BATCH = 256;
/** Characters of payload in one batch, so that a pipeline of huge jobs does not fill memory. */
const BATCH_SIZE = 2 ** 22;
/** Answers read at one time. */
const READ = 32;
const MIN_PAUSE = 10;
const MAX_PAUSE = 250;
/** Silence after which one asks whether there are workers at all. */
const SILENCE = 15_000;

/**
 * Runs jobs on workers that take them from a BullMQ queue.
 *
 * The plan is the truth and the store the ledger; the server holds only a window of jobs between them.
 * A finished job stays on the server, with its result, until the store has it: a coordinator that dies
 * in between finds it at the next start. A job that the server lost is sent again. A result that comes
 * twice is one result, since a job's id is its content.
 */
export class QueueEngine implements Engine {
  readonly counters: QueueCounters = { sent: 0, told: 0, failed: 0, resent: 0, refused: 0 };
  readonly #options: QueueEngineOptions;
  readonly #name: string;
  readonly #outstanding: Outstanding;
  /** Finished jobs on the server that this run has not asked for (yet): of an earlier run, mostly. */
  readonly #foreign: Set<string> = new Set();
  readonly #startedAt: number = Date.now();
  readonly #rate: SlidingRate = new SlidingRate(Date.now());
  #client: Redis | undefined;
  #queue: Queue | undefined;
  #lease: Lease | undefined;
  #patience: Patience | undefined;

  constructor(options: QueueEngineOptions) {
    this.#options = options;
    this.#name = queueName(options.campaign.name, options.queue);
    this.#outstanding = new Outstanding(options.window ?? 1000, options.windowSize ?? 2 ** 26);
  }

  /** Jobs on the server without a word, at this moment. */
  get outstanding(): number {
    return this.#outstanding.count;
  }

  /** Results a second over the last minute. */
  get perSecond(): number {
    return this.#rate.perSecond(Date.now());
  }

  /**
   * @throws EngineError when the server cannot be reached at the start, or stays away too long;
   *   CampaignError `CAMPAIGN_LOCKED` when another coordinator uses the queue.
   */
  async run(jobs: Iterable<Job>, events: EngineEvents, signals: EngineSignals): Promise<void> {
    const warn = this.#options.onWarning ?? ((): void => undefined);
    const explain = (error: unknown): string => connectionMessage(this.#options.redis, error);
    this.#patience = new Patience(this.#options.patience ?? 900_000, signals.kill, warn, explain);
    let state: RunState = "stopped";
    try {
      await this.#open();
      state = await this.#loop(jobs[Symbol.iterator](), events, signals, warn);
    } catch (error) {
      if (error instanceof Stopped) return;
      // The queue is another coordinator's by now, and so is what is written there.
      if (error instanceof CampaignError && error.code === "CAMPAIGN_LOCKED")
        this.#lease = undefined;
      else await this.#giveUp();
      throw error;
    } finally {
      await this.#leave(state);
    }
  }

  async close(): Promise<void> {
    const queue = this.#queue;
    this.#queue = undefined;
    this.#client?.disconnect();
    this.#client = undefined;
    if (queue !== undefined) await queue.disconnect();
  }

  /** BullMQ's own metrics of this queue, in the text format of Prometheus. */
  async queueMetrics(): Promise<string> {
    if (this.#queue === undefined) return "";
    return `${await this.#queue.exportPrometheusMetrics()}\n`;
  }

  async #open(): Promise<void> {
    const clients = await loadQueueClients();
    const client = await connect(clients, this.#options.redis);
    this.#client = client;
    client.on("error", (error) => {
      this.#patience?.notice(error);
    });
    this.#lease = await Lease.take(client, leaseKey(this.#name), this.#options.lease ?? 30_000);
    const queue = new clients.bullmq.Queue(this.#name, {
      prefix: KEY_PREFIX,
      connection: clientOptions(this.#options.redis),
      // Nobody reads the stream of events: what happened is read from the sets of finished jobs.
      streams: { events: { maxLen: 100 } },
      defaultJobOptions: {
        attempts: this.#options.attempts ?? 3,
        backoff: { type: "exponential", delay: this.#options.backoff ?? 1000, jitter: 0.5 },
        removeOnComplete: false,
        removeOnFail: false,
        stackTraceLimit: 1,
      },
    });
    this.#queue = queue;
    queue.on("error", (error) => {
      this.#patience?.notice(error);
    });
    await this.#ask(async () => {
      const { rate } = this.#options;
      if (rate === undefined) await queue.removeGlobalRateLimit();
      else await queue.setGlobalRateLimit(rate.jobs, rate.ms);
      // Jobs of an earlier run: those that wait are planned again in their turn, those that failed get
      // another chance, those that run go on, those with a result are kept until the plan comes to them.
      await queue.drain(true);
      await queue.clean(0, 0, "failed");
    });
  }

  async #loop(
    jobs: Iterator<Job>,
    events: EngineEvents,
    signals: EngineSignals,
    warn: (text: string) => void,
  ): Promise<RunState> {
    let exhausted = false;
    let draining = false;
    let pause = MIN_PAUSE;
    const sweepInterval = this.#options.sweepInterval ?? 10_000;
    const leaseInterval = (this.#options.lease ?? 30_000) / 3;
    let swept = Date.now();
    let renewed = Date.now();
    let published = 0;
    let heard = Date.now();
    for (;;) {
      if (signals.kill.aborted) throw new Stopped();
      if (!draining && signals.drain.aborted) {
        draining = true;
        await this.#withdraw();
        swept = 0;
      }
      const now = Date.now();
      if (now - renewed >= leaseInterval) {
        await this.#ask(() => this.#lease!.renew());
        renewed = Date.now();
      }
      if (now - published >= 1000) {
        await this.#ask(() => this.#publish(draining ? "draining" : "running"));
        published = now;
      }
      let sent = 0;
      if (!exhausted && !draining) {
        const batch = this.#pull(jobs);
        exhausted = batch.exhausted;
        sent = batch.jobs.length;
        await this.#send(batch.jobs);
        this.counters.sent += sent;
      }
      const told = await this.#harvest(events);
      this.#rate.add(Date.now(), told);
      if ((exhausted || draining) && this.#outstanding.count === 0) break;
      if (told > 0) heard = Date.now();
      else if (Date.now() - heard > SILENCE) {
        heard = Date.now();
        if ((await this.#ask(() => this.#queue!.getWorkersCount())) === 0) {
          warn(`no worker is at queue ${this.#name}: start \`xent campaign worker\` somewhere`);
        }
      }
      if (Date.now() - swept >= (draining ? MAX_PAUSE : sweepInterval)) {
        await this.#sweep(draining);
        swept = Date.now();
      }
      pause = told > 0 || sent > 0 ? MIN_PAUSE : Math.min(2 * pause, MAX_PAUSE);
      if (told === 0) await this.#patience!.pause(pause);
    }
    if (draining) return "stopped";
    for (const id of this.#foreign) await this.#ask(() => this.#queue!.remove(id));
    return "finished";
  }

  #ask<T>(operation: () => Promise<T>): Promise<T> {
    return this.#patience!.run(operation);
  }

  /** Takes the next jobs of the plan while there is room for them. */
  #pull(iterator: Iterator<Job>): { jobs: Job[]; exhausted: boolean } {
    const jobs: Job[] = [];
    for (let size = 0; jobs.length < BATCH && size < BATCH_SIZE && this.#outstanding.hasRoom; ) {
      const next = iterator.next();
      if (next.done === true) return { jobs, exhausted: true };
      const job = next.value;
      const length = JSON.stringify(job.payload).length;
      if (!this.#outstanding.add(job, length)) continue;
      // Its result is on the server already: the harvest finds it, now that it is asked for.
      if (this.#foreign.delete(job.id)) continue;
      jobs.push(job);
      size += length;
    }
    return { jobs, exhausted: false };
  }

  /** Idempotent: the server ignores an id that it has. */
  async #send(jobs: readonly Job[]): Promise<void> {
    if (jobs.length === 0) return;
    const { campaign } = this.#options;
    const messages = jobs.map((job) => ({
      name: campaign.name,
      data: messageOf(campaign, job),
      opts: { jobId: job.id, priority: priorityOf(campaign, job.payload) },
    }));
    await this.#ask(() => this.#queue!.addBulk(messages));
  }

  /** Tells what has finished, and removes it from the server when the store has it. */
  async #harvest(events: EngineEvents): Promise<number> {
    const queue = this.#queue!;
    const end = this.#foreign.size + BATCH - 1;
    const done = await this.#ask(() => queue.getRanges(["completed"], 0, end, true));
    const wanted: string[] = [];
    for (const id of done) {
      if (this.#outstanding.has(id)) wanted.push(id);
      else this.#foreign.add(id);
    }
    for (let i = 0; i < wanted.length; i += READ) {
      await this.#collect(wanted.slice(i, i + READ), (id, job) => {
        this.#tellDone(events, id, job);
      });
    }
    const lost = await this.#ask(() => queue.getRanges(["failed"], 0, BATCH - 1, true));
    await this.#collect(lost, (id, job) => {
      if (this.#outstanding.has(id)) {
        this.#tellFailed(events, id, job.failedReason ?? "failed", Math.max(1, job.attemptsMade));
      }
    });
    return wanted.length + lost.length;
  }

  async #collect(
    ids: readonly string[],
    tell: (id: string, job: FinishedJob) => void,
  ): Promise<void> {
    const queue = this.#queue!;
    const jobs = await this.#ask(() => Promise.all(ids.map((id) => queue.getJob(id))));
    const known: string[] = [];
    jobs.forEach((job, i) => {
      if (job === undefined) return;
      tell(ids[i]!, job as FinishedJob);
      known.push(ids[i]!);
    });
    await this.#ask(() => Promise.all(known.map((id) => queue.remove(id))));
    for (const id of known) this.#outstanding.delete(id);
  }

  #tellDone(events: EngineEvents, id: string, finished: FinishedJob): void {
    const attempts = Math.max(1, finished.attemptsMade);
    let answer: ReturnType<typeof parseAnswer>;
    try {
      answer = parseAnswer(this.#options.campaign, finished.returnvalue);
    } catch (error) {
      this.counters.refused++;
      const reason = `the coordinator refused the result: ${(error as Error).message}`;
      this.#tellFailed(events, id, reason, attempts);
      return;
    }
    for (const job of this.#outstanding.get(id)!.jobs) {
      events.onDone(job, answer.result, { ms: answer.ms, attempts });
    }
    this.counters.told++;
  }

  #tellFailed(events: EngineEvents, id: string, reason: string, attempts: number): void {
    const error = reason.split("\n", 1)[0]!;
    for (const job of this.#outstanding.get(id)!.jobs) events.onFailed(job, { error, attempts });
    this.counters.failed++;
  }

  /**
   * Looks for jobs that are on the server no more though nobody told of them: the server was restarted
   * without its last second, or emptied. They are sent again, or forgotten when draining.
   */
  async #sweep(draining: boolean): Promise<void> {
    const ids = this.#outstanding.ids();
    const missing: Job[] = [];
    for (let i = 0; i < ids.length; i += BATCH) {
      const part = ids.slice(i, i + BATCH);
      const found = await this.#ask(async () => {
        const client = this.#client!;
        return await Promise.all(part.map((id) => client.exists(jobKey(this.#name, id))));
      });
      found.forEach((exists, k) => {
        if (exists === 0) missing.push(this.#outstanding.get(part[k]!)!.jobs[0]!);
      });
    }
    if (draining) {
      for (const job of missing) this.#outstanding.delete(job.id);
      return;
    }
    for (let i = 0; i < missing.length; i += READ) await this.#send(missing.slice(i, i + READ));
    this.counters.resent += missing.length;
  }

  /** Takes back the jobs that nobody has begun. */
  async #withdraw(): Promise<void> {
    await this.#ask(() => this.#queue!.drain(true));
  }

  async #publish(state: RunState): Promise<void> {
    const { campaign, progress } = this.#options;
    const known = progress?.() ?? {
      total: this.counters.told + this.counters.failed + this.#outstanding.count,
      done: this.counters.told,
      failed: this.counters.failed,
    };
    await writeRecord(this.#client!, this.#name, {
      campaign: campaign.name,
      version: campaign.version,
      state,
      ...known,
      perSecond: this.perSecond,
      resent: this.counters.resent,
      startedAt: this.#startedAt,
      updatedAt: Date.now(),
    });
  }

  /** After an error: no further job should start. Results on the server wait for the next run. */
  async #giveUp(): Promise<void> {
    await briefly(async () => {
      await this.#queue?.drain(true);
    });
  }

  async #leave(state: RunState): Promise<void> {
    if (this.#lease === undefined) return;
    await briefly(async () => {
      await this.#publish(state);
      await this.#lease!.release();
    });
    this.#lease = undefined;
  }
}

/** @throws DomainError for a priority that BullMQ would refuse. */
function priorityOf(campaign: AnyCampaign, payload: unknown): number {
  const priority = campaign.priority?.(payload) ?? 0;
  if (!Number.isInteger(priority) || priority < 0 || priority >= 2 ** 21) {
    throw new DomainError(
      `campaign ${campaign.name} gave the priority ${priority}, expected an integer in [0, 2^21)`,
    );
  }
  return priority;
}

/** The part of a finished BullMQ job that is read. */
interface FinishedJob {
  readonly returnvalue: unknown;
  readonly failedReason?: string;
  readonly attemptsMade: number;
}

/** Courtesies at the end, which must neither hang nor hide the error that ends the run. */
async function briefly(operation: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, 2000);
  });
  try {
    await Promise.race([operation(), limit]);
  } catch {
    // The server is gone; the lease runs out by itself.
  } finally {
    clearTimeout(timer);
  }
}
