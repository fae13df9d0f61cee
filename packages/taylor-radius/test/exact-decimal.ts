import { Decimal } from "decimal.js";

/** Decimal arithmetic wide enough that sums and products of a few doubles in 1e-60..1e60 are exact. */
export const Exact: typeof Decimal = Decimal.clone({ precision: 500, maxE: 9e15, minE: -9e15 });

const bits = new DataView(new ArrayBuffer(8));

/**
 * The exact value of a finite double. (`new Decimal(x)` reads the shortest decimal that rounds to x.)
 *
 * @param Kind - the precision to round to.
 */
export function exactly(x: number, Kind: typeof Decimal = Exact): Decimal {
  bits.setFloat64(0, Math.abs(x));
  const word = bits.getBigUint64(0);
  const field = Number(word >> 52n);
  const fraction = word & ((1n << 52n) - 1n);
  const mantissa = field === 0 ? fraction : fraction | (1n << 52n);
  const exponent = (field === 0 ? 1 : field) - 1075;
  const value = new Exact(mantissa.toString()).times(new Exact(2).pow(exponent));
  return new Kind((x < 0 ? value.neg() : value).toString());
}
