import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProgress } from "@xent/app-kit";
import { SeededRandom } from "@xent/linalg";
import { neuralCollapse, spectralLayers } from "@xent/ufm-dynamics";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { runCli } from "../src/cli.js";
import { angleDeviation } from "../src/spectral/observation.js";
import { spectralReport } from "../src/spectral/report.js";
import { trendSentence } from "../src/spectral/sentences.js";
import { allStarts, randomStart, randomStrengths } from "../src/spectral/starts.js";
import { runStudy, type StudySettings } from "../src/spectral/study.js";
import { outputTimes } from "../src/spectral/times.js";
import { runTrajectory } from "../src/spectral/trajectory.js";
import { largestClimb, TrendCounter } from "../src/spectral/trend.js";

const silent = createProgress({ silent: true });
const settings: StudySettings = {
  group: [2, 2],
  layers: 2,
  loss: "cross-entropy",
  tMax: 100,
  seed: 3,
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "xent-spectral-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the command line; what it wrote, and its exit code. */
async function run(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const written = { out: "", error: "" };
  const capture = (key: "out" | "error") => (text: string | Uint8Array) => {
    written[key] += String(text);
    return true;
  };
  const stdout = vi.spyOn(process.stdout, "write").mockImplementation(capture("out"));
  const stderr = vi.spyOn(process.stderr, "write").mockImplementation(capture("error"));
  try {
    const code = await runCli(["spectral", ...args]);
    return { code, ...written };
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
}

describe("the command", () => {
  test("prints the table and writes a report without outside references", async () => {
    const path = join(folder, "report.html");
    const { code, out } = await run("-k", "6", "--t-max", "100", "--out", path);
    expect(code).toBe(0);
    expect(out).toMatch(/^6 classes, group Z₆, 2 layers/);
    expect(out).toMatch(/V fell at every one of \d+ steps\./);
    const html = readFileSync(path, "utf8");
    expect(html.match(/<svg/g)!.length).toBeGreaterThanOrEqual(10);
    expect(html).not.toMatch(/NaN|undefined undefined|(?:src|href)=/);
  });

  test("gives the same JSON for the same seed and another one for another", async () => {
    const out = join(folder, "json.html");
    const args = ["--group", "3,2", "--t-max", "10", "--json", "--out", out];
    const first = await run(...args, "--seed", "7");
    expect(first.error).toBe("");
    expect((await run(...args, "--seed", "7")).out).toBe(first.out);
    expect((await run(...args, "--seed", "8")).out).not.toBe(first.out);
    const document = JSON.parse(first.out) as { classes: number; settings: { group: number[] } };
    expect(document.classes).toBe(6);
    expect(document.settings.group).toEqual([3, 2]);
  });

  test.each([
    [["-k", "1"], /-k.*integer in 2\.\.1048576/],
    [["--classes", "2.5"], /integer/],
    [["--group", "2,x"], /--group.*integer/],
    [["--group", "1"], /--group 1 has order 1/],
    [["--group", "2,4", "-k", "9"], /order 8, but --classes is 9/],
    [["--group", "1024,1024,2"], /order 2097152/],
    [["--layers", "0"], /--layers.*integer in 1\.\.64/],
    [["--loss", "hinge"], /--loss.*cross-entropy, squared/],
    [["--t-max", "0"], /--t-max/],
    [["--t-max", "1e301"], /--t-max/],
    [["--out", "/no/such/folder/report.html"], /\/no\/such\/folder/],
  ])("refuses %j with one line and exit code 2", async (args, message) => {
    const { code, out, error } = await run(...args);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(error).toMatch(message);
    expect(error.trimEnd()).not.toContain("\n");
  });
});

describe("the study", () => {
  test.each([
    { group: [2] },
    { group: [3] },
    { group: [5], layers: 1 },
    { group: [7], layers: 3 },
    { group: [2, 2], loss: "squared" as const },
    { group: [3, 3], tMax: 1e300 },
    { group: [4], tMax: 1e-300 },
    { group: [65], tMax: 10 },
  ])("of %o gives a report", (changes) => {
    const study = runStudy({ ...settings, ...changes }, silent);
    expect(study.table.length).toBeGreaterThan(2);
    expect(study.starts).toHaveLength(study.settings.layers === 2 ? 4 : 3);
    expect(spectralReport(study)).not.toContain("NaN");
  });

  const study = runStudy(settings, silent);

  test("V falls at every step of the balanced starts and stays 0 from equal strengths", () => {
    for (const { name, trajectory } of study.starts) {
      const { steps, falls, rises } = trajectory.trend;
      expect(steps).toBeGreaterThan(3);
      if (name === "random" || name === "one dominant") expect(falls).toBe(steps);
      if (name === "equal") expect(falls + rises).toBe(0);
    }
  });

  test("V is that of the table's singular values and V' its derivative", () => {
    const { observations } = study.starts[0]!.trajectory;
    for (const { lyapunov, modes } of observations) {
      const mean = modes.reduce((a, b) => a + b) / modes.length;
      const direct = Math.log(mean) - modes.reduce((a, b) => a + Math.log(b), 0) / modes.length;
      // Two terms of order one cancel.
      expect(Math.abs(lyapunov! - direct)).toBeLessThan(1e-14 * (1 + Math.abs(Math.log(mean))));
    }
    // Trapezoid rule on the curve: relative error (ln step)^2 / 12 times a second derivative of order one.
    const grid = observations.slice(1);
    const step = Math.log(grid.at(-1)!.time / grid[0]!.time) / (grid.length - 1);
    let integral = 0;
    for (let i = 1; i < grid.length; i++) {
      const rates = grid[i]!.lyapunovRate! + grid[i - 1]!.lyapunovRate!;
      integral += (rates / 2) * (grid[i]!.time - grid[i - 1]!.time);
    }
    const change = grid.at(-1)!.lyapunov! - grid[0]!.lyapunov!;
    expect(Math.abs(integral / change - 1)).toBeLessThan(step ** 2);
  });

  test("ratio and angles climb in the balanced counterexamples while V falls; V climbs unbalanced", () => {
    expect(study.counterexamples.map((one) => one.balanced)).toEqual([true, true, false]);
    for (const { metric, balanced, trajectory } of study.counterexamples) {
      const climb = largestClimb(trajectory.observations.map((one) => one[metric]!));
      expect(climb).toBeDefined();
      const { steps, falls, rises } = trajectory.trend;
      if (balanced) expect(falls).toBe(steps);
      else expect(rises).toBeGreaterThan(0);
    }
  });

  test("the squared loss follows the logistic curves", () => {
    // 1e-9 a step in ln s, some tens of steps, contracted near the target.
    expect(study.losses!.logisticError!).toBeLessThan(1e-7);
    const { falls, steps } = study.losses!.squared.trend;
    expect(falls).toBe(steps);
  });

  test("the spectral model starts with the growing half of the dense flow", () => {
    const { emerged, distance, alignment, dense, model, times, denseStatus, modelStatus } =
      study.smallRandom;
    expect([denseStatus, modelStatus]).toEqual(["completed", "completed"]);
    expect(emerged).toBeGreaterThan(0);
    expect(dense.map((values) => values.length)).toEqual(times.map(() => 7));
    expect(model).toHaveLength(times.length);
    // The dying half is e^(-2 t) of the growing one: 1e-6 of it where strengths of 1e-6 became of order one. What is left is
    // how far the softmax was from uniform on the way, the mean strength over k.
    expect(distance[emerged]!).toBeLessThan(0.3 / 8);
    expect(distance[0]!).toBeGreaterThan(distance[emerged]!);
    expect(alignment).toBeLessThan(1);
  });
});

describe("a group above 4096 classes", () => {
  test("is seen one state at a time, to the same values", () => {
    const group = [6561];
    const { modes } = randomStart(group, 1);
    const times = outputTimes(1e3).rows;
    const seen: number[] = [];
    const stepwise = runTrajectory({ group, ...modes }, times, (one) => seen.push(one.time));
    expect(seen).toEqual(stepwise.observations.map((one) => one.time));
    expect(stepwise.trend.falls).toBe(stepwise.trend.steps);
    const direct = runTrajectory({ group, ...modes }, [times.at(-1)!]).observations[0]!;
    const last = stepwise.observations.at(-1)!;
    // The same steps; outputs between do not move them.
    expect(Math.abs(last.largest / direct.largest - 1)).toBeLessThan(1e-7);
    expect(Math.abs(last.lyapunov! / direct.lyapunov! - 1)).toBeLessThan(1e-7);
  });
});

describe("what is computed from states", () => {
  test.each([[[2, 2, 2]], [[5]], [[2, 6]]])(
    "angle deviation of %j is that of the matrices",
    (group) => {
      const strengths = randomStrengths(group, new SeededRandom(4));
      const k = strengths.length;
      const [features, classifier] = spectralLayers({ group, strengths }, k, 1);
      const labels = Array.from({ length: k }, (_, j) => j);
      const measured = neuralCollapse(features!, labels, classifier!).nc2Means.angleError!;
      // k^2 cosines, each to k rounding errors.
      expect(Math.abs(angleDeviation(strengths.map(Math.sqrt)) - measured)).toBeLessThan(
        8 * k * 2 ** -52,
      );
    },
  );

  test("starts have the same mean strength where they are balanced alike", () => {
    const starts = allStarts([5], 2, 1);
    const mean = (x: ArrayLike<number>): number =>
      Array.from(x).reduce((a, b) => a + b, 0) / (x.length - 1);
    const [random, equal] = starts.map((one) => one.modes.strengths);
    expect(mean(equal!)).toBeCloseTo(mean(random!), 14);
    expect(allStarts([5], 3, 1).map((one) => one.name)).not.toContain("unbalanced");
  });

  test("falls, rises and rounding are told apart in words", () => {
    const count = (...values: (number | undefined)[]): string => {
      const counter = new TrendCounter();
      for (const value of values) counter.add(value);
      return trendSentence(counter.trend);
    };
    expect(count(3, 2, 1)).toBe("V fell at every one of 2 steps.");
    expect(count(3, 2)).toBe("V fell at every one of 1 step.");
    expect(count(1, 1.5, 1)).toBe("V rose at 1 of 2 steps, by at most 0.500 in one.");
    expect(count(0, 1e-33)).toContain("0 to rounding");
    expect(count(undefined, 1)).toBe("V was not defined at two steps in a row.");
    expect(largestClimb([1, 2, 1, 5, 6, 2])).toEqual({ from: 2, to: 4 });
    expect(largestClimb([3, 3, 2])).toBeUndefined();
  });
});
