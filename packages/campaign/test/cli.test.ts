import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";

// The built program, as a user runs it (turbo builds before it tests).
const cli = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const runner = fileURLToPath(new URL("../../suite/dist/cli.js", import.meta.url));
const mixed = fileURLToPath(new URL("campaigns/mixed.mjs", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "xent-campaign-"));
afterAll(() => {
  rmSync(root, { recursive: true });
});

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function xent(args: readonly string[], env: Readonly<Record<string, string>> = {}): Ended {
  const options = { encoding: "utf8", cwd: root, env: { ...process.env, ...env } } as const;
  return spawnSync(process.execPath, [cli, "campaign", ...args], options);
}

function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess & { readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [cli, "campaign", ...args], {
    cwd: root,
    env: { ...process.env, ...env },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    stderr += String(chunk);
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (status) => {
      resolve({ status, stdout, stderr });
    });
  });
  return Object.assign(child, { ended });
}

const linesOf = (store: string): number => {
  const file = join(root, store, "results.jsonl");
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 2 : 0;
};

async function untilStored(store: string, count: number): Promise<void> {
  while (linesOf(store) < count) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("xent campaign", () => {
  const whole = { sum: 2470, indices: Array.from({ length: 20 }, (_, i) => i) };

  test("runs a module on threads: the report alone on stdout, the jobs' own noise on stderr", () => {
    const { status, stdout, stderr } = xent(["run", mixed, "--store", "plain", "--html", "p.html"]);
    expect([status, stdout]).toEqual([0, "sum 2470 of 20\n"]);
    expect(stderr).toContain("noise of 3");
    expect(readFileSync(join(root, "p.html"), "utf8")).toBe("<p>2470</p>");
    expect(xent(["report", "plain"]).stdout).toBe(stdout);
    const status0 = xent(["status", "plain"]);
    expect(status0.stdout).toBe("mixed in plain: 20 of 20 jobs (100 %); not running\n");
    // Nothing is run a second time.
    const again = xent(["run", mixed, "--store", "plain"]);
    expect([again.stdout, again.stderr]).toEqual([stdout, ""]);
  });

  test("stopped by every signal and resumed on other numbers of threads: the bytes of one run", async () => {
    const args = ["--ms", "60", "--json"];
    const once = xent(["run", mixed, ...args, "--store", "once", "--workers", "3"]);
    expect(JSON.parse(once.stdout)).toMatchObject(whole);
    const signals = [
      ["SIGINT", 130, 2, "1"],
      ["SIGTERM", 143, 7, "2"],
      ["SIGKILL", null, 12, "3"],
    ] as const;
    for (const [signal, code, after, workers] of signals) {
      const child = start(["run", mixed, ...args, "--store", "stopped", "--workers", workers]);
      await untilStored("stopped", after);
      child.kill(signal);
      const { status, stdout, stderr } = await child.ended;
      expect(status).toBe(code);
      if (code === null) continue;
      // What is known is what is stored: the jobs that ran were finished.
      const known = JSON.parse(stdout) as { indices: number[] };
      expect(known.indices.length).toBe(linesOf("stopped"));
      expect(known.indices.length).toBeLessThan(20);
      expect(stderr).toContain(`${20 - known.indices.length} of 20 jobs have not been run`);
    }
    const last = xent(["run", mixed, ...args, "--store", "stopped", "--workers", "2"]);
    expect(last.status).toBe(0);
    expect(last.stdout).toBe(once.stdout);
    expect(linesOf("stopped")).toBe(20);
  });

  test("a second signal does not wait for the jobs; --time stops as the first does", async () => {
    const child = start(["run", mixed, "--faults", "3:hangs", "--store", "hang", "--workers", "2"]);
    await untilStored("hang", 19);
    child.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 200));
    child.kill("SIGINT");
    const { status, stdout } = await child.ended;
    expect([status, stdout]).toEqual([130, "sum 2461 of 19\n"]);
    const timed = xent(["run", mixed, "--jobs", "9999", "--ms", "5", "--time", "1s"]);
    expect(timed.status).toBe(0);
    expect(timed.stderr).toMatch(/[1-9]\d* of 9999 jobs have not been run/);
  });

  test("poisoned jobs are tried, recorded and shown; the rest goes on", () => {
    const faults = "2:throws,5:exits,7:flaky,9:nan";
    const args = ["run", mixed, "--faults", faults, "--store", "bad", "--workers", "2"];
    const { status, stdout, stderr } = xent(args);
    const good = 2470 - 4 - 25 - 81;
    expect([status, stdout]).toEqual([1, `sum ${good} of 17\n`]);
    const shown = stderr.split("\n").filter((l) => l.startsWith("failed: "));
    expect(shown.map((l) => l.replace(/^.*"n":(\d+),.*\}: /, "$1 "))).toEqual([
      "2 Error: out of luck as always (3 tries)",
      "5 ThreadError: the thread exited with code 7 (3 tries)",
      "9 DomainError: $.square is NaN, which has no canonical JSON (1 tries)",
    ]);
    const { stdout: json } = xent(["status", "bad", "--json"]);
    expect(JSON.parse(json)).toMatchObject({ total: 20, done: 17, failed: 3, missing: 0 });
    // Given up is given up, unless asked for.
    expect(xent(args).stderr.match(/noise/g)).toBeNull();
    const retried = xent([...args, "--retry-failed", "--retries", "0"]);
    expect(retried.stderr).toContain("Error: out of luck as always (1 tries)");
  });

  test("a job that hangs is ended at its timeout", () => {
    const args = ["run", mixed, "--jobs", "1", "--faults", "0:hangs", "--store", "timeout"];
    const { status, stderr } = xent([...args, "--job-timeout", "300ms"]);
    expect(status).toBe(1);
    expect(stderr).toContain("ThreadError: no result after 300 ms (3 tries)");
  });

  test("a job that needs too much memory costs its thread and not the campaign", () => {
    const args = ["run", mixed, "--faults", "4:memory", "--store", "memory", "--retries", "0"];
    const { status, stdout, stderr } = xent(args, { NODE_OPTIONS: "--max-old-space-size=64" });
    expect([status, stdout]).toEqual([1, "sum 2454 of 19\n"]);
    expect(stderr).toMatch(/ThreadError: the thread failed: .*memory/);
  }, 60_000);

  test("results of another version of the code are not used, and not lost", () => {
    const args = ["run", mixed, "--store", "versions"];
    xent(args, { MIXED_VERSION: "1" });
    const second = xent(args, { MIXED_VERSION: "2" });
    expect(second.stderr).toContain("of another version than at the last run (1, now 2)");
    expect(linesOf("versions")).toBe(40);
    expect(xent(args, { MIXED_VERSION: "1" }).stderr).not.toContain("noise");
  });

  test("a store has one coordinator", async () => {
    const child = start(["run", mixed, "--faults", "0:hangs", "--store", "locked"]);
    await untilStored("locked", 1);
    const second = xent(["run", mixed, "--store", "locked"]);
    expect([second.status, second.stdout]).toEqual([3, ""]);
    expect(second.stderr).toMatch(/^error: the store is in use by process \d+ on .*\n$/);
    expect(xent(["status", "locked"]).stdout).toMatch(/mixed in locked: \d+ of 20 jobs/);
    child.kill("SIGKILL");
    await child.ended;
  });

  test("settings come from a file and from options, which win", () => {
    writeFileSync(join(root, "settings.json"), '{ "jobs": "5", "ms": "1" }');
    const args = ["run", mixed, "--settings", "settings.json", "--json", "--store", "set"];
    const { stdout } = xent([...args, "--ms", "2"]);
    expect(JSON.parse(stdout)).toMatchObject({ settings: { jobs: 5, ms: 2 } });
    writeFileSync(join(root, "wrong.json"), '{ "job": "5" }');
    const wrong = xent(["run", mixed, "--settings", "wrong.json"]);
    expect(wrong.stderr).toContain('campaign mixed has no setting "job": jobs, ms, faults');
    expect(wrong.status).toBe(2);
  });

  test.each([
    [["run"], "missing required argument"],
    [["run", "./no-such.mjs"], "there is no file"],
    [["run", "no-such-package"], '"no-such-package" is no campaign'],
    [["run", "./settings-only.mjs"], 'exports no "campaign"'],
    [["run", "--workers", "2", "invariants"], "the campaign's name comes first"],
    [["run", "invariants", "--runs", "many"], "runs = many is not an integer"],
    [["run", "invariants", "--id", "no-such-id"], "no invariant matches"],
    [["run", "invariants", "--workers", "0"], "is not an integer >= 1"],
    [["run", "invariants", "--frobnicate"], "--frobnicate"],
    [["status", "nowhere"], "no campaign was run in nowhere"],
    [["report", "nowhere"], "no campaign was run in nowhere"],
  ])("bad arguments %j end in one message and exit code 2", (args, message) => {
    writeFileSync(join(root, "settings-only.mjs"), "export const settings = {};");
    const { status, stderr } = xent(args);
    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(status).toBe(2);
    expect(existsSync(join(root, ".campaign/invariants"))).toBe(false);
  });

  test("--help names the campaign's own options", () => {
    const { status, stdout } = xent(["run", mixed, "--help"]);
    expect(status).toBe(0);
    for (const text of ["--faults <value>", "--store <folder>", "Exit code"]) {
      expect(stdout).toContain(text);
    }
  });
});

