import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AnyCampaign, MemoryStore, reportOf, runCampaign } from "../../src/index.ts";
import { type RedisSettings, redisSettings } from "../../src/queue/address.ts";
import { QueueEngine } from "../../src/queue/engine.ts";
import type { QueueEngineOptions } from "../../src/queue/engine-options.ts";
import {
  engineMetrics,
  formatMetrics,
  MetricsServer,
  statusMetrics,
  workerMetrics,
} from "../../src/queue/metrics.ts";
import { SlidingRate } from "../../src/queue/rate.ts";
import { formatSeconds, formatStatus, StatusReader } from "../../src/queue/status.ts";
import { mergeExposition } from "../../src/queue/status-command.ts";
import { until } from "./processes.ts";
import { hasServer, RedisServer } from "./redis-server.ts";
import { type Square, squares, squareWorker } from "./squares.ts";

/** Names, types and samples of an exposition. @throws Error for a line that is not of the text format. */
function parseExposition(text: string): Map<string, { type: string; samples: number[] }> {
  expect(text.endsWith("\n")).toBe(true);
  const metrics = new Map<string, { type: string; samples: number[] }>();
  for (const line of text.slice(0, -1).split("\n")) {
    const type = /^# TYPE (\w+) (counter|gauge)$/.exec(line);
    if (type !== null) {
      expect(metrics.has(type[1]!)).toBe(false);
      metrics.set(type[1]!, { type: type[2]!, samples: [] });
      continue;
    }
    if (/^# HELP \w+ \S/.test(line)) continue;
    const sample = /^(\w+)(\{(\s*\w+="(?:[^"\\\n]|\\.)*",?)*\})? (\S+)$/.exec(line);
    if (sample === null) throw new Error(`not in the text format: ${line}`);
    const metric = metrics.get(sample[1]!);
    if (metric === undefined) throw new Error(`no type before: ${line}`);
    metric.samples.push(Number(sample[4]));
  }
  return metrics;
}

describe.skipIf(!hasServer)("what a queue offers", () => {
  let server: RedisServer;
  let redis: RedisSettings;
  beforeAll(async () => {
    server = await RedisServer.start();
    redis = redisSettings({ url: server.url }, {});
  });
  afterAll(async () => {
    await server.close();
  });

  function engineFor(
    campaign: AnyCampaign,
    options: Partial<QueueEngineOptions> = {},
  ): QueueEngine {
    return new QueueEngine({ campaign, redis, sweepInterval: 500, ...options });
  }

  function planned(name: string, payloads: readonly Square[]): typeof squares {
    return { ...squares, name, size: () => payloads.length, plan: () => payloads };
  }

  test("jobs of lower priority numbers start first", async () => {
    const payloads = [5, 3, 3, 0, 9, 1].map((priority, x) => ({ x, priority }));
    const campaign = planned("priorities", payloads);
    const engine = engineFor(campaign);
    const order: number[] = [];
    const running = runCampaign({ campaign, settings: 0, engine, store: new MemoryStore() });
    await until("all to be sent", () => engine.counters.sent === payloads.length);
    const worker = await squareWorker(redis, {
      campaign,
      execute: ({ payload }) => {
        const { x } = payload as Square;
        order.push(payloads[x]!.priority);
        return Promise.resolve({ result: String(x * x), ms: 1 });
      },
    });
    expect((await running).done).toBe(payloads.length);
    expect(order).toEqual([0, 1, 3, 3, 5, 9]);
    await worker.drain();
    await engine.close();
  });

  test("a rate holds over all workers", async () => {
    const campaign = planned(
      "rated",
      Array.from({ length: 13 }, (_, x) => ({ x })),
    );
    const engine = engineFor(campaign, { rate: { jobs: 4, ms: 500 } });
    const starts: number[] = [];
    const workers = await Promise.all(
      [0, 1].map(() =>
        squareWorker(redis, {
          campaign,
          concurrency: 4,
          execute: ({ payload }) => {
            starts.push(Date.now());
            return Promise.resolve({ result: String((payload as Square).x ** 2), ms: 1 });
          },
        }),
      ),
    );
    const store = new MemoryStore();
    const tally = await runCampaign({ campaign, settings: 0, engine, store });
    expect(tally.done).toBe(13);
    // 13 jobs need a fourth period of 500 ms after three full ones. A lower bound cannot be missed by a
    // slow machine; 10 ms are left for the two clocks.
    expect(starts.at(-1)! - starts[0]!).toBeGreaterThanOrEqual(3 * 500 - 10);
    for (const worker of workers) await worker.drain();
    await engine.close();
    // Without a rate the next run forgets it.
    const free = engineFor(campaign);
    const more = await squareWorker(redis, { campaign });
    await runCampaign({ campaign, settings: 0, engine: free, store: new MemoryStore() });
    await more.drain();
    await free.close();
  });

  test("a job that brings down its workers is given up after it was abandoned too often", async () => {
    const campaign = planned("lethal", [{ x: 1 }, { x: 2 }]);
    const engine = engineFor(campaign);
    const store = new MemoryStore();
    const running = runCampaign({ campaign, settings: 0, engine, store });
    const options = { campaign, lock: 300, stalledInterval: 150, maxStalled: 1 };
    const never = new Promise<never>(() => undefined);
    for (let victims = 0; victims < 2; victims++) {
      let struck = false;
      const victim = await squareWorker(redis, {
        ...options,
        execute: ({ payload }) => {
          const { x } = payload as Square;
          if (x === 2) return Promise.resolve({ result: "4", ms: 1 });
          struck = true;
          return never;
        },
      });
      await until("the job to strike", () => struck);
      // As SIGKILL does: no farewell, the lock is left to run out.
      await victim.kill();
    }
    const last = await squareWorker(redis, options);
    const tally = await running;
    expect(tally).toMatchObject({ done: 1, failed: 1 });
    const { failures } = await reportOf(campaign, 0, store);
    expect(failures[0]!.error).toContain("stalled");
    expect(last.counters.stalled).toBeGreaterThan(0);
    await last.drain();
    await engine.close();
  });

  test("an answer that is no result of the campaign is refused by the coordinator too", async () => {
    const campaign = planned("lying", [{ x: 1 }, { x: 2 }]);
    const engine = engineFor(campaign);
    const worker = await squareWorker(redis, {
      campaign,
      execute: ({ payload }) =>
        Promise.resolve({ result: (payload as Square).x === 1 ? '"one"' : "4", ms: 1 }),
    });
    const store = new MemoryStore();
    const tally = await runCampaign({ campaign, settings: 0, engine, store });
    expect(tally).toMatchObject({ done: 1, failed: 1 });
    expect((await reportOf(campaign, 0, store)).failures[0]!.error).toContain(
      "square is no number",
    );
    expect(engine.counters.refused).toBe(1);
    await worker.drain();
    await engine.close();
  });

  test("status and metrics from outside, while it runs and after", async () => {
    const campaign = planned(
      "watched",
      Array.from({ length: 8 }, (_, x) => ({ x })),
    );
    const engine = engineFor(campaign, { progress: () => ({ total: 20, done: 12, failed: 1 }) });
    const running = runCampaign({ campaign, settings: 0, engine, store: new MemoryStore() });
    const reader = await StatusReader.open(redis);
    expect(await reader.read("nothing")).toBeUndefined();
    await until("all to be sent", () => engine.counters.sent === 8);
    const early = await reader.read("watched");
    expect(early).toMatchObject({
      campaign: "watched",
      version: "squares@1",
      state: "running",
      ...{ total: 20, done: 12, failed: 1, workers: 0 },
      coordinator: { pid: process.pid },
      jobs: { waiting: 8, active: 0, retrying: 0, finished: 0, failed: 0 },
    });
    expect(formatStatus(early!, Date.now())).toContain("12 of 20 done, 1 given up (65.0 %)");

    const exposition = formatMetrics(statusMetrics([early!])) + (await reader.metrics("watched"));
    const metrics = parseExposition(exposition);
    expect(metrics.get("xent_campaign_jobs_planned")).toEqual({ type: "gauge", samples: [20] });
    expect(metrics.get("xent_campaign_jobs_done")?.samples).toEqual([12]);
    expect(metrics.get("bullmq_job_count")?.samples).toContain(8);

    const worker = await squareWorker(redis, { campaign });
    await running;
    expect(await reader.queues()).toContain("watched");
    const late = await reader.read("watched");
    expect(late).toMatchObject({ state: "finished", coordinator: null, eta: null });
    expect(parseExposition(formatMetrics(engineMetrics(engine))).size).toBe(7);
    const own = parseExposition(formatMetrics(workerMetrics(worker.counters)));
    expect(own.get("xent_worker_jobs_total")?.samples).toEqual([8, 0, 0]);
    reader.close();
    await worker.drain();
    await engine.close();
  });
});

describe("metrics", () => {
  test("are served on loopback, at one path", async () => {
    const metrics = await MetricsServer.start("0", () => Promise.resolve("a 1\n"));
    expect(metrics.url).toContain("127.0.0.1");
    const response = await fetch(metrics.url);
    expect(response.headers.get("content-type")).toContain("version=0.0.4");
    expect(await response.text()).toBe("a 1\n");
    expect((await fetch(new URL("/", metrics.url))).status).toBe(404);
    expect((await fetch(metrics.url, { method: "POST" })).status).toBe(404);
    await expect(
      MetricsServer.start(new URL(metrics.url).port, () => Promise.resolve("")),
    ).rejects.toThrow(/EADDRINUSE/);
    await metrics.close();
    await expect(MetricsServer.start("here", () => Promise.resolve(""))).rejects.toThrow(/"here"/);
    const failing = await MetricsServer.start("0", () => Promise.reject(new Error("no server")));
    expect((await fetch(failing.url)).status).toBe(503);
    await failing.close();
  });

  test("labels are escaped", () => {
    const metric = { name: "m", type: "gauge" as const, help: "h" };
    const text = formatMetrics([
      { ...metric, samples: [{ labels: { a: 'quote " slash \\ line\n' }, value: 0.5 }] },
    ]);
    expect(text).toBe('# HELP m h\n# TYPE m gauge\nm{a="quote \\" slash \\\\ line\\n"} 0.5\n');
    expect(parseExposition(text).get("m")?.samples).toEqual([0.5]);
  });

  test("those of several queues are one text", () => {
    const one = '# HELP m h\n# TYPE m gauge\nm{q="1"} 1\n';
    const two = '# HELP m h\n# TYPE m gauge\nm{q="2"} 2\n';
    expect(parseExposition(mergeExposition([one, two])).get("m")?.samples).toEqual([1, 2]);
    expect(mergeExposition([])).toBe("");
  });

  test("a rate is of the last minute", () => {
    const rate = new SlidingRate(0);
    for (let second = 1; second <= 30; second++) rate.add(1000 * second, 4);
    expect(rate.perSecond(30_000)).toBeCloseTo(4, 12);
    // Half of the window is silent by now, then all of it.
    expect(rate.perSecond(75_000)).toBeCloseTo((4 * 15) / 60, 12);
    expect(rate.perSecond(200_000)).toBe(0);
  });

  test("times in words", () => {
    expect([5, 89, 600, 7200, 1e6].map(formatSeconds)).toEqual([
      "5 s",
      "89 s",
      "10 min",
      "2.0 h",
      "11.6 days",
    ]);
  });
});
