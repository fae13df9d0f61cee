import * as fc from "fast-check";
import { defineInvariant } from "../src/index.ts";
import { describeInvariants } from "../src/vitest.ts";

describeInvariants(
  "describeInvariants makes one passing test of an invariant that holds",
  [
    defineInvariant<{ negate(x: number): number }>()({
      id: "example/involution",
      statement: "negate(negate(x)) = x",
      source: "definition",
      arbitrary: fc.double({ noNaN: true }),
      measure: (x, subject) => ({
        error: Object.is(subject.negate(subject.negate(x)), x) ? 0 : 1,
        tolerance: 0,
      }),
    }),
  ],
  { negate: (x) => -x },
);
