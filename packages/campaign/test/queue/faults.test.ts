import { mkdtempSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  type AnyCampaign,
  type Engine,
  type EngineEvents,
  inlineEngine,
  type Job,
  type JobStats,
  MemoryStore,
  reportOf,
  runCampaign,
  type Store,
  StoreError,
  type Tally,
} from "../../src/index.ts";
import { FileStore } from "../../src/node/file-store.ts";
import { redisSettings } from "../../src/queue/address.ts";
import { QueueEngine } from "../../src/queue/engine.ts";
import type { QueueEngineOptions } from "../../src/queue/engine-options.ts";
import { Ledger } from "./ledger.ts";
import { JobLog, Program, until } from "./processes.ts";
import { hasServer, RedisServer } from "./redis-server.ts";

const { campaign } = (await import(new URL("programs/campaign.mjs", import.meta.url).href)) as {
  campaign: AnyCampaign;
};
const ledger = new Ledger();
const folders: string[] = [];

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "xent-queue-"));
  folders.push(folder);
  return folder;
}

/** Counts how often each job was told, on the way to the engine's own listener. */
class Witness implements Engine {
  readonly told = new Map<string, number>();
  readonly stats = new Map<number, JobStats>();
  readonly #engine: QueueEngine;

  constructor(engine: QueueEngine) {
    this.#engine = engine;
  }

  run(
    jobs: Iterable<Job>,
    events: EngineEvents,
    signals: Parameters<Engine["run"]>[2],
  ): Promise<void> {
    return this.#engine.run(
      jobs,
      {
        onDone: (job, result, stats) => {
          events.onDone(job, result, stats);
          this.told.set(job.id, (this.told.get(job.id) ?? 0) + 1);
          this.stats.set(job.index, stats);
        },
        onFailed: (job, failure) => {
          events.onFailed(job, failure);
          this.told.set(job.id, (this.told.get(job.id) ?? 0) + 1);
        },
      },
      signals,
    );
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}

