import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProgress } from "@xent/app-kit";
import { afterAll, describe, expect, test, vi } from "vitest";
import { runCli } from "../src/cli.js";
import { BUDGETS } from "../src/contract.js";
import { experiments } from "../src/experiments/index.js";
import { runExperiment } from "../src/run-experiment.js";
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
    const { findings, drawings } = await runExperiment(experiment, { ...options, progress });
    const ids = experiment.claims.map((c) => c.id);
    expect([...new Set(findings.map((f) => f.claim))].sort()).toEqual([...ids].sort());
    for (const { values, quantity } of findings) {
      expect(values.every(Number.isFinite), `${quantity}: ${values.join(" ")}`).toBe(true);
      expect(values).toHaveLength(values.length === 1 ? 1 : experiment.seeds.smoke.length);
    }
    for (const { svg } of drawings) expect(svg).toContain("<svg");
    // Taken from its file the second time: the same findings, and no work.
    const again = await runExperiment(
      { ...experiment, run: () => Promise.reject(new Error("run again")) },
      { ...options, progress },
    );
    expect(again.findings).toEqual(findings);
  });
});

test("equal seeds give equal runs", async () => {
  const [one] = experiments;
  const progress = createProgress({ silent: true });
  const runs = [1, 2].map(() => one!.run(one!.settings.smoke, 7, progress));
  expect(await runs[0]).toEqual(await runs[1]);
});

test("a damaged state or other settings are run again", () => {
  const states = new StateFiles(join(folder, "damaged"));
  states.write("x", "smoke", 1, { a: 1 }, { value: 2 });
  expect(states.read("x", "smoke", 1, { a: 1 })).toEqual({ value: 2 });
  expect(states.read("x", "smoke", 1, { a: 2 })).toBeUndefined();
  writeFileSync(join(folder, "damaged/smoke/x/seed-1.json"), '{"settings":');
  expect(states.read("x", "smoke", 1, { a: 1 })).toBeUndefined();
});

test("the command writes results and a page, and prints JSON alone when asked", async () => {
  const args = ["curvature", "--budget", "smoke", "--folder", folder];
  const { code, out, err } = await cli(...args, "--json");
  expect([code, err]).toEqual([0, ""]);
  const document = JSON.parse(out) as { experiments: { name: string; findings: unknown[] }[] };
  expect(document.experiments.map((e) => e.name)).toEqual(["curvature"]);
  expect(JSON.parse(readFileSync(join(folder, "results.json"), "utf8"))).toEqual(document);
  const html = readFileSync(join(folder, "report.html"), "utf8");
  for (const text of ["over 4000x at margin 10", "4203", "Not run here", "ResNet-18"]) {
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
  expect((await cli()).code).toBe(2);
  const help = await cli("--help");
  expect(help.code).toBe(0);
  for (const { name } of experiments) expect(help.out).toContain(name);
});
