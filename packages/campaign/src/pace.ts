/** How far a campaign is, and when it will be done at the pace of late. */
export interface Progress {
  /** Jobs of the plan. */
  readonly total: number;
  /** Jobs with a result, those of earlier runs included. */
  readonly done: number;
  /** Jobs that were given up. */
  readonly failed: number;
  /** Milliseconds of this run. */
  readonly elapsed: number;
  /** Jobs finished a second in the last minute; 0 before the first. */
  readonly perSecond: number;
  /** Milliseconds to the end at that pace; null while it is not known. */
  readonly eta: number | null;
}

const WINDOW = 60_000;
const SLOT = 1000;

/**
 * Counts what is finished and predicts the end. The pace is that of the last minute: jobs of one
 * campaign differ in cost, and the first minute of a day says little of its last.
 */
export class Pace {
  readonly #now: () => number;
  readonly #started: number;
  /** Start of a second, and what was finished in it. */
  readonly #slots: { readonly at: number; count: number }[] = [];

  /** @param now - a clock in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#started = now();
  }

  /** One more job is finished. */
  tick(): void {
    const now = this.#now();
    const last = this.#slots.at(-1);
    if (last !== undefined && now - last.at < SLOT) last.count++;
    else this.#slots.push({ at: now, count: 1 });
    while (this.#slots.length > 0 && now - this.#slots[0]!.at > WINDOW) this.#slots.shift();
  }

  progress(counts: Pick<Progress, "total" | "done" | "failed">): Progress {
    const now = this.#now();
    const recent = this.#slots.filter((s) => now - s.at <= WINDOW);
    const count = recent.reduce((n, s) => n + s.count, 0);
    const elapsed = now - this.#started;
    const over = Math.min(elapsed, WINDOW);
    const perSecond = count === 0 || over === 0 ? 0 : (1000 * count) / over;
    const left = counts.total - counts.done - counts.failed;
    const eta = left === 0 ? 0 : perSecond === 0 ? null : (1000 * left) / perSecond;
    return { ...counts, elapsed, perSecond, eta };
  }
}

/** "3 d 4 h", "2 h 5 min", "4 min 10 s", "7 s": two units at most. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([n]) => n > 0);
  if (first < 0) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([n]) => n > 0)
    .map(([n, unit]) => `${n} ${unit}`)
    .join(" ");
}

/** One line: "120 of 400 jobs (30 %), 2 failed, 12.5 jobs/s, 22 s left". */
export function formatProgress(p: Progress): string {
  const percent = p.total === 0 ? 100 : Math.floor((100 * (p.done + p.failed)) / p.total);
  const failed = p.failed === 0 ? "" : `, ${p.failed} failed`;
  const pace = p.perSecond === 0 ? "" : `, ${Number(p.perSecond.toPrecision(3))} jobs/s`;
  const left = p.eta === null || p.eta === 0 ? "" : `, ${formatDuration(p.eta)} left`;
  return `${p.done} of ${p.total} jobs (${percent} %)${failed}${pace}${left}`;
}
