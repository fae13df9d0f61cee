import { exponentials } from "@xent/kernels";
import type { Row } from "./leading-class.js";

/**
 * Bound on the relative error of {@link classWeights}, and of sums of up to 2^22 of them: gaps down to -708 round by u of
 * themselves, exp by 1.2 u, and a sum by u for each term.
 */
export const WEIGHT_ERROR = 1e-9;

/** e^(z - top) of each class, by the vector exp of `@xent/kernels`; below e^-708 with an absolute error less than that. */
export function classWeights(
  { logits, start, classes }: Row,
  top: number,
  out: Float64Array,
): void {
  exponentials(logits, start, classes, 0, top, 1, out);
}
