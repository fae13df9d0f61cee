import {
  type Dense,
  DimensionError,
  DomainError,
  requireFinite,
  requireInteger,
  requireLogits,
  requireShape,
} from "@xent/linalg";
import { minimumRadius, quantileRadius, requireQuantile } from "./aggregate.js";
import { dominanceRadii, dominanceRadius } from "./dominance.js";
import { type NearestGhost, type NearestGhostOptions, nearestGhost } from "./nearest-ghost.js";
import { spreadRadii } from "./spread.js";
import { provenRadii, provenRadius } from "./variance.js";

/** What {@link batchRadius} takes as the radius of one sample, each at most the next. */
export type BatchMode = "spread" | "dominance" | "proven" | "exact";

/** Options of {@link batchRadius}. */
export interface BatchRadiusOptions {
  /** Default "exact". */
  readonly mode?: BatchMode;
  /** "minimum" (default), or the share of samples in [0, 1] whose radii may lie below. */
  readonly aggregate?: "minimum" | number;
  /** Passed to the exact solver. */
  readonly exact?: NearestGhostOptions;
}

/** The radius of a batch. */
export interface BatchRadius {
  /** Proven: the aggregate of the samples' true radii is not smaller. */
  readonly radius: number;
  /** Proven not to be smaller than the aggregate; Infinity for modes other than "exact", which prove no zero. */
  readonly upper: number;
  /** The sample that sets `radius`: the first of equals. */
  readonly sample: number;
  /** Mode "exact": its nearest ghost. */
  readonly ghost?: NearestGhost;
  /** Samples that were solved exactly. */
  readonly solved: number;
  /** Evaluations of F that the exact solver spent. */
  readonly evaluations: number;
}

/**
 * Minimum or quantile of the radii of a batch. The quantile q is the radius at place floor(q (B - 1)) in
 * ascending order. In mode "exact" samples are refined best-first, spread, dominance, proven bound, nearest
 * ghost, and only while they may still be among the smallest: the minimum costs little more than the
 * bounds.
 *
 * @param logits - B x C, B >= 1; -Infinity masks.
 * @param slopes - B x C, finite.
 * @throws DimensionError, DomainError for bad input or options.
 */
export function batchRadius(
  logits: Dense,
  slopes: Dense,
  options: BatchRadiusOptions = {},
): BatchRadius {
  const { mode = "exact", aggregate = "minimum", exact = {} } = options;
  requireShape("logits", logits, logits.rows, logits.cols);
  requireShape("slopes", slopes, logits.rows, logits.cols);
  if (logits.rows === 0) throw new DimensionError("logits has no rows, expected at least 1");
  if (aggregate !== "minimum") requireQuantile(aggregate);
  if (mode === "exact") {
    requireLogits("logits.data", logits.data);
    requireFinite("slopes.data", slopes.data);
    const share = aggregate === "minimum" ? 0 : aggregate;
    return smallestExact(logits, slopes, Math.floor(share * (logits.rows - 1)), exact);
  }
  const radii = boundsOf(mode, logits, slopes);
  const { radius, sample } =
    aggregate === "minimum" ? minimumRadius(radii) : quantileRadius(radii, aggregate);
  return { radius, upper: Infinity, sample, solved: 0, evaluations: 0 };
}

function boundsOf(mode: Exclude<BatchMode, "exact">, logits: Dense, slopes: Dense): Float64Array {
  switch (mode) {
    case "spread":
      return spreadRadii(slopes);
    case "dominance":
      return dominanceRadii(logits, slopes);
    case "proven":
      return provenRadii(logits, slopes);
    default:
      throw new DomainError(
        `mode = "${String(mode)}", expected spread, dominance, proven or exact`,
      );
  }
}

/** Samples by ascending key: a binary heap of row numbers. Equal keys come in row order. */
class RowHeap {
  private readonly rows: number[];
  private readonly key: Float64Array;

  constructor(key: Float64Array) {
    this.key = key;
    // A sorted array is a heap.
    this.rows = Array.from(key, (_, i) => i).sort((i, j) => (this.before(i, j) ? -1 : 1));
  }

  private before(i: number, j: number): boolean {
    const a = this.key[i]!;
    const b = this.key[j]!;
    return a < b || (a === b && i < j);
  }

  first(): number {
    return this.rows[0]!;
  }

