import { expose } from "comlink";
import {
  type CollapseFrame,
  type CollapseRun,
  type CollapseTrajectory,
  collapseFrame,
  collapseTrajectory,
  denseComparison,
} from "./compute.js";
import type { consistent } from "./state.js";

type Problem = ReturnType<typeof consistent>;

/** The last trajectory: its states stay here, up to 5 MB of them. */
let last: { readonly key: string; readonly trajectory: CollapseTrajectory } | undefined;

function trajectoryOf(problem: Problem): CollapseTrajectory {
  const { group, strengths, layers, loss, end } = problem;
  const key = JSON.stringify([group, Array.from(strengths), layers, loss, end]);
  if (last?.key !== key) last = { key, trajectory: collapseTrajectory(problem) };
  return last.trajectory;
}

const api = {
  run: (problem: Problem): CollapseRun => trajectoryOf(problem).run,
  frame: (problem: Problem): CollapseFrame =>
    collapseFrame(problem, trajectoryOf(problem).states, problem.at),
  denseComparison,
};

export type CollapseWorker = typeof api;

expose(api);
