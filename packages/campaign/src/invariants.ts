import { type AnyInvariant, type DeclaredPrecision, defineInvariant } from "@xent/invariants";
import * as fc from "fast-check";
import { canonicalJson } from "./canonical-json.js";
import type { AnyCampaign, Json, Store } from "./contract.js";
import { defineCampaign } from "./contract.js";
import { jobId, jobsOfPlan } from "./job-id.js";
import { MemoryStore } from "./memory-store.js";
import { formatProgress, Pace, type Progress } from "./pace.js";

/** What is measured: pass your own implementation to check it. */
export interface CampaignSubject extends DeclaredPrecision {
  canonicalJson(this: void, value: unknown): string;
  jobId(this: void, campaign: string, version: string, payload: unknown): string;
  createStore(this: void): Store;
  /** As `Pace` gives it after ticks at these times (milliseconds, ascending), asked at the last. */
  progressAfter(
    this: void,
    ticks: readonly number[],
    counts: Pick<Progress, "total" | "done" | "failed">,
  ): Progress;
}

/** The implementation of this package. */
export const campaignSubject: CampaignSubject = {
  canonicalJson,
  jobId,
  createStore: () => new MemoryStore(),
  progressAfter(ticks, counts) {
    let now = 0;
    const pace = new Pace(() => now);
    for (const at of ticks) {
      now = at;
      pace.tick();
    }
    return pace.progress(counts);
  },
};

/** Names that collide where keys are ordered by locale, numerically, or through a prototype. */
const keys = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 4 }),
  fc.constantFrom("__proto__", "constructor", "10", "9", "-0", "é", "\ufb33", "😀", "€", ""),
);
const numbers = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (x === 0 ? 0 : x)),
  fc.constantFrom(0, 5e-324, 1.7976931348623157e308, 1e21, 2 ** 53, 0.1 + 0.2, 0.3),
);

const { json: anyJson } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.oneof(
      numbers,
      fc.boolean(),
      fc.constant(null),
      fc.string({ unit: "grapheme", maxLength: 8 }),
      // Texts that look like other values.
      fc.constantFrom("0", "null", "[]", "{}", '"'),
    ),
    fc.array(tie("json"), { maxLength: 4 }),
    fc
      .array(fc.tuple(keys, tie("json")), { maxLength: 4 })
      .map((pairs) => objectOf(pairs.map(([k, v]) => [k, v] as const))),
  ),
}));

/** Own properties whatever the name: assigning to "__proto__" would set the prototype. */
function objectOf(pairs: readonly (readonly [string, Json])[]): { readonly [key: string]: Json } {
  return Object.fromEntries(pairs);
}

/** The same value with the keys of every object the other way round. */
function reordered(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(reordered);
  if (typeof value !== "object" || value === null) return value;
  return objectOf(
    Object.entries(value as { readonly [key: string]: Json })
      .map(([k, v]) => [k, reordered(v)] as const)
      .reverse(),
  );
}

/** Deep equality of JSON values, independent of any text of them. */
function sameJson(a: Json, b: Json): boolean {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) {
    return Object.is(a, b);
  }
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a, b] as { readonly [key: string]: Json }[];
  const names = Object.keys(left!);
  return (
    names.length === Object.keys(right!).length &&
    names.every((k) => Object.hasOwn(right!, k) && sameJson(left![k]!, right![k]!))
  );
}

/** A small campaign whose report shows every result, its place and its order. */
function campaignOf(payloads: readonly Json[]): AnyCampaign {
  return defineCampaign<null, Json, Json>({
    name: "drawn",
    version: "1",
    description: "payloads that were drawn",
    settings: {},
    parseSettings: () => null,
    size: () => payloads.length,
    plan: () => payloads,
    parsePayload: (value) => value as Json,
    parseResult: (value) => value as Json,
    run: (payload) => [payload],
    report: (_, entries) => {
      const json = [...entries].map((e) => [e.index, e.result]);
      return { json, text: String(json.length), ok: true };
    },
  });
}

