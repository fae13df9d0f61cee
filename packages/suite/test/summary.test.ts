import { defineInvariant } from "@xent/invariants";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jobsOf, runShard, type Selected, SHARD_SIZE, shardSeed, summarize } from "../src/index.ts";

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
});
