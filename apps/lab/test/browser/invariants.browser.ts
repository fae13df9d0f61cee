import { afterAll, beforeAll, expect, test } from "vitest";
import { runSuites, statements } from "../../src/views/invariants/compute.js";
import { type Lab, type LabPage, mainThreadTasks, numberOf, startLab } from "./lab.js";
import { commonTests } from "./shared-checks.js";

const START = "#/invariants?package=fgn&text=split&runs=10&started=1";

let lab: Lab;
let opened: LabPage;
const settled = async ({ page }: LabPage): Promise<void> => {
  await page.waitForSelector('[data-finished="true"]', { timeout: 60_000 });
  await page.waitForSelector('[data-figure="overview"] svg');
};
beforeAll(async () => {
  lab = await startLab();
  opened = await lab.open(START);
  await settled(opened);
});
afterAll(() => lab?.close());

test("the suites measure in the browser what they measure in Node", async () => {
  const options = { package: "fgn", text: "split", runs: 10, seed: 1 } as const;
  let cases = 0;
  let held = 0;
  await runSuites(options, (outcome) => {
    if (outcome.status === "running") return;
    cases += outcome.cases;
    held += outcome.status === "holds" ? 1 : 0;
  });
  expect(held).toBe(statements(options).length);
  expect(await numberOf(opened.page, "cases")).toBe(cases);
  expect(await numberOf(opened.page, "held")).toBe(held);
  expect(await numberOf(opened.page, "failed")).toBe(0);
});

test("a pasted softmax fails and shrinks; a right one passes", async () => {
  const { page } = opened;
  await page.locator('[data-action="check"]').click();
  await page.waitForSelector('[data-own="done"] [data-own-status="fails"] .shrinks li', {
    timeout: 30_000,
  });
  await page.locator('select[name="example"]').selectOption("With the shift");
  await page.locator('[data-action="check"]').click();
  await page.waitForSelector('[data-own="done"] .certificate[data-certified="true"]', {
    timeout: 30_000,
  });
  expect(await page.locator('[data-own-status="fails"]').count()).toBe(0);
});

commonTests(
  () => lab,
  () => opened,
  START,
  settled,
);

test("all suites run with live counts in short tasks", async () => {
  const { page, problems } = await lab.open("#/invariants?runs=2");
  const times = await mainThreadTasks(page, async () => {
    await page.locator('[data-action="run"]').click();
    await page.waitForFunction(
      () => Number(document.querySelector('[data-value="held"]')?.getAttribute("data-number")) > 60,
      undefined,
      { timeout: 100_000 },
    );
    await page.locator('[data-action="run"]').click();
    await page.waitForSelector('[data-finished="true"]', { timeout: 60_000 });
  });
  console.log("invariants, longest task of the main thread", times);
  expect(await numberOf(page, "failed")).toBe(0);
  expect(times.processor).toBeLessThan(100);
  expect(problems).toEqual([]);
  await page.close();
});
