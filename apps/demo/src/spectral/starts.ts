import { planGroupTransform, SeededRandom } from "@xent/linalg";
import type { SpectralProblem } from "@xent/ufm-dynamics";

/** An initialisation by name. */
export interface Start {
  readonly name: "random" | "equal" | "one dominant" | "unbalanced";
  /** How its modes were drawn, for a reader. */
  readonly description: string;
  readonly modes: Pick<SpectralProblem, "strengths" | "s1" | "s2">;
}

/** A value for each mode, drawn in the order of the modes, the same for conjugate characters; mode 0 is 0. */
function evenModes(group: readonly number[], draw: () => number): Float64Array {
  const { size, negation } = planGroupTransform(group);
  const out = new Float64Array(size);
  for (let c = 1; c < size; c++) {
    const conjugate = negation[c]!;
    out[c] = conjugate < c ? out[conjugate]! : draw();
  }
  return out;
}

/** Strengths |N(0, 1)| + 0.02: positive, of order one, their ratios often large. */
export function randomStrengths(group: readonly number[], random: SeededRandom): Float64Array {
  return evenModes(group, () => Math.abs(random.normal()) + 0.02);
}

function meanStrength(strengths: Float64Array): number {
  let sum = 0;
  for (let c = 1; c < strengths.length; c++) sum += strengths[c]!;
  return sum / (strengths.length - 1);
}

/** The random start alone, for a group too large to run all of them. */
export function randomStart(group: readonly number[], seed: number): Start {
  return {
    name: "random",
    description: "balanced, strengths |N(0, 1)| + 0.02",
    modes: { strengths: randomStrengths(group, new SeededRandom(seed)) },
  };
}

/** Four starts of the same mean strength, or three where an unbalanced one has no meaning (not two layers). */
export function allStarts(group: readonly number[], layers: number, seed: number): Start[] {
  const random = new SeededRandom(seed);
  const strengths = randomStrengths(group, random);
  const mean = meanStrength(strengths);
  const { size, negation } = planGroupTransform(group);
  const dominant = new Float64Array(size).fill(mean / 5);
  dominant[0] = 0;
  dominant[1] = 5 * mean;
  dominant[negation[1]!] = 5 * mean;
  const starts: Start[] = [
    {
      name: "random",
      description: "balanced, strengths |N(0, 1)| + 0.02",
      modes: { strengths },
    },
    {
      name: "equal",
      description: "balanced, all strengths at the mean of the random start",
      modes: { strengths: strengths.map((_, c) => (c === 0 ? 0 : mean)) },
    },
    {
      name: "one dominant",
      description: "balanced, mode 1 at 5 times that mean, all others at a fifth of it",
      modes: { strengths: dominant },
    },
  ];
  if (layers === 2) {
    const skew = evenModes(group, () => random.normal());
    starts.push({
      name: "unbalanced",
      description: "strengths of the random start, split as √s e^g and √s e^-g with g = N(0, 1)",
      modes: {
        s1: strengths.map((s, c) => Math.sqrt(s) * Math.exp(skew[c]!)),
        s2: strengths.map((s, c) => Math.sqrt(s) * Math.exp(-skew[c]!)),
      },
    });
  }
  return starts;
}
