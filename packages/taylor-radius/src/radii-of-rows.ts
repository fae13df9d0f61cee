import {
  type Dense,
  requireFinite,
  requireLength,
  requireLogits,
  requireShape,
} from "@xent/linalg";
import { requireClasses } from "./exponential-sum.js";
import type { Row } from "./leading-class.js";

/** The radius of one sample whose numbers have been checked. It keeps nothing of the row, which is used again. */
type RowRadius = (row: Row) => number;

const inDoubles = (values: ArrayLike<number>): Float64Array =>
  values instanceof Float64Array ? values : Float64Array.from(values);

/** One sample as a row, checked: logits and slopes of length C >= 1. */
export function rowOf(logits: ArrayLike<number>, slopes: ArrayLike<number>): Row {
  requireClasses(logits, slopes);
  return {
    logits: inDoubles(logits),
    slopes: inDoubles(slopes),
    start: 0,
    classes: logits.length,
  };
}

/**
 * `radius` of every row. The numbers of the whole batch are checked before the first one, so that messages name the
 * entry in the batch.
 *
 * @param logits - B x C; -Infinity masks.
 * @param slopes - B x C, finite.
 * @param out - length B.
 */
export function radiiOfRows(
  radius: RowRadius,
  logits: Dense,
  slopes: Dense,
  out: Float64Array = new Float64Array(logits.rows),
): Float64Array {
  const { rows, cols } = logits;
  requireShape("logits", logits, rows, cols);
  requireShape("slopes", slopes, rows, cols);
  requireLogits("logits.data", logits.data);
  requireFinite("slopes.data", slopes.data);
  requireLength("out", out, rows);
  const row = { logits: logits.data, slopes: slopes.data, start: 0, classes: cols };
  for (let i = 0; i < rows; i++) {
    row.start = i * cols;
    out[i] = radius(row);
  }
  return out;
}
