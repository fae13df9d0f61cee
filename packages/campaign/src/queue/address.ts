import { readFileSync } from "node:fs";
import { DomainError } from "@xent/linalg";

/** What a user says of the server. Credentials come from the environment alone. */
export interface RedisAddress {
  /** `redis://host:port/db` or `rediss://...`, without a password; default: XENT_REDIS_URL. */
  readonly url?: string;
  /** PEM file of the authority that signed the server's certificate; default: XENT_REDIS_CA, then the system's. */
  readonly ca?: string;
  /** PEM files of a client certificate, for servers that ask for one; default: XENT_REDIS_CERT, XENT_REDIS_KEY. */
  readonly cert?: string;
  readonly key?: string;
}

/** The variables that are read; `process.env` is one. */
export interface RedisEnvironment {
  readonly XENT_REDIS_URL?: string | undefined;
  readonly XENT_REDIS_USERNAME?: string | undefined;
  readonly XENT_REDIS_PASSWORD?: string | undefined;
  readonly XENT_REDIS_CA?: string | undefined;
  readonly XENT_REDIS_CERT?: string | undefined;
  readonly XENT_REDIS_KEY?: string | undefined;
}

/** Where the server is and how to be let in. Holds secrets: never print it, print `shown`. */
export interface RedisSettings {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** The address without credentials. */
  readonly shown: string;
  /** Why this is allowed and yet unwise, if it is. */
  readonly warning?: string;
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/;

function pem(path: string | undefined, what: string): string | undefined {
  if (path === undefined || path === "") return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new DomainError(`cannot read the ${what} ${path}: ${(error as Error).message}`);
  }
}

/** The texts of errors of `new URL` repeat the URL, password and all: this one does not. */
function parseUrl(text: string, from: string): URL {
  if (!URL.canParse(text)) throw new DomainError(`${from} is no URL such as redis://host:6379`);
  return new URL(text);
}

function decoded(text: string, from: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new DomainError(`${from} has a user or password with a malformed %-escape`);
  }
}

/**
 * The server's settings out of the command line and the environment: XENT_REDIS_URL,
 * XENT_REDIS_USERNAME, XENT_REDIS_PASSWORD, XENT_REDIS_CA, XENT_REDIS_CERT, XENT_REDIS_KEY.
 *
 * @throws DomainError for a missing or malformed address, a password on the command line, TLS files
 *   with a `redis://` address, or a file that cannot be read. No message holds a secret.
 */
export function redisSettings(address: RedisAddress, env: RedisEnvironment): RedisSettings {
  const { XENT_REDIS_URL, XENT_REDIS_USERNAME, XENT_REDIS_PASSWORD } = env;
  const { XENT_REDIS_CA, XENT_REDIS_CERT, XENT_REDIS_KEY } = env;
  const from = address.url === undefined ? "XENT_REDIS_URL" : "--redis";
  const text = address.url ?? XENT_REDIS_URL;
  if (text === undefined || text === "") {
    throw new DomainError("no server: give --redis redis://host:6379, or set XENT_REDIS_URL");
  }
  const url = parseUrl(text, from);
  if (url.protocol !== "redis:" && url.protocol !== "rediss:") {
    throw new DomainError(`${from} begins with ${url.protocol}, expected redis: or rediss: (TLS)`);
  }
  if (address.url !== undefined && url.password !== "") {
    throw new DomainError(
      "--redis holds a password, which every user of this machine can read in the list of processes and the shell keeps in its history: put it in XENT_REDIS_PASSWORD, or the whole address in XENT_REDIS_URL",
    );
  }
  if (url.hostname === "") throw new DomainError(`${from} has no host`);
  if (url.search !== "" || url.hash !== "") {
    throw new DomainError(`${from} has a query, which is not read: TLS files have options`);
  }
  const db = /^\/?(\d*)$/.exec(url.pathname)?.[1];
  if (db === undefined) {
    throw new DomainError(`${from} ends in ${url.pathname}, expected a database number such as /0`);
  }
  const tls = url.protocol === "rediss:";
  const ca = pem(address.ca ?? XENT_REDIS_CA, "certificate authority");
  const cert = pem(address.cert ?? XENT_REDIS_CERT, "client certificate");
  const key = pem(address.key ?? XENT_REDIS_KEY, "client key");
  if (!tls && (address.ca ?? address.cert ?? address.key) !== undefined) {
    throw new DomainError("certificates need TLS: write rediss:// instead of redis://");
  }
  if ((cert === undefined) !== (key === undefined)) {
    throw new DomainError("a client certificate and its key are given together or not at all");
  }
  const username = XENT_REDIS_USERNAME ?? decoded(url.username, from);
  const password = XENT_REDIS_PASSWORD ?? decoded(url.password, from);
  // URL keeps the brackets of an IPv6 address; sockets want it without.
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? 6379 : Number(url.port);
  const clear = !tls && password !== "" && !LOOPBACK.test(host);
  return {
    host,
    port,
    db: db === undefined || db === "" ? 0 : Number(db),
    ...(username === "" ? {} : { username }),
    ...(password === "" ? {} : { password }),
    ...(tls
      ? {
          tls: {
            ...(ca === undefined ? {} : { ca }),
            ...(cert === undefined ? {} : { cert }),
            ...(key === undefined ? {} : { key }),
          },
        }
      : {}),
    shown: `${url.protocol}//${url.hostname}:${port}/${db === "" ? 0 : db}`,
    ...(clear
      ? {
          warning: `the password travels to ${host} unencrypted: use rediss:// outside a private network`,
        }
      : {}),
  };
}
