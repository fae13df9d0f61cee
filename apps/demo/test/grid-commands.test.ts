import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { groupBy, leastMedianGreatest } from "@xent/app-kit";
import { linearHead } from "@xent/models";
import { gradientDirection, trainingPoint } from "@xent/training";
import { afterAll, describe, expect, test } from "vitest";
import { type Cell, runCell } from "../src/compose/grid.js";
import { composeReport } from "../src/compose/report.js";
import { summarize } from "../src/compose/summary.js";
import { closeness } from "../src/mechanism/closeness.js";
import { closenessGrid } from "../src/mechanism/command.js";
import { closenessColumns, closenessRows } from "../src/mechanism/report.js";
import { shareDuringTraining } from "../src/mechanism/share.js";
import { GOALS, type Method, type RaceJob, runRace } from "../src/optimisers/race.js";
import { raceVerdict } from "../src/optimisers/report.js";
import {
  SWEEP_CELLS,
  summarizeSweep,
  sweepColumns,
  sweepJobs,
  sweepRows,
  sweepVerdict,
} from "../src/optimisers/sweep.js";
import { runSpike, type SpikeJob, withClippedGradient } from "../src/spike/run.js";
import { summarizeSpikes } from "../src/spike/summary.js";
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
    method: { kind: "fgn", damping: 1e-3, target: 2, tolerance: 1e-4, momentum: 0 },
    seed: 1,
    batchSize: 256,
    steps: 30,
  };

  test.each([
    [256, 1],
    [Number.MAX_SAFE_INTEGER, 0],
  ])(
    "batches of %d: a milestone is the first step that reaches the loss, with what came before",
    (batchSize, offset) => {
      const result = runRace({ ...job, batchSize });
      // Minibatches: the loss of the training set after each step; else that of the batch before each step.
      const steps = result.losses.findIndex((loss) => loss <= GOALS[0]) + offset;
      expect(steps).toBeGreaterThan(1);
      expect(result.milestones[0]).toMatchObject({ loss: GOALS[0], steps });
      // A forward pass, a gradient and the radius' J v at least, each step; evaluating the loss is not counted.
      const { calls } = result.milestones[0]!;
      expect(calls.forward).toBe(steps);
      expect(calls.vjp).toBeGreaterThanOrEqual(steps);
      expect(calls.jvp).toBeGreaterThanOrEqual(steps);
    },
  );

  test("a repeated run differs in nothing but its times", () => {
    const once = runRace({ ...job, batchSize: Number.MAX_SAFE_INTEGER });
    const twice = runRace({ ...job, batchSize: Number.MAX_SAFE_INTEGER, repeats: 2 });
    expect(twice.losses).toEqual(once.losses);
    expect(twice.milestones.map((m) => m?.calls)).toEqual(once.milestones.map((m) => m?.calls));
  });

  test("the sweep pairs the fastest of each side in every cell, and claims only what finished", () => {
    const adam: Method = { kind: "adam", rate: 1 };
    const slow: Method = { kind: "adam", rate: 1e-6 };
    const fgn: Method = { kind: "fgn", damping: 1e-4, target: 3, tolerance: 0.1, momentum: 0 };
    const jobs = sweepJobs([adam, slow, fgn, { kind: "sgd", rate: 1 }], { seed: 1, steps: 40 });
    expect(jobs).toHaveLength(3 * SWEEP_CELLS.length);
    // The smallest cell is run, the others left empty.
    const own = jobs.filter(
      ({ data, batchSize }) =>
        JSON.stringify(data) === '{"classes":3}' && batchSize === Number.MAX_SAFE_INTEGER,
    );
    const rows = summarizeSweep(own.map(runRace));
    const full = rows.filter((r) => r.adam !== undefined || r.fgn !== undefined);
    expect(
      full.map(({ cell, adam: a, fgn: f }) => [cell.classes, a?.job.method, f?.job.method]),
    ).toEqual([[3, adam, fgn]]);
    expect(sweepVerdict(rows)).toContain("of 1 cells");
    expect(sweepRows(rows)[0]).toContain("not reached");
    for (const row of sweepRows(rows)) expect(row).toHaveLength(sweepColumns().length);
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

  test("the grid holds each case once, whatever the order of the options, so that the table is full", () => {
    const cases = closenessGrid({ classes: [4, 3, 3], damping: [10, 1, 10], seed: 1 });
    const solved = cases.map((one) => ({ ...one, cosine: 1, normRatio: one.damping }));
    const columns = closenessColumns(solved);
    const rows = closenessRows(solved);
    // Three classes: 1/2 is both diffuse and a value of its own, 5 concentrations; four classes: 6.
    expect(rows).toHaveLength(2 * (5 + 6));
    expect(new Set(rows.map((row) => row.slice(0, 3).join(" "))).size).toBe(rows.length);
    for (const row of rows) expect(row).toHaveLength(columns.length);
    expect(columns.slice(3).map((column) => column.title)).toEqual(["lambda 1e+0", "lambda 1e+1"]);
    for (const row of rows) expect(row.slice(3)).toEqual(["1.000 (1.00)", "1.000 (10.00)"]);
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
