import { type Dense, requireFinite, requireLogits, requireShape } from "@xent/linalg";
import { dominanceRadius } from "./dominance.js";
import { type NearestGhost, type NearestGhostOptions, nearestGhost } from "./nearest-ghost.js";
import { spreadRadii } from "./spread.js";
import { provenRadius } from "./variance.js";

/** What {@link smallestExact} found. */
export interface SmallestExact {
  /** Proven lower end of the exact radius at the place asked for. */
  readonly radius: number;
  /** Proven upper end of it. */
  readonly upper: number;
  /** The sample that sets `radius`: the first of equals. */
  readonly sample: number;
  readonly ghost: NearestGhost;
  /** Samples that were solved exactly, and evaluations of F spent on them. */
  readonly solved: number;
  readonly evaluations: number;
  /** Per sample a proven lower bound of its radius: the lower end of the exact one for `sample` and all below it. */
  readonly bounds: Float64Array;
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
 * The sample at place floor(share (B - 1)) of the exact radii, ascending, best-first: the heap's key of a sample
 * is its best lower bound so far, from spread to dominance to proven to exact; a sample that is first with
 * its final key precedes all others.
 *
 * @param logits - B x C, B >= 1; -Infinity masks.
 * @param slopes - B x C, finite.
 */
export function smallestExact(
  logits: Dense,
  slopes: Dense,
  share: number,
  options: NearestGhostOptions,
): SmallestExact {
  const { rows, cols } = logits;
  requireShape("logits", logits, rows, cols);
  requireShape("slopes", slopes, rows, cols);
  requireLogits("logits.data", logits.data);
  requireFinite("slopes.data", slopes.data);
  const rank = Math.floor(share * (rows - 1));
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
        bounds: key,
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
