// The text of assembly/exp-table.ts: the constants of assembly/exp.ts, from 60 decimal digits.
import { expConstants } from "./exp-constants.mjs";

export function expTableSource() {
  const { inverseStep, stepHigh, stepLow, cubic, table } = expConstants();
  const lines = table.map(([high, low]) => `  ${high}, ${low},`);
  return `// Written by scripts/exp-table.mjs from 60 decimal digits; do not edit.

/** 1 / c with c = ln 2 / 256. */
export const INVERSE_STEP: f64 = ${inverseStep};
/** c to 33 bits, so that n times it is exact, and the rest of c. */
export const STEP_HIGH: f64 = ${stepHigh};
export const STEP_LOW: f64 = ${stepLow};
/** 1/6 + 3 (c/2)^2 / 480: takes the term r^3/120 of (e^r - 1 - r) / r^2 along as its best multiple of r. */
export const C3: f64 = ${cubic};

/** 2^(j/256) to the nearest double, and what is missing to the nearest double. */
export const EXP_TABLE: usize = memory.data<f64>([
${lines.join("\n")}
], 16);
`;
}
