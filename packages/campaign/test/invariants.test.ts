import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check } from "@xent/invariants";
import { describeInvariants } from "@xent/invariants/vitest";
import { afterAll, describe, expect, test } from "vitest";
import { MemoryStore, type Store } from "../src/index.ts";
import { campaignInvariants, campaignSubject } from "../src/invariants.ts";
import { FileStore } from "../src/node.ts";

describeInvariants("campaign", campaignInvariants(), campaignSubject);

// The store on disk is held to what the one in memory is held to.
const root = mkdtempSync(join(tmpdir(), "xent-invariants-"));
const open: FileStore[] = [];
afterAll(() => {
  for (const store of open) store.close();
  rmSync(root, { recursive: true });
});
const onDisk = (): Store => {
  const store = new FileStore(join(root, String(open.length)), { syncEvery: Infinity });
  open.push(store);
  return store;
};
describeInvariants(
  "campaign, the store on disk",
  campaignInvariants().filter((i) => /order|resume|other-results/.test(i.id)),
  { ...campaignSubject, createStore: onDisk },
);

/** A store whose put goes through `put` first. */
function altered(put: (store: Store, ...args: Parameters<Store["put"]>) => boolean): () => Store {
  return () => {
    const store = new MemoryStore();
    return Object.assign(Object.create(store) as Store, {
      put: (...args: Parameters<Store["put"]>) => put(store, ...args),
      get: (id: string) => store.get(id),
      stateOf: (id: string) => store.stateOf(id),
      putFailure: (...args: Parameters<Store["putFailure"]>) => {
        store.putFailure(...args);
      },
    });
  };
}

describe("each of them notices a wrong implementation", () => {
  let calls = 0;
  test.each([
    [
      "equal-payloads-equal-ids",
      { jobId: (_c: string, _v: string, p: unknown) => JSON.stringify(p) },
    ],
    ["canonical-text-comes-back", { canonicalJson: (v: unknown) => JSON.stringify([v]) }],
    [
      "names-and-versions-part-ids",
      { jobId: (c: string, v: string, p: unknown) => campaignSubject.jobId(c + v, "", p) },
    ],
    [
      "order-of-completion-is-not-seen",
      {
        createStore: altered((store, id, result, stats) =>
          store.put(id, `${result} ${stats.attempts}`, stats),
        ),
      },
    ],
    [
      "resume-is-uninterrupted",
      {
        createStore: altered((store, id, result, stats) =>
          store.put(id, `${result} ${calls++}`, stats),
        ),
      },
    ],
    [
      "other-results-are-refused",
      {
        createStore: altered((store, id, result, stats) =>
          store.stateOf(id) === "done" ? false : store.put(id, result, stats),
        ),
      },
    ],
    [
      "steady-pace-predicts-the-end",
      {
        progressAfter: (...args: Parameters<typeof campaignSubject.progressAfter>) => {
          const p = campaignSubject.progressAfter(...args);
          return { ...p, eta: (p.eta ?? 0) * 3 };
        },
      },
    ],
    [
      "progress-line-is-finite",
      {
        progressAfter: (...args: Parameters<typeof campaignSubject.progressAfter>) => {
          const p = campaignSubject.progressAfter(...args);
          return { ...p, perSecond: 1 / 0 };
        },
      },
    ],
  ] as const)("%s", (name, wrong) => {
    const invariant = campaignInvariants().find((i) => i.id === `campaign/${name}`)!;
    const subject = { ...campaignSubject, ...wrong } as typeof campaignSubject;
    const { status } = check(invariant, subject, { runs: 300, seed: 1 });
    expect(status).toBe("fails");
  });
});
