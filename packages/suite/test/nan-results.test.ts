import { check, type NaNPlace, withNaNResults } from "@xent/invariants";
import { describe, expect, test } from "vitest";
import { suites } from "../src/registry.js";

const CASES = 20;

/** Invariants of which no number that is computed reaches the measurement. */
const WITHOUT_NUMBERS: Readonly<Record<string, string>> = {
  "linalg/cholesky-detects-indefinite": "asks for the status",
  "softmax-spectral/scheme-orthogonality": "is about the tables of the schemes that it draws",
  "training/epoch-covers-each-example-once": "counts indices",
  "training/saved-stream-continues": "compares indices",
};

/** Invariants that look at an array without its first or its last entry. */
const ENTRY_UNUSED: Readonly<Record<string, string>> = {
  "first ufm-dynamics/symmetric-flow-conserves-its-closed-form":
    "the mode of the mean does not move",
  "first taylor-radius/series-reproduces-moments": "c_0 is no cumulant",
  "first taylor-radius/series-from-binary-zeros": "compares coefficients from 24 on",
  "first taylor-radius/coefficients-below-caratheodory": "bounds coefficients from 1 on",
  "first taylor-radius/partial-sums-diverge-outside": "compares high orders",
  "first taylor-radius/recurrence-finds-binary-radius": "compares high orders",
  "first taylor-radius/cap-depends-on-direction-only": "the arrays are the state of the cap",
  "last taylor-radius/cap-depends-on-direction-only": "the arrays are the state of the cap",
};

const all = suites.flatMap((suite) =>
  suite.invariants.map((invariant) => ({ id: invariant.id, invariant, subject: suite.subject })),
);

function against(entry: (typeof all)[number], place: NaNPlace) {
  let replaced = 0;
  const subject = withNaNResults(entry.subject as object, place, () => replaced++);
  const { status } = check(entry.invariant, subject, { runs: CASES, seed: 1 });
  return { status, touched: replaced > 0 };
}

describe("an implementation whose results are NaN is refuted by", () => {
  test.each(all)("$id", (entry) => {
    const { status, touched } = against(entry, "all");
    expect(touched).toBe(!(entry.id in WITHOUT_NUMBERS));
    expect(status).toBe(touched ? "fails" : "holds");
  });
});

describe.each(["first", "last"] as const)("one whose %s entries are NaN, by", (place) => {
  test.each(all)("$id", (entry) => {
    const { status, touched } = against(entry, place);
    const unused = `${place} ${entry.id}` in ENTRY_UNUSED;
    expect(status).toBe(touched && !unused ? "fails" : "holds");
  });
});
