import { type Dense, DomainError, SeededRandom } from "@xent/linalg";

export const PIXEL_COUNT = 64;
export const CLASS_COUNT = 10;
const MAX_INTENSITY = 16;
const LABEL_COLUMN = PIXEL_COUNT;

/** Images as rows of intensities in 0..1 (n x 64, row by row of the 8 x 8 image) and their labels in 0..9. */
export interface Digits {
  readonly features: Dense;
  readonly labels: Int32Array;
}

export interface DigitsSplit {
  readonly train: Digits;
  readonly test: Digits;
}

/** A split that knows its rows: `trainRows` are those of the whole set that `train` holds, in its order. */
export interface IndexedDigitsSplit extends DigitsSplit {
  readonly trainRows: Int32Array;
}

/** An integer cell in 0..max; every complaint names line, column and value. */
function parseCell(text: string, max: number, line: number, column: string, name: string): number {
  const value = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= max)) {
    throw new DomainError(
      `${name} line ${line}, ${column}: "${text}" is not an integer in 0..${max}`,
    );
  }
  return value;
}

/**
 * Reads the CSV text: one header line, then 64 intensities 0..16 and the label 0..9 on each line.
 *
 * @param name - what the messages call the file.
 * @throws DomainError that names line, column and value.
 */
export function parseDigits(text: string, name = "digits.csv"): Digits {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  const header = (lines[0] ?? "").split(",");
  if (header.length !== PIXEL_COUNT + 1 || header[0] !== "pixel_0_0") {
    throw new DomainError(
      `${name} line 1: expected a header of ${PIXEL_COUNT + 1} names from pixel_0_0 to label, got ${header.length} beginning with "${header[0]}"`,
    );
  }
  const count = lines.length - 1;
  if (count === 0) throw new DomainError(`${name}: no line after the header`);
  const data = new Float64Array(count * PIXEL_COUNT);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const cells = lines[i + 1]!.split(",");
    const line = i + 2;
    if (cells.length !== PIXEL_COUNT + 1) {
      throw new DomainError(
        `${name} line ${line}: expected ${PIXEL_COUNT + 1} values, got ${cells.length}`,
      );
    }
    for (let j = 0; j < PIXEL_COUNT; j++) {
      const intensity = parseCell(cells[j]!, MAX_INTENSITY, line, header[j]!, name);
      data[i * PIXEL_COUNT + j] = intensity / MAX_INTENSITY;
    }
    labels[i] = parseCell(cells[LABEL_COLUMN]!, CLASS_COUNT - 1, line, "label", name);
  }
  return { features: { rows: count, cols: PIXEL_COUNT, data }, labels };
}

/** The pixels of one image, shared memory. */
export function imageOf(digits: Digits, index: number): Float64Array {
  const { cols, data } = digits.features;
  return data.subarray(index * cols, (index + 1) * cols);
}

/** The rows `indices` as a new set. */
export function selectDigits(digits: Digits, indices: Int32Array): Digits {
  const { cols } = digits.features;
  const data = new Float64Array(indices.length * cols);
  const labels = new Int32Array(indices.length);
  for (const [position, index] of indices.entries()) {
    data.set(imageOf(digits, index), position * cols);
    labels[position] = digits.labels[index]!;
  }
  return { features: { rows: indices.length, cols, data }, labels };
}

/**
 * A random split in two disjoint sets that together are the whole.
 *
 * @param trainFraction - in (0, 1); the training set has the floor of its share (0.8: 1437 of 1797).
 */
export function splitDigits(digits: Digits, seed: number, trainFraction = 0.8): IndexedDigitsSplit {
  if (!(trainFraction > 0 && trainFraction < 1)) {
    throw new DomainError(`trainFraction = ${trainFraction} is outside (0, 1)`);
  }
  const order = new SeededRandom(seed).permutation(digits.labels.length);
  const trainCount = Math.floor(trainFraction * order.length);
  const trainRows = order.slice(0, trainCount);
  return {
    train: selectDigits(digits, trainRows),
    test: selectDigits(digits, order.subarray(trainCount)),
    trainRows,
  };
}
