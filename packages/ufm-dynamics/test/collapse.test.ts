import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { integrateSpectralFlow } from "../src/index.js";
import { positiveStart, xor } from "./even-start.js";

const name = (group: readonly number[]): string =>
  group.every((n) => n === 2) ? `Z_2^${group.length}` : group.map((n) => `Z_${n}`).join(" x ");

const size = (group: readonly number[]): number => group.reduce((a, b) => a * b, 1);

/** The table of the README that begins with the same line: it must be what is computed here. */
function tableInReadme(computed: string): string {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const lines = readme.split("\n");
  const start = lines.indexOf(computed.split("\n")[0]!);
  const end = lines.findIndex((line, i) => i > start && !line.startsWith("|"));
  return start < 0 ? "" : lines.slice(start, end).join("\n");
}

/** Steps are good to 1e-9 in ln s, a hundred of them add up: squares of less than that are not resolved. */
const NOISE = 1e-14;

function formatV(v: number): string {
  if (v < NOISE) return `< ${NOISE.toExponential(0)}`;
  return v < 1e-4 ? v.toExponential(1) : v.toFixed(4);
}

const markdown = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---:"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

describe("the time at which V falls below 1e-6", () => {
  const cases = [xor(2), [5], [7], xor(3), [10], xor(4)].flatMap((group) =>
    [1, 2].map((seed) => ({ group, seed })),
  );
  const rows = cases.map(({ group, seed }) => {
    const flow = integrateSpectralFlow({
      group,
      strengths: positiveStart(group, seed),
      logTimes: [-Infinity, Math.log(1e8), 1e6],
      method: "rodas5p",
      maxEvaluations: 10_000,
      stopWhen: { lyapunovBelow: 1e-6 },
    });
    const [start, early, end] = flow.states;
    expect(flow.status).toBe("event");
    return { k: size(group), group, seed, start: start!, early: early!, end: end!, flow };
  });

  test("is in the README", () => {
    const table = markdown(
      ["classes", "group", "start", "V at t = 0", "V at t = 1e8", "log10 t at V = 1e-6"],
      rows.map(({ k, group, seed, start, early, end, flow }) => [
        String(k),
        name(group),
        String(seed),
        formatV(start.lyapunov!),
        // A flow that stopped before has no such state.
        flow.states.length === 3 ? formatV(early.lyapunov!) : "reached",
        ((end ?? early).logTime * Math.LOG10E).toPrecision(4),
      ]),
    );
    expect(tableInReadme(table)).toBe(table);
  });

  test("follows from how slowly deviations shrink", () => {
    for (const { k, flow } of rows) {
      const last = flow.states.at(-1)!;
      expect(Math.abs(last.lyapunov! / 1e-6 - 1)).toBeLessThan(1e-9);
      // Spread over all modes V is half a mean square, which falls like e^(-2 s / k), and s is near the margin, ln t at late times:
      // from order one to 1e-6 takes (k / 2) ln 1e6 at least, unless V was small before it got there.
      const start = flow.states[0]!.lyapunov!;
      expect(last.logTime).toBeGreaterThan((k / 2) * Math.log(start / 1e-6) * 0.5);
      expect(Math.abs(last.margin / last.logTime - 1)).toBeLessThan(0.2);
    }
  });
});

describe("V against time", () => {
  const groups = [2, 3, 4, 6, 8, 10, 12, 14, 16].map(xor);
  const exponents = Array.from({ length: 23 }, (_, i) => 2 * i - 4);
  const curves = groups.map((group) => {
    const flow = integrateSpectralFlow({
      group,
      strengths: positiveStart(group, 2),
      logTimes: [-Infinity, ...exponents.map((e) => e * Math.LN10)],
    });
    expect(flow.status).toBe("completed");
    // Only V is kept: a state of 65536 classes takes 2 MB.
    return { k: size(group), v: flow.states.map((state) => state.lyapunov!) };
  });
  const at = (v: readonly number[], exponent: number): number =>
    v[1 + exponents.indexOf(exponent)]!;

  test("falls from 4 to 65536 classes, the slower the more there are", () => {
    for (const { v } of curves) {
      for (let i = 1; i < v.length; i++) if (v[i]! > NOISE) expect(v[i]!).toBeLessThan(v[i - 1]!);
    }
    // What is left of V at t = 1e40; starts differ, so that neighbours may change places.
    const left = curves.map(({ v }) => at(v, 40) / v[0]!);
    for (let i = 2; i < left.length; i++) expect(left[i]!).toBeGreaterThan(left[i - 2]!);
    expect(left.at(-1)!).toBeGreaterThan(0.9);
  });

  test("is in the README", () => {
    const shown = [0, 2, 4, 8, 16, 40];
    const table = markdown(
      ["classes", "t = 0", ...shown.map((e) => (e === 0 ? "1" : `1e${e}`))],
      curves.map(({ k, v }) => [String(k), formatV(v[0]!), ...shown.map((e) => formatV(at(v, e)))]),
    );
    expect(tableInReadme(table)).toBe(table);
  });

  test("the figure of the README is what the code draws", async () => {
    const [left, top, width, height] = [62, 20, 470, 300];
    const [low, high, lowest] = [-4, 40, -8];
    const x = (exponent: number): number =>
      Math.round(left + (width * (exponent - low)) / (high - low));
    const y = (v: number): number => Math.round(top + (height * Math.log10(v)) / lowest);
    const text = (where: string, content: string): string => `<text ${where}>${content}</text>`;
    const colors = ["#1b9e77", "#d95f02", "#7570b3", "#e7298a", "#66a61e", "#a6761d", "#666666"];
    const shown = curves.filter(({ k }) => [4, 8, 16, 64, 256, 4096, 65536].includes(k));
    const lines = shown.flatMap(({ k, v }, i) => {
      const points: string[] = [];
      // Down to the bottom of the frame, where noise of the integration begins.
      for (const e of exponents) {
        const value = at(v, e);
        if (value < 10 ** lowest) break;
        points.push(`${x(e)},${y(value)}`);
      }
      const color = colors[i]!;
      return [
        `<polyline points="${points.join(" ")}" fill="none" stroke="${color}" stroke-width="2"/>`,
        text(`x="${left + width + 14}" y="${top + 24 + 22 * i}" fill="${color}"`, `k = ${k}`),
      ];
    });
    const ticks: string[] = [];
    for (let e = 0; e <= high; e += 10) {
      ticks.push(
        text(`x="${x(e)}" y="${top + height + 18}" text-anchor="middle"`, e === 0 ? "1" : `1e${e}`),
      );
    }
    for (let e = 0; e >= lowest; e -= 2) {
      ticks.push(
        text(`x="${left - 8}" y="${y(10 ** e) + 4}" text-anchor="end"`, e === 0 ? "1" : `1e${e}`),
      );
    }
    const svg = [
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 370" font-family="sans-serif" font-size="12">`,
      "<title>V against time for 4 to 65536 classes, both axes logarithmic</title>",
      `<rect width="640" height="370" fill="white"/>`,
      `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="none" stroke="#888"/>`,
      ...ticks,
      text(`x="${left + width / 2}" y="360" text-anchor="middle"`, "time t"),
      text(
        `x="16" y="${top + height / 2}" text-anchor="middle" transform="rotate(-90 16 ${top + height / 2})"`,
        "V",
      ),
      ...lines,
      "</svg>",
      "",
    ].join("\n");
    await expect(svg).toMatchFileSnapshot("../collapse.svg");
  });
});
