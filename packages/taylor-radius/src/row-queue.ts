import type { Dense } from "@xent/linalg";
import type { NearestGhostOptions } from "./nearest-ghost.js";
import { type RowWork, workOnRows } from "./row-work.js";

/** A batch for several threads: everything in it lies in shared memory, and a message carries it without a copy. */
export interface RowJob {
  readonly work: RowWork;
  readonly logits: Dense;
  readonly slopes: Dense;
  readonly answers: Float64Array;
  readonly options: NearestGhostOptions;
  /** Rows that a thread takes at once. */
  readonly chunk: number;
  /** The counters NEXT, DONE and FAILED of this batch alone: a thread that comes late finds nothing left. */
  readonly counters: Int32Array;
}

const NEXT = 0;
const DONE = 1;
const FAILED = 2;

/** Counters of a new batch. */
export function newCounters(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(12));
}

/** How many chunks a job has. */
export function chunksOf(job: RowJob): number {
  return Math.ceil(job.logits.rows / job.chunk);
}

/**
 * Takes chunks until none is left; every thread of a batch calls it. An error is noted and ends the batch: the one who
 * asked for it repeats the work in its own thread and so throws what one thread throws.
 */
export function takeChunks(job: RowJob): void {
  const { work, logits, slopes, answers, options, chunk, counters } = job;
  const chunks = chunksOf(job);
  for (;;) {
    const next = Atomics.add(counters, NEXT, 1);
    if (next >= chunks) return;
    const start = next * chunk;
    const end = Math.min(logits.rows, start + chunk);
    try {
      if (Atomics.load(counters, FAILED) === 0) {
        workOnRows(work, logits, slopes, answers, start, end, options);
      }
    } catch {
      Atomics.store(counters, FAILED, 1);
    }
    Atomics.add(counters, DONE, 1);
    Atomics.notify(counters, DONE);
  }
}

/**
 * Waits until all chunks are done.
 *
 * @param patience - milliseconds without a chunk done after which the others are given up.
 * @returns "failed" when a row was refused, "lost" when a thread took a chunk and never came back.
 */
export function waitForChunks(job: RowJob, patience: number): "done" | "failed" | "lost" {
  const { counters } = job;
  const chunks = chunksOf(job);
  for (;;) {
    const done = Atomics.load(counters, DONE);
    if (done >= chunks) return Atomics.load(counters, FAILED) === 0 ? "done" : "failed";
    if (Atomics.wait(counters, DONE, done, patience) === "timed-out") return "lost";
  }
}
