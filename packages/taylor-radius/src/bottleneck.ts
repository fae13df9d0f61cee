import { DomainError, requireLength } from "@xent/linalg";
import type { RadiusLimitedStep } from "./radius-cap.js";

/** How often, and how tightly, one sample set the radius of its batch. */
export interface Bottleneck {
  /** As given to {@link BottleneckTracker.record}: the index in the data set. */
  readonly sample: number;
  /** Batches whose radius it set. */
  readonly count: number;
  /** Batches in which it appeared with a direction to measure. */
  readonly seen: number;
  /** Smallest radius ever measured for it (of a cap in mode "exact" perhaps a lower bound, unless it set one). */
  readonly smallestRadius: number;
}

/** Which samples limit the steps of a run. */
export interface BottleneckTracker {
  /** Notes one decision; `samples` (length B) names the rows of the batch. */
  record(samples: ArrayLike<number>, limited: RadiusLimitedStep): void;
  /** The samples that set a radius most often; ties by the smaller radius, then the index. */
  ranking(count?: number): Bottleneck[];
  /** One sample; undefined if it never appeared. */
  of(sample: number): Bottleneck | undefined;
}

/**
 * Follows bottleneck samples over batches: the few samples with the nearest ghosts, often mislabelled or
 * ambiguous. Memory O(samples seen), record O(B).
 */
export function bottleneckTracker(): BottleneckTracker {
  const bySample = new Map<number, { -readonly [K in keyof Bottleneck]: Bottleneck[K] }>();
  return {
    record(samples, { radii, bottleneck }) {
      if (radii.length === 0) return; // a zero step
      requireLength("samples", samples, radii.length);
      for (let i = 0; i < radii.length; i++) {
        const sample = samples[i]!;
        const entry = bySample.get(sample) ?? {
          sample,
          count: 0,
          seen: 0,
          smallestRadius: Infinity,
        };
        entry.seen++;
        if (i === bottleneck) entry.count++;
        entry.smallestRadius = Math.min(entry.smallestRadius, radii[i]!);
        bySample.set(sample, entry);
      }
    },
    ranking(count = 10) {
      if (!(count >= 0)) throw new DomainError(`count = ${count}, expected a number >= 0`);
      return [...bySample.values()]
        .filter((b) => b.count > 0)
        .sort(
          (a, b) => b.count - a.count || a.smallestRadius - b.smallestRadius || a.sample - b.sample,
        )
        .slice(0, count)
        .map((b) => ({ ...b }));
    },
    of(sample) {
      const entry = bySample.get(sample);
      return entry === undefined ? undefined : { ...entry };
    },
  };
}
