import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { EngineError, MemoryStore, runCampaign } from "../../src/index.ts";
import { type RedisSettings, redisSettings } from "../../src/queue/address.ts";
import { QueueEngine } from "../../src/queue/engine.ts";
import { StatusReader } from "../../src/queue/status.ts";
import { JobLog, Program } from "./processes.ts";
import { hasOpenssl, hasServer, makeCertificate, RedisServer } from "./redis-server.ts";
import { squares, squareWorker } from "./squares.ts";

const password = "correct horse+battery/staple";
const servers: RedisServer[] = [];

async function start(...args: Parameters<typeof RedisServer.start>): Promise<RedisServer> {
  const server = await RedisServer.start(...args);
  servers.push(server);
  return server;
}

/** Runs a small campaign there. @returns the number of results. */
async function campaignOn(redis: RedisSettings): Promise<number> {
  const engine = new QueueEngine({ campaign: squares, redis });
  const worker = await squareWorker(redis);
  try {
    const store = new MemoryStore();
    return (await runCampaign({ campaign: squares, settings: 5, engine, store })).done;
  } finally {
    await worker.drain();
    await engine.close();
  }
}

/** What all three who connect say when they are not let in. */
async function refusals(redis: RedisSettings): Promise<string[]> {
  const engine = new QueueEngine({ campaign: squares, redis });
  const store = new MemoryStore();
  const attempts = [
    () => runCampaign({ campaign: squares, settings: 5, engine, store }),
    () => squareWorker(redis),
    () => StatusReader.open(redis),
  ];
  const texts: string[] = [];
  for (const attempt of attempts) {
    const error: unknown = await attempt().then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(EngineError);
    texts.push((error as Error).message);
  }
  await engine.close();
  return texts;
}

describe.skipIf(!hasServer)("access to the server", () => {
  afterAll(async () => {
    for (const server of servers) await server.close();
  });

  test("no server: an error at once, with the address", async () => {
    const server = await start();
    await server.kill();
    for (const text of await refusals(redisSettings({ url: server.url }, {}))) {
      expect(text).toContain(`redis://127.0.0.1:${server.port}`);
      expect(text).toContain("ECONNREFUSED");
    }
  });

  test("a password: none, a wrong one, the right one; it is never printed", async () => {
    const server = await start(["--requirepass", password]);
    const { url } = server;
    for (const text of await refusals(redisSettings({ url }, {}))) {
      expect(text).toContain("NOAUTH");
      expect(text).toContain("set XENT_REDIS_PASSWORD");
    }
    const wrong = "hunter2-hunter2";
    for (const text of await refusals(redisSettings({ url }, { XENT_REDIS_PASSWORD: wrong }))) {
      expect(text).toContain("WRONGPASS");
      expect(text).not.toContain(wrong);
    }
    expect(await campaignOn(redisSettings({ url }, { XENT_REDIS_PASSWORD: password }))).toBe(5);

    const log = new JobLog();
    const env = { XENT_TEST_LOG: log.path, XENT_REDIS_PASSWORD: password };
    const worker = Program.start("worker", { redis: url, workers: 1, verbose: true }, env);
    await worker.says("ready");
    await server.kill();
    await worker.says("warning");
    await server.begin();
    worker.signal("SIGTERM");
    expect(await worker.exit()).toBe(0);
    expect(worker.output).not.toContain(password);
    log.remove();
  });

  test("a user of the access list, allowed the keys of campaigns and no others", async () => {
    const server = await start((folder) => {
      const file = join(folder, "users.acl");
      // As docs/campaigns.md has it.
      const hash = createHash("sha256").update(password).digest("hex");
      const rules = `user worker on #${hash} ~{xent}:* &* +@all -@admin -@dangerous +info +client`;
      writeFileSync(file, `user default off\n${rules}\n`);
      return ["--aclfile", file];
    });
    const env = { XENT_REDIS_USERNAME: "worker", XENT_REDIS_PASSWORD: password };
    expect(await campaignOn(redisSettings({ url: server.url }, env))).toBe(5);
  });

  test.skipIf(!hasOpenssl)("TLS with an authority of one's own, and a password", async () => {
    const server = await start((folder) => {
      const { cert, key } = makeCertificate(folder);
      const files = ["--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", cert];
      return [...files, "--tls-auth-clients", "no", "--requirepass", password];
    }, true);
    const ca = join(server.folder, "cert.pem");
    expect(readFileSync(ca, "utf8")).toContain("BEGIN CERTIFICATE");
    const env = { XENT_REDIS_PASSWORD: password };
    expect(await campaignOn(redisSettings({ url: server.url, ca }, env))).toBe(5);
    // The certificate of a stranger is refused: there is no way to look away.
    for (const text of await refusals(redisSettings({ url: server.url }, env))) {
      expect(text).toContain("--redis-ca");
    }
  });

  test.skipIf(!hasOpenssl)("TLS with a client's certificate", async () => {
    const server = await start((folder) => {
      const { cert, key } = makeCertificate(folder);
      return ["--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", cert];
    }, true);
    const [cert, key] = [join(server.folder, "cert.pem"), join(server.folder, "key.pem")];
    const url = server.url;
    expect(await campaignOn(redisSettings({ url, ca: cert, cert, key }, {}))).toBe(5);
    for (const text of await refusals(redisSettings({ url, ca: cert }, {}))) {
      expect(text).toContain(`cannot use rediss://127.0.0.1:${server.port}`);
    }
  });
});
