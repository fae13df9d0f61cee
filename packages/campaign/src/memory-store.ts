import type { JobFailure, JobStats, Store, Stored } from "./contract.js";
import { NondeterminismError } from "./errors.js";

/** Results in memory: for tests, for browsers, for campaigns that need no resuming. */
export class MemoryStore implements Store {
  readonly #known = new Map<string, Stored>();

  get size(): number {
    return this.#known.size;
  }

  stateOf(id: string): "done" | "failed" | undefined {
    return this.#known.get(id)?.state;
  }

  get(id: string): Stored | undefined {
    return this.#known.get(id);
  }

  put(id: string, result: string, stats: JobStats): boolean {
    const known = this.#known.get(id);
    if (known?.state === "done") {
      if (known.result !== result) {
        throw new NondeterminismError(id, `job ${id} gave ${known.result} and then ${result}`);
      }
      return false;
    }
    this.#known.set(id, { state: "done", result, stats });
    return true;
  }

  putFailure(id: string, failure: JobFailure): void {
    if (this.stateOf(id) === "done") return;
    this.#known.set(id, { state: "failed", failure });
  }
}