  /** Restores the order after the key of the first row has grown. */
  sink(): void {
    const { rows } = this;
    for (let p = 0; ; ) {
      let least = p;
      for (const child of [2 * p + 1, 2 * p + 2]) {
        if (child < rows.length && this.before(rows[child]!, rows[least]!)) least = child;
      }
      if (least === p) return;
      const moved = rows[p]!;
      rows[p] = rows[least]!;
      rows[least] = moved;
      p = least;
    }
  }

  remove(): void {
    const last = this.rows.pop()!;
    if (this.rows.length > 0) {
      this.rows[0] = last;
      this.sink();
    }
  }
}

/**
 * The sample at place `rank` of the exact radii, ascending. The heap's key of a sample is the best lower
 * bound so far; a sample that is first with its final key precedes all others.
 */
function smallestExact(
  logits: Dense,
  slopes: Dense,
  rank: number,
  options: NearestGhostOptions,
): BatchRadius {
  const { rows, cols } = logits;
  const key = spreadRadii(slopes);
  const stage = new Uint8Array(rows);
  const ghosts = new Map<number, NearestGhost>();
  const heap = new RowHeap(key);
  let evaluations = 0;
  for (let taken = 0; ; ) {
    const row = heap.first();
    const ghost = ghosts.get(row);
    if (ghost !== undefined) {
      if (taken++ < rank) {
        heap.remove();
        continue;
      }
      // The rank-th smallest of the true radii is not above that of any upper ends.
      const uppers = Array.from(ghosts.values(), (g) => g.upper).sort((a, b) => (a < b ? -1 : 1));
      return {
        radius: key[row]!,
        upper: uppers[rank]!,
        sample: row,
        ghost,
        solved: ghosts.size,
        evaluations,
      };
    }
    const z = logits.data.subarray(row * cols, (row + 1) * cols);
    const a = slopes.data.subarray(row * cols, (row + 1) * cols);
    if (stage[row] === 0) key[row] = Math.max(key[row]!, dominanceRadius(z, a));
    else if (stage[row] === 1) key[row] = Math.max(key[row]!, provenRadius(z, a));
    else {
      const solved = nearestGhost(z, a, options);
      evaluations += solved.evaluations;
      ghosts.set(row, solved);
      key[row] = Math.max(key[row]!, solved.lower);
    }
    stage[row]!++;
    heap.sink();
  }
}

/** Counts of radii in bins of equal ratio. */
export interface RadiusHistogram {
  /** Bin edges, ascending, length bins + 1: the smallest and largest finite radius at the ends. Empty when no radius is finite. */
  readonly edges: Float64Array;
  /** Samples in [edges[i], edges[i + 1]), the last bin closed; length bins. */
  readonly counts: Int32Array;
  /** Samples whose radius is infinite. */
  readonly infinite: number;
}

/**
 * Histogram of the radii of a batch on a logarithmic scale.
 *
 * @param radii - in (0, Infinity].
 * @param bins - >= 1; one bin suffices, and is used, when all finite radii agree. O(B).
 */
export function radiusHistogram(radii: ArrayLike<number>, bins: number): RadiusHistogram {
  requireInteger("bins", bins, 1);
  let low = Infinity;
  let high = 0;
  let infinite = 0;
  for (let i = 0; i < radii.length; i++) {
    const r = radii[i]!;
    if (!(r > 0)) throw new DomainError(`radii[${i}] = ${r}, expected a radius > 0`);
    if (r === Infinity) infinite++;
    else {
      low = Math.min(low, r);
      high = Math.max(high, r);
    }
  }
  if (high === 0) return { edges: new Float64Array(0), counts: new Int32Array(0), infinite };
  const used = low === high ? 1 : bins;
  const start = Math.log(low);
  const step = (Math.log(high) - start) / used;
  const edges = Float64Array.from({ length: used + 1 }, (_, i) => Math.exp(start + i * step));
  edges[0] = low;
  edges[used] = high;
  const counts = new Int32Array(used);
  for (let i = 0; i < radii.length; i++) {
    const r = radii[i]!;
    if (r === Infinity) continue;
    let bin =
      step > 0 ? Math.min(used - 1, Math.max(0, Math.floor((Math.log(r) - start) / step))) : 0;
    // The logarithm's rounding may be one bin off.
    while (bin > 0 && r < edges[bin]!) bin--;
    while (bin < used - 1 && r >= edges[bin + 1]!) bin++;
    counts[bin]!++;
  }
  return { edges, counts, infinite };
}
