import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createProgress } from "@xent/app-kit";
import { afterAll, describe, expect, test, vi } from "vitest";
import { type Cell, cellOf, cellsOf, keyOf } from "../src/cells.js";
import { runCli } from "../src/cli.js";
import { type AnyExperiment, BUDGETS } from "../src/contract.js";
import { experiments } from "../src/experiments/index.js";
import type { Outcome } from "../src/outcome.js";
import { runExperiments } from "../src/run-experiment.js";
import { StateFiles } from "../src/state-file.js";

const folder = mkdtempSync(join(tmpdir(), "xent-reproduce-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function cli(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: "", err: "" };
  const out = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    written.out += String(text);
    return true;
  });
  const err = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written.err += String(text);
    return true;
  });
  try {
    return { code: await runCli(args), ...written };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}

describe.each(experiments.map((e) => [e.name, e] as const))("%s", (_, experiment) => {
  test("states claims that findings refer to, and settings and seeds for every budget", async () => {
    expect(experiment.claims.length).toBeGreaterThan(0);
    for (const budget of BUDGETS) expect(experiment.seeds[budget].length).toBeGreaterThan(0);
    const states = new StateFiles(join(folder, "states"));
    const options = { budget: "smoke", fresh: false, states } as const;
    const progress = createProgress({ silent: true });
    const one = async (e: AnyExperiment): Promise<Outcome> =>
      (await runExperiments([e], { ...options, progress }))[0]!;
    const { findings, drawings } = await one(experiment);
    const ids = experiment.claims.map((c) => c.id);
    expect([...new Set(findings.map((f) => f.claim))].sort()).toEqual([...ids].sort());
    for (const { values, quantity } of findings) {
      expect(values.every(Number.isFinite), `${quantity}: ${values.join(" ")}`).toBe(true);
      expect(values).toHaveLength(values.length === 1 ? 1 : experiment.seeds.smoke.length);
    }
    for (const { svg } of drawings) expect(svg).toContain("<svg");
    // Taken from its file the second time: the same findings, and no work.
    const again = await one({
      ...experiment,
      run: () => Promise.reject(new Error("run again")),
    });
    expect(again.findings).toEqual(findings);
  });

  test("the keys of its cells name them, and the parts of the settings make up the whole", () => {
    for (const budget of BUDGETS) {
      const cells = cellsOf(experiment, budget);
      for (const cell of cells) expect(cellOf(keyOf(cell))).toEqual(cell);
      expect(new Set(cells.map((c) => JSON.stringify([c.seed, c.settings]))).size).toBe(
        cells.length,
      );
    }
  });
});

test("equal seeds give equal runs", async () => {
  const [one] = experiments;
  const progress = createProgress({ silent: true });
  const runs = [1, 2].map(() => one!.run(one!.settings.smoke, 7, progress));
  expect(await runs[0]).toEqual(await runs[1]);
});

test("a whole run is that of its parts put together", async () => {
  const progress = createProgress({ silent: true });
  for (const experiment of experiments) {
    const { name, settings, parts } = experiment;
    if (parts === undefined) continue;
    const split = parts.split(settings.smoke);
    expect(split.length, name).toBeGreaterThan(1);
    const runs = [];
    for (const part of split) runs.push(await experiment.run(part, 3, progress));
    expect(parts.join(runs), name).toEqual(await experiment.run(settings.smoke, 3, progress));
  }
});

test("a damaged state or other settings are run again", () => {
  const states = new StateFiles(join(folder, "damaged"));
  const cell = cellsOf(experiments[0]!, "smoke")[0]!;
  states.write(cell, { value: 2 });
  expect(states.read(cell)).toEqual({ value: 2 });
  const other: Cell = { ...cell, settings: { a: 2 } };
  expect(states.read(other)).toBeUndefined();
  const revised: Cell = { ...cell, experiment: { ...cell.experiment, revision: 99 } };
  expect(states.read(revised)).toBeUndefined();
  const file = `damaged/smoke/${cell.experiment.name}/seed-${cell.seed}.json`;
  writeFileSync(join(folder, file), '{"settings":');
  expect(states.read(cell)).toBeUndefined();
});

test("threads change no number", () => {
  // The built program: threads have no sources to run (turbo builds before it tests).
  const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
  const results = [1, 2].map((workers) => {
    const to = join(folder, `workers-${workers}`);
    const args = ["rate-spike", "--budget", "smoke", "--workers", `${workers}`, "--folder", to];
    const { status, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: "utf8" });
    expect(status, stderr).toBe(0);
    if (workers > 1) expect(stderr).toMatch(/cells on \d threads/);
    return readFileSync(join(to, "results.json"), "utf8");
  });
  expect(results[1]).toBe(results[0]);
});

test("the command writes results and a page, and prints JSON alone when asked", async () => {
  const args = ["curvature", "--budget", "smoke", "--folder", folder];
  const { code, out, err } = await cli(...args, "--json");
  expect([code, err]).toEqual([0, ""]);
  const document = JSON.parse(out) as { experiments: { name: string; findings: unknown[] }[] };
  expect(document.experiments.map((e) => e.name)).toEqual(["curvature"]);
  expect(JSON.parse(readFileSync(join(folder, "results.json"), "utf8"))).toEqual(document);
  const html = readFileSync(join(folder, "report.html"), "utf8");
  for (const text of [
    "Budget smoke, ",
    "over 4000x at margin 10",
    "4203",
    "Not run here",
    "ResNet-18",
  ]) {
    expect(html).toContain(text);
  }
  expect(html).not.toContain("src=");
  const text = await cli(...args);
  expect(text.code).toBe(0);
  expect(text.err).toContain("stored");
  expect(readFileSync(join(folder, "report.html"), "utf8")).toBe(html);
});

test("bad input is one line and exit code 2; help lists what is there", async () => {
  const unknown = await cli("no-such", "--folder", folder);
  expect([unknown.code, unknown.out]).toEqual([2, ""]);
  expect(unknown.err).toMatch(/^error: "no-such" is no experiment: all, spectral/);
  expect((await cli("all", "--budget", "huge")).code).toBe(2);
  const none = await cli("all", "--workers", "0");
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('"0" is not an integer >= 1')]);
  expect((await cli()).code).toBe(2);
  const help = await cli("--help");
  expect(help.code).toBe(0);
  for (const { name } of experiments) expect(help.out).toContain(name);
});
