/** Fractional bits of the fixed-point numbers below. */
const BITS = 200n;

/** ln 2 by sum over k of 1 / (k 2^k), in fixed point. */
function lnTwo(): bigint {
  let sum = 0n;
  for (let k = 1n; k <= BITS + 20n; k++) sum += (1n << (BITS + 40n - k)) / k;
  return sum >> 40n;
}

const LN_TWO = lnTwo();

/** A finite double as m 2^e with integers m and e. */
export function exactParts(x: number): { readonly m: bigint; readonly e: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 2047n);
  const digits = (bits & ((1n << 52n) - 1n)) | (exponent > 0 ? 1n << 52n : 0n);
  return { m: bits >> 63n === 0n ? digits : -digits, e: Math.max(exponent, 1) - 1075 };
}

function fixedPoint(x: number): bigint {
  const { m, e } = exactParts(x);
  const shift = BITS + BigInt(e);
  return shift >= 0n ? m << shift : m >> -shift;
}

/**
 * e^x for a finite x, |x| <= 800, as a fixed-point number with 200 fractional bits in [2^200, 2^201) and a power of two:
 * relative error below 2^-150. Independent of `Math.exp`: a Taylor series in integers.
 */
export function exactExp(x: number): { readonly mantissa: bigint; readonly exponent: number } {
  const value = fixedPoint(x);
  // Floor division: 0 <= r < ln 2.
  let k = value / LN_TWO;
  if (k * LN_TWO > value) k -= 1n;
  const halvings = 8n;
  const r = (value - k * LN_TWO) >> halvings;
  let term = 1n << BITS;
  let sum = term;
  for (let i = 1n; term !== 0n; i++) {
    term = ((term * r) >> BITS) / i;
    sum += term;
  }
  for (let i = 0n; i < halvings; i++) sum = (sum * sum) >> BITS;
  return { mantissa: sum, exponent: Number(k) };
}

/** |y - e^x| in units of the last place of a double near e^x, subnormal ones included; x finite, |x| <= 800, y >= 0. */
export function expErrorInUlp(x: number, y: number): number {
  const { mantissa, exponent } = exactExp(x);
  const bits = Number(BITS);
  // e^x = mantissa 2^(exponent - bits), one unit of the last place is 2^unit.
  const unit = Math.max(exponent - 52, -1074);
  if (y === Infinity) {
    // Right from the largest double and half a unit on.
    const most = (1n << (BITS + 1n)) - (1n << (BITS - 53n));
    return exponent > 1023 || (exponent === 1023 && mantissa >= most) ? 0 : Infinity;
  }
  const { m, e } = exactParts(y);
  // Both over 2^(-bits - 1100): integers.
  const scale = bits + 1100;
  const exact = mantissa << BigInt(exponent - bits + scale);
  const got = m << BigInt(e + scale);
  const distance = got > exact ? got - exact : exact - got;
  // 2^-60 of a unit is fine enough to round to a double.
  return Number(distance >> BigInt(unit + scale - 60)) * 2 ** -60;
}
