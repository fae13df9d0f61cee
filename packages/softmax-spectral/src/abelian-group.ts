import { DomainError, type GroupTransform, planGroupTransform, requireInteger } from "@xent/linalg";

/**
 * A finite abelian group Z_n1 x ... x Z_nr: its orders [n1, ..., nr], or its planned transform (plan
 * once with linalg's `planGroupTransform` when many calls share the group). Elements are numbered in
 * row-major order, first factor slowest.
 */
export type Group = readonly number[] | GroupTransform;

/** The transform of a group, planned when only the orders are given. */
export function groupPlan(group: Group): GroupTransform {
  return "forward" in group ? group : planGroupTransform(group);
}

/**
 * The group taken when only a class count is known: Z_2^m (the Hadamard case) for k = 2^m, otherwise
 * the cyclic group Z_k.
 *
 * @throws DomainError unless k is an integer >= 1.
 */
export function defaultGroup(classCount: number): number[] {
  requireInteger("classCount", classCount, 1);
  const m = Math.round(Math.log2(classCount));
  return 2 ** m === classCount ? new Array<number>(m).fill(2) : [classCount];
}

function partitions(n: number, largest: number = n): number[][] {
  if (n === 0) return [[]];
  const all: number[][] = [];
  for (let part = Math.min(n, largest); part >= 1; part--) {
    for (const rest of partitions(n - part, part)) all.push([part, ...rest]);
  }
  return all;
}

/**
 * All abelian groups of the given order up to isomorphism, each as its prime power factors: one group
 * for each choice of a partition of every exponent in the factorisation of the order.
 *
 * @throws DomainError unless the order is an integer in 1..2^28.
 */
export function abelianGroups(order: number): number[][] {
  requireInteger("order", order, 1, 2 ** 28);
  let groups: number[][] = [[]];
  let left = order;
  for (let prime = 2; left > 1; prime++) {
    if (prime * prime > left) prime = left;
    let exponent = 0;
    while (left % prime === 0) {
      left /= prime;
      exponent++;
    }
    const factors = partitions(exponent).map((parts) => parts.map((e) => prime ** e));
    groups = groups.flatMap((group) => factors.map((f) => [...group, ...f]));
  }
  return groups;
}

/** Writes the index of i - j for every j to `out`, length k. O(k). */
export function differences(group: GroupTransform, i: number, out: Int32Array): Int32Array {
  const { orders } = group;
  out[0] = 0;
  let done = 1;
  let index = i;
  // Factor by factor from the back: entry (g, rest) becomes ((i_f - g) mod n, i - rest).
  for (let f = orders.length - 1; f >= 0; f--) {
    const n = orders[f]!;
    const digit = index % n;
    index = (index - digit) / n;
    for (let g = n - 1; g >= 0; g--) {
      const image = ((digit - g + n) % n) * done;
      for (let rest = 0; rest < done; rest++) out[g * done + rest] = image + out[rest]!;
    }
    done *= n;
  }
  return out;
}

/** Rounding that an even sequence is forgiven, in units of its largest entry. */
const EVEN_SLACK = 2 ** -44;

/** The first g whose entry differs from that of -g by more than rounding (2^-44 of the largest entry). */
export function firstOddElement(
  group: GroupTransform,
  values: ArrayLike<number>,
): number | undefined {
  let largest = 0;
  for (let g = 0; g < group.size; g++) {
    const size = Math.abs(values[g]!);
    if (size < Infinity && size > largest) largest = size;
  }
  for (let g = 0; g < group.size; g++) {
    const a = values[g]!;
    const b = values[group.negation[g]!]!;
    // Equality first: the difference of two masked entries would be NaN.
    if (a !== b && !(Math.abs(a / 2 - b / 2) <= (EVEN_SLACK * largest) / 2)) return g;
  }
  return undefined;
}

/** Throws a DomainError that names the first pair g, -g whose entries differ. */
export function requireEven(
  name: string,
  what: "elements" | "characters",
  group: GroupTransform,
  values: ArrayLike<number>,
): void {
  const g = firstOddElement(group, values);
  if (g === undefined) return;
  const other = group.negation[g]!;
  throw new DomainError(
    `${name} is not even on Z_${group.orders.join(" x Z_")}: the opposite ${what} ${g} and ${other} have ${values[g]} and ${values[other]}`,
  );
}
