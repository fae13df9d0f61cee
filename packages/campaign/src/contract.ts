/** Any JSON value. Numbers are finite and not -0 (see `canonicalJson`). */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** A planned piece of work with its result, as a report reads it. */
export interface Entry<Payload = unknown, Result = unknown> {
  /** Place in the plan, from 0. */
  readonly index: number;
  readonly payload: Payload;
  readonly result: Result;
}

/** What a campaign says, in the three forms in which the command prints it. */
export interface Report {
  /** Printed by `--json`; plain data. */
  readonly json: unknown;
  /** A table for a terminal. */
  readonly text: string;
  /** One self-contained page. */
  readonly html?: string;
  /** Whether everything that was stated held: exit code 0, else 1. */
  readonly ok: boolean;
}

/** What a job may look at while it runs. */
export interface RunContext {
  /** Fires when the result is not wanted any more: the job may stop and throw. */
  readonly signal: AbortSignal;
}

/**
 * A campaign: a typed list of independent, deterministic, idempotent jobs, and what their results say.
 * A module exports one as `campaign`, and `xent campaign run ./module.js` runs it.
 *
 * @typeParam Settings - what the user chooses; plain data.
 * @typeParam Payload - what one job needs; JSON that survives canonicalisation.
 * @typeParam Result - what one job gives; JSON that survives canonicalisation.
 */
export interface CampaignDefinition<Settings = unknown, Payload = unknown, Result = unknown> {
  /** Short, stable, kebab-case. */
  readonly name: string;
  /**
   * Names the code that decides results, the same on every machine: a package's version, or
   * `codeVersion` of `@xent/campaign/node`. A worker refuses jobs of another version.
   */
  readonly version: string;
  readonly description: string;
  /** Name of each setting with what it means: the command makes an option `--name <value>` of each. */
  readonly settings: Readonly<Record<string, string>>;
  /**
   * Settings out of what a file or the command line gave: an object whose values are JSON, or the
   * texts of options. @throws DomainError that names what is wrong.
   */
  parseSettings(value: unknown): Settings;
  /** Number of payloads that `plan` yields; finite. */
  size(settings: Settings): number;
  /**
   * Deterministic and lazy: called again for each resume and report, never held in memory as a whole.
   * No payload comes twice.
   */
  plan(settings: Settings): Iterable<Payload>;
  /**
   * Jobs of lower numbers start first on engines that can (the queue): an integer in [0, 2^21), default 0.
   * Results do not depend on it.
   */
  priority?(payload: Payload): number;
  /** Validates on both sides of a queue. @throws DomainError */
  parsePayload(value: unknown): Payload;
  /** Validates on both sides of a queue. @throws DomainError */
  parseResult(value: unknown): Result;
  /** Equal payloads give equal results, on any machine, run any number of times. */
  run(payload: Payload, context: RunContext): Result | Promise<Result>;
  /** Folds the results that are known, in the order of the plan; those missing are left out. */
  report(settings: Settings, entries: Iterable<Entry<Payload, Result>>): Report | Promise<Report>;
}

/**
 * A campaign of any kind, as engines and the command line see it. Methods are bivariant, so that every
 * definition is one.
 */
export type AnyCampaign = CampaignDefinition;

/** Identity with inference of the three types. */
export function defineCampaign<Settings, Payload, Result>(
  campaign: CampaignDefinition<Settings, Payload, Result>,
): CampaignDefinition<Settings, Payload, Result> {
  return campaign;
}

/** One payload of a plan under its content-derived id. */
export interface Job {
  /** 64 hexadecimal digits: `jobId(campaign, version, payload)`. */
  readonly id: string;
  /** Place in the plan, from 0; not part of the id. */
  readonly index: number;
  readonly payload: unknown;
}

/** What is known of a finished job beside its result; not reproducible and not compared. */
export interface JobStats {
  /** Milliseconds of work of the attempt that succeeded. */
  readonly ms: number;
  /** From 1. */
  readonly attempts: number;
}

/** A job that was given up. */
export interface JobFailure {
  /** One line. */
  readonly error: string;
  /** How often it was tried. */
  readonly attempts: number;
}

/**
 * How an engine tells the coordinator. Both may throw (a full disk, a second result that differs): the
 * engine then starts no more jobs and its `run` rejects with that error.
 */
export interface EngineEvents {
  /** `result` is canonical JSON. May be called twice for one job (a stalled worker that came back). */
  onDone(job: Job, result: string, stats: JobStats): void;
  onFailed(job: Job, failure: JobFailure): void;
}

/** When an engine stops before its jobs are all done. */
export interface EngineSignals {
  /** No further job starts; those that run are finished and told. */
  readonly drain: AbortSignal;
  /** Those that run are ended as well. */
  readonly kill: AbortSignal;
}

/** Where jobs are run. */
export interface Engine {
  /**
   * Pulls jobs as there is room for them (the iterable is lazy and may be huge) and tells of each one
   * through `events`, in any order. Resolves when every job pulled is told, or when a signal ended it;
   * jobs without a word are run again by the next resume.
   * @throws EngineError when the engine itself fails; whatever an event threw.
   */
  run(jobs: Iterable<Job>, events: EngineEvents, signals: EngineSignals): Promise<void>;
  /** Releases threads and connections. Idempotent. */
  close(): Promise<void>;
}

/** What a store knows of a job. */
export type Stored =
  | { readonly state: "done"; readonly result: string; readonly stats: JobStats }
  | { readonly state: "failed"; readonly failure: JobFailure };

/**
 * Results by job id. Whatever order they arrive in and however often, it holds each once.
 * Writes are synchronous: when `put` returns, the result survives the end of this process.
 */
export interface Store {
  /** Number of jobs that it knows, those of other campaigns and versions included. */
  readonly size: number;
  /** "done" and "failed" are final for a run; a failure may be replaced by a result. */
  stateOf(id: string): "done" | "failed" | undefined;
  get(id: string): Stored | undefined;
  /**
   * Keeps a result (canonical JSON). The same bytes again are ignored.
   * @returns whether it was new.
   * @throws NondeterminismError for other bytes under an id that is done.
   * @throws StoreError when it cannot be written.
   */
  put(id: string, result: string, stats: JobStats): boolean;
  /** Notes that a job was given up; ignored when it is done. @throws StoreError */
  putFailure(id: string, failure: JobFailure): void;
}
