import { type Dense, SeededRandom } from "@xent/linalg";

/** `length` standard normals; the same seed gives the same numbers. */
export function normals(length: number, seed = 1): Float64Array {
  return new SeededRandom(seed).normals(length);
}

/** |N(0, 1)| + 0.02 for every mode but the first, which is 0: the start of the flows. Makes no other array. */
export function positiveStrengths(length: number, seed = 1): Float64Array {
  const random = new SeededRandom(seed);
  const out = new Float64Array(length);
  for (let c = 1; c < length; c++) out[c] = Math.abs(random.normal()) + 0.02;
  return out;
}

/** rows x cols standard normals. */
export function normalMatrix(rows: number, cols: number, seed = 1): Dense {
  return { rows, cols, data: normals(rows * cols, seed) };
}

/** Labels in 0..classes-1. */
export function randomLabels(length: number, classes: number, seed = 1): Int32Array {
  const random = new SeededRandom(seed);
  return Int32Array.from({ length }, () => random.integer(classes));
}

/** Throws unless every entry of `got` is within `tolerance` of `expected`, relative to the largest expected one. */
export function requireClose(
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  if (got.length !== expected.length) {
    throw new Error(`${got.length} results, expected ${expected.length}`);
  }
  let scale = 0;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]!));
  for (let i = 0; i < got.length; i++) {
    if (!(Math.abs(got[i]! - expected[i]!) <= tolerance * scale)) {
      throw new Error(`result ${i} is ${got[i]}, expected ${expected[i]}`);
    }
  }
}
