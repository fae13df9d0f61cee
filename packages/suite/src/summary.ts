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
  /** Milliseconds of work, summed over shards. */
  readonly time: number;
}

function asNumber(ratio: number | "Infinity"): number {
  return ratio === "Infinity" ? Infinity : ratio;
}

/**
 * Merges shards of one invariant. The result is the same for any order of completion: shards are
 * taken by index, and of equal worst ratios the first counts.
 */
export function summarize(selected: Selected, results: readonly ShardResult[]): Summary {
  const shards = results
    .filter((r) => r.id === selected.invariant.id)
    .sort((a, b) => a.index - b.index);
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
  const shown = failing ?? worst;
  const cases = shards.reduce((n, s) => n + s.cases, 0);
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
          : cases === 0
            ? "not-measured"
            : "holds",
    cases,
    discarded: shards.reduce((n, s) => n + s.discarded, 0),
    worstRatio: shown?.worstRatio ?? 0,
    worst: shown?.worst ?? null,
    counterexample: failing?.counterexample ?? null,
    replay: shown === undefined ? null : `${shown.seed}:${shown.path ?? shown.worst?.path ?? ""}`,
    histogram: RATIO_EDGES.concat(Infinity).map((_, i) =>
      shards.reduce((n, s) => n + s.histogram[i]!, 0),
    ),
    time: shards.reduce((t, s) => t + s.time, 0),
  };
}
