import { expose } from "comlink";
import { checkOwn, type Outcome, runSuites, type Statement, statements } from "./compute.js";
import type { InvariantsState } from "./state.js";

let stopAsked = false;

const api = {
  statements: (filter: Pick<InvariantsState, "package" | "text">): Statement[] =>
    statements(filter),
  run(options: InvariantsState, report: (outcome: Outcome) => void): Promise<Outcome[]> {
    stopAsked = false;
    return runSuites(options, report, () => stopAsked);
  },
  stop(): void {
    stopAsked = true;
  },
  checkOwn,
};

export type InvariantsWorker = typeof api;

expose(api);
