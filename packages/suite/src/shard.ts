import { check, formatCase } from "@xent/invariants";
import type { Selected } from "./suite.js";

/**
 * Cases in one shard. A run is cut into shards of this size whatever the number of workers, and each
 * shard has a seed of its own: that is why results do not depend on how they are spread.
 */
export const SHARD_SIZE = 250;

/** Seed of a run that names none. */
export const DEFAULT_SEED = 20261124;

/** Upper edges of the histogram of error / tolerance; the last bin is everything above 1. */
export const RATIO_EDGES: readonly number[] = [0, 1e-6, 1e-4, 1e-3, 1e-2, 0.1, 0.25, 0.5, 0.75, 1];

/** An independent, deterministic piece of work. */
export interface ShardJob {
  readonly id: string;
  readonly index: number;
  readonly runs: number;
  /** Seed of the whole run; the shard's own is derived from it. */
  readonly seed: number;
}

/** What a shard found, or several that `mergeShards` made one; plain JSON data. `time` alone is not reproducible. */
export interface ShardResult {
  readonly id: string;
  readonly index: number;
  readonly status: "holds" | "fails" | "interrupted" | "too-many-discards";
  readonly cases: number;
  readonly discarded: number;
  /** Largest error / tolerance; a number, or "Infinity", which JSON lacks. */
  readonly worstRatio: number | "Infinity";
  readonly worst: {
    readonly error: number;
    readonly tolerance: number;
    /** Source text of the case, to be pasted into a test. */
    readonly case: string;
    /** With the shard's seed, replays the case. */
    readonly path: string | null;
  } | null;
  readonly counterexample: { readonly error: string; readonly case: string } | null;
  readonly seed: number;
  /** With `seed`, replays the counterexample. */
  readonly path: string | null;
  /** Cases in each bin of {@link RATIO_EDGES}, and one more for those above 1. */
  readonly histogram: readonly number[];
  /** Milliseconds; null where they are not kept. */
  readonly time: number | null;
}

/** 32-bit FNV-1a of a text, finished with the murmur3 mixer so that near texts are far apart. */
function hash32(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}

/** The seed of shard `index` of invariant `id` in the run with seed `seed`. */
export function shardSeed(seed: number, id: string, index: number): number {
  return hash32(`${seed}/${id}/${index}`);
}

function bin(ratio: number): number {
  const i = RATIO_EDGES.findIndex((edge) => ratio <= edge);
  return i < 0 ? RATIO_EDGES.length : i;
}

/** Runs one shard on this thread. */
export function runShard(selected: Selected, job: ShardJob): ShardResult {
  const histogram = new Array<number>(RATIO_EDGES.length + 1).fill(0);
  const result = check(selected.invariant, selected.subject, {
    runs: job.runs,
    seed: shardSeed(job.seed, job.id, job.index),
    onRatio: (ratio) => {
      histogram[bin(ratio)]! += 1;
    },
  });
  return {
    id: job.id,
    index: job.index,
    status: result.status,
    cases: result.cases,
    discarded: result.discarded,
    worstRatio: result.worstRatio === Infinity ? "Infinity" : result.worstRatio,
    worst:
      result.worst === undefined
        ? null
        : {
            error: result.worst.error,
            tolerance: result.worst.tolerance,
            case: formatCase(result.worst.case),
            path: result.worst.path ?? null,
          },
    counterexample:
      result.counterexample === undefined
        ? null
        : { error: result.counterexample.error, case: formatCase(result.counterexample.case) },
    seed: result.seed,
    path: result.path ?? null,
    histogram,
    time: result.time,
  };
}
