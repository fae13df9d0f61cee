import { afterAll, beforeAll, expect, test } from "vitest";
import { readState } from "../../src/url/fields.js";
import { collapseFrame, collapseTrajectory } from "../../src/views/collapse/compute.js";
import { collapseSchema, consistent } from "../../src/views/collapse/state.js";
import { type Lab, type LabPage, mainThreadTasks, numberOf, startLab } from "./lab.js";
import { type Agreement, agree, commonTests } from "./shared-checks.js";

let lab: Lab;
let opened: LabPage;
const settled = async ({ page }: LabPage): Promise<void> => {
  for (const figure of ["strengths", "lyapunov", "means", "logits"]) {
    await page.waitForSelector(`[data-figure="${figure}"] svg`);
  }
};
beforeAll(async () => {
  lab = await startLab();
  opened = await lab.open("#/collapse?k=5");
  await settled(opened);
});
afterAll(() => lab?.close());

const problemOfPage = () =>
  consistent(
    readState(
      collapseSchema,
      new URLSearchParams(new URL(opened.page.url()).hash.split("?")[1] ?? ""),
    ),
  );

// Some 300 right-hand sides of about 8 roundings each, that is 3e-13 of a strength. V is half the square of
// deviations d of the strengths, so that it feels 2 / d times that; here d > 1e-2.
const AGREEMENT: Agreement = { relative: 1e-10, absolute: 1e-15 };

async function expectNumbersOfNode(): Promise<void> {
  const { page } = opened;
  const problem = problemOfPage();
  const { states } = collapseTrajectory(problem);
  const frame = collapseFrame(problem, states, problem.at);
  const wanted = { ...frame } as unknown as Record<string, number>;
  await expect
    .poll(async () => agree(await numberOf(page, "lyapunov"), frame.lyapunov, AGREEMENT))
    .toBe(true);
  for (const name of [
    "loss",
    "margin",
    "ratio",
    "etfDistance",
    "nc2Angles",
    "nc2Equinorm",
    "nc3",
    "nc4",
  ]) {
    const shown = await numberOf(page, name);
    expect([name, shown, wanted[name], agree(shown, wanted[name], AGREEMENT)]).toEqual([
      name,
      shown,
      wanted[name],
      true,
    ]);
  }
}

test("the page shows what the packages give in Node, before and after a bar is moved", async () => {
  const { page } = opened;
  await expectNumbersOfNode();
  const before = await numberOf(page, "lyapunov");
  await page.locator('[data-handle="0"]').focus();
  await page.keyboard.press("Shift+ArrowUp");
  await expect.poll(() => problemOfPage().spectrum.length).toBe(4);
  // Modes 1 and 4 of Z_5 are conjugate.
  const { spectrum } = problemOfPage();
  expect(spectrum[0]).toBe(spectrum[3]);
  await expectNumbersOfNode();
  expect(await numberOf(page, "lyapunov")).not.toBe(before);
});

test("scrubbing changes the time", async () => {
  const { page } = opened;
  await page.locator('input[name="at"]').fill("120");
  await expect.poll(() => problemOfPage().at).toBe(120);
  await expectNumbersOfNode();
});

commonTests(
  () => lab,
  () => opened,
  "#/collapse",
  settled,
  AGREEMENT,
);

test("2048 classes, played to the end, keep the tasks of the main thread under 100 ms", async () => {
  const { page, problems } = await lab.open("#/collapse?k=2048&at=130");
  await page.waitForSelector('[data-figure="strengths"] svg', { timeout: 60_000 });
  const times = await mainThreadTasks(page, async () => {
    await page.locator('[data-action="play"]').click();
    await page.waitForFunction(
      () => (document.querySelector('input[name="at"]') as HTMLInputElement).value === "160",
      undefined,
      { timeout: 60_000 },
    );
  });
  console.log("collapse, longest task of the main thread", times);
  expect(times.processor).toBeLessThan(100);
  expect(problems).toEqual([]);
});

test("the dense simulation is computed beside the rest", async () => {
  const { page, problems } = await lab.open("#/collapse?k=4&dense=1&scale=-1");
  await page.waitForSelector('[data-figure="dense"] svg', { timeout: 60_000 });
  expect(problems).toEqual([]);
  await page.close();
});
