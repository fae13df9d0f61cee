import { expect, test } from "vitest";
import { runScript } from "../run-script.js";
import { accessibilityViolations, type Lab, type LabPage, numbersOf } from "./lab.js";

/**
 * How far numbers of the page may be from those of Node. The engines differ: the page's Math.exp and its kin may err
 * by another unit in the last place than Node's. What is computed by few of them agrees to the last bit so far.
 */
export interface Agreement {
  readonly relative: number;
  readonly absolute: number;
}

export const EXACT: Agreement = { relative: 0, absolute: 0 };

export function agree(
  shown: number | undefined,
  wanted: number | undefined,
  { relative, absolute }: Agreement,
): boolean {
  if (shown === undefined || wanted === undefined) return shown === wanted;
  return (
    Object.is(shown, wanted) || Math.abs(shown - wanted) <= absolute + relative * Math.abs(wanted)
  );
}

/** The script that "Copy the code" gives prints the numbers on the page. */
export async function expectScriptToAgree({ page }: LabPage, agreement: Agreement): Promise<void> {
  await page.locator('[data-action="copy-code"]').click();
  const script = await page.locator("[data-script]").textContent();
  const printed = runScript(script!);
  const shown = await numbersOf(page);
  expect(Object.keys(printed).length).toBeGreaterThan(3);
  for (const [name, value] of Object.entries(printed)) {
    expect([name, shown[name], value, agree(shown[name], value, agreement)]).toEqual([
      name,
      shown[name],
      value,
      true,
    ]);
  }
}

/** Opening the address again shows the same numbers. */
export async function expectRoundTrip(
  lab: Lab,
  first: LabPage,
  settled: (page: LabPage) => Promise<void>,
): Promise<void> {
  await first.page.waitForTimeout(300);
  const { hash } = new URL(first.page.url());
  const numbers = await numbersOf(first.page);
  const second = await lab.open(hash);
  await settled(second);
  await expect.poll(() => numbersOf(second.page), { timeout: 15_000 }).toEqual(numbers);
  expect(second.problems).toEqual([]);
  await second.page.close();
}

/** In both themes, and with every "details" open. */
export async function expectAccessible({ page }: LabPage): Promise<void> {
  await page.evaluate(() => {
    for (const element of document.querySelectorAll("details")) element.open = true;
  });
  for (let i = 0; i < 2; i++) {
    expect(await accessibilityViolations(page)).toEqual([]);
    await page.locator('[data-action="theme"]').click();
    await page.waitForTimeout(200);
  }
}

/** Downloads a figure in one of its formats and returns the bytes. */
export async function download(
  { page }: LabPage,
  figure: string,
  kind: "SVG" | "PNG" | "CSV" | "JSON",
): Promise<Buffer> {
  const waiting = page.waitForEvent("download");
  await page.locator(`[data-figure="${figure}"] button`, { hasText: kind }).click();
  const stream = await (await waiting).createReadStream();
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Every figure on the page gives a well-formed SVG without unresolved colours, a PNG, and rows of data. */
export async function expectExports(lab: LabPage): Promise<void> {
  const figures = await lab.page
    .locator("[data-figure]")
    .evaluateAll((list) => list.map((e) => e.getAttribute("data-figure")!));
  expect(figures.length).toBeGreaterThan(0);
  for (const figure of figures) {
    const svg = (await download(lab, figure, "SVG")).toString();
    expect(svg).toMatch(/^<svg [^>]*xmlns=/);
    expect(svg).not.toContain("var(--");
    const png = await download(lab, figure, "PNG");
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    const csv = (await download(lab, figure, "CSV")).toString().trimEnd().split("\r\n");
    const json = JSON.parse((await download(lab, figure, "JSON")).toString()) as unknown[];
    expect([figure, json.length]).toEqual([figure, csv.length - 1]);
    expect(json.length).toBeGreaterThan(0);
  }
}

/** No part of the page is wider than a phone. */
export async function expectNarrowPage(
  lab: Lab,
  hash: string,
  settled: (page: LabPage) => Promise<void>,
): Promise<void> {
  const opened = await lab.open(hash, { width: 390, height: 844 });
  await settled(opened);
  const width = await opened.page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(390);
  await opened.page.close();
}

/** What every view must do, as tests. */
export function commonTests(
  lab: () => Lab,
  opened: () => LabPage,
  hash: string,
  settled: (page: LabPage) => Promise<void>,
  agreement: Agreement = EXACT,
): void {
  test("the copied script prints the same numbers", () => expectScriptToAgree(opened(), agreement));
  test("the address reproduces the view", () => expectRoundTrip(lab(), opened(), settled));
  test("every figure and data set can be saved", () => expectExports(opened()));
  test("axe finds nothing, in either theme", () => expectAccessible(opened()));
  test("it fits a phone", () => expectNarrowPage(lab(), hash, settled));
  test("nothing went wrong, and nothing left this machine", () =>
    expect(opened().problems).toEqual([]));
}
