/** Events a second over a sliding window of about a minute. */
export class SlidingRate {
  readonly #window: number;
  readonly #started: number;
  /** Seconds since the epoch, with the events in each. */
  readonly #seconds: Map<number, number> = new Map();

  constructor(now: number, windowSeconds = 60) {
    this.#window = windowSeconds;
    this.#started = now;
  }

  /** @param now - milliseconds since the epoch. */
  add(now: number, events = 1): void {
    const second = Math.floor(now / 1000);
    this.#seconds.set(second, (this.#seconds.get(second) ?? 0) + events);
    for (const old of this.#seconds.keys()) {
      if (old >= second - this.#window) break;
      this.#seconds.delete(old);
    }
  }

  /** @param now - milliseconds since the epoch. */
  perSecond(now: number): number {
    const first = Math.floor(now / 1000) - this.#window;
    let events = 0;
    for (const [second, count] of this.#seconds) if (second > first) events += count;
    const span = Math.min(this.#window, Math.max(1, (now - this.#started) / 1000));
    return events / span;
  }
}
