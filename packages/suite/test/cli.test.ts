import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { formatTable, type Summary } from "../src/index.ts";

// The built program, as a user runs it (turbo builds before it tests).
const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const own = fileURLToPath(new URL("own-suite.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "xent-suite-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [cli, ...args], { encoding: "utf8", maxBuffer: 2 ** 28 });
}

interface Output {
  readonly seed: number;
  readonly invariants: readonly (Summary & { time?: number })[];
}

function parse(stdout: string): Output {
  const output = JSON.parse(stdout) as Output;
  for (const s of output.invariants) delete (s as { time?: number }).time;
  return output;
}

/** Interrupts a run as Ctrl-C does, as soon as its state file has a finished shard after the header. */
async function interruptOnceKnown(child: ChildProcess, state: string): Promise<unknown> {
  const poll = setInterval(() => {
    if (existsSync(state) && readFileSync(state, "utf8").split("\n").length > 2) {
      clearInterval(poll);
      child.kill("SIGINT");
    }
  }, 50);
  const code: unknown = await new Promise((done) =>
    child.on("exit", (status, signal) => done(status ?? signal)),
  );
  clearInterval(poll);
  return code;
}

describe("xent-invariants", () => {
  test("measures a suite of one's own: names the failure, shrinks it, exits with 1", () => {
    const { status, stdout } = run("--suite", own, "--runs", "600", "--seed", "3");
    expect(status).toBe(1);
    expect(stdout).toContain("own/sums-to-one does not hold");
    // 710 is the first integer whose exponential overflows; the shrinker may keep a zero beside it.
    expect(stdout).toMatch(/case: \[(0,)*710(,0)*\]/);
    expect(stdout).toContain("1 of 2 invariants hold");
  });

  test("the numbers do not depend on the number of workers", () => {
    const args = ["--suite", own, "--runs", "1100", "--seed", "11", "--json"];
    const one = parse(run(...args, "--workers", "1").stdout);
    const three = parse(run(...args, "--workers", "3").stdout);
    expect(three).toEqual(one);
    const small = one.invariants.find((s) => s.id === "own/sums-to-one-small")!;
    expect(small.cases).toBe(1100);
    expect(small.histogram.reduce((a, b) => a + b)).toBe(1100);
    expect(small.status).toBe("holds");
  });

  test("replays the counterexample that a report names", () => {
    const report = parse(
      run("--suite", own, "--id", "own/sums-to-one", "--seed", "5", "--json").stdout,
    );
    const failing = report.invariants[0]!;
    const { status, stdout } = run("--suite", own, "--replay", failing.id, failing.replay!);
    expect(status).toBe(1);
    expect(stdout).toContain(`case: ${failing.counterexample!.case}`);
    expect(stdout).toContain("cases 1 ");
  });

  test("replays the worst case of an invariant that holds, and prints it as a test", () => {
    const args = ["--suite", own, "--id", "own/sums-to-one-small"];
    const holding = parse(run(...args, "--seed", "5", "--runs", "600", "--json").stdout)
      .invariants[0]!;
    const { status, stdout } = run("--suite", own, "--replay", holding.id, holding.replay!);
    expect(status).toBe(0);
    expect(stdout).toContain("cases 1 ");
    expect(stdout).toContain(
      `error ${holding.worst!.error}, tolerance ${holding.worst!.tolerance}`,
    );
    expect(stdout).toContain(`case: ${holding.worst!.case}`);
    expect(stdout).toContain(`examples: [${holding.worst!.case}]`);
  });

  test("no line of the table is longer than 120 columns, or than a narrower terminal", () => {
    const args = ["--suite", own, "--id", "small", "--runs", "10"];
    const lines = run(...args).stdout.split("\n");
    expect(Math.max(...lines.map((l) => l.length))).toBeLessThanOrEqual(120);
    expect(lines.join("\n")).toContain("sum_i softmax(z)_i = 1 for small logits [definition]");
    const summary = parse(run(...args, "--json").stdout).invariants[0]!;
    const wide = { ...summary, time: 0, id: "x".repeat(200), statement: "y".repeat(200) };
    for (const width of [80, 100, 500]) {
      const longest = Math.max(
        ...formatTable([wide], width)
          .split("\n")
          .slice(0, 4)
          .map((l) => l.length),
      );
      expect(longest).toBe(Math.min(width, 120));
    }
  });

  test("resumes from its file, a cut last line included, to the same result", () => {
    const file = join(folder, "state.jsonl");
    const args = ["--suite", own, "--id", "small", "--runs", "1000", "--seed", "9", "--json"];
    const whole = parse(run(...args).stdout);
    run("--suite", own, "--id", "small", "--runs", "500", "--seed", "9", "--state", file);
    expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(3);
    appendFileSync(file, '{"id":"own/sums-to-one-small","index":2,"sta');
    expect(parse(run(...args, "--state", file).stdout)).toEqual(whole);
    expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(5);
    const other = run("--suite", own, "--seed", "10", "--state", file);
    expect(other.status).toBe(2);
    expect(other.stderr).toContain("seed 9, not 10");
  });

  test("a run without end is stopped by SIGINT and prints what is known", async () => {
    const state = join(folder, "interrupted.jsonl");
    const child = spawn(process.execPath, [
      ...[cli, "--suite", own, "--id", "small", "--time", "1h"],
      ...["--state", state],
    ]);
    let stdout = "";
    child.stdout.on("data", (chunk) => {
      stdout += String(chunk);
    });
    const code = await interruptOnceKnown(child, state);
    expect(code).toBe(130);
    expect(stdout).toMatch(/1 of 1 invariants hold over \d+ cases/);
  });

  test("all packages: interrupted on two workers and resumed, the numbers of one worker", async () => {
    const args = ["--runs", "3", "--seed", "17", "--json"];
    const state = join(folder, "all.jsonl");
    const child = spawn(process.execPath, [cli, ...args, "--workers", "2", "--state", state]);
    expect(await interruptOnceKnown(child, state)).toBe(130);
    const known = readFileSync(state, "utf8").trim().split("\n").length - 1;
    const resumed = parse(run(...args, "--workers", "2", "--state", state).stdout);
    expect(known).toBeLessThan(resumed.invariants.length);
    expect(resumed.invariants.every((s) => s.status === "holds")).toBe(true);
    expect(resumed).toEqual(parse(run(...args, "--workers", "1").stdout));
  }, 300_000);

  test("writes one self-contained page", () => {
    const file = join(folder, "report.html");
    run("--suite", own, "--runs", "50", "--html", file);
    const html = readFileSync(file, "utf8");
    expect(html).toContain("own/sums-to-one-small");
    expect(html).toContain("<svg");
    expect(html).not.toMatch(/(src|href)=/);
    expect(existsSync(`${file}.tmp`)).toBe(false);
  });

  test.each([
    [["--runs", "many"], '"many" is not an integer'],
    [["--runs", "0"], '"0" is not an integer >= 1'],
    [["--time", "10"], "is not a duration"],
    [["--id", "no-such-id"], "no invariant matches"],
    [["--frobnicate"], "--frobnicate"],
    [["--suite", "@nobody/nothing"], "neither a file nor an installed module"],
    [["--suite", "./nothing.mjs"], "neither a file nor an installed module"],
    [["--replay", "own/sums-to-one"], "--replay takes an id and seed:path"],
    [["--replay", "own/nothing", "1:0"], 'no invariant has the id "own/nothing"'],
    [["--html", "/nonexistent/folder/report.html"], "/nonexistent/folder/report.html"],
  ])("bad arguments %j end in one message and exit code 2", (args, message) => {
    const { status, stderr } = run("--suite", own, ...args);
    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(status).toBe(2);
  });
});
