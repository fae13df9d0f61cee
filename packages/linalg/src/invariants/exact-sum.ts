/** Sums and dot products of doubles without any rounding, in integers: the oracle of the compensated ones. */

/** x = mantissa 2^exponent with an integer mantissa. */
function split(x: number): { mantissa: bigint; exponent: number } {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, x);
  const word = bits.getBigUint64(0);
  const field = Number((word >> 52n) & 0x7ffn);
  const fraction = word & 0xfffffffffffffn;
  const mantissa = field === 0 ? fraction : fraction | (1n << 52n);
  return { mantissa: x < 0 ? -mantissa : mantissa, exponent: Math.max(1, field) - 1075 };
}

/** sum_i x_i y_i as an integer times 2^-2150. */
function exactDotBits(x: ArrayLike<number>, y: ArrayLike<number>): bigint {
  let sum = 0n;
  for (let i = 0; i < x.length; i++) {
    const a = split(x[i]!);
    const b = split(y[i]!);
    sum += (a.mantissa * b.mantissa) << BigInt(a.exponent + b.exponent + 2150);
  }
  return sum;
}

function toNumber(bits: bigint): number {
  // The leading 64 bits decide; Number() would overflow on the integer itself.
  const sign = bits < 0n ? -1 : 1;
  const size = bits < 0n ? -bits : bits;
  const drop = Math.max(0, size.toString(2).length - 64);
  const head = Number(size >> BigInt(drop));
  // In two steps, so that neither power leaves the range.
  const shift = drop - 2150;
  return sign * head * 2 ** Math.trunc(shift / 2) * 2 ** (shift - Math.trunc(shift / 2));
}

/** The exact x . y, rounded once, and |computed - exact| without cancellation. */
export function againstExactDot(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  computed: number,
): { exact: number; error: number } {
  const bits = exactDotBits(x, y);
  const gap = bits - exactDotBits([computed], [1]);
  return { exact: toNumber(bits), error: Math.abs(toNumber(gap)) };
}
