import type { Job } from "../contract.js";

/** A job that was sent and has no word yet. */
export interface Sent {
  /** Usually one; more when the plan holds equal payloads, which are one job to the queue. */
  readonly jobs: Job[];
  /** Size of its message in characters. */
  readonly size: number;
}

/**
 * The jobs between the plan and the store, bounded in number and in size: that is what the server has
 * to hold, however long the plan is.
 */
export class Outstanding {
  readonly #sent: Map<string, Sent> = new Map();
  readonly #maxJobs: number;
  readonly #maxSize: number;
  #size = 0;

  constructor(maxJobs: number, maxSize: number) {
    this.#maxJobs = maxJobs;
    this.#maxSize = maxSize;
  }

  get count(): number {
    return this.#sent.size;
  }

  /** Whether another job may be pulled; one always may when there is none. */
  get hasRoom(): boolean {
    return this.#sent.size < this.#maxJobs && (this.#size < this.#maxSize || this.#sent.size === 0);
  }

  has(id: string): boolean {
    return this.#sent.has(id);
  }

  get(id: string): Sent | undefined {
    return this.#sent.get(id);
  }

  ids(): string[] {
    return [...this.#sent.keys()];
  }

  /** @returns whether it must be sent: an equal job may be under way already. */
  add(job: Job, size: number): boolean {
    const known = this.#sent.get(job.id);
    if (known !== undefined) {
      known.jobs.push(job);
      return false;
    }
    this.#sent.set(job.id, { jobs: [job], size });
    this.#size += size;
    return true;
  }

  delete(id: string): void {
    const sent = this.#sent.get(id);
    if (sent === undefined) return;
    this.#sent.delete(id);
    this.#size -= sent.size;
  }
}
