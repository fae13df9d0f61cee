import type { Progress } from "@xent/app-kit";

/** How much work: seconds for CI, minutes, or as long as it takes. */
export type Budget = "smoke" | "quick" | "full";

export const BUDGETS: readonly Budget[] = ["smoke", "quick", "full"];

/** The three papers by the letters that the whole repository uses. */
export type Paper = "[H] 2512.04006" | "[G] 2603.13552" | "[F] 2605.06081";

/** What the paper says, before anything is run. */
export interface Claim {
  readonly id: string;
  /** In a sentence that can be true or false. */
  readonly says: string;
  /** Where: "Table 1", "abstract"; "text" where it has no number. */
  readonly where: string;
  /** Its value as printed; absent where it gives none that we know. */
  readonly value?: string;
}

/** "agrees", "differs", or "partly": true of some of what was run, or in kind and not in size. */
export type Verdict = "agrees" | "partly" | "differs";

/** A claim beside what was measured. */
export interface Finding {
  readonly claim: string;
  /** What is measured, with its unit. */
  readonly quantity: string;
  /** One number a seed; a finding without randomness has one. */
  readonly values: readonly number[];
  readonly format: "number" | "percent";
  /** The paper's value of this very quantity, where the claim has several. */
  readonly paper?: string;
  readonly verdict: Verdict;
  /** Where and why it differs, plainly. */
  readonly remark?: string;
}

/** A drawing with its words. */
export interface Drawing {
  readonly title: string;
  readonly caption: string;
  readonly svg: string;
}

/** Settings that are run apart, so that threads can share them and an interrupted run loses little. */
export interface Parts<Settings, Run> {
  split(settings: Settings): readonly Settings[];
  /** The run of the whole from those of its parts, in their order: what `run` of the whole gives. */
  join(runs: readonly Run[]): Run;
}

/** One experiment. `Run` is plain JSON: it is stored between calls. */
export interface Experiment<Settings = unknown, Run = unknown> {
  readonly name: string;
  readonly paper: Paper;
  readonly title: string;
  /** What is done, for a reader who has not seen the code. */
  readonly method: string;
  readonly claims: readonly Claim[];
  readonly settings: Readonly<Record<Budget, Settings>>;
  readonly seeds: Readonly<Record<Budget, readonly number[]>>;
  /** Raised when `run` comes to give something else for the same settings: stored runs are then run again. Default 1. */
  readonly revision?: number;
  /** One seed. Equal settings and seed give equal results. */
  run(settings: Settings, seed: number, progress: Progress): Promise<Run>;
  /** Absent: one part. */
  readonly parts?: Parts<Settings, Run>;
  /** What the runs of all seeds say to each claim. */
  compare(runs: readonly Run[], settings: Settings): Finding[];
  plot(runs: readonly Run[], settings: Settings): Drawing[];
}

/** An experiment of any kind, as the command line sees it. */
export type AnyExperiment = Experiment<unknown, unknown>;

/** Forgets the types, which only the experiment itself needs. */
export function anyExperiment<Settings, Run>(one: Experiment<Settings, Run>): AnyExperiment {
  return one;
}

/** What cannot be run here, with the command that would. */
export interface NotRun {
  readonly title: string;
  readonly paper: Paper;
  readonly needs: string;
  readonly command: string;
}
