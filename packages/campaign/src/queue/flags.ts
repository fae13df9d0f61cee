import { DomainError } from "@xent/linalg";
import { type Command, InvalidArgumentError } from "commander";
import { type RedisEnvironment, type RedisSettings, redisSettings } from "./address.js";

/** Options of every command that talks to a server. */
export interface RedisFlags {
  readonly redis?: string | true;
  readonly redisCa?: string;
  readonly redisCert?: string;
  readonly redisKey?: string;
  readonly queue?: string;
}

/** Adds them to a command. `--redis` alone takes the address from XENT_REDIS_URL. */
export function addRedisFlags(command: Command): Command {
  return command
    .option(
      "--redis [url]",
      "redis://host:port/db, or rediss:// for TLS; without a value, from XENT_REDIS_URL (user and password: XENT_REDIS_USERNAME, XENT_REDIS_PASSWORD)",
    )
    .option("--redis-ca <file>", "PEM of the authority that signed the server's certificate")
    .option("--redis-cert <file>", "PEM of a client certificate")
    .option("--redis-key <file>", "PEM of its key")
    .option("--queue <name>", "name of the queue (default: that of the campaign)");
}

/** @throws DomainError as `redisSettings` does. */
export function settingsOf(flags: RedisFlags, env: RedisEnvironment): RedisSettings {
  return redisSettings(
    {
      ...(typeof flags.redis === "string" ? { url: flags.redis } : {}),
      ...(flags.redisCa === undefined ? {} : { ca: flags.redisCa }),
      ...(flags.redisCert === undefined ? {} : { cert: flags.redisCert }),
      ...(flags.redisKey === undefined ? {} : { key: flags.redisKey }),
    },
    env,
  );
}

/** Options of a run that only a queue has. */
export interface QueueRunFlags extends RedisFlags {
  readonly backoff?: number;
  readonly window?: number;
  readonly rate?: { readonly jobs: number; readonly ms: number };
  readonly metrics?: string;
}

function count(text: string): number {
  const n = Number(text);
  if (!Number.isSafeInteger(n) || n < 1) {
    throw new InvalidArgumentError(`"${text}" is not an integer >= 1`);
  }
  return n;
}

/** "5s", "10m", "2h" or "300ms" in milliseconds. @throws InvalidArgumentError */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  if (match === null) {
    throw new InvalidArgumentError(`"${text}" is not a duration such as 300ms, 30s or 2h`);
  }
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match[2] as "ms" | "s" | "m" | "h"];
  return Number(match[1]) * unit;
}

/** "100/s", "20/m", "5/h" or "10/500ms". @throws InvalidArgumentError */
export function rate(text: string): { readonly jobs: number; readonly ms: number } {
  const match = /^(\d+)\/(?:(\d+(?:\.\d+)?)?(ms|s|m|h))$/.exec(text);
  if (match === null) {
    throw new InvalidArgumentError(`"${text}" is not a rate such as 100/s or 20/m`);
  }
  return { jobs: count(match[1]!), ms: duration(`${match[2] ?? "1"}${match[3]!}`) };
}

/** Adds the options of a run that only a queue has, those of the server included. */
export function addQueueRunFlags(command: Command): Command {
  return addRedisFlags(command)
    .option(
      "--backoff <time>",
      "queue: wait before the second attempt, doubled after (1s)",
      duration,
    )
    .option("--window <n>", "queue: jobs on the server at one time (default 1000)", count)
    .option("--rate <jobs/time>", "queue: jobs started over all workers, such as 100/s", rate)
    .option("--metrics <address>", "queue: serve Prometheus metrics at [host:]port/metrics");
}

/** @throws DomainError for options of a queue without one. */
export function refuseQueueFlags(flags: QueueRunFlags & { readonly watch?: unknown }): void {
  if (flags.redis !== undefined) return;
  for (const name of ["backoff", "window", "rate", "queue", "metrics", "watch"] as const) {
    if (flags[name] !== undefined) throw new DomainError(`--${name} needs --redis`);
  }
}
