import type { GroupTransform } from "@xent/linalg";

/** Index of a + b in the group with the given orders (row-major). O(number of factors). */
function addElements(orders: readonly number[], a: number, b: number): number {
  let out = 0;
  let stride = 1;
  for (let f = orders.length - 1; f >= 0; f--) {
    const n = orders[f]!;
    const x = a % n;
    const y = b % n;
    out += stride * ((x + y) % n);
    a = (a - x) / n;
    b = (b - y) / n;
    stride *= n;
  }
  return out;
}

/** 1 for the elements (or characters) of the subgroup that `generators` generate, else 0. O(k r), r factors. */
export function generatedSubgroup(group: GroupTransform, generators: Iterable<number>): Uint8Array {
  const member = new Uint8Array(group.size);
  member[0] = 1;
  const elements = [0];
  for (const g of generators) {
    // Each new generator at least doubles the subgroup: coset after coset until one is known.
    const before = elements.length;
    for (let multiple = g; member[multiple] === 0; ) {
      for (let i = 0; i < before; i++) {
        const sum = addElements(group.orders, elements[i]!, multiple);
        member[sum] = 1;
        elements.push(sum);
      }
      multiple = addElements(group.orders, multiple, g);
    }
  }
  return member;
}

/**
 * The elements at which all characters of the subgroup are 1, ascending. The sum of a subgroup of n characters
 * is n there and 0 elsewhere, so that no rounding can blur the two. O(k log k).
 */
export function annihilator(group: GroupTransform, characters: Uint8Array): Int32Array {
  const sums = group.evenSpectrum(Float64Array.from(characters));
  return Int32Array.from(sums.keys()).filter((m) => sums[m]! > sums[0]! / 2);
}
