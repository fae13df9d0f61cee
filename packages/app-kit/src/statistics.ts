/** Least, median and greatest of at least one value; the median of an even count is the mean of the middle two. */
export function leastMedianGreatest(values: readonly number[]): [number, number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median =
    sorted.length % 2 === 1
      ? sorted[middle]!
      : // Halved before the sum, which would overflow for two huge values.
        sorted[middle - 1]! / 2 + sorted[middle]! / 2;
  return [sorted[0]!, median, sorted.at(-1)!];
}

/** See {@link leastMedianGreatest}. */
export function median(values: readonly number[]): number {
  return leastMedianGreatest(values)[1];
}

/** The values by key, keys in the order in which they first occur. */
export function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return [...groups.values()];
}
