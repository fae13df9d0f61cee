import { nearestGhost } from "@xent/taylor-radius";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readState } from "../../src/url/fields.js";
import { ghostsAnswer } from "../../src/views/ghosts/compute.js";
import { consistent, ghostsSchema } from "../../src/views/ghosts/state.js";
import { type Lab, type LabPage, mainThreadTasks, numberOf, startLab } from "./lab.js";
import { commonTests } from "./shared-checks.js";

let lab: Lab;
let opened: LabPage;
const settled = async ({ page }: LabPage): Promise<void> => {
  await page.waitForSelector('[data-value="exact"]');
  await page.waitForSelector('[data-figure="plane"] svg image');
  await page.waitForSelector('[data-figure="errors"] svg');
};
beforeAll(async () => {
  lab = await startLab();
  opened = await lab.open("#/ghosts");
  await settled(opened);
});
afterAll(() => lab?.close());

const stateOfPage = () =>
  consistent(
    readState(
      ghostsSchema,
      new URLSearchParams(new URL(opened.page.url()).hash.split("?")[1] ?? ""),
    ),
  );

test("the page shows what the packages give in Node, before and after a drag", async () => {
  const { page } = opened;
  const compare = async (): Promise<void> => {
    const { numbers, line } = ghostsAnswer(stateOfPage());
    await expect.poll(() => numberOf(page, "exact")).toBe(numbers.nearest.radius);
    await expect.poll(() => numberOf(page, "loss")).toBe(line.lossAt);
    expect(await numberOf(page, "spread")).toBe(numbers.spread);
    expect(await numberOf(page, "dominance")).toBe(numbers.dominance);
    expect(await numberOf(page, "proven")).toBe(numbers.proven);
    expect(await numberOf(page, "sum")).toBe(line.sumAt);
  };
  await compare();
  const before = await numberOf(page, "exact");
  const box = (await page.locator('[data-handle="2"]').boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 40, box.y + box.height / 2 - 50, { steps: 8 });
  await page.mouse.up();
  await page.waitForTimeout(300);
  await compare();
  expect(await numberOf(page, "exact")).not.toBe(before);
});

test("arrow keys move a class", async () => {
  const { page } = opened;
  await page.waitForTimeout(300);
  const before = stateOfPage();
  await page.locator('[data-handle="1"]').focus();
  await page.keyboard.press("ArrowUp");
  await expect.poll(() => stateOfPage().z[1]).toBeGreaterThan(before.z[1]!);
  const after = stateOfPage();
  await expect.poll(() => numberOf(page, "exact")).toBe(nearestGhost(after.z, after.a).radius);
});

test("a real digit is loaded", async () => {
  const { page } = opened;
  await page.locator('input[name="digit"]').fill("7");
  await page.locator('input[name="digit"]').blur();
  await page.locator('[data-action="load-sample"]').click();
  await page.waitForSelector("img.digit", { timeout: 20_000 });
  await page.waitForTimeout(400);
  const state = stateOfPage();
  expect([state.sample, state.z.length]).toEqual([7, 10]);
  await expect.poll(() => numberOf(page, "exact")).toBe(nearestGhost(state.z, state.a).radius);
});

test("dragging keeps the tasks of the main thread under 100 ms", async () => {
  const { page } = opened;
  const times = await mainThreadTasks(page, async () => {
    const box = (await page.locator('[data-handle="0"]').boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    for (let i = 0; i < 30; i++) {
      await page.mouse.move(box.x + 20 * Math.sin(i / 4), box.y + 20 * Math.cos(i / 5));
    }
    await page.mouse.up();
    await page.waitForTimeout(500);
  });
  console.log("ghosts, longest task of the main thread", times);
  expect(times.count).toBeGreaterThan(50);
  expect(times.processor).toBeLessThan(100);
});

commonTests(
  () => lab,
  () => opened,
  "#/ghosts",
  settled,
);
