import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, test } from "vitest";
import { type Lab, type LabPage, startLab } from "./lab.js";

const folder = join(import.meta.dirname, "../../screenshots");

/** A view at its best, and what to wait for. */
const VIEWS: readonly (readonly [
  name: string,
  hash: string,
  ready: (lab: LabPage) => Promise<unknown>,
])[] = [
  [
    "collapse",
    "#/collapse?k=4&spectrum=2.6,1.4,0.5&at=70&end=30&dense=1",
    ({ page }) => page.waitForSelector('[data-figure="dense"] svg', { timeout: 90_000 }),
  ],
  [
    "ghosts",
    "#/ghosts?order=20",
    ({ page }) => page.waitForSelector('[data-figure="plane"] svg image'),
  ],
  [
    "training",
    "#/training?at=110",
    async ({ page }) => {
      const paused = () => page.waitForSelector('[data-status="paused"]', { timeout: 90_000 });
      await paused();
      await page.locator('select[name="cap"]').selectOption("spread");
      await page.waitForFunction(
        () => document.querySelector('[data-value="step"]')?.getAttribute("data-number") === "50",
      );
      await page.locator('[data-action="run"]').click();
      await page.waitForSelector('[data-status="finished"]', { timeout: 90_000 });
    },
  ],
  ["curvature", "#/curvature", ({ page }) => page.waitForSelector('[data-figure="trust"] svg')],
  [
    "invariants",
    "#/invariants?runs=10&started=1&checked=1",
    ({ page }) => page.waitForSelector('[data-finished="true"]', { timeout: 300_000 }),
  ],
];

let lab: Lab;
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  lab = await startLab();
});
afterAll(() => lab?.close());

for (const [name, hash, ready] of VIEWS) {
  test(name, { timeout: 600_000 }, async () => {
    const opened = await lab.open(hash, { width: 1240, height: 900 });
    const { page } = opened;
    await ready(opened);
    for (const theme of ["light", "dark"] as const) {
      const shown = await page.evaluate(() => document.documentElement.dataset["theme"]);
      if (shown !== theme) await page.locator('[data-action="theme"]').click();
      await page.mouse.move(0, 0);
      await page.waitForTimeout(1500);
      await page.screenshot({ path: join(folder, `${name}-${theme}.png`), fullPage: true });
    }
    await page.evaluate(() => localStorage.clear());
    await page.setViewportSize({ width: 390, height: 844 });
    await page.waitForTimeout(1500);
    await page.screenshot({ path: join(folder, `${name}-phone.png`) });
    await page.close();
  });
}
