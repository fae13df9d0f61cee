import { DomainError } from "@xent/linalg";
import { RATIO_EDGES, type ShardResult } from "./shard.js";
import type { Selected } from "./suite.js";

/** One invariant over all of its shards; plain JSON data. */
export interface Summary {
  readonly package: string;
  readonly id: string;
  readonly statement: string;
  readonly source: string;
  readonly status: "holds" | "fails" | "not-measured" | "too-many-discards";
  readonly cases: number;
  readonly discarded: number;
  readonly worstRatio: number | "Infinity";
  readonly worst: ShardResult["worst"];
  readonly counterexample: ShardResult["counterexample"];
  /** "seed:path" that replays the counterexample, or the worst case when it holds. */
  readonly replay: string | null;
  readonly histogram: readonly number[];
  /** Milliseconds of work, summed over shards; null where they were not kept. */
  readonly time: number | null;
}

function asNumber(ratio: number | "Infinity"): number {
  return ratio === "Infinity" ? Infinity : ratio;
}

/** Of shards in the order of their indices: the one that a report shows, and whether it fails. */
function shownOf(shards: readonly ShardResult[]): {
  readonly failing: ShardResult | undefined;
  readonly shown: ShardResult | undefined;
} {
  const failing = shards.find((s) => s.status === "fails");
  let worst: ShardResult | undefined;
  for (const s of shards) {
    if (
      s.cases > 0 &&
      (worst === undefined || asNumber(s.worstRatio) > asNumber(worst.worstRatio))
    ) {
      worst = s;
    }
  }
  return { failing, shown: failing ?? worst };
}

function sums(
  shards: readonly ShardResult[],
): Pick<ShardResult, "cases" | "discarded" | "histogram" | "time"> {
  return {
    cases: shards.reduce((n, s) => n + s.cases, 0),
    discarded: shards.reduce((n, s) => n + s.discarded, 0),
    histogram: RATIO_EDGES.concat(Infinity).map((_, i) =>
      shards.reduce((n, s) => n + s.histogram[i]!, 0),
    ),
    time: shards.reduce<number | null>(
      (t, s) => (t === null || s.time === null ? null : t + s.time),
      0,
    ),
  };
}

/**
 * Consecutive shards of one invariant as one, which stands at the first one's index: summarizing it
 * says what summarizing them says, so that a run of any length can be folded with one result kept for
 * each invariant. Only neighbours may be merged: of equal worst ratios and of failures the first counts.
 * @throws DomainError when there is none, or they are of several invariants.
 */
export function mergeShards(results: readonly ShardResult[]): ShardResult {
  const shards = [...results].sort((a, b) => a.index - b.index);
  const first = shards[0];
  if (first === undefined) throw new DomainError("there are no shards to merge");
  const other = shards.find((s) => s.id !== first.id);
  if (other !== undefined) {
    throw new DomainError(`shards of "${first.id}" and "${other.id}" cannot be merged`);
  }
  const { failing, shown } = shownOf(shards);
  const { worstRatio, worst, counterexample, seed, path } = shown ?? first;
  return {
    id: first.id,
    index: first.index,
    status:
      failing !== undefined
        ? "fails"
        : (shards.find((s) => s.status === "too-many-discards") ?? shown ?? first).status,
    worstRatio,
    worst,
    counterexample,
    seed,
    path,
    ...sums(shards),
  };
}

/**
 * Merges shards of one invariant. The result is the same for any order of completion: shards are
 * taken by index, and of equal worst ratios the first counts.
 */
export function summarize(selected: Selected, results: readonly ShardResult[]): Summary {
  const shards = results
    .filter((r) => r.id === selected.invariant.id)
    .sort((a, b) => a.index - b.index);
  const { failing, shown } = shownOf(shards);
  const total = sums(shards);
  return {
    package: selected.package,
    id: selected.invariant.id,
    statement: selected.invariant.statement,
    source: selected.invariant.source,
    status:
      failing !== undefined
        ? "fails"
        : shards.some((s) => s.status === "too-many-discards")
          ? "too-many-discards"
          : total.cases === 0
            ? "not-measured"
            : "holds",
    cases: total.cases,
    discarded: total.discarded,
    worstRatio: shown?.worstRatio ?? 0,
    worst: shown?.worst ?? null,
    counterexample: failing?.counterexample ?? null,
    replay: shown === undefined ? null : `${shown.seed}:${shown.path ?? shown.worst?.path ?? ""}`,
    histogram: total.histogram,
    time: total.time,
  };
}
