import { type Digits, parseDigits } from "@xent/app-kit/digits";

let loaded: Promise<Digits> | undefined;

/** The 1797 digits of the demo; fetched once, when a view first asks. */
export function fetchDigits(): Promise<Digits> {
  loaded ??= fetch(new URL("../../../demo/data/digits.csv", import.meta.url))
    .then((response) => response.text())
    .then((text) => parseDigits(text));
  return loaded;
}
