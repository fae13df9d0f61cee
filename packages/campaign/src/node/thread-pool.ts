import { Worker } from "node:worker_threads";
import { EngineError } from "../errors.js";
import { JobError, type JobMessage } from "../execute.js";
import type { ThreadAnswer } from "./job-worker.js";

/** Which campaign runs on how many threads. */
export interface ThreadPoolOptions {
  /** As `loadCampaign` takes it: each thread loads it. */
  readonly module: string;
  readonly workers: number;
  /** Milliseconds after which a job that gave no result is ended and counts as failed; default: none. */
  readonly timeout?: number;
}

interface Thread {
  readonly worker: Worker;
  settle: ((answer: ThreadAnswer | Error) => void) | undefined;
}

/** The thread ended, or was ended, under a job: another attempt may do better. */
function died(why: string): JobError {
  return new JobError("ThreadError", why, false);
}

/**
 * Worker threads that run jobs, one job a thread. A thread that a job brings down (it exits, runs out of
 * memory, takes longer than the timeout) is replaced by the next job that needs one.
 */
export class ThreadPool {
  readonly #options: ThreadPoolOptions;
  readonly #idle: Thread[] = [];
  readonly #all = new Set<Thread>();
  readonly #waiting: (() => void)[] = [];
  #taken = 0;
  #closed = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
  }

  /**
   * Runs one job on a thread; waits while all are busy.
   * @param signal - ends the job and its thread.
   * @throws JobError for what the job threw or did to its thread; EngineError when no thread can load the campaign.
   */
  async execute(
    message: JobMessage,
    signal: AbortSignal,
  ): Promise<{ readonly result: string; readonly ms: number }> {
    while (this.#taken >= this.#options.workers) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#taken++;
    try {
      const thread = this.#idle.pop() ?? (await this.#start());
      const answer = await this.#ask(thread, message, signal);
      if (answer.kind === "done") return answer;
      if (answer.kind === "threw")
        throw new JobError(answer.name, answer.message, answer.permanent);
      throw new EngineError(`a thread answered "${answer.kind}" to a job`);
    } finally {
      this.#taken--;
      this.#waiting.shift()?.();
    }
  }

  /** Ends all threads. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#all].map((t) => t.worker.terminate()));
  }

  async #start(): Promise<Thread> {
    if (this.#closed) throw new EngineError("the threads are closed");
    // What a job prints belongs beside the progress, not into a report on stdout.
    const worker = new Worker(new URL("./job-worker.js", import.meta.url), {
      workerData: { module: this.#options.module },
      stdout: true,
    });
    worker.stdout.pipe(process.stderr, { end: false });
    const thread: Thread = { worker, settle: undefined };
    this.#all.add(thread);
    const end = (why: Error): void => {
      this.#all.delete(thread);
      const at = this.#idle.indexOf(thread);
      if (at >= 0) this.#idle.splice(at, 1);
      thread.settle?.(why);
    };
    const ready = new Promise<ThreadAnswer | Error>((resolve) => {
      thread.settle = resolve;
    });
    worker.on("message", (answer: ThreadAnswer) => thread.settle?.(answer));
    worker.on("error", (error) => {
      end(died(`the thread failed: ${error.message}`));
    });
    worker.on("exit", (code) => {
      end(died(`the thread exited with code ${code}`));
    });
    const answer = await ready;
    thread.settle = undefined;
    if (answer instanceof Error) throw new EngineError(`cannot start a thread: ${answer.message}`);
    if (answer.kind === "unusable") {
      await worker.terminate();
      throw new EngineError(`a thread cannot load ${this.#options.module}: ${answer.error}`);
    }
    return thread;
  }

  async #ask(thread: Thread, message: JobMessage, signal: AbortSignal): Promise<ThreadAnswer> {
    const { timeout } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    let stop: (() => void) | undefined;
    const answer = await new Promise<ThreadAnswer | Error>((resolve) => {
      thread.settle = resolve;
      stop = () => {
        resolve(died("the job was ended"));
      };
      signal.addEventListener("abort", stop);
      if (signal.aborted) stop();
      else {
        if (timeout !== undefined) {
          timer = setTimeout(() => {
            resolve(died(`no result after ${timeout} ms`));
          }, timeout);
        }
        thread.worker.postMessage(message);
      }
    });
    thread.settle = undefined;
    clearTimeout(timer);
    signal.removeEventListener("abort", stop!);
    if (answer instanceof Error) {
      // Whatever the thread still does is not wanted; its state cannot be trusted.
      this.#all.delete(thread);
      await thread.worker.terminate();
      throw answer;
    }
    if (this.#closed) void thread.worker.terminate();
    else this.#idle.push(thread);
    return answer;
  }
}
