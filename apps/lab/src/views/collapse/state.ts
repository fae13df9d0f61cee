import { planGroupTransform, SeededRandom } from "@xent/linalg";
import { abelianGroups, defaultGroup } from "@xent/softmax-spectral";
import type { LossKind } from "@xent/ufm-dynamics";
import {
  choiceField,
  flagField,
  integerField,
  numberField,
  numbersField,
  type Schema,
} from "../../url/fields.js";

export const LARGEST_CLASS_COUNT = 4096;
/** Up to here every mode has a bar of its own to drag. */
export const LARGEST_BARS = 16;
/** The dense simulation costs O(k^3) a step. */
export const LARGEST_DENSE = 24;
/** Output times, evenly spaced in log t. */
export const TIME_COUNT = 161;
export const FIRST_EXPONENT = -2;

export interface CollapseState {
  readonly k: number;
  /** Orders of the cyclic factors; empty for the usual group of k. */
  readonly group: readonly number[];
  readonly layers: number;
  readonly loss: LossKind;
  /** Strengths of the modes 1 to k - 1; empty for a random start. */
  readonly spectrum: readonly number[];
  readonly seed: number;
  /** log10 of the last time. */
  readonly end: number;
  /** Index of the time that is looked at. */
  readonly at: number;
  readonly dense: boolean;
  /** log10 of the scale of the small random start of the dense simulation. */
  readonly scale: number;
}

const LOSSES: readonly LossKind[] = ["cross-entropy", "squared", "squared-centred"];

export const collapseSchema: Schema<CollapseState> = {
  k: integerField(4, 2, LARGEST_CLASS_COUNT),
  group: numbersField([], 0, 12),
  layers: integerField(2, 1, 4),
  loss: choiceField("cross-entropy", LOSSES),
  spectrum: numbersField([], 0, LARGEST_BARS - 1),
  seed: integerField(3, 0, 9999),
  end: numberField(8, 0, 300),
  at: integerField(60, 0, TIME_COUNT - 1),
  dense: flagField(false),
  scale: numberField(-2, -4, -0.5),
};

/** The squared losses have no clock of their own: far beyond their time scale only the cost would grow. */
export function lastExponent({ loss, end }: CollapseState): number {
  return loss === "cross-entropy" ? end : Math.min(end, 2);
}

/** The abelian groups of an order; for large orders only the usual one and the cyclic one. */
export function groupsOf(k: number): readonly (readonly number[])[] {
  const usual = defaultGroup(k);
  const all = k <= 256 ? abelianGroups(k) : [[k]];
  const rest = all.filter((g) => g.join() !== usual.join());
  return [usual, ...rest];
}

/** "Z₂ × Z₅". */
export function groupName(group: readonly number[]): string {
  const digits = "₀₁₂₃₄₅₆₇₈₉";
  const cyclic = (n: number): string =>
    `Z${Array.from(String(n), (d) => digits[Number(d)]).join("")}`;
  if (group.length > 3 && group.every((n) => n === group[0])) {
    return `${cyclic(group[0]!)}${Array.from(String(group.length), (d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(d)]).join("")}`;
  }
  return group.map(cyclic).join(" × ");
}

/** Addresses can be edited by hand: a group of order k, and as many strengths as it has modes. */
export function consistent(
  state: CollapseState,
): CollapseState & { readonly strengths: Float64Array } {
  const { k } = state;
  const order = state.group.reduce((n, m) => n * m, 1);
  const fits = order === k && state.group.every((n) => Number.isInteger(n) && n >= 2);
  const group = fits ? state.group : defaultGroup(k);
  const spectrum = state.spectrum.length === k - 1 ? state.spectrum.map((s) => Math.max(0, s)) : [];
  return { ...state, group, spectrum, strengths: startStrengths(group, spectrum, state.seed) };
}

/** Strengths of all modes: the given ones, made even, or |N(0, 1)| + 0.02. */
export function startStrengths(
  group: readonly number[],
  spectrum: readonly number[],
  seed: number,
): Float64Array {
  const { size, negation } = planGroupTransform(group);
  const random = new SeededRandom(seed);
  const out = new Float64Array(size);
  for (let c = 1; c < size; c++) {
    if (negation[c]! < c) out[c] = out[negation[c]!]!;
    else out[c] = spectrum.length > 0 ? spectrum[c - 1]! : Math.abs(random.normal()) + 0.02;
  }
  return out;
}
