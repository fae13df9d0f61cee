/** ln of `count` times, equally spaced in the exponent from 10^low to 10^high. */
export function logGrid(low: number, high: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const exponent = i === count - 1 ? high : low + ((high - low) * i) / (count - 1);
    return Math.LN10 * exponent;
  });
}

/** When a flow until `end` is looked at. */
export interface OutputTimes {
  /** Of the table: 0, then at most 14 times a whole number of decades apart, the last of them `end`. */
  readonly rows: readonly number[];
  /** Of the curves: those of the table and many between them. Increasing. */
  readonly curve: readonly number[];
}

const CURVE_POINTS = 161;

/** ln of the times at which a flow until `end` > 0 is looked at; from a hundredth, or four decades, before it. */
export function outputTimes(end: number): OutputTimes {
  const high = Math.log10(end);
  const low = Math.min(-2, high - 4);
  const step = Math.max(1, Math.ceil((high - low) / 13));
  const rows: number[] = [];
  for (let exponent = high; exponent >= low; exponent -= step) rows.unshift(Math.LN10 * exponent);
  rows.unshift(-Infinity);
  const curve = [...rows, ...logGrid(low, high, CURVE_POINTS)].sort((a, b) => a - b);
  return { rows, curve: [...new Set(curve)] };
}
