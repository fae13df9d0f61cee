import { planGroupTransform, SeededRandom } from "@xent/linalg";

/** Modes drawn one by one from `draw`, conjugate characters alike. */
export function evenStart(
  group: readonly number[],
  seed: number,
  draw: (normal: number) => number,
): Float64Array {
  const { size, negation } = planGroupTransform(group);
  const random = new SeededRandom(seed);
  const out = new Float64Array(size);
  for (let c = 0; c < size; c++) {
    const d = negation[c]!;
    out[c] = d < c ? out[d]! : draw(random.normal());
  }
  return out;
}

/** |N(0, 1)| + 0.02, and mode 0 zero. */
export function positiveStart(group: readonly number[], seed: number): Float64Array {
  const out = evenStart(group, seed, (x) => Math.abs(x) + 0.02);
  out[0] = 0;
  return out;
}

export const xor = (m: number): number[] => new Array<number>(m).fill(2);
