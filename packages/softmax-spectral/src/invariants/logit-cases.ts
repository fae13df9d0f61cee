import * as fc from "fast-check";

function vector(entry: fc.Arbitrary<number>, minLength: number, maxLength: number) {
  return fc.array(entry, { minLength, maxLength });
}

/**
 * Logits of 1 to `maxLength` classes, none masked: ordinary, tied, of huge range (to +-1e4, so that most
 * probabilities underflow), and equal up to rounding.
 */
export function logitsOf(maxLength: number, minLength = 1): fc.Arbitrary<number[]> {
  return fc.oneof(
    vector(fc.double({ min: -20, max: 20, noNaN: true }), minLength, maxLength),
    vector(fc.constantFrom(0, 0, 1, -1, 37, -745, 745, 1e3), minLength, maxLength),
    vector(fc.integer({ min: -10000, max: 10000 }), minLength, maxLength),
    vector(fc.double({ min: -1e-9, max: 1e-9, noNaN: true }), minLength, maxLength),
  );
}

/** Logits whose probabilities stay above about e^-2 scale. */
export function mildLogitsOf(maxLength: number, scale = 12, minLength = 1): fc.Arbitrary<number[]> {
  return fc.oneof(
    vector(fc.double({ min: -scale, max: scale, noNaN: true }), minLength, maxLength),
    vector(fc.constantFrom(0, 0, 1, -1, scale), minLength, maxLength),
  );
}

/** Shifts that break what does not subtract the largest logit. */
export const shifts: fc.Arbitrary<number> = fc.constantFrom(0, 1, -1, 0.1, 1e3, -1e3, 1e4, -745);

/** Vectors of the same length, entries of size 1 to 1e3, ties and zeros among them. */
export function directionsOf(length: number): fc.Arbitrary<number[]> {
  return fc.oneof(
    vector(fc.double({ min: -1, max: 1, noNaN: true }), length, length),
    vector(fc.constantFrom(0, 1, -1, 1e3), length, length),
  );
}

/** Largest |z_i| of the classes that are not masked; 0 when there is none. */
export function largestLogit(z: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < z.length; i++) {
    const size = Math.abs(z[i]!);
    if (size < Infinity && size > largest) largest = size;
  }
  return largest;
}

/** max v - min v. */
export function spread(v: ArrayLike<number>): number {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < v.length; i++) {
    low = Math.min(low, v[i]!);
    high = Math.max(high, v[i]!);
  }
  return v.length === 0 ? 0 : high - low;
}

/**
 * Units of roundoff that one softmax over n classes with logits up to `size` may carry in each entry,
 * relatively: n + 10 for the sum, an exponential, a logarithm and a division; and for the argument of the
 * exponential, whose error it turns into a relative one, the roundings of the logit as stored, of
 * logSumExp, and of their difference (at most 2 size): 4 size in all.
 */
export function softmaxUnits(n: number, size: number): number {
  return n + 10 + 4 * size;
}

/**
 * What products that leave the range of normal numbers may lose, with room for a sum of them times a
 * factor: far below anything that a relative tolerance measures.
 */
export const UNDERFLOW: number = 2 ** -1000;
