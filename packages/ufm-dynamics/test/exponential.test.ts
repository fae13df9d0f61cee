import { SeededRandom } from "@xent/linalg";
import { expect, test } from "vitest";
import { DOP853 } from "../src/dop853.js";
import { exponential } from "../src/exponential.js";
import { stageVectors } from "../src/stage-vectors.js";
import { DOPRI5 } from "../src/tableau.js";

const u = 2 ** -53;
const BITS = 160n;

/** e^x for |x| < 40 in fixed point with 160 bits: x is exact, its Taylor series is summed to the last of them. */
function fixedPointExponential(x: number): bigint {
  const scaled = (BigInt(Math.round(x * 2 ** 20)) << BITS) / (1n << 20n);
  let term = 1n << BITS;
  let sum = 0n;
  for (let n = 1n; term !== 0n; n++) {
    sum += term;
    term = (term * scaled) / (n << BITS);
  }
  return sum;
}

test("e^x against its series in exact arithmetic", () => {
  const random = new SeededRandom(1);
  let worst = 0;
  for (let i = 0; i < 500; i++) {
    // A multiple of 2^-20, so that it is the same number on both sides.
    const x = Math.round(40 * (2 * random.uniform() - 1) * 2 ** 20) / 2 ** 20;
    const exact = fixedPointExponential(x);
    // Both scaled by 2^160: an integer of at least 100 bits.
    const got = BigInt(exponential(x) * 2 ** 120) << (BITS - 120n);
    const error = Number(((got - exact) << 80n) / exact) / 2 ** 80;
    worst = Math.max(worst, Math.abs(error));
  }
  // 2.6 u of the docstring.
  expect(worst).toBeLessThan(2.6 * u);
  expect(worst).toBeGreaterThan(0);
});

test("e^x over its range and beyond", () => {
  for (let x = -707.99; x < 709; x += 0.737) {
    // Math.exp is good to one unit in the last place, 2 u.
    expect(Math.abs(exponential(x) / Math.exp(x) - 1)).toBeLessThan(4.6 * u);
  }
  for (const x of [-Infinity, -1e5, -745, -708.2, 709, 709.7, 710, Infinity, NaN]) {
    expect(exponential(x)).toBe(Math.exp(x));
  }
  expect(exponential(0)).toBe(1);
  expect(exponential(-0)).toBe(1);
});

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
