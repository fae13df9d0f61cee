import { simdExp } from "./exponentials.js";

/**
 * exp of every entry. NaN stays NaN, exp(-Infinity) = 0, exp(Infinity) = Infinity, subnormal results are right.
 *
 * The SIMD path is within 0.6 ulp for every double (the proof is in docs/exp.md of this package); the plain path is
 * `Math.exp`, which engines keep below 1 ulp.
 *
 * @param out - same length; may be `x`.
 * @throws RangeError when the lengths differ. O(n).
 */
export function expVector(
  x: Float64Array,
  out: Float64Array = new Float64Array(x.length),
): Float64Array {
  if (out.length !== x.length) {
    throw new RangeError(`out has length ${out.length}, expected ${x.length}`);
  }
  if (!simdExp(x, out)) {
    for (let i = 0; i < x.length; i++) out[i] = Math.exp(x[i]!);
  }
  return out;
}
