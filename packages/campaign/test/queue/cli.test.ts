import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { JobLog, Program } from "./processes.ts";
import { hasServer, RedisServer } from "./redis-server.ts";

// The built command, as a user runs it (turbo builds before it tests).
const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const module = fileURLToPath(new URL("programs/campaign.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "xent-queue-cli-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Output {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function xent(args: readonly string[], env: Record<string, string> = {}): Output {
  return spawnSync(process.execPath, [main, "campaign", ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
}

/** Makes Node find neither of the two packages, as where they were not installed. */
const WITHOUT_CLIENTS = `--import=data:text/javascript,${encodeURIComponent(
  `import { register } from "node:module";
   register("data:text/javascript," + encodeURIComponent(\`export function resolve(name, context, next) {
     if (name === "bullmq" || name === "ioredis") throw new Error("not installed: " + name);
     return next(name, context);
   }\`));`,
)}`;

describe("the command without a server", () => {
  test("threads need neither BullMQ nor a Redis client; the queue says what it needs", () => {
    const env = { NODE_OPTIONS: WITHOUT_CLIENTS };
    const threads = xent(["run", module, "--jobs", "3", "--store", "plain"], env);
    expect(threads.stderr).toBe("");
    expect(threads.status).toBe(0);
    const queue = xent(["run", module, "--redis", "redis://127.0.0.1:1", "--store", "q"], env);
    expect(queue.status).toBe(3);
    expect(queue.stderr).toContain("npm install bullmq");
  });

  test("a password on the command line is refused everywhere", () => {
    const url = "redis://user:hunter2@127.0.0.1:1";
    for (const args of [["run", module], ["worker", module], ["status"]]) {
      const { status, stderr } = xent([...args, "--redis", url]);
      expect(status).toBe(2);
      expect(stderr).toContain("XENT_REDIS_PASSWORD");
      expect(stderr).not.toContain("hunter2");
    }
  });

  test("options of a queue without one are refused; bad values are named", () => {
    for (const option of [
      ["--rate", "5/s"],
      ["--window", "5"],
      ["--queue", "q"],
    ]) {
      const { status, stderr } = xent(["run", module, ...option]);
      expect(status).toBe(2);
      expect(stderr).toContain(`${option[0]} needs --redis`);
    }
    expect(xent(["status", "--watch"]).stderr).toContain("--watch needs --redis");
    expect(xent(["run", module, "--rate", "fast"]).stderr).toContain('"fast" is not a rate');
    const bad = xent(["run", module, "--redis", "redis://127.0.0.1:1", "--queue", "a b"]);
    expect(bad.stderr).toContain('"a b"');
  });
});

describe.skipIf(!hasServer)("the command on a queue", () => {
  let server: RedisServer;
  const programs: Program[] = [];
  beforeAll(async () => {
    server = await RedisServer.start(["--requirepass", "s3cret-s3cret"]);
  });
  afterAll(async () => {
    for (const program of programs) await program.end();
    await server.close();
  });

  test("prints the bytes that threads print; workers, status and metrics say how it goes", async () => {
    const log = new JobLog();
    const env = { XENT_REDIS_URL: server.url, XENT_REDIS_PASSWORD: "s3cret-s3cret" };
    const settings = ["--jobs", "120", "--ms", "3", "--special", "50=poison,7=flaky"];
    const threads = xent(["run", module, ...settings, "--store", "threads", "--json"], {
      XENT_TEST_LOG: `${log.path}-threads`,
    });
    expect(threads.status).toBe(1);

    const start = (): Program => {
      const program = Program.command(
        main,
        ["campaign", "worker", module, "--redis", "--workers", "2", "--metrics", "0"],
        { ...env, XENT_TEST_LOG: log.path },
      );
      programs.push(program);
      return program;
    };
    const workers = [start(), start()];
    for (const worker of workers) await worker.says("ready");
    const run = [...["run", module], ...settings, "--store", "queue", "--json", "--redis"];
    const queue = xent([...run, "--backoff", "100ms", "--rate", "10000/s", "--metrics", "0"], env);
    expect(queue.stdout).toBe(threads.stdout);
    expect(queue.status).toBe(1);
    expect(queue.stderr).toContain("metrics at http://127.0.0.1:");
    expect(queue.stderr).toContain("poisoned 50");
    // Once for each job, and again for the one that failed at first and the one that always fails.
    expect(log.starts).toBe(120 + 1 + 2);

    const url = /metrics at (\S+)/.exec(workers[0]!.output)![1]!;
    expect(await (await fetch(url)).text()).toMatch(
      /^xent_worker_jobs_total\{outcome="done"\} \d+$/m,
    );
    const status = xent(["status", "--redis", "--json"], env);
    expect(JSON.parse(status.stdout)).toMatchObject([
      { queue: "misbehaving", total: 120, done: 119, failed: 1, state: "finished" },
    ]);
    expect(xent(["status", "--redis", "--watch"], env).stdout).toContain(
      "119 of 120 done, 1 given up",
    );
    expect(xent(["status", "--redis", "--queue", "other"], env).stderr).toContain('"other"');

    // A resume with nothing left to do, then the same from the store alone.
    expect(xent(run, env).stdout).toBe(threads.stdout);
    expect(xent(["report", "queue", "--json"]).stdout).toBe(threads.stdout);
    for (const worker of workers) {
      worker.signal("SIGTERM");
      expect(await worker.exit()).toBe(0);
      expect(worker.output).toMatch(/ended: \d+ jobs done/);
    }
    const said = [queue, status].map((o) => o.stdout + o.stderr);
    for (const text of [...said, ...workers.map((w) => w.output)]) {
      expect(text).not.toContain("s3cret-s3cret");
    }
    expect(readFileSync(join(folder, "queue", "results.jsonl"), "utf8")).toContain("mixed");
    log.remove();
  });
});
