import { setTimeout as sleep } from "node:timers/promises";
import { CampaignError, EngineError } from "../errors.js";

/** Thrown inside the engine when it must stop at once; never leaves it. */
export class Stopped extends Error {}

/**
 * Waits through outages of the server. A command to a server that is down waits in the client until it
 * is back; one that the server refuses for want of memory or disk is tried again.
 */
export class Patience {
  readonly #limit: number;
  readonly #kill: AbortSignal;
  readonly #warn: (text: string) => void;
  readonly #explain: (error: unknown) => string;
  #warned = false;

  /** @param limit - milliseconds after which an outage is an error. */
  constructor(
    limit: number,
    kill: AbortSignal,
    warn: (text: string) => void,
    explain: (error: unknown) => string,
  ) {
    this.#limit = limit;
    this.#kill = kill;
    this.#warn = warn;
    this.#explain = explain;
  }

  /** Says once for each outage that there is one. */
  notice(error: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#warn(`${this.#explain(error)}; waiting for it`);
  }

  /**
   * The result of `operation`, which must be safe to repeat.
   * @throws Stopped when the kill signal fires first.
   * @throws EngineError when the outage lasts longer than the limit; any CampaignError of `operation`.
   */
  async run<T>(operation: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + this.#limit;
    for (let wait = 50; ; wait = Math.min(2 * wait, 2000)) {
      try {
        const value = await this.#once(operation, deadline);
        if (this.#warned) {
          this.#warned = false;
          this.#warn("the server answers again");
        }
        return value;
      } catch (error) {
        if (error instanceof Stopped || error instanceof CampaignError) throw error;
        if (Date.now() + wait >= deadline) {
          throw new EngineError(this.#explain(error), { cause: error });
        }
        this.notice(error);
        await this.pause(wait);
      }
    }
  }

  /** @throws Stopped when the kill signal fires. */
  async pause(ms: number): Promise<void> {
    try {
      await sleep(ms, undefined, { signal: this.#kill });
    } catch {
      throw new Stopped();
    }
  }

  async #once<T>(operation: () => Promise<T>, deadline: number): Promise<T> {
    if (this.#kill.aborted) throw new Stopped();
    const ended = new AbortController();
    const limit = (async (): Promise<never> => {
      const stop = AbortSignal.any([this.#kill, ended.signal]);
      try {
        await sleep(Math.max(1, deadline - Date.now()), undefined, { signal: stop });
      } catch {
        throw new Stopped();
      }
      const seconds = Math.round(this.#limit / 1000);
      throw new EngineError(this.#explain(new Error(`no answer for ${seconds} s`)));
    })();
    const result = operation();
    // The loser of the race rejects with nobody listening.
    limit.catch(() => undefined);
    result.catch(() => undefined);
    try {
      return await Promise.race([result, limit]);
    } finally {
      ended.abort();
    }
  }
}
