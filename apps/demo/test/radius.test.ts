import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { norm2 } from "@xent/linalg";
import { afterAll, describe, expect, test } from "vitest";
import { roundNumbers } from "../src/radius/histogram-figure.js";
import { batchRadii, RADIUS_KINDS } from "../src/radius/radii.js";
import { radiusStudy, type StudySettings } from "../src/radius/study.js";
import { largestError, radiusRows, trendOf } from "../src/radius/tables.js";
import { captureCli } from "./run-cli.js";

const folder = mkdtempSync(join(tmpdir(), "xent-radius-"));
afterAll(() => rmSync(folder, { recursive: true }));

const settings: StudySettings = {
  model: "mlp",
  direction: "adam",
  steps: 60,
  batchSize: 32,
  seed: 3,
};
const few = ["radius", "--steps", "60", "--batch", "32"];

describe("the command", () => {
  test("prints radii, sums and batch, and writes a report without outside references", async () => {
    const path = join(folder, "radius.html");
    const { code, stdout } = await captureCli([...few, "--out", path]);
    expect(code).toBe(0);
    for (const word of ["spread", "dominance", "variance", "exact", "heuristic, no bound"]) {
      expect(stdout).toContain(word);
    }
    expect(stdout).not.toMatch(/NaN|undefined/);
    const html = readFileSync(path, "utf8");
    expect(html.match(/<svg/g)!.length).toBeGreaterThanOrEqual(9);
    expect(html).not.toMatch(/NaN|undefined|(?:src|href)=/);
    const again = join(folder, "again.html");
    await captureCli([...few, "--out", again]);
    expect(readFileSync(again, "utf8")).toBe(html);
  });

  test("gives the same JSON for the same seed and another one for another", async () => {
    const run = (seed: string) => captureCli([...few, "--json", "--seed", seed]);
    const first = await run("7");
    expect(first.stderr).toBe("");
    expect((await run("7")).stdout).toBe(first.stdout);
    expect((await run("8")).stdout).not.toBe(first.stdout);
    const document = JSON.parse(first.stdout) as { sample: { sample: number }; bottleneck: number };
    expect(document.sample.sample).toBe(document.bottleneck);
  });

  test.each([
    [["--model", "cnn"], /--model.*head, mlp/],
    [["--direction", "up"], /--direction.*gradient, adam, fgn/],
    [["--sample", "-1"], /--sample.*integer at least 0/],
    [["--sample", "1.5"], /--sample.*integer/],
    [["--sample", "128"], /--sample 128 is not a row of the minibatch, --batch 128/],
    [["--batch", "0"], /--batch.*integer in 1\.\.1437/],
    [["--batch", "1438"], /--batch.*1438/],
    [["--steps", "0"], /--steps.*integer in 1\.\.100000/],
    [["--seed", "x"], /--seed.*integer/],
    [["--out", "/no/such/folder/radius.html"], /\/no\/such\/folder/],
  ])("refuses %j with one line and exit code 2", async (args, message) => {
    const { code, stdout, stderr } = await captureCli(["radius", ...args]);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain("\n");
    expect(existsSync("/no/such/folder")).toBe(false);
  });

  test("--help names every option", async () => {
    const { code, stdout } = await captureCli(["radius", "--help"]);
    expect(code).toBe(0);
    for (const option of ["--model", "--direction", "--sample", "--steps", "--batch", "--json"]) {
      expect(stdout).toContain(option);
    }
  });
});

