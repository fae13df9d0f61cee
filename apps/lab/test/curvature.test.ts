import { expect, test } from "vitest";
import { readState } from "../src/url/fields.js";
import { curvatureAnswer, trustMap } from "../src/views/curvature/compute.js";
import { curvatureScript } from "../src/views/curvature/script.js";
import { consistent, curvatureSchema, withProbability } from "../src/views/curvature/state.js";
import { runScript } from "./run-script.js";

const state = (query: string) => consistent(readState(curvatureSchema, new URLSearchParams(query)));
const U = 2 ** -53;

test("the matrices are those of the formulas, entry by entry", () => {
  const { p, label } = state("p=0.4,0.3,0.2,0.1&label=1");
  const { ggn, fgn, within, residual } = curvatureAnswer({ p, label });
  const py = p[label]!;
  const q = p.map((v, j) => (j === label ? 0 : v / (1 - py)));
  const v = q.map((x, j) => (j === label ? 1 : 0) - x);
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < 4; j++) {
      const at = 4 * i + j;
      const same = i === j ? 1 : 0;
      // The logits are logarithms of p, which the softmax undoes to some roundings; entries are at most 1/4.
      expect(Math.abs(ggn.data[at]! - (same * p[i]! - p[i]! * p[j]!))).toBeLessThan(20 * U);
      expect(Math.abs(fgn.data[at]! - py * (1 - py) * v[i]! * v[j]!)).toBeLessThan(20 * U);
      expect(Math.abs(within.data[at]! - (1 - py) * (same * q[i]! - q[i]! * q[j]!))).toBeLessThan(
        20 * U,
      );
    }
  }
  expect(residual).toBeLessThan(20 * U);
});

test("the map of trust has the closed form of the traces", () => {
  const { side, shares, classes } = trustMap(5, 12);
  for (const i of [0, 17, 77, 143]) {
    const strongest = 1 - ((Math.floor(i / side) + 0.5) / side) * (1 - 1 / (classes - 1));
    const margin = 6 * ((2 * (i % side) + 1) / side - 1);
    const p = 1 / (1 + Math.exp(-margin));
    const squares = strongest ** 2 + (classes - 2) * ((1 - strongest) / (classes - 2)) ** 2;
    const share = (1 - squares) / (1 - squares + p * (1 + squares));
    // Exponentials of logarithms of size up to 6: some 6 roundings each, times a few terms.
    expect(Math.abs(shares[i]! - share)).toBeLessThan(200 * U);
  }
});

test("two classes leave nothing to drop", () => {
  expect(curvatureAnswer(state("p=0.7,0.3")).droppedShare).toBe(0);
  expect(trustMap(2, 4).shares.every((s) => s === 0)).toBe(true);
});

test("a dragged probability keeps the sum", () => {
  const p = withProbability([0.5, 0.3, 0.2], 1, 0.9);
  expect(p[1]).toBe(0.9);
  // Six digits are kept.
  expect(Math.abs(p.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-5);
  expect(withProbability([0.5, 0.5], 0, 5).every((v) => v > 0 && v < 1)).toBe(true);
});

test("the script prints the numbers of the view", () => {
  const s = state("p=3,1,1,0.001&label=2");
  const { margin, fgnTrace, ggnTrace, droppedShare, residual } = curvatureAnswer(s);
  expect(runScript(curvatureScript(s))).toMatchObject({
    margin,
    fgnTrace,
    ggnTrace,
    droppedShare,
    residual,
  });
});
