import type { Tableau } from "./tableau.js";

/**
 * For each stage the number of the vector that holds its derivative. A vector is used again once nothing reads it any more:
 * stages that only their successors need lend theirs to the last stage and to those of the dense output.
 * The first stage keeps its own, for the next try of a rejected step.
 */
export function stageVectors(tableau: Tableau): number[] {
  const { stages, denseStages, a, errors, interpolation } = tableau;
  const lastReader = new Array<number>(denseStages).fill(0);
  for (let s = 1; s < denseStages; s++) for (const [j] of a[s]!) lastReader[j] = s;
  // The error estimate comes after the last stage and before those of the dense output. So does the stability test, which
  // looks at the last two stages.
  for (const j of [stages - 1, ...errors.flatMap((row) => row.map(([j]) => j))]) {
    lastReader[j] = Math.max(lastReader[j]!, stages + 1);
  }
  for (let j = 0; j < denseStages; j++) {
    if (j === 0 || j === stages || interpolation[j]!.some((value) => value !== 0)) {
      lastReader[j] = Infinity;
    }
  }
  const numbers: number[] = [];
  const owner: number[] = [];
  for (let s = 0; s < denseStages; s++) {
    // A stage's point is combined from its row before its derivative is written.
    const free = owner.findIndex((j) => lastReader[j]! <= s);
    const number = free === -1 ? owner.length : free;
    owner[number] = s;
    numbers.push(number);
  }
  return numbers;
}
