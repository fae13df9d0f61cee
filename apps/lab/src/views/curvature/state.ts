import { integerField, numbersField, type Schema } from "../../url/fields.js";

export const LARGEST_CLASS_COUNT = 10;
/** Probabilities stay this far from 0 when they are dragged: their logarithms are the logits. */
export const SMALLEST_PROBABILITY = 1e-4;

export interface CurvatureState {
  /** Probabilities, up to a common factor. */
  readonly p: readonly number[];
  readonly label: number;
}

export const curvatureSchema: Schema<CurvatureState> = {
  p: numbersField([0.5, 0.25, 0.13, 0.08, 0.04], 2, LARGEST_CLASS_COUNT),
  label: integerField(0, 0, LARGEST_CLASS_COUNT - 1),
};

/** Addresses can be edited by hand: positive probabilities that sum to one, and a label among them. */
export function consistent({ p, label }: CurvatureState): CurvatureState {
  const positive = p.map((v) => Math.max(v, Number.MIN_VALUE * 2 ** 60));
  const sum = positive.reduce((a, b) => a + b, 0);
  return { p: positive.map((v) => v / sum), label: Math.min(label, p.length - 1) };
}

/** One probability is set, the others make room in proportion. */
export function withProbability(p: readonly number[], index: number, value: number): number[] {
  const least = SMALLEST_PROBABILITY;
  const wanted = Math.min(1 - least * p.length, Math.max(least, value));
  const rest = 1 - p[index]!;
  return p.map((v, i) => {
    const share = rest > 0 ? v / rest : 1 / (p.length - 1);
    return Number((i === index ? wanted : Math.max(least, share * (1 - wanted))).toPrecision(6));
  });
}
