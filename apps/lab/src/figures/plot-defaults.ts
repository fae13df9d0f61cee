import type { PlotOptions } from "@observablehq/plot";

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
