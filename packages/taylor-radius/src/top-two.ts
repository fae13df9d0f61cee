import { binaryRadius } from "./binary.js";
import { requireClasses } from "./exponential-sum.js";

/**
 * HEURISTIC, not a bound in either direction: the binary radius of the two classes of largest logit, as
 * if the others did not exist. Use {@link provenRadius} where safety matters.
 *
 * @param logits - `z`, length C >= 1; -Infinity masks a class, at least one must remain.
 * @param slopes - `a`, length C, finite.
 * @returns `Infinity` when only one class remains or the two slopes agree.
 * @throws DimensionError, DomainError for bad input. O(C). Ties go to the class of lower index.
 */
export function topTwoRadius(logits: ArrayLike<number>, slopes: ArrayLike<number>): number {
  requireClasses(logits, slopes);
  let first = 0;
  let second = -1;
  for (let k = 1; k < logits.length; k++) {
    if (logits[k]! > logits[first]!) {
      second = first;
      first = k;
    } else if (second < 0 || logits[k]! > logits[second]!) second = k;
  }
  if (second < 0) return Infinity;
  return binaryRadius([logits[first]!, logits[second]!], [slopes[first]!, slopes[second]!]);
}