describe("the campaign `invariants`", () => {
  const args = ["--package", "training", "--runs", "600", "--seed", "5"];

  test("says what xent-invariants says of the same seed and runs, byte for byte but the times", () => {
    const direct = spawnSync(process.execPath, [runner, ...args, "--json"], { encoding: "utf8" });
    const untimed = direct.stdout.replaceAll(/"time": [\d.e+-]+/g, '"time": null');
    expect(untimed).not.toBe(direct.stdout);
    for (const [workers, shards] of [
      ["1", "1"],
      ["2", "2"],
      ["3", "10"],
    ] as const) {
      const store = `invariants-${workers}`;
      const where = ["--store", store, "--workers", workers, "--shards", shards];
      const { status, stdout } = xent(["run", "invariants", ...args, ...where, "--json"]);
      expect(status).toBe(0);
      expect(stdout).toBe(untimed);
    }
    const page = xent(["report", "invariants-1", "--html", "page.html"]);
    expect(page.stdout).toMatch(/\n\d+ of \d+ invariants hold over \d+ cases; seed 5\n$/);
    xent(["report", "invariants-3", "--html", "page3.html"]);
    const html = readFileSync(join(root, "page.html"), "utf8");
    expect(html).toContain("<svg");
    expect(readFileSync(join(root, "page3.html"), "utf8")).toBe(html);
  }, 240_000);

  test("plans 1e12 cases as it goes along, and stops when told", async () => {
    const id = "linalg/transpose-is-adjoint";
    const one = ["--id", id, "--runs", "1e12", "--shards", "1", "--store", "huge"];
    // A plan of 4e9 jobs would not fit into this.
    const memory = { NODE_OPTIONS: "--max-old-space-size=256" };
    const child = start(["run", "invariants", ...one], memory);
    await untilStored("huge", 3);
    child.kill("SIGTERM");
    const { status, stdout, stderr } = await child.ended;
    expect(status).toBe(143);
    expect(stdout, stderr).toMatch(/1 of 1 invariants hold over [1-9]\d+ cases/);
    expect(stderr).toMatch(/of 4000000000 jobs have not been run/);
  });
});
