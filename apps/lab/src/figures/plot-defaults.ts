import type { PlotOptions, ScaleOptions } from "@observablehq/plot";

/** What all plots share; text takes the page's font and ink. */
export function plotDefaults(width: number): PlotOptions {
  return {
    width,
    marginLeft: 48,
    marginRight: 14,
    marginTop: 22,
    marginBottom: 36,
    style: {
      fontFamily: "inherit",
      fontSize: "11px",
      background: "transparent",
      color: "var(--ink)",
      overflow: "visible",
    },
  };
}

/** A logarithmic axis that is ruled by powers of ten, at most eight of them, and holds all positive values. */
export function logAxis(values: Iterable<number>): ScaleOptions & { readonly ticks: number[] } {
  let low = Infinity;
  let high = 0;
  for (const v of values) {
    if (!(v > 0 && v < Infinity)) continue;
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  if (high === 0) [low, high] = [0.1, 10];
  const first = Math.floor(Math.log10(low));
  const last = Math.max(first + 1, Math.ceil(Math.log10(high)));
  const stride = Math.ceil((last - first + 1) / 8);
  const ticks: number[] = [];
  for (let e = first; e <= last; e += stride) ticks.push(10 ** e);
  return {
    type: "log",
    domain: [10 ** first, 10 ** last],
    ticks,
    tickFormat: last - first > 6 ? "~e" : "~g",
    grid: true,
  };
}
