import { DomainError } from "@xent/linalg";
import { canonicalJson } from "./canonical-json.js";
import type { AnyCampaign, Engine, EngineEvents, Entry, Job, Report, Store } from "./contract.js";
import { jobsOfPlan } from "./job-id.js";
import { Pace, type Progress } from "./pace.js";

/** Where a campaign stands, counted over its plan. */
export interface Tally {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  /** Neither: still to be run. */
  readonly missing: number;
}

/** What to run where. */
export interface RunCampaignOptions {
  readonly campaign: AnyCampaign;
  /** As `campaign.parseSettings` gave them. */
  readonly settings: unknown;
  readonly engine: Engine;
  readonly store: Store;
  /** Stops after the jobs that run now. */
  readonly drain?: AbortSignal;
  /** Stops at once. */
  readonly kill?: AbortSignal;
  /** Try again what an earlier run gave up. */
  readonly retryFailed?: boolean;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Runs what the store does not know yet, and stores it as it is told. Run it again after any end, and it
 * goes on: jobs are independent and idempotent, and a result is kept once, so the order of completion,
 * the engine and the number of its workers are not seen in the store's contents.
 *
 * @throws NondeterminismError, StoreError (after which the store holds what it held), EngineError.
 */
export async function runCampaign(options: RunCampaignOptions): Promise<Tally> {
  const { campaign, settings, engine, store } = options;
  const never = new AbortController().signal;
  const pace = new Pace();
  const counts = { total: campaign.size(settings), done: 0, failed: 0 };
  const tell = (): void => options.onProgress?.(pace.progress(counts));

  let planned = false;
  function* pending(): Generator<Job> {
    for (const job of jobsOfPlan(campaign, settings)) {
      const state = store.stateOf(job.id);
      if (state === "done") counts.done++;
      else if (state === "failed" && options.retryFailed !== true) counts.failed++;
      else yield job;
    }
    planned = true;
  }
  const events: EngineEvents = {
    onDone(job, result, stats) {
      // What came over a wire is a result of this campaign, in the one form in which it is compared.
      const checked = canonicalJson(campaign.parseResult(JSON.parse(result)));
      if (!store.put(job.id, checked, stats)) return;
      counts.done++;
      pace.tick();
      tell();
    },
    onFailed(job, failure) {
      if (store.stateOf(job.id) === "done") return;
      store.putFailure(job.id, failure);
      counts.failed++;
      pace.tick();
      tell();
    },
  };
  tell();
  await engine.run(pending(), events, {
    drain: options.drain ?? never,
    kill: options.kill ?? never,
  });
  const counted = tally(campaign, settings, store);
  if (planned && counted.done + counted.failed > store.size) {
    throw new DomainError(`campaign ${campaign.name} plans a payload twice`);
  }
  return counted;
}

/** The jobs of a plan that a store knows, in the order of the plan. */
function* knownJobs(campaign: AnyCampaign, settings: unknown, store: Store): Generator<Job> {
  // Of a plan of 1e8 jobs that has just begun, the rest need not be looked up. A plan that may be
  // finished is walked to its end, where its length is checked.
  const partial = store.size < campaign.size(settings);
  let found = 0;
  for (const job of jobsOfPlan(campaign, settings)) {
    if (partial && found === store.size) return;
    if (store.stateOf(job.id) === undefined) continue;
    found++;
    yield job;
  }
}

/** Counts a plan against a store. Cost: one hash and one look-up a job, memory O(1). */
export function tally(campaign: AnyCampaign, settings: unknown, store: Store): Tally {
  let [done, failed] = [0, 0];
  for (const { id } of knownJobs(campaign, settings, store)) {
    if (store.stateOf(id) === "done") done++;
    else failed++;
  }
  const total = campaign.size(settings);
  return { total, done, failed, missing: total - done - failed };
}

/** A job that was given up, with what it was. */
export interface FailedJob {
  readonly id: string;
  readonly payload: unknown;
  readonly error: string;
  readonly attempts: number;
}

/** What a campaign says, and what it does not know. */
export interface CampaignReport {
  readonly report: Report;
  readonly tally: Tally;
  /** The first of the failed jobs in the order of the plan, at most 100. */
  readonly failures: readonly FailedJob[];
}

const FAILURES_SHOWN = 100;

/**
 * Folds what the store holds in the order of the plan. Equal contents give equal bytes, whatever engine
 * and order filled the store. Memory: that of the campaign's own fold.
 */
export async function reportOf(
  campaign: AnyCampaign,
  settings: unknown,
  store: Store,
): Promise<CampaignReport> {
  const counts = { total: campaign.size(settings), done: 0, failed: 0 };
  const failures: FailedJob[] = [];

  function* entries(): Generator<Entry> {
    for (const { id, index, payload } of knownJobs(campaign, settings, store)) {
      const stored = store.get(id);
      if (stored?.state === "done") {
        counts.done++;
        yield { index, payload, result: campaign.parseResult(JSON.parse(stored.result)) };
      } else if (stored?.state === "failed") {
        counts.failed++;
        if (failures.length < FAILURES_SHOWN) failures.push({ id, payload, ...stored.failure });
      }
    }
  }
  const all = entries();
  const report = await campaign.report(settings, all);
  // A report that stops reading early is still counted over the whole plan.
  while (all.next().done !== true);
  return {
    report,
    tally: { ...counts, missing: counts.total - counts.done - counts.failed },
    failures,
  };
}