describe.each([
  { model: "mlp", direction: "adam" },
  { model: "mlp", direction: "gradient" },
  { model: "mlp", direction: "fgn" },
  { model: "head", direction: "adam" },
] as const)("the study of $model along $direction", (kinds) => {
  const { study, point } = radiusStudy({ ...settings, ...kinds });
  const { sample } = study;

  test("partial sums converge inside the radius and not outside, on both sides", () => {
    expect(sample.taylor.map((row) => Number(row.ratio.toFixed(2)))).toEqual([
      -1.5, -1.1, -0.9, -0.5, 0.5, 0.9, 1.1, 1.5,
    ]);
    for (const { ratio, errors, linearised } of sample.taylor) {
      const size = Math.abs(ratio);
      expect(trendOf(errors)).toBe(size < 1 ? "converges" : "diverges");
      // Coefficients are at most about 2 m rho^-n / n for m zeros near the circle, here m <= 5: the tail is a
      // geometric series inside; n 2^-53 is the rounding of 100 terms.
      if (size < 1) {
        const tail = (10 * size ** 92) / 92 / (1 - size);
        expect(largestError(errors, 100)).toBeLessThan(tail + 100 * 2 ** -53 * (1 + linearised));
      }
    }
  });

  test("bounds lie in order, the bracket is certified, and the heuristics are told apart", () => {
    const { radii, ghost } = sample;
    expect(radii.spread).toBeLessThanOrEqual(radii.dominance);
    expect(radii.dominance).toBeLessThanOrEqual(radii.exact);
    expect(radii.variance).toBeLessThanOrEqual(radii.exact);
    expect(ghost.certified).toBe(true);
    const rows = radiusRows(study);
    expect(rows.filter((row) => row[3] === "heuristic, no bound").map((row) => row[0])).toEqual([
      "top two",
      "coefficients",
    ]);
    // The series knows nothing of the search for zeros.
    expect(Math.abs(sample.heuristics.series / radii.exact - 1)).toBeLessThan(1e-2);
  });

  test("the bottleneck is that of solving every sample, and every radius is counted", () => {
    const { radii } = study;
    const minimum = study.batch.find((r) => r.mode === "exact" && r.aggregate === "minimum")!;
    const smallest = Math.min(...radii.exact);
    // Brackets of relative width 1e-6.
    expect(Math.abs(minimum.radius / smallest - 1)).toBeLessThanOrEqual(1e-6);
    expect(minimum.solved).toBeLessThan(settings.batchSize);
    for (const kind of RADIUS_KINDS) {
      const finite = radii[kind].filter((r) => r < Infinity).length;
      expect(study.counts[kind].reduce((a, b) => a + b)).toBe(finite);
    }
    expect(batchRadii(point.linearization.logits, point.slopes)).toEqual(radii);
  });

  test("slopes are derivatives of the logits along a unit direction", () => {
    // A norm of P terms and a division each: P roundings at most.
    expect(Math.abs(norm2(point.unit) - 1)).toBeLessThan(point.unit.length * 2 ** -53);
    const h = 1e-5;
    const at = (t: number) =>
      point.model.logits(
        point.parameters.map((p, i) => p + t * point.unit[i]!),
        point.batch.features,
      ).data;
    const [ahead, behind] = [at(h), at(-h)];
    const logits = point.linearization.logits.data;
    const size = Math.max(...logits.map(Math.abs));
    const start = sample.sample * sample.slopes.length;
    for (let k = 0; k < sample.slopes.length; k++) {
      const difference = (ahead[start + k]! - behind[start + k]!) / (2 * h);
      // Rounding 64 + 128 terms of the size of the logits over h; a kink within h would show as an order one.
      expect(Math.abs(difference - sample.slopes[k]!)).toBeLessThan((200 * 2 ** -53 * size) / h);
    }
  });
});

describe("the gap to linear logits", () => {
  test("is rounding for a head, and of second order in t for a network until a ReLU switches", () => {
    const head = radiusStudy({ ...settings, model: "head" }).study.sample;
    for (const g of head.gaps) {
      const size = Math.max(
        ...head.logits.map(Math.abs),
        ...head.slopes.map((a) => Math.abs(a * g.t)),
      );
      // 64 products and a few sums of that size.
      expect(Math.abs(g.gap)).toBeLessThan(200 * 2 ** -53 * (1 + size));
    }
    const network = radiusStudy(settings).study.sample;
    for (const g of network.gaps) {
      const limit = g.t > 0 ? network.kinks.ahead : network.kinks.behind;
      const size = Math.max(...network.logits.map(Math.abs));
      // Along the line logits are quadratic in t on a linear piece of a network with one hidden layer.
      if (Math.abs(g.t) < limit)
        expect(Math.abs(g.secondOrderGap)).toBeLessThan(400 * 2 ** -53 * (1 + size));
    }
    expect(network.gaps.some((g) => Math.abs(g.gap) > 1e-8)).toBe(true);
  });
});

describe("--sample", () => {
  test("looks at that row of the minibatch and leaves the batch as it was", () => {
    const all = radiusStudy(settings).study;
    const other = (all.bottleneck + 1) % settings.batchSize;
    const { study } = radiusStudy({ ...settings, sample: other });
    expect(study.sample.sample).toBe(other);
    expect(study.sample.radii.exact).toBe(study.radii.exact[other]);
    expect(study.batch).toEqual(all.batch);
  });
});

test("ticks of a logarithmic axis are 1, 2 and 5 times powers of ten within it", () => {
  expect(roundNumbers(0.28, 5.3)).toEqual([0.5, 1, 2, 5]);
  expect(roundNumbers(2e-7, 1.5e-6)).toEqual([2e-7, 5e-7, 1e-6]);
  expect(roundNumbers(3, 4)).toEqual([]);
});
