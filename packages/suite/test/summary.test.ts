import { defineInvariant } from "@xent/invariants";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatTable,
  htmlReport,
  jobsOf,
  mergeShards,
  runShard,
  type Selected,
  SHARD_SIZE,
  type ShardResult,
  shardSeed,
  summarize,
} from "../src/index.ts";

const selected: Selected = {
  package: "test",
  subject: null,
  invariant: defineInvariant<unknown>()({
    id: "test/at-most-one",
    statement: "x <= 1",
    source: "test",
    arbitrary: fc.double({ min: 0, max: 1, noNaN: true }),
    measure: (x) => ({ error: x, tolerance: 1 }),
  }),
};

describe("shards", () => {
  test("cover exactly the runs asked for, every invariant in turn", () => {
    const jobs = [...jobsOf(["a", "b"], 2 * SHARD_SIZE + 7, 1)];
    expect(jobs.map((j) => j.id).join("")).toBe("ababab");
    for (const id of ["a", "b"]) {
      const runs = jobs.filter((j) => j.id === id).map((j) => j.runs);
      expect(runs).toEqual([SHARD_SIZE, SHARD_SIZE, 7]);
    }
  });

  test("seeds are 32-bit integers that differ by run, id and index", () => {
    const seeds = new Set<number>();
    for (let seed = 0; seed < 10; seed++) {
      for (const id of ["a", "b", "ab"]) {
        for (let index = 0; index < 100; index++) {
          const s = shardSeed(seed, id, index);
          expect(s).toBe(s | 0);
          seeds.add(s);
        }
      }
    }
    expect(seeds.size).toBe(3000);
  });

  test("merge to the same summary in any order, with the worst case of all", () => {
    const shards = [0, 1, 2, 3].map((index) =>
      runShard(selected, { id: selected.invariant.id, index, runs: 40, seed: 5 }),
    );
    const forward = summarize(selected, shards);
    expect(summarize(selected, [...shards].reverse())).toEqual(forward);
    expect(forward.cases).toBe(160);
    expect(forward.worstRatio).toBe(Math.max(...shards.map((s) => Number(s.worstRatio))));
    expect(forward.histogram.reduce((a, b) => a + b)).toBe(160);
    expect(forward.status).toBe("holds");
  });

  test("an invariant without any shard is not said to hold", () => {
    expect(summarize(selected, []).status).toBe("not-measured");
  });

  // Ties, shards without a case and failures among few, so that every rule of precedence is met.
  const shard = fc.record({
    status: fc.constantFrom<ShardResult["status"]>("holds", "holds", "fails", "too-many-discards"),
    cases: fc.constantFrom(0, 1, 250),
    discarded: fc.nat(3),
    worstRatio: fc.constantFrom<ShardResult["worstRatio"]>(0, 0.5, 0.75, "Infinity"),
    time: fc.constantFrom(1, 2, null),
  });

  test("merged neighbours, in any order and cut anywhere, are summarized as they are apart", () => {
    fc.assert(
      fc.property(
        fc.array(shard, { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(11)),
        (parts, cuts) => {
          const shards = parts.map((part, index): ShardResult => {
            const counterexample =
              part.status === "fails" ? { error: `e${index}`, case: "[]" } : null;
            return {
              ...{ ...part, id: selected.invariant.id, index, seed: index, path: `${index}:0` },
              ...{ counterexample, histogram: Array.from({ length: 11 }, (_, i) => i * index) },
              worst: { error: 1, tolerance: 1, case: `[${index}]`, path: null },
            };
          });
          const groups = [0, ...cuts.filter((c) => c > 0 && c < shards.length), shards.length]
            .sort((a, b) => a - b)
            .flatMap((end, i, ends) => (i === 0 ? [] : [shards.slice(ends[i - 1], end)]))
            .filter((group) => group.length > 0);
          const merged = groups.map((group) => mergeShards([...group].reverse()));
          expect(summarize(selected, merged.reverse())).toEqual(summarize(selected, shards));
        },
      ),
    );
  });

  test("of two invariants, or of none, cannot be merged", () => {
    const one = runShard(selected, { id: selected.invariant.id, index: 0, runs: 1, seed: 5 });
    expect(() => mergeShards([one, { ...one, id: "other" }])).toThrow("cannot be merged");
    expect(() => mergeShards([])).toThrow("no shards");
  });

  test("times that were not kept are shown nowhere", () => {
    const one = runShard(selected, { id: selected.invariant.id, index: 0, runs: 9, seed: 5 });
    const [timed, untimed] = [one, { ...one, time: null }].map((s) => summarize(selected, [s]));
    expect([timed!.time === null, untimed!.time]).toEqual([false, null]);
    for (const [summary, seconds] of [
      [timed!, true],
      [untimed!, false],
    ] as const) {
      expect(formatTable([summary]).includes("seconds")).toBe(seconds);
      expect(htmlReport([summary], 1).includes("<th>Seconds</th>")).toBe(seconds);
    }
  });
});
