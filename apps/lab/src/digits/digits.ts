import { type Dense, dense, SeededRandom } from "@xent/linalg";

export const PIXEL_COUNT = 64;
export const CLASS_COUNT = 10;
const BRIGHTEST = 16;

/** Images as rows of intensities in 0..1 (n x 64, row by row of the 8 x 8 image) and their labels in 0..9. */
export interface Digits {
  readonly features: Dense;
  readonly labels: Int32Array;
}

/** Reads the CSV of the demo, which is checked there: a header, then 64 intensities 0..16 and the label on each line. */
export function parseDigits(text: string): Digits {
  const lines = text.trimEnd().split("\n").slice(1);
  const features = dense(lines.length, PIXEL_COUNT);
  const labels = new Int32Array(lines.length);
  for (const [i, line] of lines.entries()) {
    const cells = line.split(",");
    for (let j = 0; j < PIXEL_COUNT; j++) {
      features.data[i * PIXEL_COUNT + j] = Number(cells[j]) / BRIGHTEST;
    }
    labels[i] = Number(cells[PIXEL_COUNT]);
  }
  return { features, labels };
}

/** The rows `indices` as a new set. */
export function selectDigits(digits: Digits, indices: Int32Array): Digits {
  const features = dense(indices.length, PIXEL_COUNT);
  const labels = new Int32Array(indices.length);
  for (const [position, index] of indices.entries()) {
    features.data.set(imageOf(digits, index), position * PIXEL_COUNT);
    labels[position] = digits.labels[index]!;
  }
  return { features, labels };
}

/** The pixels of one image, shared memory. */
export function imageOf(digits: Digits, index: number): Float64Array {
  return digits.features.data.subarray(index * PIXEL_COUNT, (index + 1) * PIXEL_COUNT);
}

/** Four fifths to train on, the rest to test, as the demo splits them; `trainRows` are the rows of the file. */
export function splitDigits(
  digits: Digits,
  seed: number,
): { train: Digits; test: Digits; trainRows: Int32Array } {
  const order = new SeededRandom(seed).permutation(digits.labels.length);
  const trainRows = order.slice(0, Math.floor(0.8 * order.length));
  return {
    train: selectDigits(digits, trainRows),
    test: selectDigits(digits, order.slice(trainRows.length)),
    trainRows,
  };
}