/** What a report would fold: the results that a store has, in the order of the plan, as bytes. */
function folded(campaign: AnyCampaign, store: Store): string {
  const parts: string[] = [];
  for (const { id, index } of jobsOfPlan(campaign, null)) {
    const known = store.get(id);
    if (known?.state === "done") parts.push(`${index}:${known.result}`);
  }
  return parts.join("\n");
}

const truth = (holds: boolean): { error: number; tolerance: number } => ({
  error: holds ? 0 : 1,
  tolerance: 0,
});

const distinct = fc.uniqueArray(anyJson, {
  comparator: (a, b) => sameJson(a, b),
  minLength: 1,
  maxLength: 8,
});

/** Everything that must always hold. All but the last are exact: error 0, tolerance 0. */
export function campaignInvariants(): AnyInvariant<CampaignSubject>[] {
  return [
    defineInvariant<CampaignSubject>()({
      id: "campaign/equal-payloads-equal-ids",
      statement: "id(p) = id(q) iff p = q as JSON values, whatever the order of keys",
      source: "[ours] docs/campaigns.md; RFC 8785",
      arbitrary: fc.record({ a: anyJson, b: anyJson, twin: fc.boolean() }),
      measure: ({ a, b, twin }, subject) => {
        const other = twin ? reordered(a) : b;
        const ids = [a, other].map((p) => subject.jobId("c", "1", p));
        return truth((ids[0] === ids[1]) === sameJson(a, other));
      },
    }),
    defineInvariant<CampaignSubject>()({
      id: "campaign/canonical-text-comes-back",
      statement: "parse(canonical(v)) = v, and canonical(parse(canonical(v))) = canonical(v)",
      source: "RFC 8785",
      arbitrary: anyJson,
      measure: (value, subject) => {
        const text = subject.canonicalJson(value);
        const back = JSON.parse(text) as Json;
        return truth(sameJson(back, value) && subject.canonicalJson(back) === text);
      },
    }),
    defineInvariant<CampaignSubject>()({
      id: "campaign/names-and-versions-part-ids",
      statement: "id(c, v, p) = id(c', v', p) iff c = c' and v = v'",
      source: "[ours] docs/campaigns.md",
      arbitrary: fc.record({
        // Pairs whose concatenations agree.
        first: fc.tuple(fc.constantFrom("a", "ab", "ab1"), fc.constantFrom("", "1", "b1")),
        second: fc.tuple(fc.constantFrom("a", "ab", "ab1"), fc.constantFrom("", "1", "b1")),
        payload: anyJson,
      }),
      measure: ({ first, second, payload }, subject) => {
        const [a, b] = [first, second].map(([c, v]) => subject.jobId(c, v, payload));
        return truth((a === b) === (first[0] === second[0] && first[1] === second[1]));
      },
    }),
    defineInvariant<CampaignSubject>()({
      id: "campaign/order-of-completion-is-not-seen",
      statement: "the fold of a store is the same for any order, and any repetition, of its puts",
      source: "[ours] docs/campaigns.md",
      arbitrary: fc.record({ payloads: distinct, order: fc.array(fc.nat(7), { maxLength: 20 }) }),
      measure: ({ payloads, order }, subject) => {
        const campaign = campaignOf(payloads);
        const jobs = [...jobsOfPlan(campaign, null)];
        const [straight, mixed] = [subject.createStore(), subject.createStore()];
        const put = (store: Store, i: number, attempts: number): void => {
          const { id, payload } = jobs[i]!;
          store.put(id, subject.canonicalJson([payload]), { ms: 7 * i, attempts });
        };
        jobs.forEach((_, i) => {
          put(straight, i, 1);
        });
        order.forEach((i, attempts) => {
          // A failure on the way, before or after the result, must leave no trace.
          const job = jobs[i % jobs.length]!;
          mixed.putFailure(job.id, { error: "lost", attempts });
          if (attempts % 2 === 0) put(mixed, i % jobs.length, attempts + 1);
        });
        for (let i = jobs.length - 1; i >= 0; i--) put(mixed, i, 1);
        return truth(folded(campaign, straight) === folded(campaign, mixed));
      },
    }),
    defineInvariant<CampaignSubject>()({
      id: "campaign/resume-is-uninterrupted",
      statement: "stopped after any set of jobs and resumed, a store folds as one of a single run",
      source: "[ours] docs/campaigns.md",
      arbitrary: fc.record({ payloads: distinct, known: fc.array(fc.boolean(), { maxLength: 8 }) }),
      measure: ({ payloads, known }, subject) => {
        const campaign = campaignOf(payloads);
        const jobs = [...jobsOfPlan(campaign, null)];
        const [single, stopped] = [subject.createStore(), subject.createStore()];
        const stats = { ms: 1, attempts: 1 };
        const run = (store: Store): number => {
          let count = 0;
          for (const { id, payload } of jobs) {
            if (store.stateOf(id) === "done") continue;
            store.put(id, subject.canonicalJson([payload]), stats);
            count++;
          }
          return count;
        };
        run(single);
        jobs.forEach(({ id, payload }, i) => {
          if (known[i] === true) stopped.put(id, subject.canonicalJson([payload]), stats);
        });
        const before = stopped.size;
        const resumed = run(stopped);
        return truth(
          before + resumed === jobs.length &&
            stopped.size === jobs.length &&
            folded(campaign, single) === folded(campaign, stopped),
        );
      },
    }),
    defineInvariant<CampaignSubject>()({
      id: "campaign/other-results-are-refused",
      statement: "a second result with other bytes throws and changes nothing",
      source: "[ours] docs/campaigns.md",
      arbitrary: fc.record({ first: anyJson, second: anyJson }),
      measure: ({ first, second }, subject) => {
        const store = subject.createStore();
        const id = subject.jobId("c", "1", 0);
        const [a, b] = [first, second].map((v) => subject.canonicalJson(v)) as [string, string];
        store.put(id, a, { ms: 1, attempts: 1 });
        let threw = false;
        try {
          store.put(id, b, { ms: 1, attempts: 1 });
        } catch {
          threw = true;
        }
        const kept = store.get(id);
        return truth(threw === (a !== b) && kept?.state === "done" && kept.result === a);
      },
    }),
    defineInvariant<CampaignSubject>()({
      id: "campaign/steady-pace-predicts-the-end",
      statement: "at one job every d ms, what is left takes d times as many ms",
      source: "definition of a rate",
      arbitrary: fc.record({
        every: fc.integer({ min: 1, max: 5000 }),
        done: fc.integer({ min: 1, max: 400 }),
        left: fc.integer({ min: 0, max: 1e6 }),
      }),
      measure: ({ every, done, left }, subject) => {
        const ticks = Array.from({ length: done }, (_, i) => every * (i + 1));
        const p = subject.progressAfter(ticks, { total: done + left, done, failed: 0 });
        return {
          error: Math.abs((p.eta ?? Number.NaN) - every * left),
          // The window of 60 s is cut at whole seconds and whole jobs: it may hold one second's jobs, or one job, more or
          // less than its share, of min(elapsed, 60 s).
          tolerance: (every * left * (1000 + every)) / Math.min(every * done, 60_000),
        };
      },
    }),
    defineInvariant<CampaignSubject>()({
      id: "campaign/progress-line-is-finite",
      statement: "a line of progress names its counts and never NaN, Infinity or a negative number",
      source: "[ours] docs/campaigns.md",
      arbitrary: fc.record({
        total: fc.nat(1e9),
        doneShare: fc.constantFrom(0, 0.5, 1),
        failedShare: fc.constantFrom(0, 1),
        ticks: fc.array(fc.nat(1e6), { maxLength: 5 }),
      }),
      measure: ({ total, doneShare, failedShare, ticks }, subject) => {
        const done = Math.floor(total * doneShare);
        const failed = Math.floor((total - done) * failedShare);
        const ascending = [...ticks].sort((a, b) => a - b);
        const text = formatProgress(subject.progressAfter(ascending, { total, done, failed }));
        return truth(!/NaN|Infinity|-/.test(text) && text.includes(`${done} of ${total} jobs`));
      },
    }),
  ];
}
