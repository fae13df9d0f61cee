import type { GroupTransform } from "@xent/linalg";

/** Direct sums over the characters of one group. */
export interface VersineTable {
  /** sum_m q_m (1 - Re chi_c(m)), O(k): for q >= 0 a sum of non-negative terms. */
  sum(c: number, q: Float64Array): number;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Tables for the direct sums over the characters of a group: 1 - cos = 2 sin^2 of the half angle, one for each phase. */
export function versineTable(group: GroupTransform): VersineTable {
  const { orders, size } = group;
  // chi_c(m) = exp(2 pi i phase / exponent).
  const exponent = orders.reduce((n, order) => (n / gcd(n, order)) * order, 1);
  const versine = new Float64Array(exponent);
  for (let j = 0; j < exponent; j++) {
    // The angle is reduced to [0, pi / 2] in integers.
    versine[j] = 2 * Math.sin((Math.PI * Math.min(j, exponent - j)) / exponent) ** 2;
  }
  const phase = new Int32Array(size);
  const fillPhases = (c: number): void => {
    let done = 1;
    let index = c;
    phase[0] = 0;
    for (let f = orders.length - 1; f >= 0; f--) {
      const n = orders[f]!;
      const digit = index % n;
      index = (index - digit) / n;
      const step = (digit * (exponent / n)) % exponent;
      // n steps are a full turn, so that g = n - 1 stands one step before 0.
      let turn = 0;
      for (let g = n - 1; g >= 0; g--) {
        turn = turn >= step ? turn - step : turn - step + exponent;
        for (let rest = 0; rest < done; rest++) {
          const sum = turn + phase[rest]!;
          phase[g * done + rest] = sum >= exponent ? sum - exponent : sum;
        }
      }
      done *= n;
    }
  };
  return {
    sum: (c, q) => {
      fillPhases(c);
      let s = 0;
      for (let m = 0; m < size; m++) s += q[m]! * versine[phase[m]!]!;
      return s;
    },
  };
}
