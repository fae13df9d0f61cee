import { afterAll, beforeAll, expect, test } from "vitest";
import { readState } from "../../src/url/fields.js";
import { curvatureAnswer } from "../../src/views/curvature/compute.js";
import { consistent, curvatureSchema } from "../../src/views/curvature/state.js";
import { type Lab, type LabPage, mainThreadTasks, numberOf, startLab } from "./lab.js";
import { type Agreement, agree, commonTests } from "./shared-checks.js";

let lab: Lab;
let opened: LabPage;
const settled = async ({ page }: LabPage): Promise<void> => {
  for (const figure of ["ggn", "fgn", "within", "eigenvalues", "trust"]) {
    await page.waitForSelector(`[data-figure="${figure}"] svg`);
  }
};
beforeAll(async () => {
  lab = await startLab();
  opened = await lab.open("#/curvature");
  await settled(opened);
});
afterAll(() => lab?.close());

const stateOfPage = () =>
  consistent(
    readState(
      curvatureSchema,
      new URLSearchParams(new URL(opened.page.url()).hash.split("?")[1] ?? ""),
    ),
  );

// Logarithms, exponentials and a handful of sums of probabilities.
const AGREEMENT: Agreement = { relative: 50 * 2 ** -53, absolute: 20 * 2 ** -53 };

test("dragging a probability changes the numbers to those of Node, in short tasks", async () => {
  const { page } = opened;
  const before = await numberOf(page, "droppedShare");
  const agrees = async (name: "droppedShare" | "margin" | "fgnTrace"): Promise<boolean> =>
    agree(await numberOf(page, name), curvatureAnswer(stateOfPage())[name], AGREEMENT);
  expect(await agrees("droppedShare")).toBe(true);
  const times = await mainThreadTasks(page, async () => {
    const box = (await page.locator('[data-handle="1"]').boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    for (let i = 0; i < 20; i++)
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2 - 3 * i);
    await page.mouse.up();
    await page.waitForTimeout(500);
  });
  console.log("curvature, longest task of the main thread", times);
  expect(times.processor).toBeLessThan(100);
  await expect.poll(() => agrees("droppedShare")).toBe(true);
  expect(await numberOf(page, "droppedShare")).not.toBe(before);
  expect(await agrees("margin")).toBe(true);
  expect(await agrees("fgnTrace")).toBe(true);
});

commonTests(
  () => lab,
  () => opened,
  "#/curvature",
  settled,
  AGREEMENT,
);
