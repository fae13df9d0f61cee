// The texts of assembly/exp-constants.ts and src/exp-table.ts: what exp needs, from 60 decimal digits, for both paths.
import { expConstants } from "./exp-constants.mjs";

const { inverseStep, stepHigh, stepLow, cubic, table } = expConstants();

/** [name, value, what it is]. */
const CONSTANTS = [
  ["INVERSE_STEP", inverseStep, "1 / c with c = ln 2 / 256."],
  ["STEP_HIGH", stepHigh, "c to 33 bits, so that n times it is exact."],
  ["STEP_LOW", stepLow, "The rest of c."],
  [
    "C3",
    cubic,
    "1/6 + 3 (c/2)^2 / 480: takes the term r^3/120 of (e^r - 1 - r) / r^2 along as its best multiple of r.",
  ],
  ["C4", 1 / 24, "1 / 24."],
];

const HEADER = "// Written by scripts/build-wasm.mjs; do not edit.\n";

export function assemblyConstants() {
  const lines = CONSTANTS.map(
    ([name, value, text]) => `/** ${text} */\nexport const ${name}: f64 = ${value};\n`,
  );
  return `${HEADER}\n${lines.join("")}`;
}

export function tableModule() {
  const bytes = Buffer.alloc(16 * table.length);
  for (const [j, [high, low]] of table.entries()) {
    bytes.writeDoubleLE(high, 16 * j);
    bytes.writeDoubleLE(low, 16 * j + 8);
  }
  const lines = CONSTANTS.map(
    ([name, value, text]) => `/** ${text} */\nexport const ${name} = ${value};\n`,
  );
  return `${HEADER}
${lines.join("")}
/** 2^(j/256) to the nearest double, and what is missing relative to it, j = 0..255: little-endian, in base64. */
export const EXP_TABLE_BASE64: string =
  "${bytes.toString("base64")}";
`;
}
