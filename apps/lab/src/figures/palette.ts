/** Colours of data series, as CSS custom properties of the page. */
export const SERIES: readonly string[] = Array.from({ length: 10 }, (_, i) => `var(--series-${i})`);

export function seriesColor(index: number): string {
  return SERIES[index % SERIES.length]!;
}

/** One radius, one colour, in every view. */
export const RADIUS_COLORS = {
  spread: "var(--series-1)",
  dominance: "var(--series-3)",
  proven: "var(--series-5)",
  exact: "var(--series-4)",
} as const;
