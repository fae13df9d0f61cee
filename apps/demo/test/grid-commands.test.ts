import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { linearHead } from "@xent/models";
import { gradientDirection, trainingPoint } from "@xent/training";
import { afterAll, describe, expect, test } from "vitest";
import { type Cell, runCell } from "../src/compose/grid.js";
import { composeReport } from "../src/compose/report.js";
import { summarize } from "../src/compose/summary.js";
import { closeness } from "../src/mechanism/closeness.js";
import { shareDuringTraining } from "../src/mechanism/share.js";
import { GOALS, type RaceJob, runRace } from "../src/optimisers/race.js";
import { raceVerdict } from "../src/optimisers/report.js";
import { runSpike, type SpikeJob, withClippedGradient } from "../src/spike/run.js";
import { summarizeSpikes } from "../src/spike/summary.js";
import { groupBy, leastMedianGreatest } from "../src/statistics.js";
import { captureCli } from "./run-cli.js";

const folder = mkdtempSync(join(tmpdir(), "xent-grid-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("statistics", () => {
  test("odd, even, one value, and no overflow of the middle two", () => {
    expect(leastMedianGreatest([3, 1, 2])).toEqual([1, 2, 3]);
    expect(leastMedianGreatest([4, 1, 3, 2])).toEqual([1, 2.5, 4]);
    expect(leastMedianGreatest([7])).toEqual([7, 7, 7]);
    expect(leastMedianGreatest([1.7e308, 1.7e308])[1]).toBe(1.7e308);
  });

  test("groups keep the order of their first members", () => {
    expect(groupBy(["b1", "a1", "b2"], (text) => text[0]!)).toEqual([["b1", "b2"], ["a1"]]);
  });
});

describe("compose", () => {
  const cell: Cell = {
    curvature: "fgn",
    damping: 1e-4,
    limit: { kind: "none" },
    seed: 1,
    batchSize: 256,
    epochs: 8,
  };
  const capped: Cell = { ...cell, limit: { kind: "radius-cap", mode: "spread", target: 1 } };

  test("without a limit FGN at small damping diverges, under the cap it reaches 0.05", () => {
    const [free, held] = [runCell(cell), runCell(capped)];
    expect(free.status).toBe("diverged");
    expect(held.status).not.toBe("diverged");
    expect(held.steps[0]).toBeGreaterThan(0);
    const groups = summarize([free, held]);
    expect(groups.map((group) => group.diverged)).toEqual([1, 0]);
    expect(groups[1]!.goals[0]!.steps).toEqual([held.steps[0], held.steps[0], held.steps[0]]);
    const page = composeReport(groups, 1);
    expect(page).toContain("Without a limit 1 of 1 runs diverged; under a radius cap 0 of 1.");
    expect(page).toContain("<svg");
    expect(page).not.toMatch(/\b(NaN|undefined)\b/);
  });

  test("the same cell gives the same numbers, times apart", () => {
    const numbers = (): unknown => ({ ...runCell(capped), seconds: null });
    expect(numbers()).toEqual(numbers());
  });
});

