import { expect, test } from "vitest";
import { DOP853 } from "../src/dop853.js";
import { stageVectors } from "../src/stage-vectors.js";
import { DOPRI5 } from "../src/tableau.js";

test.each([
  [DOPRI5, 6],
  [DOP853, 12],
])("stages share vectors, and nothing is overwritten before it is read, %#", (tableau, vectors) => {
  const { stages, denseStages, a, errors, interpolation } = tableau;
  const numbers = stageVectors(tableau);
  expect(new Set(numbers).size).toBe(vectors);
  /** The stage that each vector holds, as a step writes them. */
  const holds: number[] = [];
  const reads = (j: number): void => expect(holds[numbers[j]!]).toBe(j);
  holds[numbers[0]!] = 0;
  // Twice: a rejected step is tried again.
  for (let attempt = 0; attempt < 2; attempt++) {
    for (let s = 1; s <= stages; s++) {
      for (const [j] of a[s]!) reads(j);
      holds[numbers[s]!] = s;
    }
    reads(stages - 1);
    for (const [j] of errors.flat()) reads(j);
  }
  for (let s = stages + 1; s < denseStages; s++) {
    for (const [j] of a[s]!) reads(j);
    holds[numbers[s]!] = s;
  }
  for (const [j, polynomial] of interpolation.entries())
    if (polynomial.some((w) => w !== 0)) reads(j);
  reads(stages);
});
