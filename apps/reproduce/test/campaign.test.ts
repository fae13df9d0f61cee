import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProgress, jsonDocument } from "@xent/app-kit";
import { inlineEngine, MemoryStore, reportOf, runCampaign } from "@xent/campaign";
import { afterAll, expect, test } from "vitest";
import { campaign } from "../src/campaign.js";
import { experiments, notRun } from "../src/experiments/index.js";
import { page } from "../src/page.js";
import { resultsOf } from "../src/results.js";
import { runExperiments } from "../src/run-experiment.js";
import { StateFiles } from "../src/state-file.js";

const folder = mkdtempSync(join(tmpdir(), "xent-reproduce-campaign-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a campaign of cells, stopped and resumed, reports what xent-reproduce reports, byte for byte", async () => {
  // The cheapest: this is about the report, not the experiments.
  const chosen = experiments.filter((e) => e.name === "curvature");
  const settings = campaign.parseSettings({ budget: "smoke", experiment: "curvature" });
  const store = new MemoryStore();
  const engine = inlineEngine(campaign);
  const drain = new AbortController();
  drain.abort();
  const none = await runCampaign({ campaign, settings, store, engine, drain: drain.signal });
  expect([none.done, none.missing]).toEqual([0, campaign.size(settings)]);
  expect((await reportOf(campaign, settings, store)).report.json).toMatchObject({
    experiments: [],
  });
  const { done, missing } = await runCampaign({ campaign, settings, store, engine });
  expect([done, missing]).toEqual([campaign.size(settings), 0]);
  const { report } = await reportOf(campaign, settings, store);
  const direct = await runExperiments(chosen, {
    ...{ budget: "smoke", fresh: true, states: new StateFiles(folder) },
    progress: createProgress({ silent: true }),
  });
  expect(jsonDocument(report.json)).toBe(jsonDocument(resultsOf(direct, "smoke")));
  expect(report.html).toBe(page(direct, notRun, "smoke"));
});

test("plans every cell of every experiment once, and refuses what is none", () => {
  for (const budget of ["smoke", "quick", "full"]) {
    const settings = campaign.parseSettings({ budget });
    const plan = [...campaign.plan(settings)].map((key) => JSON.stringify(key));
    expect(plan).toHaveLength(campaign.size(settings));
    expect(new Set(plan).size).toBe(plan.length);
  }
  expect(() => campaign.parseSettings({ budget: "huge" })).toThrow("budget = huge");
  expect(() => campaign.parseSettings({ experiment: "x" })).toThrow('"x" is no experiment');
  expect(() => campaign.parsePayload({ name: "x" })).toThrow("no cell x");
});
