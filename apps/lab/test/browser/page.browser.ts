import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, mainThreadTasks, startLab } from "./lab.js";

const dist = join(import.meta.dirname, "../../dist");
const VIEWS = ["collapse", "ghosts", "training", "curvature", "invariants", "read"] as const;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab?.close());

test("the first load of every view is under 300 kB compressed", async () => {
  const sizes: Record<string, number> = {};
  for (const view of VIEWS) {
    const { page, problems, loaded } = await lab.open(`#/${view}`);
    await page.waitForSelector(`main[data-view="${view}"]`);
    await page.waitForTimeout(2500);
    const files = [...loaded].filter((path) => !path.endsWith(".csv"));
    sizes[view] = files.reduce(
      (sum, path) =>
        sum + gzipSync(readFileSync(join(dist, path === "/" ? "index.html" : path))).length,
      0,
    );
    expect(problems).toEqual([]);
    await page.close();
  }
  console.log("compressed bytes of the first load", sizes);
  for (const size of Object.values(sizes)) {
    expect(size).toBeGreaterThan(10_000);
    expect(size).toBeLessThan(300_000);
  }
});

test("the first numbers stand there within 2 s of processor time", async () => {
  const page = await lab.context.newPage();
  let clock = 0;
  const { total } = await mainThreadTasks(page, async () => {
    const started = performance.now();
    await page.goto(`${lab.address}#/ghosts`);
    await page.waitForSelector('[data-value="exact"]');
    clock = performance.now() - started;
  });
  console.log("first numbers: milliseconds of the main thread", total, "on the clock", clock);
  expect(total).toBeGreaterThan(0);
  expect(total).toBeLessThan(2000);
  await page.close();
});

test("every view works without a network once the page has been loaded", async () => {
  const { page } = await lab.open("#/ghosts");
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null, undefined, {
    timeout: 60_000,
  });
  await lab.context.setOffline(true);
  try {
    for (const view of VIEWS) {
      await page.goto(`${lab.address}#/${view}`);
      await page.reload();
      await page.waitForSelector(`main[data-view="${view}"] h2`, { timeout: 30_000 });
    }
    await page.goto(`${lab.address}#/training?model=head&steps=3&at=3`);
    await page.reload();
    await page.waitForSelector('[data-status="finished"]', { timeout: 60_000 });
  } finally {
    await lab.context.setOffline(false);
    await page.close();
  }
});

test("the keyboard reaches the views, and the theme is kept", async () => {
  const { page, problems } = await lab.open("#/ghosts", { theme: "dark" });
  await page.waitForSelector('main[data-view="ghosts"] h2');
  expect(await page.evaluate(() => document.documentElement.dataset["theme"])).toBe("dark");
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the view");
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
  await page.locator("nav a", { hasText: "Curvature" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector('main[data-view="curvature"] h2');
  await page.locator('[data-action="theme"]').click();
  await page.reload();
  expect(await page.evaluate(() => document.documentElement.dataset["theme"])).toBe("light");
  await page.evaluate(() => localStorage.clear());
  expect(problems).toEqual([]);
  await page.close();
});

test("every source that a view links to is there, and opens at its line", async () => {
  for (const view of VIEWS.slice(0, 5)) {
    const { page, problems } = await lab.open(`#/${view}`);
    await page.waitForSelector(".sources a");
    const links = await page
      .locator(".sources a")
      .evaluateAll((list) => list.map((a) => a.getAttribute("href")!));
    expect(links.length).toBeGreaterThanOrEqual(3);
    for (const link of links) {
      await page.goto(lab.address + link);
      await page.waitForSelector(".reader mark", { timeout: 10_000 });
    }
    expect(problems).toEqual([]);
    await page.close();
  }
});

test("the built site asks for nothing outside itself", () => {
  for (const name of readdirSync(join(dist, "assets"))) {
    if (!name.endsWith(".css")) continue;
    expect(readFileSync(join(dist, "assets", name), "utf8")).not.toMatch(/url\(\s*["']?https?:/);
  }
});
