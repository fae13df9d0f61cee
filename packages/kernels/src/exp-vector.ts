import { exp } from "./exp.js";
import { simdExp } from "./exponentials.js";

/**
 * exp of every entry. NaN stays NaN, exp(-Infinity) = 0, exp(Infinity) = Infinity, subnormal results are right.
 *
 * Within 0.6 ulp for every double, 0.8 where the result is subnormal (the proof is in docs/exp.md of this package), and
 * the same bits on the plain and the SIMD path.
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
    for (let i = 0; i < x.length; i++) out[i] = exp(x[i]!);
  }
  return out;
}
