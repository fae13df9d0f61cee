import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDigits } from "@xent/app-kit/digits";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readState } from "../../src/url/fields.js";
import { startTrainer } from "../../src/views/training/compute.js";
import { trainingSchema } from "../../src/views/training/state.js";
import { type Lab, type LabPage, mainThreadTasks, numberOf, startLab } from "./lab.js";
import { type Agreement, agree, commonTests } from "./shared-checks.js";

const digits = parseDigits(
  readFileSync(join(import.meta.dirname, "../../../demo/data/digits.csv"), "utf8"),
);
// Six short steps of a smooth optimisation: the exponentials of the engines differ in the last place, and nothing
// on the way has a condition beyond 1e4.
const AGREEMENT: Agreement = { relative: 1e-11, absolute: 1e-13 };
const START = "#/training?model=head&spikeAt=4&steps=6&at=6";

let lab: Lab;
let opened: LabPage;
const settled = async ({ page }: LabPage): Promise<void> => {
  await page.waitForSelector('[data-status="finished"]', { timeout: 60_000 });
  for (const figure of ["loss", "steps", "accuracy"]) {
    await page.waitForSelector(`[data-figure="${figure}"] svg`);
  }
};
beforeAll(async () => {
  lab = await startLab();
  opened = await lab.open(START);
  await settled(opened);
});
afterAll(() => lab?.close());

const stateOfPage = () =>
  readState(
    trainingSchema,
    new URLSearchParams(new URL(opened.page.url()).hash.split("?")[1] ?? ""),
  );

async function expectRowOfNode(): Promise<void> {
  const state = stateOfPage();
  const trainer = startTrainer(digits, state);
  const rows = [...trainer.advance(state, 6).rows, ...trainer.advance(state, 6).rows];
  const last = rows.at(-1)!;
  for (const name of ["loss", "taken", "radius", "testAccuracy"] as const) {
    const shown = await numberOf(opened.page, name);
    expect([name, shown, last[name], agree(shown, last[name], AGREEMENT)]).toEqual([
      name,
      shown,
      last[name],
      true,
    ]);
  }
  expect(await numberOf(opened.page, "bottleneckRow")).toBe(last.bottleneck!.row);
  expect(
    agree(await numberOf(opened.page, "bottleneckExact"), last.bottleneck!.exact, AGREEMENT),
  ).toBe(true);
}

test("a link trains up to where it was, to the numbers of Node", expectRowOfNode);

test("another cap goes back to before the spike and gives the run of Node", async () => {
  const { page } = opened;
  const before = await numberOf(page, "taken");
  await page.locator('select[name="cap"]').selectOption("dominance");
  await expect.poll(() => numberOf(page, "step")).toBe(4);
  await page.locator('[data-action="run"]').click();
  await settled(opened);
  await expect
    .poll(() => stateOfPage())
    .toMatchObject({ cap: "dominance", before: "none", switchAt: 4, at: 6 });
  await expectRowOfNode();
  expect(await numberOf(page, "taken")).not.toBe(before);
});

commonTests(
  () => lab,
  () => opened,
  START,
  settled,
  AGREEMENT,
);

test("training can be paused and stepped, and keeps the tasks of the main thread under 100 ms", async () => {
  const { page, problems } = await lab.open("#/training?steps=2000&cap=spread");
  const times = await mainThreadTasks(page, async () => {
    await page.locator('[data-action="run"]').click();
    await page.waitForFunction(
      () =>
        Number(document.querySelector('[data-value="step"]')?.getAttribute("data-number")) > 150,
      undefined,
      { timeout: 90_000 },
    );
    await page.locator('[data-action="run"]').click();
    await page.waitForSelector('[data-status="paused"]');
  });
  console.log("training, longest task of the main thread", times);
  const at = await numberOf(page, "step");
  await page.locator('[data-action="step"]').click();
  await expect.poll(() => numberOf(page, "step")).toBe(at + 1);
  expect(times.processor).toBeLessThan(100);
  expect(problems).toEqual([]);
  await page.close();
});
