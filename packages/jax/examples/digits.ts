import { readFileSync } from "node:fs";
import { type Dense, dense, SeededRandom } from "@xent/linalg";

/** Images (N x 64, pixels in 0..1) and their digits. */
export interface Digits {
  readonly features: Dense;
  readonly labels: Int32Array;
}

/** The handwritten digits in the shuffled order of `seed`, split 1437 : 360. */
export function loadDigits(seed: number): { readonly train: Digits; readonly test: Digits } {
  const file = new URL("../../../apps/demo/data/digits.csv", import.meta.url);
  const rows = readFileSync(file, "utf8").trim().split("\n").slice(1);
  const numbers = rows.map((row) => row.split(",").map(Number));
  const order = new SeededRandom(seed).permutation(numbers.length);
  const pick = (from: number, to: number): Digits => {
    const features = dense(to - from, 64);
    const labels = new Int32Array(to - from);
    for (let i = from; i < to; i++) {
      const row = numbers[order[i]!]!;
      for (let j = 0; j < 64; j++) features.data[(i - from) * 64 + j] = row[j]! / 16;
      labels[i - from] = row[64]!;
    }
    return { features, labels };
  };
  return { train: pick(0, 1437), test: pick(1437, numbers.length) };
}
