import {
  type Dense,
  requireFinite,
  requireLength,
  requireLogits,
  requireShape,
} from "@xent/linalg";

/** The radius of one sample from its logits and slopes, both of length C. */
type SampleRadius = (logits: Float64Array, slopes: Float64Array) => number;

/**
 * `radius` of every row. The whole batch is checked before the first one, so that `out` is written in
 * full or not at all, and messages name the entry in the batch.
 *
 * @param logits - B x C; -Infinity masks.
 * @param slopes - B x C, finite.
 * @param out - length B.
 */
export function radiiOfRows(
  radius: SampleRadius,
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
  for (let i = 0; i < rows; i++) {
    const range = [i * cols, (i + 1) * cols] as const;
    out[i] = radius(logits.data.subarray(...range), slopes.data.subarray(...range));
  }
  return out;
}
