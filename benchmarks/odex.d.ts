// odex ships its TypeScript source as its types, which this repository's strict settings reject.
export class Solver {
  constructor(dimension: number);
  absoluteTolerance: number;
  relativeTolerance: number;
  maxSteps: number;
  solve(
    derivative: (t: number, y: number[]) => number[],
    t0: number,
    y0: readonly number[],
    t1: number,
  ): { y: number[]; outcome: number; nEval: number };
}
