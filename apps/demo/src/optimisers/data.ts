import { CLASS_COUNT, type Digits, type DigitsSplit, loadDigits, splitDigits } from "@xent/app-kit";
import { dense } from "@xent/linalg";
import { withHiddenFeatures } from "../hidden-features.js";

/**
 * What a head is trained on: the images; the hidden layer of an MLP trained on them; or the images of the first
 * `classes` digits.
 */
export type RaceData = "digits" | "hidden" | { readonly classes: number };

/** A split with its number of classes. */
export interface RaceSplit extends DigitsSplit {
  readonly classCount: number;
}

// The last one made: the runs of a race share theirs, and a repeated run shall not pay for it again.
let made: { readonly key: string; readonly split: RaceSplit } | undefined;

/** The same split for the same arguments; not to be modified. */
export function raceData(data: RaceData, seed: number): RaceSplit {
  const key = JSON.stringify([data, seed]);
  if (made?.key !== key) made = { key, split: make(data, seed) };
  return made.split;
}

function make(data: RaceData, seed: number): RaceSplit {
  const split = splitDigits(loadDigits(), seed);
  if (data === "digits") return { ...split, classCount: CLASS_COUNT };
  if (data === "hidden") return { ...withHiddenFeatures(split, seed), classCount: CLASS_COUNT };
  const { classes } = data;
  return {
    train: firstClasses(split.train, classes),
    test: firstClasses(split.test, classes),
    classCount: classes,
  };
}

function firstClasses({ features, labels }: Digits, classes: number): Digits {
  const kept = Array.from(labels.keys()).filter((i) => labels[i]! < classes);
  const picked = dense(kept.length, features.cols);
  kept.forEach((from, to) => {
    const row = features.data.subarray(from * features.cols, (from + 1) * features.cols);
    picked.data.set(row, to * features.cols);
  });
  return { features: picked, labels: Int32Array.from(kept, (i) => labels[i]!) };
}
