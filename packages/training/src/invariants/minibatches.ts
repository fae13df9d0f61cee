import { type AnyInvariant, defineInvariant, entriesThatDiffer } from "@xent/invariants";
import * as fc from "fast-check";
import type { MinibatchState } from "../index.js";
import { seed } from "./cases.js";
import type { TrainingSubject } from "./subject.js";

const stream = fc
  .record({
    exampleCount: fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: 1, max: 40 })),
    batchSize: fc.integer({ min: 1, max: 40 }),
    seed,
    remainder: fc.constantFrom<"keep" | "drop">("keep", "drop"),
  })
  .map((one) => ({ ...one, batchSize: Math.min(one.batchSize, one.exampleCount) }));

const EPOCHS = 3;

export function minibatchInvariants(): AnyInvariant<TrainingSubject>[] {
  return [
    defineInvariant<TrainingSubject>()({
      id: "training/epoch-covers-each-example-once",
      statement:
        'an epoch of minibatches holds every index of 0..N-1 exactly once ("keep"), or N - (N mod B) different ones in batches of B ("drop")',
      source: "definition of an epoch",
      arbitrary: stream,
      measure: (options, subject) => {
        const { exampleCount: n, batchSize, remainder } = options;
        const expected = remainder === "keep" ? n : n - (n % batchSize);
        const batches = subject.minibatches(options);
        let error = 0;
        for (let epoch = 0; epoch < EPOCHS; epoch++) {
          const uses = new Int32Array(n);
          let drawn = 0;
          while (drawn < expected) {
            if (batches.epoch !== epoch) error++;
            const batch = batches.draw();
            if (batch.length !== Math.min(batchSize, expected - drawn)) error++;
            if (batch.length === 0) break;
            for (const i of batch) uses[i]!++;
            drawn += batch.length;
          }
          const once = uses.filter((count) => count === 1).length;
          const never = uses.filter((count) => count === 0).length;
          error += Math.abs(once - expected) + Math.abs(never - (n - expected));
        }
        return { error, tolerance: 0 };
      },
    }),
    defineInvariant<TrainingSubject>()({
      id: "training/saved-stream-continues",
      statement: "minibatches restored from saved JSON draw the same batches as the original",
      source: "definition",
      arbitrary: fc.record({ options: stream, drawn: fc.integer({ min: 0, max: 30 }) }),
      measure: ({ options, drawn }, subject) => {
        const original = subject.minibatches(options);
        for (let i = 0; i < drawn; i++) original.draw();
        const saved = JSON.parse(JSON.stringify(original.save())) as MinibatchState;
        // Another seed: whatever it drew before must be forgotten.
        const restored = subject.minibatches({ ...options, seed: options.seed === 0 ? 1 : 0 });
        restored.draw();
        restored.restore(saved);
        let error = Math.abs(restored.epoch - original.epoch);
        for (let i = 0; i < 2 * options.exampleCount; i++) {
          error += entriesThatDiffer(original.draw(), restored.draw());
        }
        return { error, tolerance: 0 };
      },
    }),
  ];
}
