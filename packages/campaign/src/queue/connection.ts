import type { Redis } from "ioredis";
import { EngineError } from "../errors.js";
import type { RedisSettings } from "./address.js";
import type { QueueClients } from "./clients.js";

/** The options of ioredis that are used here; both its own client and BullMQ take them. */
export type ClientOptions = {
  host: string;
  port: number;
  db: number;
  username?: string;
  password?: string;
  tls?: { ca?: string; cert?: string; key?: string };
  maxRetriesPerRequest: null;
  retryStrategy: (times: number) => number;
};

/**
 * Options for a client that waits through an outage: commands stay queued until the server is back,
 * and reconnecting is tried for ever, at most every two seconds.
 */
export function clientOptions(settings: RedisSettings): ClientOptions {
  return {
    host: settings.host,
    port: settings.port,
    db: settings.db,
    ...(settings.username === undefined ? {} : { username: settings.username }),
    ...(settings.password === undefined ? {} : { password: settings.password }),
    ...(settings.tls === undefined ? {} : { tls: { ...settings.tls } }),
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), 2000),
  };
}

/** What to say of a failure to connect: no secret, and what to do about it. */
export function connectionMessage(settings: RedisSettings, error: unknown): string {
  const cause = error as Error & { code?: string };
  let text = cause.message === "" ? (cause.code ?? "unknown error") : cause.message;
  if (settings.password !== undefined) text = text.replaceAll(settings.password, "***");
  const hint = /NOAUTH|Authentication required/.test(text)
    ? " (set XENT_REDIS_PASSWORD)"
    : /WRONGPASS|invalid password/i.test(text)
      ? " (look at XENT_REDIS_USERNAME and XENT_REDIS_PASSWORD)"
      : /self.signed|unable to (verify|get)|certificate/i.test(text)
        ? " (give the authority's certificate with --redis-ca)"
        : "";
  return `cannot use ${settings.shown}: ${text}${hint}`;
}

/**
 * A connected client, tried with one command, so that a wrong address, password or certificate is an
 * error now and not a silence later.
 * @throws EngineError
 */
export async function connect(clients: QueueClients, settings: RedisSettings): Promise<Redis> {
  let established = false;
  const options = clientOptions(settings);
  const client = new clients.ioredis.Redis({
    ...options,
    lazyConnect: true,
    connectTimeout: 10_000,
    retryStrategy: (times) => (established ? options.retryStrategy(times) : null),
  });
  let last: unknown;
  client.on("error", (error) => {
    last = error;
  });
  try {
    await client.connect();
    await client.ping();
    established = true;
    return client;
  } catch (error) {
    client.disconnect();
    throw new EngineError(connectionMessage(settings, last ?? error), { cause: error });
  }
}
