import { expect, test } from "vitest";
import { evenEigenvalues, groupMatrix, groupSoftmax, softmaxEigenvalueGaps } from "../src/index.js";

/** Even on Z_10; entry 0 is the margin over the rest. */
function symbolAt(margin: number): Float64Array {
  return Float64Array.of(margin, 0, -1, -0.5, -2, -0.2, -2, -0.5, -1, 0);
}

const [left, top, width, height] = [60, 20, 560, 300];
const [lastMargin, lowest] = [60, -26];
const x = (margin: number): number => left + (width * margin) / lastMargin;
const y = (gap: number): number => top + (height * Math.log10(gap)) / lowest;
const text = (at: string, content: string): string => `<text ${at}>${content}</text>`;

/** The figure of the README. Whole pixels: nothing depends on the last bits of a sum. */
function figure(): string {
  const sums: string[] = [];
  const subtractions: string[] = [];
  for (let margin = 0; margin <= lastMargin; margin++) {
    const symbol = symbolAt(margin);
    const gap = softmaxEigenvalueGaps([10], symbol)[1]!;
    const phat = evenEigenvalues(groupSoftmax(groupMatrix([10], symbol)))[1]!;
    sums.push(`${Math.round(x(margin))},${Math.round(y(gap))}`);
    const place = 1 - phat > 0 ? Math.round(y(1 - phat)) : top + height;
    subtractions.push(`<circle cx="${Math.round(x(margin))}" cy="${place}" r="3"/>`);
  }
  const ticks: string[] = [];
  for (let m = 0; m <= lastMargin; m += 10) {
    ticks.push(text(`x="${x(m)}" y="${top + height + 18}" text-anchor="middle"`, String(m)));
  }
  for (let e = 0; e >= lowest; e -= 5) {
    const label = e === 0 ? "1" : `1e${e}`;
    ticks.push(text(`x="${left - 8}" y="${Math.round(y(10 ** e)) + 4}" text-anchor="end"`, label));
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 370" font-family="sans-serif" font-size="12">`,
    "<title>1 - phat_1 on Z_10 against the margin, as a sum and by subtraction</title>",
    `<rect width="640" height="370" fill="white"/>`,
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="none" stroke="#888"/>`,
    ...ticks,
    text(`x="340" y="360" text-anchor="middle"`, "margin zeta_0 - max zeta_m"),
    `<g fill="#d95f02">${subtractions.join("")}</g>`,
    `<polyline points="${sums.join(" ")}" fill="none" stroke="#1b9e77" stroke-width="2"/>`,
    text(`x="420" y="60" fill="#1b9e77"`, "1 - phat_1 as a sum"),
    text(`x="420" y="80" fill="#d95f02"`, "by subtraction (bottom: 0 or below)"),
    "</svg>",
    "",
  ].join("\n");
}

test("the figure of the README is what the code draws", async () => {
  await expect(figure()).toMatchFileSnapshot("../gaps.svg");
});

test("what the figure shows: at a margin of 40 the subtraction has lost everything", () => {
  const symbol = symbolAt(40);
  const phat = evenEigenvalues(groupSoftmax(groupMatrix([10], symbol)))[1]!;
  const gap = softmaxEigenvalueGaps([10], symbol)[1]!;
  // pi_m is e^(zeta_m - 40) to nine digits: five versines by hand.
  const versine = (j: number): number => 1 - Math.cos((2 * Math.PI * j) / 10);
  let want = 0;
  for (let m = 1; m < 10; m++) want += Math.exp(symbol[m]! - 40) * versine(m);
  expect(Math.abs(gap / want - 1)).toBeLessThan(1e-9);
  expect(Math.abs((1 - phat) / want - 1)).toBeGreaterThan(0.5);
});
