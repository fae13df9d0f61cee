import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import {
  type Dense,
  DomainError,
  requireFinite,
  requireInteger,
  requireLength,
  requireLogits,
  requireShape,
} from "@xent/linalg";
import type { NearestGhost, NearestGhostOptions } from "./nearest-ghost.js";
import { newCounters, type RowJob, takeChunks, waitForChunks } from "./row-queue.js";
import { ANSWER_LENGTH, type RowWork, readGhost, workOnRows } from "./row-work.js";
import { SharedSpace } from "./shared-space.js";

/** Options of {@link radiusPool}. */
export interface RadiusPoolOptions {
  /** Worker threads beside the calling one, >= 0. Default: one less than the processors available. */
  readonly workers?: number;
  /**
   * Batches of fewer entries (rows times classes) stay in the calling thread. Default: measured for each function,
   * where the work outweighs waking a thread.
   */
  readonly minimumEntries?: number;
}

/**
 * Worker threads that stay warm and share the rows of a batch with the calling thread. Each function waits for its
 * result, as the one of one thread does, returns the same bits and throws the same errors, whatever the number of
 * workers. Where a worker cannot start or is lost, the calling thread does its part.
 */
export interface RadiusPool {
  /** Worker threads beside the calling one: those that ended are not counted. */
  readonly workers: number;
  /** Resolves when every worker has started, which batches need not wait for; rejects when one could not. */
  ready(): Promise<void>;
  /** dominanceRadii: logits and slopes B x C, `out` of length B. */
  dominanceRadii(logits: Dense, slopes: Dense, out?: Float64Array): Float64Array;
  /** provenRadii: logits and slopes B x C, `out` of length B. */
  provenRadii(logits: Dense, slopes: Dense, out?: Float64Array): Float64Array;
  /** nearestGhost of every row of logits and slopes (B x C): B answers. */
  nearestGhosts(logits: Dense, slopes: Dense, options?: NearestGhostOptions): NearestGhost[];
  /** Ends the workers; calls of the other functions then throw. */
  close(): Promise<void>;
}

/** Chunks a thread: rows differ in cost, and the slowest chunk is waited for. */
const CHUNKS_PER_THREAD = 8;

/**
 * Entries from which a second thread wins although the inputs are copied first (`npm run bench -- "radius pool"`): waking
 * one costs 0.02 to 0.1 ms, an entry about 14 ns for dominance, 0.5 us for proven radii and 10 us for ghosts.
 */
const MINIMUM_ENTRIES: Readonly<Record<RowWork, number>> = {
  dominance: 32_768,
  proven: 2048,
  exact: 128,
};

/** Milliseconds without any chunk done after which a worker counts as lost. */
const PATIENCE = 30_000;

/** The pool of {@link radiusPool}, with the worker's module and the patience of its tests. */
export class NodeRadiusPool implements RadiusPool {
  private threads: Worker[];
  private readonly started: Promise<void>;
  private readonly minimumEntries: number | undefined;
  private readonly patience: number;
  private readonly logitSpace = new SharedSpace();
  private readonly slopeSpace = new SharedSpace();
  private answerSpace = new SharedSpace();
  private closed = false;

  constructor(options: RadiusPoolOptions, module: URL, patience: number = PATIENCE) {
    const { workers = availableParallelism() - 1, minimumEntries } = options;
    requireInteger("options.workers", workers, 0);
    if (minimumEntries !== undefined) {
      requireInteger("options.minimumEntries", minimumEntries, 0);
    }
    this.minimumEntries = minimumEntries;
    this.patience = patience;
    // Flags such as --import and --conditions concern the caller's sources; this package, as it was built, needs none.
    this.threads = Array.from({ length: workers }, () => new Worker(module, { execArgv: [] }));
    this.started = Promise.all(this.threads.map(startOf)).then(() => undefined);
    // Whoever asks `ready` hears of it; batches do without the worker.
    this.started.catch(() => undefined);
    for (const thread of this.threads) {
      thread.once("exit", () => {
        this.threads = this.threads.filter((other) => other !== thread);
      });
    }
  }

  get workers(): number {
    return this.threads.length;
  }

  ready(): Promise<void> {
    return this.started;
  }

  dominanceRadii(logits: Dense, slopes: Dense, out?: Float64Array): Float64Array {
    return this.radii("dominance", logits, slopes, out);
  }

  provenRadii(logits: Dense, slopes: Dense, out?: Float64Array): Float64Array {
    return this.radii("proven", logits, slopes, out);
  }

  nearestGhosts(logits: Dense, slopes: Dense, options: NearestGhostOptions = {}): NearestGhost[] {
    requireLogits("logits.data", logits.data);
    requireFinite("slopes.data", slopes.data);
    const answers = this.answers("exact", logits, slopes, options);
    return Array.from({ length: logits.rows }, (_, i) => readGhost(answers, i));
  }

  async close(): Promise<void> {
    this.closed = true;
    const threads = this.threads;
    this.threads = [];
    await Promise.all(threads.map((thread) => thread.terminate()));
  }

  private radii(
    work: "dominance" | "proven",
    logits: Dense,
    slopes: Dense,
    out: Float64Array = new Float64Array(logits.rows),
  ): Float64Array {
    requireLength("out", out, logits.rows);
    out.set(this.answers(work, logits, slopes, {}));
    return out;
  }

  /** The answers of all rows, in memory that the next call writes over. */
  private answers(
    work: RowWork,
    logits: Dense,
    slopes: Dense,
    options: NearestGhostOptions,
  ): Float64Array {
    if (this.closed) throw new DomainError("the radius pool is closed, expected one in use");
    const { rows, cols } = logits;
    requireShape("logits", logits, rows, cols);
    requireShape("slopes", slopes, rows, cols);
    const least = this.minimumEntries ?? MINIMUM_ENTRIES[work];
    const threads = Math.min(this.threads.length + 1, rows);
    if (threads > 1 && rows * cols >= least) {
      const job: RowJob = {
        work,
        logits: this.logitSpace.share(logits),
        slopes: this.slopeSpace.share(slopes),
        answers: this.answerSpace.array(rows * ANSWER_LENGTH[work]),
        options,
        chunk: Math.ceil(rows / (threads * CHUNKS_PER_THREAD)),
        counters: newCounters(),
      };
      for (const thread of this.threads) thread.postMessage(job);
      takeChunks(job);
      const outcome = waitForChunks(job, this.patience);
      if (outcome === "done") return job.answers;
      if (outcome === "lost") this.giveUpWorkers();
    }
    const answers = new Float64Array(rows * ANSWER_LENGTH[work]);
    workOnRows(work, logits, slopes, answers, 0, rows, options);
    return answers;
  }

  /** A worker that hangs may still write to the old answers: nobody reads them again. */
  private giveUpWorkers(): void {
    for (const thread of this.threads) void thread.terminate();
    this.threads = [];
    this.answerSpace = new SharedSpace();
  }
}

function startOf(thread: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    thread.once("message", () => {
      // Only now: a process that waits for its workers must not end before they are there.
      thread.unref();
      resolve();
    });
    thread.on("error", reject);
    thread.once("exit", (code) => reject(new Error(`a worker ended with code ${code}`)));
  });
}

/**
 * A pool of worker threads for radii of large batches, in Node. The workers load this package once and do not keep a
 * process alive. Inputs in shared memory, as from {@link sharedDense}, are read in place; others are copied once.
 *
 * @throws DomainError for bad options.
 */
export function radiusPool(options: RadiusPoolOptions = {}): RadiusPool {
  return new NodeRadiusPool(options, new URL("./worker-rows.js", import.meta.url));
}
