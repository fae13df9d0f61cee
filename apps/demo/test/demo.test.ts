import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DemoOutcome, demoReport } from "../src/demo/report.js";
import { runSpectral, startStrengths } from "../src/demo/spectral.js";
import { trainingRow } from "../src/demo/tables.js";
import { RUN_PLANS } from "../src/demo/training-plan.js";
import { type RunOutcome, runTraining, survives } from "../src/demo/training-run.js";
import { type CliRun, captureCli } from "./run-cli.js";

const folder = mkdtempSync(join(tmpdir(), "xent-demo-"));
afterAll(() => rmSync(folder, { recursive: true }));

// 53 steps: the spike and what comes right after it.
const small = ["--steps", "53", "--until", "1000", "--workers", "1", "--seed", "3"];

describe("the demo with small settings", () => {
  const path = join(folder, "report.html");
  let run: CliRun;
  let outcome: DemoOutcome;
  let html: string;
  beforeAll(async () => {
    run = await captureCli([...small, "--json", "--out", path]);
    outcome = JSON.parse(run.stdout) as DemoOutcome;
    html = readFileSync(path, "utf8");
  });

  test("prints one JSON document and writes one file", () => {
    expect(run.code).toBe(0);
    expect(run.stderr).toBe("");
    expect(outcome.training).toHaveLength(12);
    expect(readdirSync(folder)).toEqual(["report.html"]);
  });

  test("V falls throughout", () => {
    const { points, rises, status } = outcome.spectral;
    expect([rises, status]).toEqual([0, "completed"]);
    for (let i = 1; i < points.length; i++) {
      expect(points[i]!.lyapunov).toBeLessThan(points[i - 1]!.lyapunov);
    }
    // Times are kept as ln t, whose rounding exp multiplies by ln t < 7.
    expect(Math.abs(points.at(-1)!.time / 1000 - 1)).toBeLessThanOrEqual(10 * 2 ** -53);
  });

  test("capped runs never take a step beyond their radius, and the spike asks for one", () => {
    for (const one of outcome.training) {
      expect(one.takenRatios).toHaveLength(53);
      expect(one.proposedRatios[50]).toBeGreaterThan(1);
      // The cap holds to the last bit, as its package promises.
      if (one.plan.capped) expect(Math.max(...one.takenRatios)).toBeLessThanOrEqual(1);
      else expect(one.takenRatios).toEqual(one.proposedRatios);
    }
  });

  test("with and without the cap, runs agree up to the first step that it shortens", () => {
    for (let i = 0; i < RUN_PLANS.length; i += 2) {
      const [free, capped] = [outcome.training[i]!, outcome.training[i + 1]!];
      const first = capped.proposedRatios.findIndex((r) => r > 1);
      expect(first).toBeGreaterThanOrEqual(0);
      expect(capped.losses.slice(0, first + 1)).toEqual(free.losses.slice(0, first + 1));
    }
  });

  test("the report holds every plot, loads nothing, and contains the table's numbers", () => {
    const { document } = parseHTML(html) as unknown as {
      document: { querySelectorAll(selector: string): { length: number }; toString(): string };
    };
    // Four figures, each drawn for a desk and for a phone.
    expect(document.querySelectorAll("figure")).toHaveLength(4);
    expect(document.querySelectorAll("figure svg.xent-plot")).toHaveLength(8);
    expect(document.querySelectorAll("figcaption")).toHaveLength(4);
    const paths = (html.match(/<path /g) ?? []).length;
    // 5 singular values, V, and twelve lines in each of two grids, twice.
    expect(paths).toBeGreaterThanOrEqual(2 * (5 + 1 + 24));
    expect(html).not.toMatch(/<(script|link|img|iframe)|url\(|@import|src=|NaN/);
    expect(html.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:/);
    for (const one of outcome.training) {
      for (const cell of trainingRow(one)) expect(html).toContain(cell.replace("<", "&lt;"));
    }
    expect(html).toContain("prefers-color-scheme: dark");
    expect(html).toContain("10.24432/C50P49");
  });

  test("the same seed gives the same document and report, to the byte", async () => {
    const again = join(folder, "again.html");
    const second = await captureCli([...small, "--json", "--out", again]);
    expect(second.stdout).toBe(run.stdout);
    expect(readFileSync(again, "utf8")).toBe(html);
  });
});

test("another seed gives another start", () => {
  expect(startStrengths(1)).not.toEqual(startStrengths(2));
  // Even on the cyclic group, and trivial at 0.
  const s = startStrengths(1);
  expect(s[0]).toBe(0);
  for (let c = 1; c < 10; c++) expect(s[c]).toBe(s[10 - c]);
});

test("the flow reaches a time of 1e8 without V rising", () => {
  const { points, rises, status } = runSpectral(1, 1e8);
  expect([rises, status]).toEqual([0, "completed"]);
  expect(points.at(-1)!.lyapunov).toBeGreaterThan(0);
});

describe("survival", () => {
  const quality = (
    trainLoss: number | null,
    testAccuracy: number | null,
  ): { trainLoss: number | null; testAccuracy: number | null } => ({ trainLoss, testAccuracy });
  test.each([
    ["no worse", quality(1, 0.9), quality(1, 0.85), true],
    ["six points lost", quality(1, 0.9), quality(0.5, 0.84), false],
    ["loss grew", quality(1, 0.9), quality(1.01, 0.95), false],
    ["logits overflow", quality(1, 0.9), quality(null, null), false],
    ["spike never reached", null, quality(1, 0.9), false],
  ])("%s", (_name, before, final, expected) => {
    expect(survives(before, final)).toBe(expected);
  });
});

test("a diverged run is called so, without NaN", () => {
  const base = runTraining({ plan: RUN_PLANS[0]!, seed: 1, steps: 3 });
  const diverged: RunOutcome = {
    ...base,
    status: "diverged",
    reason: "step 3: the parameters overflow",
    final: { trainLoss: null, testAccuracy: null },
    survived: false,
  };
  const row = trainingRow(diverged);
  expect(row).toContain("no, diverged");
  expect(row.filter((cell) => cell === "overflow")).toHaveLength(2);
  expect(row).toContain("not reached");
  const training = RUN_PLANS.map((plan) => ({ ...diverged, plan }));
  const html = demoReport({ seed: 1, steps: 3, spectral: runSpectral(1, 10), training });
  expect(html).not.toContain("NaN");
});
