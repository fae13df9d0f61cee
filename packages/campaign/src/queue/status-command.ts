import { setTimeout as sleep } from "node:timers/promises";
import { DomainError } from "@xent/linalg";
import type { RedisEnvironment } from "./address.js";
import { type RedisFlags, settingsOf } from "./flags.js";
import { formatMetrics, MetricsServer, statusMetrics } from "./metrics.js";
import { formatStatus, type QueueStatus, StatusReader } from "./status.js";

/** Options of `xent campaign status --redis`. */
export interface StatusFlags extends RedisFlags {
  readonly json?: true;
  /** Seconds between looks; true for 2. */
  readonly watch?: number | true;
  readonly metrics?: string;
}

/**
 * Says how far the campaigns on a server are: once, again and again with `--watch` (until all are
 * finished or a signal comes), or to Prometheus with `--metrics` (until a signal comes).
 *
 * @param write - takes what goes to standard output.
 * @param clear - whether that is a terminal, on which a new look replaces the last.
 * @returns the exit code: 0.
 * @throws DomainError for a queue that no coordinator ever used; EngineError for a server out of reach.
 */
export async function runStatus(
  flags: StatusFlags,
  env: RedisEnvironment,
  write: (text: string) => void,
  clear: boolean,
): Promise<number> {
  const reader = await StatusReader.open(settingsOf(flags, env));
  const stop = new AbortController();
  const onSignal = (): void => {
    stop.abort();
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  try {
    if (flags.metrics !== undefined) {
      await serve(reader, flags, flags.metrics, write, stop.signal);
      return 0;
    }
    const seconds = flags.watch === true ? 2 : flags.watch;
    for (;;) {
      const all = await look(reader, flags.queue);
      if (flags.json === true) write(`${JSON.stringify(all)}\n`);
      else {
        const text = all.map((s) => formatStatus(s, Date.now())).join("\n");
        if (clear && seconds !== undefined) write("\u001b[2J\u001b[H");
        write(`${text === "" ? "no campaign was ever run on this server" : text}\n`);
      }
      const over = all.length > 0 && all.every((s) => s.state === "finished");
      if (seconds === undefined || over) return 0;
      await sleep(seconds * 1000, undefined, { signal: stop.signal }).catch(() => undefined);
      if (stop.signal.aborted) return 0;
    }
  } finally {
    process.off("SIGTERM", onSignal);
    process.off("SIGINT", onSignal);
    reader.close();
  }
}

/** @throws DomainError for a queue that no coordinator ever used. */
async function look(reader: StatusReader, queue: string | undefined): Promise<QueueStatus[]> {
  if (queue !== undefined) {
    const status = await reader.read(queue);
    if (status === undefined) throw new DomainError(`no campaign was ever run on queue "${queue}"`);
    return [status];
  }
  const all: QueueStatus[] = [];
  for (const name of await reader.queues()) {
    const status = await reader.read(name);
    if (status !== undefined) all.push(status);
  }
  return all;
}

async function serve(
  reader: StatusReader,
  flags: StatusFlags,
  address: string,
  write: (text: string) => void,
  stop: AbortSignal,
): Promise<void> {
  const metrics = await MetricsServer.start(address, async () => {
    const all = await look(reader, flags.queue);
    const own = await Promise.all(all.map((s) => reader.metrics(s.queue)));
    return formatMetrics(statusMetrics(all)) + mergeExposition(own);
  });
  write(`metrics at ${metrics.url}\n`);
  await new Promise<void>((resolve) => {
    stop.addEventListener("abort", () => {
      resolve();
    });
  });
  await metrics.close();
}

/** Several texts of the same metrics as one: a metric's comments may stand only once. */
export function mergeExposition(texts: readonly string[]): string {
  const seen = new Map<string, string[]>();
  for (const line of texts.join("").split("\n")) {
    if (line === "") continue;
    const name = /^# (?:HELP|TYPE) (\S+)/.exec(line)?.[1] ?? /^[^\s{]+/.exec(line)![0];
    const lines = seen.get(name) ?? [];
    if (!line.startsWith("#") || !lines.includes(line)) lines.push(line);
    seen.set(name, lines);
  }
  return [...seen.values()].flat().join("\n") + (seen.size === 0 ? "" : "\n");
}
