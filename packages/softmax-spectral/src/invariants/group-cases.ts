import { type Dense, dense } from "@xent/linalg";
import * as fc from "fast-check";
import { abelianGroups } from "../abelian-group.js";
import { groupMatrix } from "../group-matrix.js";

/** A group by its orders, and an even symbol on it. */
export interface GroupCase {
  readonly orders: number[];
  readonly symbol: Float64Array;
}

/** Digits of an index, first factor slowest. */
function digitsOf(orders: readonly number[], index: number): number[] {
  const digits = new Array<number>(orders.length).fill(0);
  for (let f = orders.length - 1; f >= 0; f--) {
    digits[f] = index % orders[f]!;
    index = Math.floor(index / orders[f]!);
  }
  return digits;
}

/** Index of g - h, digit by digit: written apart from what it checks. */
export function difference(orders: readonly number[], g: number, h: number): number {
  const a = digitsOf(orders, g);
  const b = digitsOf(orders, h);
  return orders.reduce((index, n, f) => index * n + ((a[f]! - b[f]! + n) % n), 0);
}

/** 1 - Re chi_c(g) = 2 sin^2 of half the phase, the phase reduced in integers for each factor. */
export function versine(orders: readonly number[], c: number, g: number): number {
  const a = digitsOf(orders, c);
  const b = digitsOf(orders, g);
  // Over the common denominator: exact as long as products stay below 2^53.
  const k = orders.reduce((x, n) => x * n, 1);
  let phase = 0;
  for (let f = 0; f < orders.length; f++) {
    const n = orders[f]!;
    phase = (phase + ((a[f]! * b[f]!) % n) * (k / n)) % k;
  }
  return 2 * Math.sin((Math.PI * Math.min(phase, k - phase)) / k) ** 2;
}

/** The matrix zeta(i - j), entry by entry. */
export function expand(orders: readonly number[], symbol: ArrayLike<number>): Dense {
  const k = symbol.length;
  const out = dense(k, k);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) out.data[i * k + j] = symbol[difference(orders, i, j)]!;
  }
  return out;
}

/** zeta(g) + zeta(-g), halved. */
export function evenPart(orders: readonly number[], values: ArrayLike<number>): Float64Array {
  const { negation } = groupMatrix(orders, new Float64Array(values.length)).group;
  return Float64Array.from(values, (v, g) => v / 2 + values[negation[g]!]! / 2);
}

/** Every abelian group of the orders 1..`largest`, up to isomorphism. */
export function groupsUpTo(largest: number): fc.Arbitrary<number[]> {
  return fc
    .integer({ min: 1, max: largest })
    .chain((order) => fc.constantFrom(...abelianGroups(order)));
}

/** Random groups above order 64, with factors that are not prime powers, and prime ones among them. */
export const largeGroups: fc.Arbitrary<number[]> = fc.constantFrom(
  [2, 2, 2, 2, 2, 2, 2],
  [2, 36],
  [5, 4, 4],
  [67],
  [100],
  [9, 3, 3],
  [127],
  [6, 6, 2],
  [2, 2, 31],
);

/** Even symbols of several kinds: ordinary, tied, huge margins, equal up to rounding. */
export function evenSymbolsOn(groups: fc.Arbitrary<number[]>): fc.Arbitrary<GroupCase> {
  return groups.chain((orders) => {
    const k = orders.reduce((a, b) => a * b, 1);
    const many = (entry: fc.Arbitrary<number>): fc.Arbitrary<number[]> =>
      fc.array(entry, { minLength: k, maxLength: k });
    return fc
      .oneof(
        many(fc.double({ min: -5, max: 5, noNaN: true })),
        many(fc.constantFrom(0, 1, -1)),
        many(fc.double({ min: -1, max: 1, noNaN: true })).map((z) => [60, ...z.slice(1)]),
        many(fc.integer({ min: -300, max: 300 })),
      )
      .map((z) => ({ orders, symbol: evenPart(orders, z) }));
  });
}
