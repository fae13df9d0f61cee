// Measures a campaign queue on this machine: jobs a second, processor time and server memory for each job,
// against the size of a job's payload and result. Jobs do nothing, so that what is left is the queue.
//   npm run build && node scripts/queue-throughput.mjs [jobs]
// Starts a server of its own on a loopback port, in a folder that is removed at the end.
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { executeJob, MemoryStore, runCampaign } from "../packages/campaign/dist/index.js";
import { redisSettings } from "../packages/campaign/dist/queue/address.js";
import { loadQueueClients } from "../packages/campaign/dist/queue/clients.js";
import { QueueEngine } from "../packages/campaign/dist/queue/engine.js";
import { QueueWorker } from "../packages/campaign/dist/queue/worker.js";

/** Payload and result are a text of `size` characters each. */
const campaign = {
  name: "throughput",
  version: "1",
  description: "jobs that do nothing",
  settings: {},
  parseSettings: (value) => value,
  size: ({ jobs }) => jobs,
  *plan({ jobs, size }) {
    const text = "x".repeat(size);
    for (let x = 0; x < jobs; x++) yield { text, x };
  },
  parsePayload: (value) => value,
  parseResult: (value) => value,
  run: ({ text }) => text,
  report: () => ({ json: null, text: "", ok: true }),
};

async function work(url) {
  const worker = await QueueWorker.start({
    campaign,
    redis: redisSettings({ url }, {}),
    concurrency: 8,
    execute: async (message, signal) => ({
      result: await executeJob(campaign, message, { signal }),
      ms: 0,
    }),
  });
  const start = process.cpuUsage();
  process.send("ready");
  await once(process, "message");
  const { user, system } = process.cpuUsage(start);
  process.send((user + system) / 1e6);
  await worker.drain();
  process.disconnect();
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

async function startServer(folder) {
  const port = await freePort();
  const where = ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder];
  const server = spawn(
    "redis-server",
    [...where, "--save", "", "--appendonly", "yes", "--appendfsync", "everysec"],
    { stdio: "ignore" },
  );
  const failed = once(server, "error").then(([error]) => {
    throw new Error(`cannot start redis-server: ${error.message}`);
  });
  const { ioredis } = await Promise.race([loadQueueClients(), failed]);
  const client = new ioredis.Redis(port, { maxRetriesPerRequest: null });
  client.on("error", () => undefined);
  await Promise.race([client.ping(), failed]);
  return { server, client, url: `redis://127.0.0.1:${port}` };
}

/** A number of the server's INFO. */
async function info(client, name) {
  return Number(new RegExp(`^${name}:([\\d.]+)`, "m").exec(await client.info("everything"))[1]);
}

async function serverSeconds(client) {
  return (await info(client, "used_cpu_user")) + (await info(client, "used_cpu_sys"));
}

/** Memory of the server for each job that waits. */
async function bytesPerJob(client, url, size, jobs) {
  const engine = new QueueEngine({
    campaign,
    redis: redisSettings({ url }, {}),
    window: jobs,
    windowSize: Number.POSITIVE_INFINITY,
  });
  const kill = new AbortController();
  const before = await info(client, "used_memory");
  const running = runCampaign({
    campaign,
    settings: { jobs, size },
    engine,
    store: new MemoryStore(),
    kill: kill.signal,
  });
  while (engine.counters.sent < jobs) await sleep(20);
  const bytes = ((await info(client, "used_memory")) - before) / jobs;
  kill.abort();
  await running;
  await engine.close();
  await client.flushall();
  return bytes;
}

async function measure(client, url, size, jobs, workers) {
  const programs = [];
  for (let i = 0; i < workers; i++) {
    const program = fork(fileURLToPath(import.meta.url), ["--worker", url]);
    await once(program, "message");
    programs.push(program);
  }
  const engine = new QueueEngine({ campaign, redis: redisSettings({ url }, {}) });
  const server = await serverSeconds(client);
  const own = process.cpuUsage();
  const start = performance.now();
  // A store that keeps nothing: a megabyte a job would fill this process.
  const store = {
    stateOf: () => undefined,
    get: () => undefined,
    put: () => true,
    putFailure() {},
  };
  await runCampaign({ campaign, settings: { jobs, size }, engine, store });
  const seconds = (performance.now() - start) / 1000;
  const coordinator = process.cpuUsage(own);
  const serverTime = (await serverSeconds(client)) - server;
  await engine.close();
  let workerTime = 0;
  for (const program of programs) {
    program.send("end");
    const [time] = await once(program, "message");
    workerTime += time;
    await once(program, "exit");
  }
  const each = (s) => (1000 * s) / jobs;
  return {
    perSecond: jobs / seconds,
    coordinator: each((coordinator.user + coordinator.system) / 1e6),
    worker: each(workerTime),
    server: each(serverTime),
  };
}

async function main(limit) {
  const folder = mkdtempSync(join(tmpdir(), "xent-throughput-"));
  const { server, client, url } = await startServer(folder);
  const version = /redis_version:(\S+)/.exec(await client.info("server"))[1];
  console.log(
    `one machine, ${availableParallelism()} cores, loopback, server ${version}, append-only file every second, Node ${process.version}\n`,
  );
  console.log(
    "| payload and result | workers | jobs a second | coordinator, ms of processor a job | workers | server | server memory a waiting job |",
  );
  console.log("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
  try {
    for (const size of [100, 1000, 10_000, 100_000, 1_000_000]) {
      const jobs = Math.max(20, Math.min(limit, Math.floor(2e7 / size)));
      const memory = await bytesPerJob(client, url, size, Math.min(jobs, 1000));
      for (const workers of [1, 2]) {
        const m = await measure(client, url, size, jobs, workers);
        const cells = [m.coordinator, m.worker, m.server].map((v) => v.toPrecision(2));
        const bytes = `${(memory / 1000).toPrecision(3)} kB`;
        console.log(
          `| ${size} | ${workers} | ${m.perSecond.toPrecision(2)} | ${cells.join(" | ")} | ${bytes} |`,
        );
        await client.flushall();
      }
    }
  } finally {
    client.disconnect();
    server.kill();
    await once(server, "exit");
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[2] === "--worker") await work(process.argv[3]);
else await main(Number(process.argv[2] ?? 4000));
