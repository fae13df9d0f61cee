import { symmetricStrength } from "@xent/ufm-dynamics";
import { expect, test } from "vitest";
import { readState } from "../src/url/fields.js";
import { collapseFrame, collapseTrajectory } from "../src/views/collapse/compute.js";
import { collapseScript } from "../src/views/collapse/script.js";
import { collapseSchema, consistent, groupName, groupsOf } from "../src/views/collapse/state.js";
import { runScript } from "./run-script.js";

const problem = (query: string) =>
  consistent(readState(collapseSchema, new URLSearchParams(query)));

test("equal modes follow the closed form", () => {
  const p = problem("k=4&spectrum=1,1,1&end=3");
  const { states } = collapseTrajectory(p);
  for (const state of states.filter((_, i) => i % 40 === 0)) {
    const exact = symmetricStrength(4, 1, state.time);
    // The local tolerance is 1e-9; some tens of steps add up.
    expect(Math.abs(state.logitSpectrum[1]! - exact)).toBeLessThan(1e-7 * exact);
  }
});

test("V falls along the run, and a collapsed state measures as one", () => {
  const { run } = collapseTrajectory(problem("k=4&spectrum=3,1,0.5&end=12"));
  const p = problem("k=4&spectrum=3,1,0.5&end=300&at=160");
  const { states } = collapseTrajectory(p);
  // V is about half the square of the deviations d of the strengths, which are known to some 1e-9: while
  // V > 1e-8, d > 1e-4 and V is known to 2e-5 of itself. Below, its own error shows.
  const v = Array.from(run.logLyapunov).filter((x) => x > -8);
  expect(v.length).toBeGreaterThan(20);
  expect(v.every((x, i) => i === 0 || x <= v[i - 1]! + 1e-5)).toBe(true);
  const frame = collapseFrame(p, states, p.at);
  const start = collapseFrame(p, states, 0);
  expect(frame.etfDistance).toBeLessThan(0.01 * start.etfDistance);
  expect(frame.nc2Angles).toBeLessThan(0.01 * start.nc2Angles!);
  expect(frame.nc4).toBe(0);
});

test("the logits shown are those of the group: rows of a circulant matrix turn", () => {
  const p = problem("k=5&group=5");
  const { states } = collapseTrajectory(p);
  const { logits } = collapseFrame(p, states, 40);
  for (let i = 0; i < 5; i++) {
    for (let j = 0; j < 5; j++) {
      expect(logits.data[i * 5 + j]).toBe(logits.data[((i + 1) % 5) * 5 + ((j + 1) % 5)]);
    }
  }
});

test("a group or spectrum that does not fit k has its fallback", () => {
  expect(problem("k=6&group=2,2").group).toEqual([6]);
  expect(problem("k=8&group=2,4").group).toEqual([2, 4]);
  expect(problem("k=6&spectrum=1,2").spectrum).toEqual([]);
  expect(groupsOf(8).map(groupName)).toEqual(["Z₂ × Z₂ × Z₂", "Z₈", "Z₄ × Z₂"]);
});

test("the script prints the numbers of the view, for dragged bars and for drawn ones", () => {
  for (const query of [
    "k=6&spectrum=1,2,0.5,2,1&at=100",
    "k=10&seed=5&at=90&layers=3&end=4",
    "k=7&loss=squared&at=80",
  ]) {
    const p = problem(query);
    const { run, states } = collapseTrajectory(p);
    const frame = collapseFrame(p, states, p.at);
    const printed = runScript(collapseScript(p));
    expect(printed["loss"]).toBe(frame.loss);
    expect(printed["ratio"]).toBe(frame.ratio);
    expect(printed["evaluations"]).toBe(run.evaluations);
  }
});
