// A suite of somebody's own: a naive softmax against two statements that it breaks and one that it keeps.
import { defineInvariant, unitRoundoff } from "@xent/invariants";
import * as fc from "fast-check";

const logits = fc.array(fc.integer({ min: 0, max: 2000 }), { minLength: 1, maxLength: 6 });
const sum = (x) => x.reduce((a, b) => a + b, 0);

export default {
  package: "own",
  subject: { softmax: (z) => z.map((x) => Math.exp(x) / sum(z.map(Math.exp))) },
  invariants: [
    defineInvariant()({
      id: "own/sums-to-one",
      statement: "sum_i softmax(z)_i = 1",
      source: "definition",
      arbitrary: logits,
      measure: (z, s) => ({
        error: Math.abs(sum(s.softmax(z)) - 1),
        tolerance: 4 * z.length * unitRoundoff(s),
      }),
    }),
    defineInvariant()({
      id: "own/sums-to-one-small",
      statement: "sum_i softmax(z)_i = 1 for small logits",
      source: "definition",
      arbitrary: logits.map((z) => z.map((x) => x / 2000)),
      measure: (z, s) => ({
        error: Math.abs(sum(s.softmax(z)) - 1),
        tolerance: 4 * z.length * unitRoundoff(s),
      }),
    }),
  ],
};
