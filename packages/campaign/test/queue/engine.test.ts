import { DomainError } from "@xent/linalg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  canonicalJson,
  defineCampaign,
  executeJob,
  type Job,
  type JobStats,
  jobsOfPlan,
} from "../../src/index.ts";
import { redisSettings } from "../../src/queue/address.ts";
import { QueueEngine } from "../../src/queue/engine.ts";
import { QueueWorker } from "../../src/queue/worker.ts";
import { hasServer, RedisServer } from "./redis-server.ts";

const squares = defineCampaign<{ n: number }, { x: number }, { square: number }>({
  name: "squares",
  version: "squares@1",
  description: "",
  settings: { n: "how many" },
  parseSettings: (v) => v as { n: number },
  size: ({ n }) => n,
  *plan({ n }) {
    for (let x = 0; x < n; x++) yield { x };
  },
  parsePayload: (v) => v as { x: number },
  parseResult(v) {
    const square = (v as { square?: unknown }).square;
    if (typeof square !== "number") throw new DomainError("square is no number");
    return { square };
  },
  run: ({ x }) => ({ square: x * x }),
  report: () => ({ json: null, text: "", ok: true }),
});

const never = (): { drain: AbortSignal; kill: AbortSignal } => ({
  drain: new AbortController().signal,
  kill: new AbortController().signal,
});

describe.skipIf(!hasServer)("the queue engine", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(async () => {
    await server.close();
  });

  test("smoke", async () => {
    const redis = redisSettings({ url: server.url }, {});
    const engine = new QueueEngine({ campaign: squares, redis, onWarning: console.log });
    const worker = await QueueWorker.start({
      campaign: squares,
      redis,
      concurrency: 4,
      execute: async (message, signal) => ({
        result: await executeJob(squares, message, { signal }),
        ms: 0,
      }),
      onNotice: (n) => {
        if (n.kind !== "done") console.log(n);
      },
    });
    const results = new Map<number, string>();
    const stats: JobStats[] = [];
    const t = performance.now();
    const c0 = process.cpuUsage();
    await engine.run(
      jobsOfPlan(squares, { n: 3000 }),
      {
        onDone(job: Job, result, s) {
          results.set(job.index, result);
          stats.push(s);
        },
        onFailed(job, failure) {
          throw new Error(`${job.id} ${failure.error}`);
        },
      },
      never(),
    );
    console.log(
      performance.now() - t,
      process.cpuUsage(c0),
      engine.counters,
      worker.counters,
      stats[0],
    );
    await engine.close();
    await worker.drain();
    await worker.ended;
    expect(results.size).toBe(3000);
    expect(results.get(7)).toBe(canonicalJson({ square: 49 }));
  });
});