describe("spike", () => {
  const job: SpikeJob = {
    protection: { kind: "radius-cap", mode: "spread", target: 1 },
    baseRate: 1e-3,
    spike: 1000,
    spikeStep: 10,
    duration: 10,
    steps: 20,
    batchSize: 128,
    seed: 1,
  };

  test("no capped step is longer than the radius, and uncapped ones are", () => {
    const held = runSpike(job);
    const free = runSpike({ ...job, protection: { kind: "none" } });
    expect(Math.max(...held.ratios)).toBeLessThanOrEqual(1);
    expect(Math.max(...free.ratios)).toBeGreaterThan(100);
    // Before the spike neither is limited: the two runs are one.
    expect(free.testAccuracies.slice(0, 10)).toEqual(held.testAccuracies.slice(0, 10));
  });

  test("a diverged run counts as accuracy 0 from where it ended", () => {
    const run = runSpike(job);
    const cut = {
      ...run,
      status: "diverged" as const,
      testAccuracies: run.testAccuracies.slice(0, 12),
    };
    const [summary] = summarizeSpikes([cut]);
    expect(summary).toMatchObject({
      diverged: 1,
      lowest: 0,
      final: [0, 0, 0],
      finalLoss: Infinity,
    });
  });

  test("gradient clipping scales long gradients to the length, and leaves short ones", () => {
    const model = linearHead({ featureCount: 2, classCount: 2, bias: false });
    const batch = { rows: 1, cols: 2, data: Float64Array.of(30, 40) };
    const point = trainingPoint(model, new Float64Array(4), batch, [0]);
    const length = (values: Float64Array): number => Math.hypot(...values);
    const clipped = withClippedGradient(gradientDirection(), 1).propose(point);
    // Four entries, each scaled by a quotient and a product.
    expect(Math.abs(length(clipped) - 1)).toBeLessThan(8 * 2 ** -53);
    expect(withClippedGradient(gradientDirection(), 1e3).propose(point)).toEqual(
      gradientDirection().propose(point),
    );
  });
});

describe("optimisers", () => {
  const job: RaceJob = {
    method: { kind: "fgn", damping: 1e-3, target: 2 },
    seed: 1,
    batchSize: 256,
    steps: 30,
  };

  test("a milestone is the first step at whose start the loss is reached, with what came before", () => {
    const result = runRace(job);
    const first = result.losses.findIndex((loss) => loss <= GOALS[0]);
    expect(first).toBeGreaterThan(0);
    expect(result.milestones[0]).toMatchObject({ loss: GOALS[0], steps: first });
    // A forward pass, a gradient and the radius' J v at least, each step.
    const { calls } = result.milestones[0]!;
    expect(calls.forward).toBe(first);
    expect(calls.vjp).toBeGreaterThanOrEqual(first);
    expect(calls.jvp).toBeGreaterThanOrEqual(first);
  });

  test("the verdict claims nothing where one side did not arrive", () => {
    expect(raceVerdict([runRace({ ...job, steps: 2 })])).toContain("not both reached loss 0.02");
  });
});

describe("fgn", () => {
  const point = { classCount: 10, probability: 0.9, damping: 1e-2, seed: 1 };

  test("the steps come together as the competitors concentrate; with C = 2 they are one", () => {
    const cosines = [1 / 9, 0.99, 0.9999].map(
      (concentration) => closeness({ ...point, concentration }).cosine,
    );
    expect(cosines[0]).toBeLessThan(cosines[1]!);
    expect(cosines[1]).toBeLessThan(cosines[2]!);
    const two = closeness({ ...point, classCount: 2, concentration: 1 });
    // Both solve their systems to a relative residual of 1e-10; the error is at most that times kappa < 1e4.
    expect(Math.abs(two.normRatio - 1)).toBeLessThan(1e-6);
    expect(1 - two.cosine).toBeLessThan(1e-6);
  });

  test("at the start every competitor has the same share, and the dropped share falls from there", () => {
    const [start, later] = shareDuringTraining(1, 20, 20);
    expect(start!.meanTopCompetitor).toBeCloseTo(1 / 9, 12);
    expect(later!.droppedShare).toBeLessThan(start!.droppedShare);
  });
});

describe("bad input", () => {
  test.each([
    [["compose", "--ratio", "0"], "0"],
    [["compose", "--damping", "-1"], "-1"],
    [["spike", "--at", "200", "--steps", "200"], "--at 200"],
    [["optimisers", "--adam", "fast"], "fast"],
    [["fgn", "--classes", "2"], "2"],
    [["compose", "--out", join(folder, "missing", "x.html")], "missing"],
  ])("%j ends in one line that names the value, and exit code 2", async (args, named) => {
    const { code, stdout, stderr } = await captureCli(args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toContain(named);
    expect(readdirSync(folder)).toEqual([]);
  });
});
