import { DomainError, requireInteger, SeededRandom } from "@xent/linalg";
import { asRecord } from "./exact-json.js";

/** Options of {@link minibatches}. */
export interface MinibatchOptions {
  /** N >= 1. */
  readonly exampleCount: number;
  /** B in 1..N. */
  readonly batchSize: number;
  /** 32-bit integer. */
  readonly seed: number;
  /**
   * When B does not divide N: "keep" (default) ends each epoch with a smaller batch, so that every
   * example is seen once an epoch; "drop" leaves the rest of the epoch out, so that every batch has B.
   */
  readonly remainder?: "keep" | "drop";
}

/** An endless stream of minibatches: each epoch is a new random permutation, cut into batches. */
export interface Minibatches extends Iterable<Int32Array> {
  /** Number of the epoch that the next batch belongs to, from 0. */
  readonly epoch: number;
  /** Indices of the next batch, a new array. */
  draw(): Int32Array;
  /** Where the stream stands, as plain JSON data. */
  save(): MinibatchState;
  /** Continues from what {@link Minibatches.save} returned, for the same N and B. */
  restore(state: MinibatchState): void;
}

/** State of {@link Minibatches}. */
export interface MinibatchState {
  readonly epoch: number;
  /** Examples of the epoch already drawn. */
  readonly position: number;
  /** State of the generator before the epoch's permutation was drawn. */
  readonly generator: readonly number[];
}

/** Seeded minibatches of example indices 0..N-1; see {@link MinibatchOptions.remainder} for the last of an epoch. */
export function minibatches(options: MinibatchOptions): Minibatches {
  const { exampleCount, batchSize, seed, remainder = "keep" } = options;
  requireInteger("exampleCount", exampleCount, 1);
  requireInteger("batchSize", batchSize, 1, exampleCount);
  // In "drop" an epoch ends where no whole batch is left.
  const epochEnd = remainder === "keep" ? exampleCount : exampleCount - (exampleCount % batchSize);
  let random = new SeededRandom(seed);
  let generator = random.save();
  let order = random.permutation(exampleCount);
  let epoch = 0;
  let position = 0;
  const startEpoch = (): void => {
    generator = random.save();
    order = random.permutation(exampleCount);
    position = 0;
  };
  return {
    get epoch() {
      return epoch;
    },
    draw() {
      const batch = order.slice(position, Math.min(position + batchSize, epochEnd));
      position += batch.length;
      if (position >= epochEnd) {
        epoch++;
        startEpoch();
      }
      return batch;
    },
    save: () => ({ epoch, position, generator }),
    restore(state) {
      const saved = asRecord<"epoch" | "position" | "generator">("minibatches", state);
      requireInteger("minibatches.epoch", saved.epoch as number, 0);
      requireInteger("minibatches.position", saved.position as number, 0, epochEnd - 1);
      const { generator: at } = saved;
      // Four words of 32 bits; a fifth number may be a spare normal, which no permutation reads.
      if (!Array.isArray(at) || at.length < 4 || !at.every(Number.isFinite)) {
        throw new DomainError("minibatches.generator is not a state of the generator");
      }
      random = new SeededRandom(at as number[]);
      startEpoch();
      epoch = state.epoch;
      position = state.position;
    },
    *[Symbol.iterator]() {
      for (;;) yield this.draw();
    },
  };
}