describe.skipIf(!hasServer)("a campaign on a queue, with faults", () => {
  let server: RedisServer;
  const programs: Program[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  // A program that a failed test left behind would take the jobs of the next one.
  afterEach(async () => {
    for (const program of programs.splice(0)) await program.end();
  });
  afterAll(async () => {
    await server.close();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    console.log(String(ledger));
  });

  // Short locks, so that an abandoned job is missed within seconds; long enough for a busy machine.
  function worker(log: JobLog, env: Record<string, string> = {}, flags: object = {}): Program {
    const program = Program.start(
      "worker",
      { redis: server.url, workers: 2, lock: 2500, verbose: true, ...flags },
      { XENT_TEST_LOG: log.path, ...env },
    );
    programs.push(program);
    return program;
  }

  function engineWith(options: Partial<QueueEngineOptions> = {}): QueueEngine {
    const redis = redisSettings({ url: server.url }, {});
    return new QueueEngine({ campaign, redis, backoff: 50, sweepInterval: 500, ...options });
  }

  async function run(
    settings: unknown,
    engine: Engine,
    store: Store = new MemoryStore(),
  ): Promise<Tally> {
    try {
      return await runCampaign({
        campaign,
        settings: campaign.parseSettings(settings),
        engine,
        store,
      });
    } finally {
      await engine.close();
    }
  }

  /** The bytes of the report of a run on this thread, without a queue. */
  async function expected(settings: unknown): Promise<string> {
    const store = new MemoryStore();
    await run(settings, inlineEngine(campaign), store);
    return await bytes(settings, store);
  }

  async function bytes(settings: unknown, store: Store): Promise<string> {
    return JSON.stringify(
      (await reportOf(campaign, campaign.parseSettings(settings), store)).report,
    );
  }

  function enter(tally: Tally, witness: Witness, faults: number): void {
    const doubles = [...witness.told.values()].filter((n) => n > 1).length;
    ledger.count(tally.total, tally.done + tally.failed, faults, doubles);
    expect(tally.missing).toBe(0);
    expect(doubles).toBe(0);
  }

  test("two workers, one killed in the middle of a job: the job is run again, nothing is lost", async () => {
    const log = new JobLog();
    const [first, second] = [worker(log), worker(log)];
    await first.says("ready");
    await second.says("ready");
    const settings = { jobs: 60, ms: 20, special: "5=slow,6=slow,20=slow,21=slow" };
    const witness = new Witness(engineWith());
    const store = new MemoryStore();
    const running = run(settings, witness, store);
    const victim = await until("a job of the first worker", () => log.halfDone(first.pid));
    first.signal("SIGKILL");
    const tally = await running;
    enter(tally, witness, 1);
    expect(tally).toMatchObject({ total: 60, done: 60, failed: 0 });
    const runs = log.lines().filter((l) => l.what === "start" && l.x === victim);
    expect(new Set(runs.map((l) => l.pid)).size).toBe(2);
    expect(await bytes(settings, store)).toBe(
      await expected({ jobs: 60, ms: 20, special: settings.special }),
    );
    second.signal("SIGTERM");
    expect(await second.exit()).toBe(0);
    log.remove();
  });

  test("a job that throws is tried again and then given up, the rest goes on", async () => {
    const log = new JobLog();
    const program = worker(log);
    const settings = { jobs: 12, special: "3=poison,7=bad,9=flaky" };
    const witness = new Witness(engineWith({ attempts: 3 }));
    const store = new MemoryStore();
    const tally = await run(settings, witness, store);
    enter(tally, witness, 3);
    expect(tally).toMatchObject({ done: 10, failed: 2 });
    const { failures } = await reportOf(campaign, campaign.parseSettings(settings), store);
    // The result that is not valid is not tried again: it would not become valid.
    expect(failures.map(({ error, attempts }) => [error, attempts])).toEqual([
      ["poisoned 3", 3],
      ["result.mixed is no integer", 1],
    ]);
    expect(witness.stats.get(9)?.attempts).toBe(2);
    expect(log.lines().filter((l) => l.what === "start" && l.x === 3)).toHaveLength(3);
    program.signal("SIGTERM");
    expect(await program.exit()).toBe(0);
    log.remove();
  });

  test("the server killed and started again from its append-only file", async () => {
    const log = new JobLog();
    const program = worker(log);
    const settings = { jobs: 150, ms: 20 };
    const warnings: string[] = [];
    const witness = new Witness(
      engineWith({ window: 40, onWarning: (text) => warnings.push(text) }),
    );
    const store = new MemoryStore();
    const running = run(settings, witness, store);
    await until("some results", () => witness.told.size > 10);
    await server.kill();
    // Longer than a worker's blocking read: it must notice that its connection is dead.
    await sleep(3500);
    await server.begin();
    const tally = await running;
    enter(tally, witness, 1);
    expect(warnings.some((text) => text.includes("waiting for it"))).toBe(true);
    expect(warnings).toContain("the server answers again");
    expect(await bytes(settings, store)).toBe(await expected(settings));
    program.signal("SIGTERM");
    expect(await program.exit()).toBe(0);
    log.remove();
  });

  test("the server emptied: what it lost is sent again", async () => {
    const log = new JobLog();
    const program = worker(log);
    const engine = engineWith({ window: 40 });
    const witness = new Witness(engine);
    const running = run({ jobs: 150, ms: 20 }, witness);
    await until("some results", () => witness.told.size > 10);
    await server.empty();
    const tally = await running;
    enter(tally, witness, 1);
    expect(engine.counters.resent).toBeGreaterThan(0);
    program.signal("SIGTERM");
    expect(await program.exit()).toBe(0);
    log.remove();
  });

  test("a full disk: a clear error, results wait on the server, and no job runs twice", async () => {
    const log = new JobLog();
    const program = worker(log);
    const folder = temporary();
    const settings = { jobs: 80, ms: 5 };
    let room = 4000;
    const full = new FileStore(folder, {
      calls: {
        write(descriptor, buffer, from, length, position) {
          if (length > room) {
            throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
          }
          room -= length;
          return writeSync(descriptor, buffer, from, length, position);
        },
        truncate: () => undefined,
        sync: () => undefined,
      },
    });
    const first = new Witness(engineWith({ window: 20 }));
    const failing = run(settings, first, full);
    await expect(failing).rejects.toThrow(StoreError);
    await expect(failing).rejects.toThrow(/ENOSPC|space/);
    full.close();
    // Whatever was running is finished and its result kept on the server.
    await until("the worker to come to rest", () => log.starts === log.ends);
    const store = new FileStore(folder);
    expect(store.size).toBeGreaterThan(0);
    expect(store.size).toBeLessThan(80);
    const second = new Witness(engineWith({ window: 20 }));
    const tally = await run(settings, second, store);
    enter(tally, second, 1);
    expect(await bytes(settings, store)).toBe(await expected(settings));
    expect(log.starts).toBe(80);
    store.close();
    program.signal("SIGTERM");
    expect(await program.exit()).toBe(0);
    log.remove();
  });

  test("a duplicate submission counts once; a second coordinator is refused", async () => {
    const log = new JobLog();
    // Each job is submitted twice, as by a coordinator that lost count.
    function* twice(jobs: Iterable<Job>): Generator<Job> {
      for (const job of jobs) yield* [job, job];
    }
    const stuttering = (engine: QueueEngine): Engine => ({
      run: (jobs, events, signals) => engine.run(twice(jobs), events, signals),
      close: () => engine.close(),
    });
    const settings = campaign.parseSettings({ jobs: 30, special: "2=slow" });
    const engine = engineWith();
    const store = new MemoryStore();
    const running = runCampaign({ campaign, settings, engine: stuttering(engine), store });
    const rival = engineWith();
    await until("the coordinator to be at work", () => engine.counters.sent > 0);
    await expect(
      runCampaign({ campaign, settings, engine: rival, store: new MemoryStore() }),
    ).rejects.toMatchObject({
      code: "CAMPAIGN_LOCKED",
      message: expect.stringContaining(`process ${process.pid}`) as string,
    });
    const program = worker(log);
    const tally = await running;
    await engine.close();
    await rival.close();
    expect(tally).toMatchObject({ total: 30, done: 30 });
    expect(engine.counters.sent).toBe(30);
    expect(log.starts).toBe(30);
    ledger.count(30, tally.done, 2, 0);
    // The same again: the store knows everything, no job is sent.
    const again = engineWith();
    await runCampaign({ campaign, settings, engine: again, store });
    await again.close();
    expect(again.counters.sent).toBe(0);
    program.signal("SIGTERM");
    expect(await program.exit()).toBe(0);
    log.remove();
  });

  test("a coordinator killed and resumed: results that came meanwhile are used", async () => {
    const log = new JobLog();
    const program = worker(log);
    const folder = temporary();
    const settings = { jobs: 100, ms: 20 };
    const argument = { url: server.url, folder, settings, window: 30 };
    const coordinator = Program.start("coordinator", argument, { XENT_TEST_LOG: log.path });
    programs.push(coordinator);
    await until("some results", () => coordinator.output.split("\n").length > 20);
    coordinator.signal("SIGKILL");
    await coordinator.exit();
    // The workers go on with what is on the server.
    await until("the worker to come to rest", () => log.starts === log.ends);
    const store = new FileStore(folder);
    const before = store.size;
    const witness = new Witness(engineWith({ window: 30 }));
    const tally = await run(settings, witness, store);
    enter(tally, witness, 1);
    expect(before).toBeGreaterThan(10);
    expect(before).toBeLessThan(100);
    expect(witness.told.size).toBe(100 - before);
    expect(log.starts).toBe(100);
    expect(await bytes(settings, store)).toBe(await expected(settings));
    store.close();
    program.signal("SIGTERM");
    expect(await program.exit()).toBe(0);
    log.remove();
  });

  test("a worker of another version gives the job back, unspent, and ends with an error", async () => {
    const log = new JobLog();
    const old = worker(log, { XENT_TEST_VERSION: "misbehaving@0" });
    await old.says("ready");
    const witness = new Witness(engineWith({ attempts: 1 }));
    const running = run({ jobs: 10 }, witness);
    expect(await old.exit()).toBe(3);
    expect(old.output).toMatch(/VersionMismatchError: .*misbehaving@0.*misbehaving@1/);
    // The campaign is known by now: the next one does not even start.
    const late = worker(log, { XENT_TEST_VERSION: "misbehaving@0" });
    expect(await late.exit()).toBe(3);
    expect(late.output).toMatch(/VersionMismatchError: .*misbehaving@0.*misbehaving@1/);
    expect(late.output).not.toContain("ready");
    expect(log.starts).toBe(0);
    const right = worker(log);
    const tally = await running;
    enter(tally, witness, 2);
    expect(tally.done).toBe(10);
    expect([...witness.stats.values()].every((s) => s.attempts === 1)).toBe(true);
    right.signal("SIGTERM");
    expect(await right.exit()).toBe(0);
    log.remove();
  });

  test("SIGTERM lets a worker finish what it runs; a drained coordinator takes back what waits", async () => {
    const log = new JobLog();
    const program = worker(log);
    await program.says("ready");
    const drain = new AbortController();
    const engine = engineWith();
    const store = new MemoryStore();
    const settings = campaign.parseSettings({ jobs: 50, special: "0=slow,1=slow,2=slow,3=slow" });
    const running = runCampaign({ campaign, settings, engine, store, drain: drain.signal });
    const half = await until("a slow job", () => log.halfDone(program.pid));
    program.signal("SIGTERM");
    expect(await program.exit()).toBe(0);
    expect(program.output).toMatch(/SIGTERM: finishing \d jobs/);
    expect(log.lines()).toContainEqual({ what: "end", x: half, pid: program.pid });
    drain.abort();
    const tally = await running;
    await engine.close();
    // Each start has its end and its result; the others were taken back.
    expect(tally.done).toBe(log.ends);
    expect(log.starts).toBe(log.ends);
    expect(tally.missing).toBe(50 - tally.done);
    expect(tally.missing).toBeGreaterThan(0);
    const next = worker(log);
    const end = await run(
      { jobs: 50, special: "0=slow,1=slow,2=slow,3=slow" },
      engineWith(),
      store,
    );
    ledger.count(50, end.done, 2, log.starts - 50);
    expect(end.missing).toBe(0);
    expect(log.starts).toBe(50);
    next.signal("SIGTERM");
    await next.exit();
    log.remove();
  });
});
