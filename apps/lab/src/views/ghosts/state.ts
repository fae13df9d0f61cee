import { integerField, numberField, numbersField, type Schema } from "../../url/fields.js";

export const LARGEST_CLASS_COUNT = 12;
export const LARGEST_ORDER = 60;

/** What the view depends on. */
export interface GhostsState {
  /** Logits, one a class. */
  readonly z: readonly number[];
  /** Slopes, one a class. */
  readonly a: readonly number[];
  readonly label: number;
  /** Order of the partial sum. */
  readonly order: number;
  /** Where on the real axis the sum is compared with the loss, in exact radii. */
  readonly x: number;
  /** Digit of the test set that the numbers come from; -1 for none. */
  readonly sample: number;
}

export const ghostsSchema: Schema<GhostsState> = {
  z: numbersField([2.4, 0, 0.6, -0.8], 2, LARGEST_CLASS_COUNT),
  a: numbersField([-0.6, -1.9, 1, 2.2], 2, LARGEST_CLASS_COUNT),
  label: integerField(0, 0, LARGEST_CLASS_COUNT - 1),
  order: integerField(12, 0, LARGEST_ORDER),
  x: numberField(0.8, -2, 2),
  sample: integerField(-1, -1, 359),
};

/** Addresses can be edited by hand: as many slopes as logits, and a label among them. */
export function consistent(state: GhostsState): GhostsState {
  const classes = Math.min(state.z.length, state.a.length);
  return {
    ...state,
    z: state.z.slice(0, classes),
    a: state.a.slice(0, classes),
    label: Math.min(state.label, classes - 1),
  };
}
