import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Redis } from "ioredis";
import { CampaignError } from "../errors.js";

/** Who coordinates a queue, as others read it. */
export interface Holder {
  readonly host: string;
  readonly pid: number;
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

// Both scripts are atomic on the server: between a GET and a SET another coordinator could step in.
const RENEW = `
local held = redis.call("GET", KEYS[1])
if held == false or held == ARGV[1] then
  redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
  return 1
end
return 0`;
const RELEASE = `
if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end
return 0`;

/** The holder written in a lease; undefined for none or one that is not readable. */
export function parseHolder(text: string | null): Holder | undefined {
  if (text === null) return undefined;
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}

/** Whether the holder is a process of this machine that is gone: its lease need not run out. */
function isDead(holder: Holder): boolean {
  if (holder.host !== hostname() || holder.pid === process.pid) return false;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/**
 * The right to be the one coordinator of a queue. Two would take each other's results for leftovers.
 * It runs out by itself `ttl` milliseconds after the last renewal, so a crash blocks nobody for long.
 */
export class Lease {
  readonly #client: Redis;
  readonly #key: string;
  readonly #text: string;
  readonly #ttl: number;

  private constructor(client: Redis, key: string, text: string, ttl: number) {
    this.#client = client;
    this.#key = key;
    this.#text = text;
    this.#ttl = ttl;
  }

  /** @throws CampaignError `CAMPAIGN_LOCKED` that names the coordinator which holds it. */
  static async take(client: Redis, key: string, ttl: number): Promise<Lease> {
    const token = randomUUID();
    const holder: Holder = { host: hostname(), pid: process.pid, token, since: Date.now() };
    const lease = new Lease(client, key, JSON.stringify(holder), ttl);
    const other = await client.get(key);
    const known = parseHolder(other);
    // Deletes exactly what was read: if someone else took it meanwhile, this does nothing.
    if (other !== null && known !== undefined && isDead(known)) {
      await client.eval(RELEASE, 1, key, other);
    }
    await lease.renew();
    return lease;
  }

  /** @throws CampaignError `CAMPAIGN_LOCKED` when another coordinator has taken over. */
  async renew(): Promise<void> {
    if ((await this.#client.eval(RENEW, 1, this.#key, this.#text, this.#ttl)) === 1) return;
    const holder = parseHolder(await this.#client.get(this.#key));
    const wait = Math.max(0, await this.#client.pttl(this.#key));
    const who =
      holder === undefined ? "another process" : `process ${holder.pid} on ${holder.host}`;
    throw new CampaignError(
      "CAMPAIGN_LOCKED",
      `${who} coordinates this queue already; if it is gone, its lease ends in ${Math.ceil(wait / 1000)} s (or use --queue with another name)`,
    );
  }

  async release(): Promise<void> {
    await this.#client.eval(RELEASE, 1, this.#key, this.#text);
  }
}
