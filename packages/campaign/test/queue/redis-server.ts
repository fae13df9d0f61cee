import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";

const found = ["redis-server", "valkey-server"].find(
  (name) => spawnSync(name, ["--version"], { encoding: "utf8" }).status === 0,
);
const { XENT_REDIS_TESTS: required } = process.env as { readonly XENT_REDIS_TESTS?: string };
if (found === undefined && required === "1") {
  throw new Error("XENT_REDIS_TESTS=1, and there is neither redis-server nor valkey-server");
}
if (found === undefined) {
  console.log("queue tests are skipped: no redis-server here (apt-get install redis-server)");
}

/** Whether the tests of the queue can run. */
export const hasServer: boolean = found !== undefined;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** A real server of its own on a loopback port, in a folder that is gone when it is closed. */
export class RedisServer {
  readonly folder: string = mkdtempSync(join(tmpdir(), "xent-redis-"));
  readonly port: number;
  readonly #options: readonly string[];
  readonly #tlsPort: boolean;
  #process: ChildProcess | undefined;

  private constructor(port: number, options: readonly string[], tls: boolean) {
    this.port = port;
    this.#options = options;
    this.#tlsPort = tls;
  }

  /** @param options - further arguments of redis-server. */
  static async start(
    options: readonly string[] | ((folder: string) => readonly string[]) = [],
    tls = false,
  ): Promise<RedisServer> {
    const list: string[] = [];
    const server = new RedisServer(await freePort(), list, tls);
    list.push(...(typeof options === "function" ? options(server.folder) : options));
    await server.begin();
    return server;
  }

  get url(): string {
    return `${this.#tlsPort ? "rediss" : "redis"}://127.0.0.1:${this.port}`;
  }

  /** Starts the server again, on the same port with the same files. */
  async begin(): Promise<void> {
    const ports = this.#tlsPort
      ? ["--port", "0", "--tls-port", String(this.port)]
      : ["--port", String(this.port)];
    const common = ["--bind", "127.0.0.1", "--dir", this.folder, "--save", ""];
    // Every write is on disk before it is answered: what a restart brings back is all there was.
    const durable = ["--appendonly", "yes", "--appendfsync", "always"];
    this.#process = spawn(found!, [...ports, ...common, ...durable, ...this.#options], {
      stdio: "ignore",
    });
    for (let tries = 0; ; tries++) {
      const socket = connect(this.port, "127.0.0.1");
      try {
        await once(socket, "connect");
        return;
      } catch (error) {
        if (tries === 200) throw error;
        await sleep(25);
      } finally {
        socket.destroy();
      }
    }
  }

  /** SIGKILL: no farewell, no last write. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (process === undefined || process.exitCode !== null) return;
    const gone = once(process, "exit");
    process.kill("SIGKILL");
    await gone;
  }

  /** Removes all that it holds. */
  async empty(): Promise<void> {
    const client = new Redis(this.port);
    await client.flushall();
    client.disconnect();
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Whether openssl is there to make certificates. */
export const hasOpenssl: boolean = spawnSync("openssl", ["version"]).status === 0;

/** A certificate for 127.0.0.1 that its own key signed, as PEM files in `folder`. */
export function makeCertificate(folder: string): { readonly cert: string; readonly key: string } {
  const cert = join(folder, "cert.pem");
  const key = join(folder, "key.pem");
  const subject = ["-subj", "/CN=xent-test", "-addext", "subjectAltName=IP:127.0.0.1"];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  execFileSync(
    "openssl",
    ["req", "-x509", "-nodes", "-days", "2", ...curve, ...subject, "-keyout", key, "-out", cert],
    { stdio: "ignore" },
  );
  return { cert, key };
}
