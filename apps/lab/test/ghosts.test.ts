import { lineLossSeries, partialSums, partition } from "@xent/taylor-radius";
import { expect, test } from "vitest";
import { readState } from "../src/url/fields.js";
import {
  ghostNumbers,
  ghostsAnswer,
  lineLoss,
  plane,
  reachOf,
} from "../src/views/ghosts/compute.js";
import { ghostsScript } from "../src/views/ghosts/script.js";
import { consistent, ghostsSchema } from "../src/views/ghosts/state.js";
import { runScript } from "./run-script.js";

const state = (query: string) => consistent(readState(ghostsSchema, new URLSearchParams(query)));

test("two classes have the closed form sqrt(gap^2 + pi^2) / |difference of slopes|", () => {
  const { numbers } = ghostsAnswer(state("z=1.5,0&a=0,2"));
  const exact = Math.hypot(1.5, Math.PI) / 2;
  // A hypot, a division and the rounding of pi: a few units in the last place.
  expect(Math.abs(numbers.nearest.radius - exact)).toBeLessThanOrEqual(8 * 2 ** -53 * exact);
});

test("the field is small at the ghosts and mirrors across the real axis", () => {
  const { z, a } = state("");
  const numbers = ghostNumbers(z, a);
  const shown = plane(z, a, reachOf(numbers), 31);
  expect(shown.complete).toBe(true);
  for (const ghost of shown.ghosts) {
    const value = partition(z, a, ghost);
    // |F| grows at most by sum |a_k| e^(a_k dx) from the zero, and the zero is known to `error`.
    expect(Math.hypot(value.re, value.im)).toBeLessThan(1e-9);
  }
  for (let i = 0; i < 31; i++) expect(shown.field[3 * 31 + i]).toBe(shown.field[27 * 31 + i]);
});

test("the loss of the line is the series inside the radius", () => {
  const { z, a, label } = state("");
  const t = 0.3 * ghostNumbers(z, a).nearest.radius;
  const sums = partialSums(lineLossSeries(z, a, label, 60), t).re;
  // 0.3^61 is far below rounding; sixty terms of order one remain.
  expect(Math.abs(sums[60]! - lineLoss(z, a, label, t))).toBeLessThan(60 * 2 ** -52);
});

test("lists of different lengths in an address are cut to the shorter", () => {
  const cut = state("z=1,2,3&a=0,1&label=7");
  expect([cut.z.length, cut.a.length, cut.label]).toEqual([2, 2, 1]);
});

test("the script prints the numbers of the view", () => {
  const s = state("z=0.3,-1,2,0.5&a=1,-2,0.25,0.125&label=2&order=9&x=1.3");
  const { numbers, line } = ghostsAnswer(s);
  expect(runScript(ghostsScript(s))).toMatchObject({
    spread: numbers.spread,
    exact: numbers.nearest.radius,
    lower: numbers.nearest.lower,
    t: line.at,
    loss: line.lossAt,
    sum: line.sumAt,
  });
});
